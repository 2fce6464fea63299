//! The runtime's half of the ports of an actor.

use super::LinkError;
use super::desk::Desk;
use super::fan::{AnyFan, Fan};
use crate::message::Message;
use std::cell::RefCell;
use std::rc::Rc;

/// One port: the fan behind it, and the desk where handlers leave what they `send`.
pub struct Port<T: Message> {
    fan: Fan<T>,
    desk: Rc<RefCell<Desk<T>>>,
}

impl<T: Message> Port<T> {
    pub(super) fn new(fan: Fan<T>) -> Self {
        Self { fan, desk: Rc::new(RefCell::new(Desk::new())) }
    }

    pub(super) fn desk(&self) -> Rc<RefCell<Desk<T>>> {
        self.desk.clone()
    }

    /// Whether a target limits the size of a message.
    #[inline]
    pub(super) fn limits(&self) -> bool {
        self.fan.limits()
    }

    /// # Errors
    /// When a target finds `message` too large.
    pub(super) fn admit(&self, message: &T) -> Result<(), LinkError> {
        self.fan.admit(message)
    }

    /// Pushes a message that is not known to be admitted.
    pub(crate) fn offer(&mut self, message: T) -> Result<(), LinkError> {
        self.fan.admit(&message)?;
        self.fan.push(message)
    }

    #[inline]
    pub(super) fn push(&mut self, message: T) -> Result<(), LinkError> {
        self.fan.push(message)
    }
}

/// Anything that has fans to reserve room in.
pub trait Fans {
    /// Visits every fan.
    fn each(&mut self, visit: &mut dyn FnMut(&mut dyn AnyFan));
}

impl<T: Message> Fans for Fan<T> {
    fn each(&mut self, visit: &mut dyn FnMut(&mut dyn AnyFan)) {
        visit(self);
    }
}

/// The ports of an actor: none, one, or several as nested pairs.
pub trait PortSet: Fans + 'static {
    /// Messages that may be pushed to each port without asking for room.
    fn credits(&self) -> usize;

    /// Hands over what is staged.
    fn flush(&mut self);

    /// Messages left on the desks.
    fn on_desk(&self) -> usize;

    /// Pushes what lies on the desks, as far as there is room.
    ///
    /// # Errors
    /// When a link will not have a message.
    fn clear_desk(&mut self) -> Result<(), LinkError>;

    /// Counts what lies on the desks as refused: it will not be placed any more.
    fn abandon_desk(&mut self);

    /// Lets handlers `send` without waiting, as far as room is reserved beyond what they may `emit`.
    fn lend_room(&mut self, need: usize);

    /// Takes back what was lent.
    fn recall_room(&mut self);
}

impl<T: Message> Fans for Port<T> {
    fn each(&mut self, visit: &mut dyn FnMut(&mut dyn AnyFan)) {
        visit(&mut self.fan);
    }
}

impl<T: Message> PortSet for Port<T> {
    #[inline]
    fn credits(&self) -> usize {
        self.fan.credits()
    }

    #[inline]
    fn flush(&mut self) {
        self.fan.flush();
    }

    fn on_desk(&self) -> usize {
        self.desk.borrow().len()
    }

    fn clear_desk(&mut self) -> Result<(), LinkError> {
        while self.fan.credits() > 0 {
            let next = self.desk.borrow_mut().next();
            let Some(message) = next else { break };
            self.offer(message)?;
        }
        Ok(())
    }

    fn abandon_desk(&mut self) {
        while self.desk.borrow_mut().next().is_some() {
            self.fan.refuse();
        }
    }

    fn lend_room(&mut self, need: usize) {
        self.desk.borrow_mut().set_room(self.fan.credits().saturating_sub(need));
    }

    fn recall_room(&mut self) {
        self.desk.borrow_mut().set_room(0);
    }
}

impl Fans for () {
    fn each(&mut self, _: &mut dyn FnMut(&mut dyn AnyFan)) {}
}

impl PortSet for () {
    #[inline]
    fn credits(&self) -> usize {
        usize::MAX
    }

    #[inline]
    fn flush(&mut self) {}

    fn on_desk(&self) -> usize {
        0
    }

    fn clear_desk(&mut self) -> Result<(), LinkError> {
        Ok(())
    }

    fn abandon_desk(&mut self) {}

    fn lend_room(&mut self, _: usize) {}

    fn recall_room(&mut self) {}
}

impl<A: Fans, B: Fans> Fans for (A, B) {
    fn each(&mut self, visit: &mut dyn FnMut(&mut dyn AnyFan)) {
        self.0.each(visit);
        self.1.each(visit);
    }
}

impl<A: PortSet, B: PortSet> PortSet for (A, B) {
    #[inline]
    fn credits(&self) -> usize {
        self.0.credits().min(self.1.credits())
    }

    #[inline]
    fn flush(&mut self) {
        self.0.flush();
        self.1.flush();
    }

    fn on_desk(&self) -> usize {
        self.0.on_desk() + self.1.on_desk()
    }

    fn clear_desk(&mut self) -> Result<(), LinkError> {
        self.0.clear_desk()?;
        self.1.clear_desk()
    }

    fn abandon_desk(&mut self) {
        self.0.abandon_desk();
        self.1.abandon_desk();
    }

    fn lend_room(&mut self, need: usize) {
        self.0.lend_room(need);
        self.1.lend_room(need);
    }

    fn recall_room(&mut self) {
        self.0.recall_room();
        self.1.recall_room();
    }
}

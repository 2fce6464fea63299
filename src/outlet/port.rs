//! The runtime's half of the ports of an actor.

use super::LinkError;
use super::desk::Desk;
use super::fan::{AnyFan, Fan};
use crate::message::Message;
use std::cell::RefCell;
use std::mem;
use std::rc::Rc;

/// One port: the fan behind it, what waits to be handed to the fan, and the desk where the actor leaves what it sends.
pub struct Port<T: Message> {
    fan: Fan<T>,
    /// The messages of calls that succeeded, until the run of calls is over.
    gathered: Vec<T>,
    desk: Rc<RefCell<Desk<T>>>,
}

impl<T: Message> Port<T> {
    pub(super) fn new(fan: Fan<T>) -> Self {
        Self { fan, gathered: Vec::new(), desk: Rc::new(RefCell::new(Desk::new())) }
    }

    pub(super) fn desk(&self) -> Rc<RefCell<Desk<T>>> {
        self.desk.clone()
    }

    /// Whether a message may fail its call when it is pushed.
    pub(super) fn may_fail(&self) -> bool {
        self.fan.may_fail()
    }

    /// Where calls that succeeded leave what they emitted.
    #[inline]
    pub(super) fn gathered(&mut self) -> &mut Vec<T> {
        &mut self.gathered
    }

    /// # Errors
    /// When a target finds `message` too large.
    pub(super) fn admit(&self, message: &T) -> Result<(), LinkError> {
        if self.fan.limits() { self.fan.admit(message) } else { Ok(()) }
    }

    /// Pushes all of `messages`, which are admitted, after what was gathered before them.
    pub(crate) fn push_all(&mut self, messages: &mut Vec<T>) -> Result<(), LinkError> {
        AnyPort::push_gathered(self);
        self.fan.push_all(messages)
    }

    /// Pushes a message that is not known to be admitted.
    pub(crate) fn offer(&mut self, message: T) -> Result<(), LinkError> {
        self.fan.admit(&message)?;
        self.fan.push(message)
    }
}

/// Anything that has fans to reserve room in.
pub trait Fans {
    /// Visits every fan.
    fn each(&mut self, visit: &mut dyn FnMut(&mut dyn AnyFan));
}

/// A port whose message type is forgotten: for all that happens less often than once per call.
pub trait AnyPort {
    /// Hands to the fan what the calls of a run have emitted.
    fn push_gathered(&mut self);
    /// Hands over what is staged.
    fn flush(&mut self);
    /// Messages left on the desk.
    fn on_desk(&self) -> usize;
    /// Pushes what lies on the desk, as far as there is room.
    fn clear_desk(&mut self) -> Result<(), LinkError>;
    /// Counts what lies on the desk as refused: it will not be placed any more.
    fn abandon_desk(&mut self);
    /// Lets handlers `send` without waiting, as far as room is reserved beyond `need`.
    fn lend_room(&mut self, need: usize);
    /// Messages emitted and sent so far, each once.
    fn passed(&self) -> u64;
}

/// The ports of an actor: none, one, or several as nested pairs.
pub trait PortSet: Fans + 'static {
    /// Messages that may be pushed to each port without asking for room.
    fn credits(&self) -> usize;

    /// Whether to ask for room before so many calls that emit up to `need` messages each.
    fn is_short(&self, need: usize, calls: usize) -> bool;

    /// Visits every port.
    fn each_port(&mut self, visit: &mut dyn FnMut(&mut dyn AnyPort));

    /// Hands to the fans what the calls of a run have emitted.
    fn push_gathered(&mut self) {
        self.each_port(&mut |port| port.push_gathered());
    }

    /// Hands over what is staged.
    fn flush(&mut self) {
        self.each_port(&mut |port| port.flush());
    }

    /// Messages left on the desks.
    fn on_desk(&mut self) -> usize {
        let mut count = 0;
        self.each_port(&mut |port| count += port.on_desk());
        count
    }

    /// Pushes what lies on the desks, as far as there is room.
    ///
    /// # Errors
    /// When a link will not have a message.
    fn clear_desk(&mut self) -> Result<(), LinkError> {
        let mut cleared = Ok(());
        self.each_port(&mut |port| {
            if cleared.is_ok() {
                cleared = port.clear_desk();
            }
        });
        cleared
    }

    /// Counts what lies on the desks as refused: it will not be placed any more.
    fn abandon_desk(&mut self) {
        self.each_port(&mut |port| port.abandon_desk());
    }

    /// Lets handlers `send` without waiting, as far as room is reserved beyond what they may `emit`.
    fn lend_room(&mut self, need: usize) {
        self.each_port(&mut |port| port.lend_room(need));
    }

    /// Messages emitted and sent so far, over all ports, each once.
    fn passed(&mut self) -> u64 {
        let mut count = 0;
        self.each_port(&mut |port| count += port.passed());
        count
    }

    /// Takes back what was lent.
    fn recall_room(&mut self) {
        self.lend_room(usize::MAX);
    }
}

impl<T: Message> AnyPort for Port<T> {
    fn push_gathered(&mut self) {
        if !self.gathered.is_empty() {
            // Taken first: after a panic of user code, like that of a `Clone`, nothing is pushed twice.
            let mut messages = mem::take(&mut self.gathered);
            // No error: where a message may fail its call, it is pushed before the next.
            let _ = self.fan.push_all(&mut messages);
            self.gathered = messages;
        }
    }

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

    fn passed(&self) -> u64 {
        self.fan.pushed() + (self.gathered.len() + self.desk.borrow().len()) as u64
    }
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
    fn is_short(&self, need: usize, calls: usize) -> bool {
        self.fan.is_short(need, calls)
    }

    fn each_port(&mut self, visit: &mut dyn FnMut(&mut dyn AnyPort)) {
        visit(self);
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
    fn is_short(&self, _: usize, _: usize) -> bool {
        false
    }

    fn each_port(&mut self, _: &mut dyn FnMut(&mut dyn AnyPort)) {}
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
    fn is_short(&self, need: usize, calls: usize) -> bool {
        self.0.is_short(need, calls) || self.1.is_short(need, calls)
    }

    fn each_port(&mut self, visit: &mut dyn FnMut(&mut dyn AnyPort)) {
        self.0.each_port(visit);
        self.1.each_port(visit);
    }
}

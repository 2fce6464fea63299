//! The user's half of a port: what `emit` and `send` write to.

use super::desk::Desk;
use crate::error::Result;
use crate::message::Message;
use std::cell::RefCell;
use std::mem;
use std::rc::Rc;

/// What an actor emits through.
///
/// [`emit`](Self::emit) is synchronous and never waits: the runtime has reserved room before it called the
/// handler. [`send`](Self::send) waits for room, for handlers that make many messages of one.
///
/// What a call emits is handed on when it returns `Ok`, and withdrawn when it fails; what it sends stands.
pub struct Outlet<T: Message> {
    /// What calls have emitted and nobody took yet: first that of calls that are done, then that of the last one.
    emitted: Vec<T>,
    /// How many of `emitted` belong to calls that are done.
    done: usize,
    /// The most that one call emits; at least 1.
    limit: usize,
    /// A call that emits fewer than these needs no closer look: one more than the limit, or none.
    usual: usize,
    /// Whether every call needs one, because its messages may fail it when they are pushed.
    careful: bool,
    /// True after an `emit` beyond the limit; the message was not taken, and the call fails.
    exceeded: bool,
    /// Whether anything was put on the desk.
    sent: bool,
    desk: Rc<RefCell<Desk<T>>>,
}

impl<T: Message> Outlet<T> {
    pub(super) fn new(limit: usize, careful: bool, desk: Rc<RefCell<Desk<T>>>) -> Self {
        let limit = limit.max(1);
        let (emitted, done, usual) = (Vec::new(), 0, 0);
        let mut outlet = Self { emitted, done, limit, usual, careful, exceeded: false, sent: false, desk };
        outlet.clear();
        outlet
    }

    /// An outlet that keeps all it is given, to test an actor by calling it; see [`take`](Self::take).
    ///
    /// ```
    /// use tidegate::Outlet;
    ///
    /// let mut out = Outlet::collecting();
    /// out.emit(1);
    /// out.emit(2);
    /// assert_eq!(out.take(), [1, 2]);
    /// ```
    pub fn collecting() -> Self {
        Self::new(usize::MAX, false, Rc::new(RefCell::new(Desk::open())))
    }

    /// Emits `message`, at most [`max_emit`](crate::Stage::max_emit) times per call; one more fails the call.
    #[inline]
    pub fn emit(&mut self, message: T) {
        if self.emitted.len() < self.emitted.capacity() {
            self.emitted.push(message);
        } else {
            self.grow(message);
        }
    }

    /// Emits where there is no memory for it; a call that emits without end gets none beyond its limit.
    #[cold]
    fn grow(&mut self, message: T) {
        if self.emitted.len() - self.done < self.limit {
            self.emitted.push(message);
        } else {
            (self.exceeded, self.usual) = (true, 0);
        }
    }

    /// Sends `message`, after all that was emitted before it in this call, and waits until there is room for it
    /// and nothing holds the link.
    ///
    /// A link whose other end is gone takes no room: the message is counted as refused and `send` returns.
    pub async fn send(&mut self, message: T) {
        self.commit();
        (self.sent, self.usual) = (true, 0);
        let accepted = self.desk.borrow_mut().place(message);
        if !accepted {
            Desk::placed(&self.desk).await;
        }
    }

    /// Hands over what was emitted before a `send`: it has its room, and order demands that it goes first.
    pub(super) fn commit(&mut self) {
        let count = self.emitted.len() - self.done;
        if count > 0 {
            (self.sent, self.usual) = (true, 0);
            if count > self.limit {
                self.exceeded = true;
                self.emitted.truncate(self.done + self.limit);
            }
            let mut desk = self.desk.borrow_mut();
            self.emitted.drain(self.done..).for_each(|message| desk.queue(message));
        }
    }

    /// Whether anything was put on the desk since this was last asked.
    pub(super) fn take_sent(&mut self) -> bool {
        mem::take(&mut self.sent)
    }

    /// Takes everything that was emitted and sent so far, in order.
    pub fn take(&mut self) -> Vec<T> {
        self.commit();
        self.desk.borrow_mut().take()
    }

    /// Whether the last call needs no closer look.
    #[inline]
    pub(super) fn is_usual(&self) -> bool {
        self.emitted.len() - self.done < self.usual
    }

    /// The last call is done.
    #[inline]
    pub(super) fn pass(&mut self) {
        self.done = self.emitted.len();
    }

    /// Hands on what calls that are done have emitted.
    #[inline]
    pub(super) fn hand_on(&mut self, to: &mut Vec<T>) {
        if self.done > 0 {
            match self.emitted.pop() {
                Some(message) if self.emitted.is_empty() => to.push(message),
                last => self.hand_on_all(last, to),
            }
            self.done = 0;
        }
    }

    fn hand_on_all(&mut self, last: Option<T>, to: &mut Vec<T>) {
        self.emitted.extend(last);
        if to.is_empty() && self.done == self.emitted.len() {
            mem::swap(&mut self.emitted, to);
        } else {
            to.extend(self.emitted.drain(..self.done));
        }
    }

    /// What the last call emitted, when all before it is handed on.
    pub(super) fn emitted(&mut self) -> &mut Vec<T> {
        debug_assert!(self.done == 0, "what earlier calls emitted was handed on");
        &mut self.emitted
    }

    /// Forgets what the last call emitted and did, but for what it sent.
    pub(super) fn clear(&mut self) {
        self.emitted.truncate(self.done);
        self.usual = if self.careful { 0 } else { self.limit.saturating_add(1) };
        self.exceeded = false;
    }

    /// An error if the call emitted more than it may.
    pub(super) fn within_limit(&self) -> Result {
        let exceeded = self.exceeded || self.emitted.len() - self.done > self.limit;
        if exceeded { Err(too_many(self.limit)) } else { Ok(()) }
    }
}

#[cold]
fn too_many(limit: usize) -> crate::BoxError {
    format!("emitted more than {limit} in one call; declare it in `max_emit`, or use `send(..).await`, which waits for room").into()
}

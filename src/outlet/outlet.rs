//! The user's half of a port: what `emit` and `send` write to.

use super::desk::Desk;
use crate::error::Result;
use crate::message::Message;
use std::cell::RefCell;
use std::rc::Rc;

/// What an actor emits through.
///
/// [`emit`](Self::emit) is synchronous and never waits: the runtime has reserved room before it called the
/// handler. [`send`](Self::send) waits for room, for handlers that make many messages of one.
///
/// What a call emits is handed on when it returns `Ok`, and withdrawn when it fails; what it sends stands.
pub struct Outlet<T: Message> {
    /// The first message of the call: the common case touches nothing else.
    slot: Option<T>,
    /// The others, when `max_emit` allows more than one.
    more: Vec<T>,
    limit: usize,
    /// True after an `emit` beyond the limit; the message was not taken, and the call fails.
    exceeded: bool,
    /// Whether anything was put on the desk.
    sent: bool,
    desk: Rc<RefCell<Desk<T>>>,
}

impl<T: Message> Outlet<T> {
    pub(crate) fn new(limit: usize, desk: Rc<RefCell<Desk<T>>>) -> Self {
        Self { slot: None, more: Vec::new(), limit, exceeded: false, sent: false, desk }
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
        Self::new(usize::MAX, Rc::new(RefCell::new(Desk::open())))
    }

    /// Emits `message`, at most [`max_emit`](crate::Stage::max_emit) times per call; one more fails the call.
    #[inline]
    pub fn emit(&mut self, message: T) {
        if self.slot.is_none() {
            self.slot = Some(message);
        } else {
            self.emit_more(message);
        }
    }

    fn emit_more(&mut self, message: T) {
        if self.more.len() + 1 < self.limit {
            self.more.push(message);
        } else {
            self.exceeded = true;
        }
    }

    /// Sends `message`, after all that was emitted before it in this call, and waits until there is room for it
    /// and nothing holds the link.
    ///
    /// A link whose other end is gone takes no room: the message is counted as refused and `send` returns.
    pub async fn send(&mut self, message: T) {
        self.commit();
        let accepted = {
            let mut desk = self.desk.borrow_mut();
            desk.place(message)
        };
        if !accepted {
            Desk::placed(&self.desk).await;
        }
    }

    /// Hands over what was emitted before a `send`: it has its room, and order demands that it goes first.
    pub(super) fn commit(&mut self) {
        self.sent = true;
        let mut desk = self.desk.borrow_mut();
        for message in self.slot.take().into_iter().chain(self.more.drain(..)) {
            desk.queue(message);
        }
    }

    /// Whether anything was put on the desk since this was last asked.
    #[inline]
    pub(super) fn sent(&mut self) -> bool {
        // Looked at after each call, and rarely true: no store unless there is something to clear.
        self.sent && std::mem::take(&mut self.sent)
    }

    /// Takes everything that was emitted and sent so far, in order.
    pub fn take(&mut self) -> Vec<T> {
        self.commit();
        self.desk.borrow_mut().take()
    }

    /// What a call has emitted.
    pub(super) fn emitted(&self) -> impl Iterator<Item = &T> {
        self.slot.iter().chain(&self.more)
    }

    /// The messages of a call that succeeded.
    #[inline]
    pub(super) fn drain(&mut self, mut each: impl FnMut(T) -> Result) -> Result {
        let Some(message) = self.slot.take() else { return Ok(()) };
        each(message)?;
        if self.more.is_empty() { Ok(()) } else { self.drain_more(each) }
    }

    #[cold]
    fn drain_more(&mut self, each: impl FnMut(T) -> Result) -> Result {
        self.more.drain(..).try_for_each(each)
    }

    /// Forgets what a failed call emitted.
    pub(super) fn withdraw(&mut self) {
        self.slot = None;
        self.more.clear();
        self.exceeded = false;
    }

    /// An error if the call emitted more than it may.
    #[inline]
    pub(super) fn within_limit(&self) -> Result {
        if self.exceeded { Err(too_many(self.limit)) } else { Ok(()) }
    }
}

#[cold]
fn too_many(limit: usize) -> crate::BoxError {
    format!("emitted more than {limit} in one call; declare it in `max_emit`, or use `send(..).await`, which waits for room").into()
}

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
    slot: Slot<T>,
    /// What the call has emitted, where the slot says so.
    several: Vec<T>,
    limit: usize,
    /// Whether each call needs a closer look, because its messages may fail it when they are pushed.
    careful: bool,
    /// True after an `emit` beyond the limit; the message was not taken, and the call fails.
    exceeded: bool,
    /// Whether anything was put on the desk.
    sent: bool,
    desk: Rc<RefCell<Desk<T>>>,
}

/// What a call has emitted. The common cases touch nothing else.
enum Slot<T> {
    Nothing,
    One(T),
    /// Look closer: at `several`, and what happened besides.
    Several,
}

impl<T: Message> Outlet<T> {
    pub(super) fn new(limit: usize, careful: bool, desk: Rc<RefCell<Desk<T>>>) -> Self {
        let several = Vec::new();
        let mut outlet =
            Self { slot: Slot::Nothing, several, limit, careful, exceeded: false, sent: false, desk };
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
        if let Slot::Nothing = self.slot {
            self.slot = Slot::One(message);
        } else {
            self.emit_more(message);
        }
    }

    fn emit_more(&mut self, message: T) {
        self.gather_several();
        if self.several.len() < self.limit.max(1) {
            self.several.push(message);
        } else {
            self.exceeded = true;
        }
    }

    /// Moves what the call has emitted to `several`.
    fn gather_several(&mut self) {
        if let Slot::One(first) = mem::replace(&mut self.slot, Slot::Several) {
            self.several.push(first);
        }
    }

    /// Sends `message`, after all that was emitted before it in this call, and waits until there is room for it
    /// and nothing holds the link.
    ///
    /// A link whose other end is gone takes no room: the message is counted as refused and `send` returns.
    pub async fn send(&mut self, message: T) {
        self.commit();
        (self.slot, self.sent) = (Slot::Several, true);
        let accepted = self.desk.borrow_mut().place(message);
        if !accepted {
            Desk::placed(&self.desk).await;
        }
    }

    /// Hands over what was emitted before a `send`: it has its room, and order demands that it goes first.
    pub(super) fn commit(&mut self) {
        self.gather_several();
        if !self.several.is_empty() {
            self.sent = true;
            let mut desk = self.desk.borrow_mut();
            self.several.drain(..).for_each(|message| desk.queue(message));
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

    /// Whether what the last call emitted can be handed on without a closer look.
    #[inline]
    pub(super) fn is_usual(&self) -> bool {
        !matches!(self.slot, Slot::Several)
    }

    /// Hands on what the last call emitted, if that needs no closer look; whether it did.
    #[inline]
    pub(super) fn hand_on(&mut self, to: &mut Vec<T>) -> bool {
        match mem::replace(&mut self.slot, Slot::Nothing) {
            Slot::Nothing => true,
            Slot::One(message) => {
                to.push(message);
                true
            }
            Slot::Several => {
                self.slot = Slot::Several;
                false
            }
        }
    }

    /// What the last call emitted, all of it.
    pub(super) fn emitted(&mut self) -> &mut Vec<T> {
        self.gather_several();
        &mut self.several
    }

    /// Forgets what the last call emitted and did, but for what it sent.
    pub(super) fn clear(&mut self) {
        self.slot = if self.careful { Slot::Several } else { Slot::Nothing };
        self.several.clear();
        self.exceeded = false;
    }

    /// An error if the call emitted more than it may.
    pub(super) fn within_limit(&self) -> Result {
        if self.exceeded { Err(too_many(self.limit)) } else { Ok(()) }
    }
}

#[cold]
fn too_many(limit: usize) -> crate::BoxError {
    format!("emitted more than {limit} in one call; declare it in `max_emit`, or use `send(..).await`, which waits for room").into()
}

//! One way out: the messages staged for one mailbox, and the places reserved for more.

use super::LinkError;
use crate::delivery::Mark;
use crate::mailbox::{Gate, Grant, Link, Mailbox, Offer, Ticket};
use crate::message::{Message, discard};
use crate::sync::Arc;
use std::mem;
use std::task::Context;

/// The most places reserved at once, if no more are needed: past several hundred, a larger block gains nothing.
const MOST_PER_BLOCK: usize = 1024;

/// The most bytes that the messages of a block take by themselves: more would drive each other out of the cache.
const MOST_BYTES_PER_BLOCK: usize = 64 * 1024;

/// How much room to reserve at once, if more than is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ahead {
    /// None: the actor may block for long with it.
    Nothing,
    /// Half of the way to the high mark: it leaves the reader something to read while this block is filled.
    Half,
    /// All the way: the reader runs on the same thread, and gets its turn afterwards.
    All,
}

impl Ahead {
    /// The size of a block for a mailbox with this high mark, which it never reaches.
    fn block(self, high: usize) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Half => high / 2,
            Self::All => high - 1,
        }
    }
}

/// The part of a lane that knows no message type: its place at the gate.
pub(crate) struct Seat {
    link: Arc<Link>,
    /// Places reserved, those of staged messages included.
    reserved: usize,
    /// Whether more than is needed is asked for at once.
    ahead: Ahead,
    /// The most places it reserves at once beyond what it needs.
    most: usize,
    /// Kept until it is served, in line or not.
    ticket: Option<Ticket>,
    in_line: bool,
    /// Whether to yield once before taking room that turns the mailbox pressured; so until room is not just taken, but
    /// used. (Room here that goes back because there is none elsewhere would be asked for politely for ever.)
    polite: bool,
    /// Set when the gate said so, which may be a moment before the link hears of it.
    gone: bool,
}

/// Whether there is room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// Enough, or the reader is gone and anything goes.
    Ready,
    /// Not before others had a turn: the target of this number would turn pressured. Yield once, then ask again.
    Yield(usize),
    /// Not now: the target of this number has none.
    Full(usize),
}

impl Seat {
    fn new(link: Arc<Link>, ahead: Ahead, size: usize) -> Self {
        let most = MOST_PER_BLOCK.min(MOST_BYTES_PER_BLOCK / size.max(1)).max(1);
        Self { link, reserved: 0, ahead, most, ticket: None, in_line: false, polite: true, gone: false }
    }

    /// What is asked for at once, if more than is needed. The marks may be moved.
    fn block(&self, gate: &Gate) -> usize {
        self.ahead.block(gate.high()).min(self.most)
    }

    /// Sees to it that `need` places are reserved.
    fn try_fill(&mut self, gate: &Gate, need: usize) -> Room {
        if self.reserved >= need || self.is_closed() {
            return Room::Ready;
        }
        let missing = need - self.reserved;
        let extra = self.block(gate).saturating_sub(missing);
        match gate.try_reserve(missing, extra, self.polite, self.ticket) {
            Grant::Room(granted) => {
                self.reserved += granted;
                self.served(gate);
                Room::Ready
            }
            Grant::Closed => {
                self.gone = true;
                self.served(gate);
                Room::Ready
            }
            Grant::High => {
                self.polite = false;
                Room::Yield(0)
            }
            Grant::Full => Room::Full(0),
        }
    }

    /// Reserves another block, if there is room that nobody waits for who came before, and that does not turn the mailbox
    /// pressured.
    fn top_up(&mut self, gate: &Gate) {
        let block = self.block(gate);
        if block > 0
            && !self.is_closed()
            && let Grant::Room(granted) = gate.try_reserve(1, block - 1, true, self.ticket)
        {
            self.reserved += granted;
            self.served(gate);
        }
    }

    fn is_closed(&self) -> bool {
        self.gone || self.link.is_closed()
    }

    /// Joins the line; the caller must ask once more before it sleeps.
    fn wait(&mut self, gate: &Gate, cx: &Context<'_>) {
        self.ticket = Some(gate.wait(self.ticket, cx.waker()));
        self.in_line = true;
    }

    /// Leaves the line, and will come back to the same place.
    fn stop_waiting(&mut self, gate: &Gate) {
        if let (true, Some(ticket)) = (std::mem::take(&mut self.in_line), self.ticket) {
            gate.stop_waiting(ticket);
        }
    }

    fn served(&mut self, gate: &Gate) {
        self.stop_waiting(gate);
        self.ticket = None;
    }

    /// Gives back all but `used` places.
    fn give_back(&mut self, gate: &Gate, used: usize) {
        gate.cancel(self.reserved - used);
        self.reserved = used;
    }
}

/// Messages on their way to one mailbox.
pub(crate) struct Lane<T: Message> {
    mailbox: Arc<Mailbox<T>>,
    seat: Seat,
    /// Each message here has its place reserved.
    staged: Vec<T>,
    /// Whether the link comes from inside the mailbox's own cycle.
    inside: bool,
    ended: bool,
}

impl<T: Message> Lane<T> {
    /// The lane of `link`, which has joined `mailbox`.
    pub(super) fn new(mailbox: Arc<Mailbox<T>>, link: Arc<Link>, inside: bool, ahead: Ahead) -> Self {
        Self {
            mailbox,
            seat: Seat::new(link, ahead, size_of::<T>()),
            staged: Vec::new(),
            inside,
            ended: false,
        }
    }

    pub(super) fn link(&self) -> &Arc<Link> {
        &self.seat.link
    }

    /// Whether the mailbox asks to hold. Nobody waits for a tap.
    pub(super) fn is_held(&self) -> bool {
        self.seat.link.is_held() && !self.seat.link.is_tap()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.seat.is_closed()
    }

    /// How many messages may be pushed without asking for room.
    pub(super) fn room(&self) -> usize {
        if !self.mailbox.backpressures() || self.is_closed() {
            usize::MAX
        } else {
            self.seat.reserved - self.staged.len()
        }
    }

    /// Messages in the mailbox, those reserved by others and those staged here included.
    pub(super) fn load(&self) -> usize {
        let unused = self.seat.reserved - self.staged.len();
        self.mailbox.gate().depth().saturating_sub(unused)
    }

    /// Whether [`try_fill`](Self::try_fill) would find room; takes none.
    pub(super) fn has_room(&self, need: usize) -> bool {
        let (seat, short) = (&self.seat, (need + self.staged.len()).saturating_sub(self.seat.reserved));
        short == 0
            || !self.mailbox.backpressures()
            || seat.is_closed()
            || self.mailbox.gate().has_room(short, seat.ticket)
    }

    pub(super) fn try_fill(&mut self, need: usize) -> Room {
        if !self.mailbox.backpressures() {
            return Room::Ready;
        }
        self.seat.try_fill(self.mailbox.gate(), need + self.staged.len())
    }

    /// What is reserved at once, if more than is needed.
    pub(super) fn block(&self) -> usize {
        self.seat.block(self.mailbox.gate())
    }

    /// Reserves more, if less than half a block is left, nobody holds the lane, and room is to be had for nothing.
    pub(super) fn top_up(&mut self) {
        let few = self.seat.reserved - self.staged.len() < self.block().div_ceil(2);
        if few && self.mailbox.backpressures() && !self.is_held() {
            self.seat.top_up(self.mailbox.gate());
        }
    }

    pub(super) fn wait(&mut self, cx: &Context<'_>) {
        self.seat.wait(self.mailbox.gate(), cx);
    }

    pub(super) fn stop_waiting(&mut self) {
        self.seat.stop_waiting(self.mailbox.gate());
    }

    pub(super) fn is_in_line(&self) -> bool {
        self.seat.in_line
    }

    pub(super) fn give_back(&mut self) {
        self.seat.give_back(self.mailbox.gate(), self.staged.len());
    }

    /// Whether a message that is too large for the mailbox fails its call. A tap drops it.
    pub(super) fn limits(&self) -> bool {
        self.mailbox.gate().max_message_bytes().is_some() && !self.link().is_tap()
    }

    /// Whether the mailbox could ever take `message`.
    #[inline]
    pub(super) fn admits(&self, message: &T) -> Result<(), LinkError> {
        match self.mailbox.oversize(message) {
            None => Ok(()),
            Some(_) if self.link().is_tap() => Ok(()),
            Some((weight, most)) => Err(LinkError::too_large(self.link().to(), weight, most)),
        }
    }

    /// Whether the mailbox makes its upstream actors wait; otherwise pushing may fail.
    pub(super) fn backpressures(&self) -> bool {
        self.mailbox.backpressures()
    }

    /// Whether so many `messages` have their room reserved.
    #[inline]
    pub(super) fn has_reserved(&self, messages: usize) -> bool {
        self.staged.len() + messages <= self.seat.reserved
    }

    /// Stages all of `messages`, and leaves an empty vector.
    pub(super) fn push_all(&mut self, messages: &mut Vec<T>) -> Result<(), LinkError> {
        if !self.has_reserved(messages.len()) {
            return messages.drain(..).try_for_each(|message| self.push(message));
        }
        if self.staged.is_empty() {
            mem::swap(&mut self.staged, messages);
        } else {
            self.staged.append(messages);
        }
        Ok(())
    }

    /// Stages copies of `messages`.
    pub(super) fn push_cloned(&mut self, messages: &[T]) -> Result<(), LinkError> {
        if self.has_reserved(messages.len()) {
            self.staged.extend_from_slice(messages);
            return Ok(());
        }
        messages.iter().try_for_each(|message| self.push(message.clone()))
    }

    /// Stages `message`, or hands it over at once where the mailbox drops.
    #[inline]
    pub(super) fn push(&mut self, message: T) -> Result<(), LinkError> {
        if self.staged.len() < self.seat.reserved {
            self.staged.push(message);
            return Ok(());
        }
        self.push_unreserved(message)
    }

    #[cold]
    fn push_unreserved(&mut self, message: T) -> Result<(), LinkError> {
        let mark = self.seat.link.mark(1);
        let offer = if self.is_closed() {
            // Who wants no more has done with it.
            mark.filter(|_| self.seat.link.is_cancelled()).into_iter().for_each(Mark::done);
            discard([message]);
            Offer::Refused
        } else {
            self.mailbox.offer(message, mark)
        };
        self.seat.link.count(1, usize::from(offer == Offer::Refused));
        if offer == Offer::Received && self.seat.link.is_watched() {
            self.mailbox.follow(&self.seat.link, 1);
        }
        if offer == Offer::Failed {
            return Err(LinkError::full(self.link().to(), self.mailbox.gate().capacity()));
        }
        Ok(())
    }

    /// Hands over what is staged; see [`Mailbox::put`].
    #[inline]
    pub(super) fn flush(&mut self) {
        let count = self.staged.len();
        if count == 0 {
            return;
        }
        self.seat.reserved -= count;
        self.seat.polite = true;
        let received = self.mailbox.put(&mut self.staged, self.seat.link.mark(count));
        self.seat.link.count(count, if received { 0 } else { count });
        if self.seat.link.is_watched() {
            self.mailbox.follow(&self.seat.link, count);
        }
    }

    /// How many messages have gone this way, as far as somebody wants to know when they are done.
    pub(super) fn emitted(&self) -> u64 {
        let tracked = self.link().mark(self.staged.len());
        tracked.map_or(0, |mark| mark.last())
    }

    /// Counts a message that is not put on the link any more.
    pub(super) fn refuse(&mut self) {
        self.seat.link.count(1, 1);
    }

    /// Ends the link: everything is handed over, nothing more comes, though it should have if `failed`.
    pub(super) fn end(&mut self, failed: bool) {
        if !self.ended {
            self.ended = true;
            self.flush();
            self.give_back();
            self.stop_waiting();
            self.mailbox.end(&self.seat.link, self.inside, failed);
        }
    }
}

impl<T: Message> Drop for Lane<T> {
    /// A cell that is dropped instead of ended leaves nobody downstream waiting.
    fn drop(&mut self) {
        self.end(true);
    }
}

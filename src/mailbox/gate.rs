//! The gate of a mailbox: who may come in, and what is said when it fills up or drains.
//!
//! ```text
//!   outlet ──reserve──▶ ┌────────────── depth ──────────────┐
//!                       │ reserved │ queued │ taken, waiting│ ──release (handler starts)──▶
//!                       └───────────────────────────────────┘
//!                  0 ........ low ............. high ... capacity
//!                          Resume ◀──────────▶ Backpressure
//! ```
//!
//! **The bound is the guarantee, the signal is the advice.** A place is reserved before a message is held, so the
//! depth cannot exceed the capacity, whatever anybody does about a signal.
//!
//! **No signal is lost.** Reserving changes the depth and then looks at it under the lock of `pressure`; releasing
//! changes the depth and then looks at `full`. `settle` stores `full` and then looks at the depth again. All four
//! are `SeqCst`, so of a release and a settle that meet, at least one sees what the other did, and settles again.
//! The same reasoning holds for the line of those who wait: they join it and try once more, a release changes the
//! depth and then looks at the line.
//!
//! **First come, first served.** While anybody waits in line, only who came before all of them is served.

use super::line::{Ticket, WaitLine};
use super::link::Link;
use super::meter::{Meter, Taken};
use super::pressure::{Pressure, PressureCounts};
use super::waits::Follower;
use super::{MailboxSettings, Marks};
use crate::signal::Causes;
use crate::sync::{Arc, AtomicBool, AtomicUsize, Mutex, Ordering, lock};
use std::task::Waker;

/// Counts what is in a mailbox and tells its upstream actors when that crosses a mark.
pub(crate) struct Gate {
    slots: Meter,
    bytes: Option<Box<Bytes>>,
    /// Mirrors `Causes::FULL` in `pressure`, to be read without the lock.
    full: AtomicBool,
    closed: AtomicBool,
    /// Upstream links, to work out a fair share.
    upstreams: AtomicUsize,
    /// Messages in reserved places: queued, or taken and not started.
    filled: AtomicUsize,
    /// The most that `filled` has been.
    peak: AtomicUsize,
    /// The largest capacity so far.
    largest: AtomicUsize,
    /// Whether fullness is signalled: not where the overflow policy drops.
    signals: bool,
    pressure: Mutex<Pressure>,
    line: WaitLine,
    follower: Follower,
}

struct Bytes {
    meter: Meter,
    /// What one slot reserves; no message may weigh more.
    each: usize,
}

/// The answer to a reservation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grant {
    /// So many places are reserved.
    Room(usize),
    /// It would turn the mailbox pressured; yield once and ask again, not politely.
    High,
    /// No room: join the line.
    Full,
    /// The reader is gone.
    Closed,
}

impl Gate {
    pub(crate) fn new(settings: &MailboxSettings) -> Self {
        let bytes = settings.max_bytes.map(|limit| {
            let each = settings.max_message_bytes.unwrap_or(limit).clamp(1, limit.max(1));
            Box::new(Bytes { meter: Meter::new(limit, byte_marks(limit, each, settings)), each })
        });
        Self {
            slots: Meter::new(settings.capacity, settings.marks()),
            bytes,
            full: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            upstreams: AtomicUsize::new(0),
            filled: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
            largest: AtomicUsize::new(settings.capacity),
            signals: settings.overflow.backpressures(),
            pressure: Mutex::new(Pressure::default()),
            line: WaitLine::default(),
            follower: Follower::default(),
        }
    }

    /// Takes over the capacity and the marks of `settings`; all else of them must be as it was.
    ///
    /// A capacity below what is there takes effect as that drains: until then nothing is taken, and the mailbox is
    /// pressured. One that grew lets in who waits.
    pub(crate) fn change(&self, settings: &MailboxSettings) {
        let pressure = lock(&self.pressure);
        self.slots.change(settings.capacity, settings.marks());
        if let Some(bytes) = &self.bytes {
            let limit = bytes.meter.limit();
            bytes.meter.change(limit, byte_marks(limit, bytes.each, settings));
        }
        self.largest.fetch_max(settings.capacity, Ordering::Relaxed);
        drop(pressure);
        self.settle();
        // One after the other: who is served wakes the next.
        self.line.wake_front();
    }

    /// Adds an upstream link.
    pub(crate) fn join(&self, link: Arc<Link>) {
        self.upstreams.fetch_add(1, Ordering::Relaxed);
        let mut pressure = lock(&self.pressure);
        if self.is_closed() {
            link.close(true);
            return;
        }
        pressure.join(link, self.slots.used(), self.slots.limit(), self.slots.marks());
    }

    /// Takes an upstream link away: it has ended.
    pub(crate) fn leave(&self, link: &Arc<Link>) {
        self.upstreams.fetch_sub(1, Ordering::Relaxed);
        lock(&self.pressure).leave(link);
    }

    /// Whether a reservation of `need` places would be granted now.
    pub(crate) fn has_room(&self, need: usize, ticket: Option<Ticket>) -> bool {
        let in_turn = self.line.is_empty() || ticket.is_some_and(|ticket| self.line.is_next(ticket));
        let bytes = self.bytes.as_ref().is_none_or(|bytes| bytes.meter.has(need * bytes.each));
        in_turn && bytes && self.slots.has(need)
    }

    /// Reserves `need` places and up to `extra` more, for somebody who waited before if there is a `ticket`.
    #[inline]
    pub(crate) fn try_reserve(
        &self,
        need: usize,
        extra: usize,
        polite: bool,
        ticket: Option<Ticket>,
    ) -> Grant {
        if self.closed.load(Ordering::SeqCst) {
            return Grant::Closed;
        }
        if !self.line.is_empty() && !ticket.is_some_and(|ticket| self.line.is_next(ticket)) {
            return Grant::Full;
        }
        // A slot of a mailbox limited in bytes is dear: none is taken for convenience.
        let extra = if self.bytes.is_some() { 0 } else { extra };
        let (granted, used) =
            match self.slots.try_take(need, extra, self.upstreams.load(Ordering::Relaxed), polite) {
                Taken::Some { granted, used } => (granted, used),
                Taken::High => return Grant::High,
                Taken::None => return Grant::Full,
            };
        if let Some(bytes) = &self.bytes {
            match bytes.meter.try_take(granted * bytes.each, 0, 1, polite) {
                Taken::Some { .. } => {}
                refused => {
                    self.withdraw(granted, ticket);
                    return if refused == Taken::High { Grant::High } else { Grant::Full };
                }
            }
        }
        if used >= self.slots.high() || self.bytes.as_ref().is_some_and(|bytes| bytes.meter.is_high()) {
            self.settle();
        }
        Grant::Room(granted)
    }

    /// A handler has started on `messages`, which weigh `bytes`: their places are free.
    #[inline]
    pub(crate) fn release(&self, messages: usize, bytes: usize) {
        // Relaxed: a count for reports; the queue ordered it after the `fetch_add` of the same messages.
        self.filled.fetch_sub(messages, Ordering::Relaxed);
        self.follower.release(messages);
        if let Some(meter) = &self.bytes {
            meter.meter.give_back(bytes);
        }
        self.give_back(messages);
    }

    /// Gives back unused reservations.
    #[inline]
    pub(crate) fn cancel(&self, places: usize) {
        if places > 0 {
            if let Some(bytes) = &self.bytes {
                bytes.meter.give_back(places * bytes.each);
            }
            self.give_back(places);
        }
    }

    /// `messages` are about to be queued in reserved places; the rest of what was reserved for their `bytes` goes back.
    #[inline]
    pub(crate) fn fill(&self, messages: usize, bytes: Option<usize>) {
        let filled = self.filled.fetch_add(messages, Ordering::Relaxed) + messages;
        // A plain look first: the peak rarely moves.
        if filled > self.peak.load(Ordering::Relaxed) {
            self.peak.fetch_max(filled, Ordering::Relaxed);
        }
        if let (Some(limit), Some(bytes)) = (&self.bytes, bytes) {
            limit.meter.give_back((messages * limit.each).saturating_sub(bytes));
            self.give_back(0);
        }
    }

    /// Follows one of `count` messages that were just put on `link`, if none is followed.
    #[cold]
    pub(crate) fn follow(&self, link: &Arc<Link>, count: usize) {
        self.follower.put(link, count, || self.waiting());
    }

    /// Frees `places` that were taken and are of no use without bytes. Somebody else may have been refused because of
    /// them; who took them asks again when bytes come free, and waking it for its own places would go round in circles.
    #[cold]
    fn withdraw(&self, places: usize, ticket: Option<Ticket>) {
        self.free(places);
        self.line.wake_front_unless(ticket);
    }

    /// Frees `places`, and tells whom that concerns.
    #[inline]
    fn give_back(&self, places: usize) {
        self.free(places);
        if !self.line.is_empty() {
            self.line.wake_front();
        }
    }

    #[inline]
    fn free(&self, places: usize) {
        let depth = self.slots.give_back(places);
        if self.full.load(Ordering::SeqCst) && depth <= self.slots.low() {
            self.settle();
        }
    }

    /// Joins the line, or renews the place in it; see [`WaitLine::join`].
    pub(crate) fn wait(&self, ticket: Option<Ticket>, waker: &Waker) -> Ticket {
        self.line.join(ticket, waker)
    }

    /// Leaves the line; the ticket stays good.
    pub(crate) fn stop_waiting(&self, ticket: Ticket) {
        self.line.leave(ticket);
    }

    /// The reader is gone, `cancelled` if it wanted no more, or only takes what is there: nothing comes in, everybody
    /// waiting is told, every link ends.
    pub(crate) fn close(&self, cancelled: bool) {
        self.closed.store(true, Ordering::SeqCst);
        lock(&self.pressure).end(cancelled);
        self.line.wake_all();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// Brings the signalled state in line with the depth.
    #[cold]
    fn settle(&self) {
        if !self.signals {
            return;
        }
        let mut pressure = lock(&self.pressure);
        loop {
            let high = self.slots.is_high() || self.bytes.as_ref().is_some_and(|bytes| bytes.meter.is_high());
            let low = self.slots.is_low() && self.bytes.as_ref().is_none_or(|bytes| bytes.meter.is_low());
            let causes = match pressure.has(Causes::FULL) {
                false if high => pressure.with(Causes::FULL),
                true if low => pressure.without(Causes::FULL),
                _ => break,
            };
            self.full.store(causes.contains(Causes::FULL), Ordering::SeqCst);
            pressure.change(causes, self.slots.used(), self.slots.limit(), self.slots.marks());
        }
    }

    /// One more of `readers` takes nothing for now. Once none does, upstream actors are told to hold.
    pub(super) fn bar(&self, readers: &AtomicUsize) {
        self.change_bars(readers, |barred| barred + 1);
    }

    /// One of `readers` that took nothing takes messages again, or is gone.
    pub(super) fn unbar(&self, readers: &AtomicUsize) {
        self.change_bars(readers, |barred| barred - 1);
    }

    /// There are fewer `readers` now.
    pub(super) fn recount_bars(&self, readers: &AtomicUsize) {
        self.change_bars(readers, |barred| barred);
    }

    fn change_bars(&self, readers: &AtomicUsize, change: impl Fn(usize) -> usize) {
        let mut pressure = lock(&self.pressure);
        pressure.barred = change(pressure.barred);
        // Loaded under the lock: of two that change at once, the later one sees both changes.
        let readers = readers.load(Ordering::SeqCst);
        let holds = self.signals && pressure.barred > 0 && pressure.barred >= readers;
        let causes = match (pressure.has(Causes::BREAKER_OPEN), holds) {
            (false, true) => pressure.with(Causes::BREAKER_OPEN),
            (true, false) => pressure.without(Causes::BREAKER_OPEN),
            _ => return,
        };
        pressure.change(causes, self.slots.used(), self.slots.limit(), self.slots.marks());
    }

    /// Reserved, queued and taken messages whose handler has not started.
    pub(crate) fn depth(&self) -> usize {
        self.slots.used()
    }

    pub(crate) fn capacity(&self) -> usize {
        self.slots.limit()
    }

    pub(crate) fn high(&self) -> usize {
        self.slots.high()
    }

    pub(crate) fn marks(&self) -> Marks {
        self.slots.marks()
    }

    /// Whether what was signalled about fullness is what the depth calls for.
    #[cfg(feature = "testkit")]
    pub(crate) fn is_settled(&self) -> bool {
        let high = self.slots.is_high() || self.bytes.as_ref().is_some_and(|bytes| bytes.meter.is_high());
        let low = self.slots.is_low() && self.bytes.as_ref().is_none_or(|bytes| bytes.meter.is_low());
        let full = lock(&self.pressure).has(Causes::FULL);
        !self.signals || self.is_closed() || (full && !low) || (!full && !high)
    }

    /// Whether `link` is asked to hold although the mailbox is open. A link that has ended is told nothing more.
    #[cfg(feature = "testkit")]
    pub(crate) fn holds_for_nothing(&self, link: &Arc<Link>) -> bool {
        let pressure = lock(&self.pressure);
        link.is_held() && pressure.tells(link) && !pressure.counts().pressured
    }

    /// The bytes in use and the most there may be, where these are limited.
    pub(crate) fn bytes(&self) -> Option<(usize, usize)> {
        self.bytes.as_ref().map(|bytes| (bytes.meter.used(), bytes.meter.limit()))
    }

    /// The largest capacity it has had.
    pub(crate) fn largest(&self) -> usize {
        self.largest.load(Ordering::Relaxed)
    }

    pub(crate) fn peak(&self) -> usize {
        self.peak.load(Ordering::Relaxed)
    }

    /// The most a message may weigh; `None` where bytes are not limited.
    pub(crate) fn max_message_bytes(&self) -> Option<usize> {
        self.bytes.as_ref().map(|bytes| bytes.each)
    }

    pub(crate) fn pressure(&self) -> PressureCounts {
        lock(&self.pressure).counts()
    }

    /// Messages that wait: queued, or taken and not started.
    pub(crate) fn waiting(&self) -> usize {
        self.filled.load(Ordering::Relaxed)
    }

    /// Takes a place for a message of `weight` bytes at a mailbox that drops; false if there is no room.
    pub(crate) fn admit(&self, weight: usize) -> bool {
        let Taken::Some { .. } = self.slots.try_take(1, 0, 1, false) else { return false };
        if let Some(bytes) = &self.bytes
            && !matches!(bytes.meter.try_take(weight, 0, 1, false), Taken::Some { .. })
        {
            self.give_back(1);
            return false;
        }
        self.fill(1, None);
        true
    }
}

/// The marks of a mailbox limited to `limit` bytes, of which each slot reserves `each`.
fn byte_marks(limit: usize, each: usize, settings: &MailboxSettings) -> Marks {
    let marks = Marks::new(limit, settings.low, settings.high);
    // No room for another message is as full as can be, whatever the mark says.
    let high = marks.high.min(limit - each + 1);
    Marks { high, low: marks.low.min(high - 1) }
}

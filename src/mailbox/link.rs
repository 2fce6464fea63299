//! One connection from an outlet to a mailbox: the unit of pressure and of counting.

use super::waits::Waits;
use crate::delivery::{Mark, Origin};
use crate::ledger::{Hold, Holding};
use crate::signal::feed::Feed;
use crate::signal::slot::SignalSlot;
use crate::signal::{Causes, Signal, SignalKind};
use crate::sync::{Arc, AtomicBool, AtomicU64, Mutex, Ordering, lock};

/// Tells the upstream actor to look at a link: something waits in its slot, or it has closed.
pub(crate) type Notify = Box<dyn Fn() + Send + Sync>;

/// What both ends of a link share.
pub struct Link {
    /// The emitting end, for people: `actor` or `actor.port`.
    from: Arc<str>,
    /// The receiving actor.
    to: Arc<str>,
    /// Whether the receiving actor only listens: what becomes of it is none of the emitting one's business.
    tap: bool,
    slot: SignalSlot,
    /// How the actor that sends over it now is told; each in turn, where an instance comes and goes.
    notify: Mutex<Option<Notify>>,
    /// The newest signal the upstream actor has seen.
    known: Mutex<Option<Signal>>,
    /// Whether `known` holds the link.
    held: AtomicBool,
    /// Whether the last signal the actor itself was told is a `Backpressure`. Written and read by its cell only.
    told: AtomicBool,
    /// Whether the receiving end is gone.
    closed: AtomicBool,
    /// Whether it went because it wanted no more, not because it failed or was stopped.
    cancelled: AtomicBool,
    /// The emitting end, if it wants to know when messages are done.
    origin: Option<Origin>,
    /// Written by the emitting end only.
    emitted: AtomicU64,
    /// Written by the emitting end only.
    refused: AtomicU64,
    /// For how long it held up the upstream actor.
    holding: Holding,
    /// The signals that were sent over it, by kind. Written under the lock of the mailbox's pressure.
    backpressures: AtomicU64,
    resumes: AtomicU64,
    /// How many of the former the upstream actor paused for. Written by its cell only.
    obeyed: AtomicU64,
    /// How long its messages wait.
    waits: Waits,
    /// Where signals are taken down while somebody watches.
    feed: Arc<Feed>,
}

impl Link {
    pub(crate) fn new(
        from: Arc<str>,
        to: Arc<str>,
        tap: bool,
        origin: Option<Origin>,
        feed: Arc<Feed>,
    ) -> Arc<Self> {
        Arc::new(Self {
            from,
            to,
            tap,
            slot: SignalSlot::default(),
            notify: Mutex::new(None),
            known: Mutex::new(None),
            held: AtomicBool::new(false),
            told: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            cancelled: AtomicBool::new(false),
            origin,
            emitted: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            holding: Holding::default(),
            backpressures: AtomicU64::new(0),
            resumes: AtomicU64::new(0),
            obeyed: AtomicU64::new(0),
            waits: Waits::default(),
            feed,
        })
    }

    pub(crate) fn from(&self) -> &Arc<str> {
        &self.from
    }

    pub(crate) fn to(&self) -> &Arc<str> {
        &self.to
    }

    pub(crate) fn is_tap(&self) -> bool {
        self.tap
    }

    /// Connects the upstream actor; what came before it was there is told now.
    pub(crate) fn connect(&self, notify: Notify) {
        *lock(&self.notify) = Some(notify);
        self.tell();
    }

    /// Another instance is going to send over it, and knows of nothing: to be called before the link joins its mailbox
    /// again.
    pub(crate) fn renew(&self) {
        *lock(&self.notify) = None;
        self.slot.take();
        *lock(&self.known) = None;
        // Relaxed: the instance before has ended, and the next one has not begun.
        self.held.store(false, Ordering::Relaxed);
        self.told.store(false, Ordering::Relaxed);
    }

    /// Leaves `signal` for the upstream actor. Called in the order of the epochs.
    pub(super) fn deliver(&self, signal: Signal) {
        let sent = match signal.kind() {
            SignalKind::Backpressure => &self.backpressures,
            SignalKind::Resume => &self.resumes,
        };
        sent.fetch_add(1, Ordering::Relaxed);
        self.feed.record(&signal);
        if self.slot.put(signal) {
            self.tell();
        }
    }

    /// The receiving end is gone, `cancelled` if it wanted no more: that releases every hold.
    pub(super) fn close(&self, cancelled: bool) {
        // Relaxed: published by the store of `closed`.
        self.cancelled.store(cancelled, Ordering::Relaxed);
        // Release pairs with Acquire in `is_closed`: who sees the end sees all that was done before it.
        self.closed.store(true, Ordering::Release);
        self.tell();
    }

    /// The emitting end has ended, and the mailbox tells it nothing more: nothing holds it.
    pub(super) fn release(&self) {
        self.slot.take();
        // Relaxed: written and read by the upstream actor only, which is the one that ends.
        self.held.store(false, Ordering::Relaxed);
    }

    fn tell(&self) {
        if let Some(notify) = lock(&self.notify).as_ref() {
            notify();
        }
    }

    /// Takes the undelivered signal, if it says anything new.
    pub(crate) fn receive(&self) -> Option<Signal> {
        self.slot.take().filter(|signal| self.learn(signal))
    }

    /// Takes in `signal` unless something newer is known already; true if it was news.
    pub(crate) fn learn(&self, signal: &Signal) -> bool {
        let mut known = lock(&self.known);
        if known.as_ref().is_some_and(|known| !signal.is_newer_than(known)) {
            return false;
        }
        // Relaxed: written and read by the upstream actor only.
        self.held.store(!signal.causes.is_empty(), Ordering::Relaxed);
        *known = Some(signal.clone());
        true
    }

    /// The upstream actor pauses because of a `Backpressure`.
    pub(crate) fn obeys(&self) {
        self.obeyed.store(self.obeyed.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    /// The signals sent over it: `Backpressure`s, `Resume`s, and how many of the former were obeyed.
    pub(crate) fn signals(&self) -> (u64, u64, u64) {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        (load(&self.backpressures), load(&self.resumes), load(&self.obeyed))
    }

    /// Why it holds the upstream actor, which it does.
    pub(crate) fn hold(&self) -> Hold {
        let known = lock(&self.known);
        let open = known.as_ref().is_some_and(|known| known.causes.contains(Causes::BREAKER_OPEN));
        if open { Hold::BreakerOpen } else { Hold::Full }
    }

    /// Whether somebody watches the topology.
    #[inline]
    pub(crate) fn is_watched(&self) -> bool {
        self.feed.is_watched()
    }

    pub(crate) fn waits(&self) -> &Waits {
        &self.waits
    }

    pub(crate) fn holding(&self) -> &Holding {
        &self.holding
    }

    /// Whether the actor was told to hold, and not yet to go on.
    pub(crate) fn was_told_to_hold(&self) -> bool {
        self.told.load(Ordering::Relaxed)
    }

    /// The actor is told a signal of this kind.
    pub(crate) fn tells(&self, kind: SignalKind) {
        self.told.store(kind == SignalKind::Backpressure, Ordering::Relaxed);
    }

    /// Whether the mailbox asked to hold and has neither resumed nor ended.
    pub(crate) fn is_held(&self) -> bool {
        self.held.load(Ordering::Relaxed) && !self.is_closed()
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Whether the receiving end is gone because it wanted no more.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.is_closed() && self.cancelled.load(Ordering::Relaxed)
    }

    /// Counts messages that were put on the link, and how many of them did not arrive.
    #[inline]
    pub(crate) fn count(&self, emitted: usize, refused: usize) {
        // One writer, so no read-modify-write is needed; readers want a recent value, not an order.
        self.emitted.store(self.emitted.load(Ordering::Relaxed) + emitted as u64, Ordering::Relaxed);
        if refused > 0 {
            // Release: who sees this sees what it is part of, above.
            self.refused.store(self.refused.load(Ordering::Relaxed) + refused as u64, Ordering::Release);
        }
    }

    /// The mark of the next `count` messages that are put on the link, if they have one.
    #[inline]
    pub(crate) fn mark(&self, count: usize) -> Option<Mark> {
        let origin = self.origin.as_ref()?;
        // Relaxed: the emitting end, which alone writes it, asks.
        Some(origin.mark(self.emitted.load(Ordering::Relaxed), count))
    }

    /// How many messages were put on the link, and how many of them did not arrive; never more than the former.
    pub(crate) fn counts(&self) -> (u64, u64) {
        let refused = self.refused.load(Ordering::Acquire);
        (self.emitted.load(Ordering::Relaxed), refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Causes;

    fn signal(incarnation: u32, epoch: u64, causes: Causes) -> Signal {
        Signal {
            from: "a".into(),
            to: "b".into(),
            incarnation,
            epoch,
            causes,
            depth: 8,
            capacity: 10,
            high: 8,
            low: 5,
        }
    }

    #[test]
    fn a_stale_repeated_or_reordered_signal_changes_nothing() {
        let link = Link::new("a".into(), "b".into(), false, None, Arc::default());
        assert!(link.learn(&signal(0, 1, Causes::FULL)) && link.is_held());
        assert!(link.learn(&signal(0, 4, Causes::NONE)) && !link.is_held());
        for old in [1, 2, 3, 4] {
            assert!(!link.learn(&signal(0, old, Causes::FULL)), "epoch {old} is not news after 4");
            assert!(!link.is_held());
        }
        assert!(link.learn(&signal(0, 5, Causes::FULL)) && link.is_held());
        assert!(!link.learn(&signal(0, 4, Causes::NONE)) && link.is_held(), "a late Resume releases nothing");
    }

    #[test]
    fn a_signal_carries_all_causes_and_replaces_what_was_known() {
        let link = Link::new("a".into(), "b".into(), false, None, Arc::default());
        link.learn(&signal(0, 1, Causes::FULL.with(Causes::OPERATOR)));
        link.learn(&signal(0, 2, Causes::OPERATOR));
        assert!(link.is_held(), "the operator still holds it");
        link.learn(&signal(0, 3, Causes::NONE));
        assert!(!link.is_held());
    }

    #[test]
    fn epochs_of_a_new_incarnation_start_again() {
        let link = Link::new("a".into(), "b".into(), false, None, Arc::default());
        link.learn(&signal(0, 9, Causes::FULL));
        assert!(link.learn(&signal(1, 1, Causes::NONE)) && !link.is_held());
        assert!(!link.learn(&signal(0, 10, Causes::FULL)));
    }

    #[test]
    fn an_undelivered_signal_is_overwritten_by_a_newer_one_and_told_once() {
        let link = Link::new("a".into(), "b".into(), false, None, Arc::default());
        let told = Arc::new(AtomicU64::new(0));
        let counter = told.clone();
        link.connect(Box::new(move || {
            counter.fetch_add(1, Ordering::Relaxed);
        }));
        let before = told.load(Ordering::Relaxed);
        link.deliver(signal(0, 1, Causes::FULL));
        link.deliver(signal(0, 2, Causes::NONE));
        link.deliver(signal(0, 3, Causes::FULL));
        assert_eq!(told.load(Ordering::Relaxed) - before, 1);
        assert_eq!(link.receive().map(|signal| signal.epoch), Some(3));
        assert!(link.receive().is_none());
    }

    #[test]
    fn who_sends_over_it_next_knows_of_nothing() {
        let link = Link::new("a".into(), "b".into(), false, None, Arc::default());
        link.learn(&signal(0, 3, Causes::FULL));
        link.tells(SignalKind::Backpressure);
        link.deliver(signal(0, 4, Causes::FULL));
        link.renew();
        assert!(!link.is_held() && !link.was_told_to_hold() && link.receive().is_none());
        assert!(link.learn(&signal(0, 3, Causes::FULL)), "it is news to it");
    }

    #[test]
    fn signals_are_counted_by_kind_and_those_obeyed() {
        let link = Link::new("a".into(), "b".into(), false, None, Arc::default());
        for (epoch, causes) in [(1, Causes::FULL), (2, Causes::NONE), (3, Causes::FULL)] {
            link.deliver(signal(0, epoch, causes));
        }
        link.obeys();
        assert_eq!(link.signals(), (2, 1, 1));
    }

    #[test]
    fn the_end_of_a_link_releases_its_hold() {
        let link = Link::new("a".into(), "b".into(), false, None, Arc::default());
        link.learn(&signal(0, 1, Causes::FULL));
        link.close(false);
        assert!(!link.is_held());
    }
}

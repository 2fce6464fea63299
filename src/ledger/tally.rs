//! The counts of one actor instance.

use super::{ActorState, BreakerState, Times};
use crate::sync::{AtomicBool, AtomicU8, AtomicU64, Mutex, Ordering, lock};

/// The counts as their owner keeps them: plain numbers, published before the owner suspends.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) handled: u64,
    pub(crate) failed: u64,
    pub(crate) dead_lettered: u64,
    pub(crate) left: u64,
    pub(crate) in_handler: u64,
    pub(crate) held: u64,
    pub(crate) restarts: u64,
    /// The state of its breaker, if it has one, and how often that has opened.
    pub(crate) breaker: Option<BreakerState>,
    pub(crate) opened: u64,
    /// Messages among the handled that the actor has thrown away.
    pub(crate) discarded: u64,
    /// Messages per second, of a producer that feels for its rate.
    pub(crate) rate: Option<f64>,
    pub(crate) state: ActorState,
}

impl Counts {
    /// These, and all that was counted before.
    fn plus(self, past: Option<&Self>) -> Self {
        let Some(past) = past else { return self };
        Self {
            handled: self.handled + past.handled,
            failed: self.failed + past.failed,
            dead_lettered: self.dead_lettered + past.dead_lettered,
            left: self.left + past.left,
            restarts: self.restarts + past.restarts,
            opened: self.opened + past.opened,
            discarded: self.discarded + past.discarded,
            // What it is doing, and what it has in hand, is its own.
            in_handler: self.in_handler,
            held: self.held,
            breaker: self.breaker,
            rate: self.rate,
            state: self.state,
        }
    }

    /// What the actor holds by design is lost with it: it counts as left, no longer as handled. How many that are.
    pub(crate) fn leave_held(&mut self) -> u64 {
        let held = self.held.min(self.handled.saturating_sub(self.discarded));
        self.handled -= held;
        self.left += held;
        self.held = 0;
        held
    }
}

/// The published counts of one instance: written by the instance alone, read by anybody.
#[derive(Default)]
pub(crate) struct Tally {
    handled: AtomicU64,
    failed: AtomicU64,
    dead_lettered: AtomicU64,
    left: AtomicU64,
    in_handler: AtomicU64,
    held: AtomicU64,
    restarts: AtomicU64,
    /// 0 for none, or one more than the number of the state.
    breaker: AtomicU8,
    opened: AtomicU64,
    discarded: AtomicU64,
    /// The bits of the rate; 0 for none, as a rate is more than none.
    rate: AtomicU64,
    state: AtomicU8,
    /// Whether nobody waits for the instance any more, whatever it may still publish.
    given_up: AtomicBool,
    /// The sums of those that were this instance before.
    past: Mutex<Option<Box<Counts>>>,
    times: Times,
}

impl Tally {
    /// Where its time goes; that of those that were this instance before included.
    pub(crate) fn times(&self) -> &Times {
        &self.times
    }

    /// Publishes `counts`. Relaxed stores: each count is right in itself, and all of them once the writer rests.
    pub(crate) fn publish(&self, counts: &Counts) {
        self.handled.store(counts.handled, Ordering::Relaxed);
        self.failed.store(counts.failed, Ordering::Relaxed);
        self.dead_lettered.store(counts.dead_lettered, Ordering::Relaxed);
        self.left.store(counts.left, Ordering::Relaxed);
        self.in_handler.store(counts.in_handler, Ordering::Relaxed);
        self.held.store(counts.held, Ordering::Relaxed);
        self.restarts.store(counts.restarts, Ordering::Relaxed);
        self.breaker.store(counts.breaker.map_or(0, |state| state as u8 + 1), Ordering::Relaxed);
        self.opened.store(counts.opened, Ordering::Relaxed);
        self.discarded.store(counts.discarded, Ordering::Relaxed);
        self.rate.store(counts.rate.map_or(0, f64::to_bits), Ordering::Relaxed);
        self.state.store(counts.state as u8, Ordering::Relaxed);
    }

    /// Marks the instance as one that did not end in time.
    pub(crate) fn give_up(&self) {
        self.given_up.store(true, Ordering::Relaxed);
    }

    /// Another one is this instance from here on; the one before it has ended.
    pub(crate) fn renew(&self) {
        let mut past = lock(&self.past);
        let sum = self.current().plus(past.as_deref());
        *past = Some(Box::new(sum));
        self.publish(&Counts::default());
    }

    /// The sums of all that were this instance; what the present one is doing.
    pub(crate) fn read(&self) -> Counts {
        let past = lock(&self.past);
        self.current().plus(past.as_deref())
    }

    fn current(&self) -> Counts {
        Counts {
            handled: self.handled.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
            dead_lettered: self.dead_lettered.load(Ordering::Relaxed),
            left: self.left.load(Ordering::Relaxed),
            in_handler: self.in_handler.load(Ordering::Relaxed),
            held: self.held.load(Ordering::Relaxed),
            restarts: self.restarts.load(Ordering::Relaxed),
            breaker: match self.breaker.load(Ordering::Relaxed) {
                0 => None,
                1 => Some(BreakerState::Closed),
                2 => Some(BreakerState::HalfOpen),
                _ => Some(BreakerState::Open),
            },
            opened: self.opened.load(Ordering::Relaxed),
            discarded: self.discarded.load(Ordering::Relaxed),
            rate: Some(f64::from_bits(self.rate.load(Ordering::Relaxed))).filter(|rate| *rate > 0.0),
            state: if self.given_up.load(Ordering::Relaxed) {
                ActorState::Stuck
            } else {
                ActorState::from_number(self.state.load(Ordering::Relaxed))
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(handled: u64, state: ActorState) -> Counts {
        Counts {
            handled,
            failed: 2,
            dead_lettered: 3,
            left: 4,
            in_handler: 5,
            held: 6,
            restarts: 7,
            breaker: Some(BreakerState::HalfOpen),
            opened: 8,
            discarded: 9,
            rate: Some(10.0),
            state,
        }
    }

    #[test]
    fn all_that_was_counted_stays_when_another_comes_in_its_place_and_nothing_else() {
        let tally = Tally::default();
        assert_eq!((tally.read().rate, tally.read().breaker), (None, None));
        tally.publish(&counts(100, ActorState::Ended));
        tally.renew();
        let sums = |all: &Counts| {
            [all.handled, all.failed, all.dead_lettered, all.left, all.restarts, all.opened, all.discarded]
        };
        let own = |all: &Counts| (all.in_handler, all.held, all.breaker, all.rate, all.state);
        let read = tally.read();
        assert_eq!(sums(&read), [100, 2, 3, 4, 7, 8, 9]);
        assert_eq!(own(&read), own(&Counts::default()));
        tally.publish(&counts(1, ActorState::Waiting));
        tally.renew();
        tally.publish(&counts(11, ActorState::Running));
        let read = tally.read();
        assert_eq!(sums(&read), [112, 6, 9, 12, 21, 24, 27]);
        assert_eq!(own(&read), (5, 6, Some(BreakerState::HalfOpen), Some(10.0), ActorState::Running));
        tally.give_up();
        assert_eq!(tally.read().state, ActorState::Stuck);
    }

    #[test]
    fn what_is_held_counts_as_left_once_it_is_lost_and_what_was_discarded_was_not_held() {
        let mut all = counts(12, ActorState::Ended);
        // Of 12 handled 9 were discarded, so no more than 3 can be held.
        assert_eq!(all.leave_held(), 3);
        assert_eq!((all.handled, all.left, all.held), (9, 7, 0));
    }
}

//! How long a cell that has nothing to do looks again before it sleeps.
//!
//! To wake a thread that sleeps takes tens of microseconds, to find a message by looking takes less than one. So a cell whose
//! last waits were short looks again for a while, between the turns of the others on its thread; one that waited in vain
//! does so for half as long the next time, and soon not at all. (A mailbox that waits for its reader to wake meanwhile fills
//! up, and turns pressured and open again for nothing.)

use crate::time::{Duration, Instant};

/// The longest time a cell looks again: about what it takes to wake a thread.
const MOST: Duration = Duration::from_micros(50);

/// A wait that was shorter than this might have been spent looking.
const SHORT: Duration = Duration::from_micros(200);

/// By this much it looks longer after a short wait that it slept through.
const STEP: Duration = Duration::from_micros(10);

pub(super) struct Patience {
    /// Whether there are other threads that run beside this one.
    has_company: bool,
    /// For how long to look again.
    span: Duration,
    /// Since when there has been nothing to do.
    since: Option<Instant>,
}

impl Patience {
    pub(super) fn new(has_company: bool) -> Self {
        Self { has_company, span: Duration::ZERO, since: None }
    }

    /// There is nothing to do now; whether to look again at once.
    pub(super) fn lasts(&mut self) -> bool {
        if !self.has_company {
            return false;
        }
        let since = *self.since.get_or_insert_with(Instant::now);
        !self.span.is_zero() && since.elapsed() < self.span
    }

    /// There is something to do.
    #[inline]
    pub(super) fn ends(&mut self) {
        if let Some(since) = self.since.take() {
            self.learn(since.elapsed());
        }
    }

    fn learn(&mut self, waited: Duration) {
        self.span = if waited <= self.span {
            (self.span * 2).min(MOST)
        } else if waited < SHORT {
            (self.span + STEP).min(MOST)
        } else if self.span > STEP {
            self.span / 2
        } else {
            Duration::ZERO
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn micros(span: Duration) -> u128 {
        span.as_micros()
    }

    #[test]
    fn short_waits_make_it_longer_and_long_ones_shorter_until_there_is_none() {
        let mut patience = Patience::new(true);
        let mut spans = Vec::new();
        for waited in [100, 100, 5, 5, 300, 300, 300, 300, 300] {
            patience.learn(Duration::from_micros(waited));
            spans.push(micros(patience.span));
        }
        assert_eq!(spans, [10, 20, 40, 50, 25, 12, 6, 0, 0]);
    }

    #[test]
    fn alone_on_its_thread_a_cell_has_none() {
        let mut patience = Patience::new(false);
        assert!(!patience.lasts());
        patience.ends();
        assert!(!patience.lasts() && patience.span.is_zero());
    }
}

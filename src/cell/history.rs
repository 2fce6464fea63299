//! How often an actor was made anew, and how long to wait before it is again.

use crate::actor::Restart;
use crate::dice::{GAMMA, mixed, share};
use crate::time::{Duration, Instant};
use std::collections::VecDeque;

/// The restarts of an actor, dated by the time that it ran.
///
/// Time in which it waits to be made anew does not count: otherwise a wait that grows would by itself keep an actor that
/// always fails below its limit, for ever.
pub(super) struct History {
    /// How long it ran, until `since`.
    ran: Duration,
    since: Instant,
    /// When it was made anew, the oldest first.
    restarts: VecDeque<Duration>,
}

impl History {
    pub(super) fn new() -> Self {
        Self { ran: Duration::ZERO, since: Instant::now(), restarts: VecDeque::new() }
    }

    /// It runs from now on.
    pub(super) fn runs(&mut self) {
        self.since = Instant::now();
    }

    /// It failed. If it may be made anew: how often it has been then, since it last ran well for as long as `policy` says.
    pub(super) fn failed(&mut self, policy: &Restart) -> Option<u32> {
        let now = Instant::now();
        self.ran += now - std::mem::replace(&mut self.since, now);
        let within = policy.within.duration();
        while self.restarts.front().is_some_and(|then| self.ran - *then >= within) {
            self.restarts.pop_front();
        }
        if self.restarts.len() >= policy.restart as usize {
            return None;
        }
        self.restarts.push_back(self.ran);
        Some(self.restarts.len() as u32)
    }
}

/// How long to wait after the failure of this number, from 1: `first`, doubled with each failure up to `longest`, and longer
/// or shorter by a share of up to `jitter`.
pub(super) fn backoff(
    first: Duration,
    longest: Duration,
    jitter: f64,
    number: u32,
    random: &mut Random,
) -> Duration {
    let doubled = 2u32.checked_pow(number.saturating_sub(1)).and_then(|factor| first.checked_mul(factor));
    let wait = doubled.map_or(longest, |wait| wait.min(longest));
    if jitter == 0.0 {
        return wait;
    }
    let factor = 1.0 + jitter * (2.0 * random.next() - 1.0);
    Duration::try_from_secs_f64(wait.as_secs_f64() * factor).unwrap_or(wait)
}

/// Numbers that look random and follow from a seed.
pub(super) struct Random(pub(super) u64);

impl Random {
    /// The next number, from 0 to below 1.
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(GAMMA);
        share(mixed(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_wait_doubles_up_to_the_longest() {
        let wait = |number| backoff(SECOND, 10 * SECOND, 0.0, number, &mut Random(0)).as_secs();
        assert_eq!([1, 2, 3, 4, 5, 60].map(wait), [1, 2, 4, 8, 10, 10]);
    }

    #[test]
    fn jitter_stays_within_its_share_and_follows_from_the_seed() {
        let waits = |seed| {
            let mut random = Random(seed);
            (0..100).map(|_| backoff(SECOND, SECOND, 0.2, 1, &mut random)).collect::<Vec<_>>()
        };
        let some = waits(7);
        assert!(some.iter().all(|wait| (0.8..1.2).contains(&wait.as_secs_f64())));
        assert!(some.iter().any(|wait| wait.as_secs_f64() < 0.9) && some.iter().any(|wait| *wait > SECOND));
        assert_eq!(some, waits(7));
        assert_ne!(some, waits(8));
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_restarts_than_are_allowed_within_the_time_that_the_actor_runs() {
        let (mut history, policy) = (History::new(), Restart::times(2).within(10 * SECOND));
        let runs_for = |seconds: u32| tokio::time::sleep(seconds * SECOND);
        runs_for(1).await;
        assert_eq!(history.failed(&policy), Some(1));
        tokio::time::sleep(100 * SECOND).await;
        history.runs();
        runs_for(8).await;
        assert_eq!(history.failed(&policy), Some(2), "the wait does not count");
        history.runs();
        runs_for(1).await;
        assert_eq!(history.failed(&policy), None, "the third within ten seconds");
        history.runs();
        runs_for(1).await;
        assert_eq!(history.failed(&policy), Some(2), "the first is ten seconds ago");
        history.runs();
        runs_for(10).await;
        assert_eq!(history.failed(&policy), Some(1), "a healthy run makes up for all before");
    }
}

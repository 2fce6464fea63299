//! The state of a breaker: closed, open, half-open.
//!
//! It is a small machine of our own, on the runtime's clock: it must say when it opens and closes, wake its cell when the time
//! for a trial has come, and let exactly one message through then.

use crate::actor::{Breaker, WhileOpen};
use crate::ledger::BreakerState;
use crate::time::{Duration, Instant, Sleep, sleep};
use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

pub(super) struct Circuit {
    options: Breaker,
    state: BreakerState,
    /// When the last failures were, the oldest first.
    failures: VecDeque<Instant>,
    /// How long it is open, or will be the next time.
    reset: Duration,
    /// Set while it is open.
    wait: Option<Pin<Box<Sleep>>>,
    /// How often it has opened.
    opened: u64,
    /// Whether the actor does not know the state.
    is_news: bool,
}

impl Circuit {
    pub(super) fn new(options: Breaker) -> Self {
        Self {
            options,
            state: BreakerState::Closed,
            failures: VecDeque::new(),
            reset: options.reset.duration(),
            wait: None,
            opened: 0,
            is_news: false,
        }
    }

    pub(super) fn state(&self) -> BreakerState {
        self.state
    }

    pub(super) fn is_open(&self) -> bool {
        self.state == BreakerState::Open
    }

    pub(super) fn opened(&self) -> u64 {
        self.opened
    }

    pub(super) fn reset(&self) -> Duration {
        self.reset
    }

    pub(super) fn call_timeout(&self) -> Option<Duration> {
        self.options.call_timeout.map(|timeout| timeout.duration())
    }

    pub(super) fn sheds(&self) -> bool {
        self.options.while_open == WhileOpen::Shed
    }

    /// The state, if the actor was not told of it.
    pub(super) fn news(&mut self) -> Option<BreakerState> {
        std::mem::take(&mut self.is_news).then_some(self.state)
    }

    /// Whether there is anything to be minded beside handling messages.
    pub(super) fn needs_care(&self) -> bool {
        self.state != BreakerState::Closed || self.is_news
    }

    /// A call has failed; true if that opens it.
    pub(super) fn failed(&mut self) -> bool {
        match self.state {
            BreakerState::Open => return false,
            BreakerState::HalfOpen => {
                let longest = self.options.max_reset.duration();
                let grown = self.reset.as_secs_f64() * self.options.backoff.max(1.0);
                self.reset = Duration::try_from_secs_f64(grown).unwrap_or(longest).min(longest);
            }
            BreakerState::Closed => {
                let (now, within) = (Instant::now(), self.options.within.duration());
                self.failures.push_back(now);
                while self.failures.front().is_some_and(|then| now - *then >= within) {
                    self.failures.pop_front();
                }
                if self.failures.len() < self.options.failures as usize {
                    return false;
                }
            }
        }
        self.failures.clear();
        self.opened += 1;
        self.wait = Some(Box::pin(sleep(self.reset)));
        self.turn(BreakerState::Open);
        true
    }

    /// A call has succeeded; true if that closes it.
    pub(super) fn succeeded(&mut self) -> bool {
        if self.state != BreakerState::HalfOpen {
            return false;
        }
        self.reset = self.options.reset.duration();
        self.turn(BreakerState::Closed);
        true
    }

    /// Ready once a message may be tried; true if that has changed just now.
    pub(super) fn poll_trial(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        let Some(wait) = &mut self.wait else { return Poll::Ready(false) };
        if wait.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        self.wait = None;
        self.turn(BreakerState::HalfOpen);
        Poll::Ready(true)
    }

    fn turn(&mut self, state: BreakerState) {
        (self.state, self.is_news) = (state, true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;

    const SECOND: Duration = Duration::from_secs(1);

    fn circuit() -> Circuit {
        Circuit::new(Breaker::after(3).within(10 * SECOND).reset(15 * SECOND).backoff(2.0, 50 * SECOND))
    }

    async fn tried_after(circuit: &mut Circuit) -> u64 {
        let since = Instant::now();
        assert!(poll_fn(|cx| circuit.poll_trial(cx)).await);
        assert_eq!(circuit.state(), BreakerState::HalfOpen);
        since.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn so_many_failures_within_the_time_open_it() {
        let mut circuit = circuit();
        let fails_every = [5 * SECOND; 6];
        for wait in fails_every {
            tokio::time::sleep(wait).await;
            assert!(!circuit.failed(), "two within ten seconds");
        }
        tokio::time::sleep(SECOND).await;
        assert!(circuit.failed(), "three within six");
        assert_eq!((circuit.state(), circuit.opened()), (BreakerState::Open, 1));
        assert!(!circuit.failed(), "it is open already");
    }

    #[tokio::test(start_paused = true)]
    async fn each_trial_that_fails_keeps_it_open_for_longer_and_one_that_succeeds_closes_it() {
        let mut circuit = circuit();
        assert!(!circuit.failed() && !circuit.failed() && circuit.failed());
        for expected in [15, 30, 50, 50] {
            assert_eq!(tried_after(&mut circuit).await, expected);
            assert!(circuit.failed());
        }
        tried_after(&mut circuit).await;
        assert!(circuit.succeeded() && !circuit.succeeded());
        assert_eq!((circuit.state(), circuit.opened()), (BreakerState::Closed, 5));
        assert!(!circuit.failed() && !circuit.failed(), "it counts anew");
        assert!(circuit.failed());
        assert_eq!(tried_after(&mut circuit).await, 15, "and starts with the shortest time");
    }

    #[tokio::test(start_paused = true)]
    async fn each_state_is_news_once() {
        let mut circuit = circuit();
        assert!(!circuit.needs_care() && circuit.news().is_none());
        while !circuit.failed() {}
        assert_eq!((circuit.news(), circuit.news()), (Some(BreakerState::Open), None));
        tried_after(&mut circuit).await;
        circuit.succeeded();
        assert!(circuit.needs_care());
        assert_eq!((circuit.news(), circuit.needs_care()), (Some(BreakerState::Closed), false));
    }
}

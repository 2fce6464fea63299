//! What a cell does about the failures of its actor.

use super::history::{History, Random, backoff};
use crate::actor::{OnError, Restart, Retry, Stop, Then};
use crate::time::{Duration, Sleep, sleep};
use std::pin::Pin;
use std::task::{Context, Poll};

/// What a topology says about the failures of one actor.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Supervision {
    pub(crate) on_error: Option<OnError>,
    pub(crate) on_panic: Option<OnError>,
    /// Where the jitter of this instance comes from.
    pub(crate) seed: u64,
}

/// What is to be done about one failure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Remedy {
    /// Handle the message again after this long.
    Retry(Duration),
    Skip,
    DeadLetter,
    Restart(Restart),
    Stop(Stop),
}

/// The policies of an actor, and what they need to remember.
pub(super) struct Supervisor {
    on_error: OnError,
    on_panic: OnError,
    /// What the last of all retries leads to where the policy does not say: of errors, and of panics.
    exhausted: [Then; 2],
    /// How often the message in hand has failed.
    attempts: u32,
    /// Set while that message waits to be handled again.
    wait: Option<Pin<Box<Sleep>>>,
    history: History,
    random: Random,
}

impl Supervisor {
    /// `default` is what an error does where nothing is said, `actor` what the actor itself says.
    pub(super) fn new(supervision: &Supervision, default: OnError) -> Self {
        let exhausted = default.without_retries().unwrap_or(Then::Stop);
        Self {
            on_error: supervision.on_error.unwrap_or(default),
            on_panic: supervision.on_panic.unwrap_or_default(),
            exhausted: [exhausted, Then::Stop],
            attempts: 0,
            wait: None,
            history: History::new(),
            random: Random(supervision.seed),
        }
    }

    /// Whether it may need a copy of the message in hand; `letters` says whether dead letters are read.
    pub(super) fn needs_copies(&self, letters: bool) -> bool {
        [self.on_error, self.on_panic].into_iter().any(|policy| match policy {
            OnError::Retry(_) => true,
            OnError::DeadLetter | OnError::Restart(_) => letters,
            OnError::Stop | OnError::StopBranch | OnError::Skip => false,
        })
    }

    /// What to do now that the message in hand has failed once more.
    pub(super) fn message_failed(&mut self, panicked: bool) -> Remedy {
        self.attempts = self.attempts.saturating_add(1);
        match self.policy(panicked) {
            OnError::Retry(retry) if self.attempts <= retry.retry => Remedy::Retry(self.backoff(&retry)),
            policy => self.without_retries(policy, panicked),
        }
    }

    /// What to do now that a hook has failed. There is no message that could be handled again or passed over.
    pub(super) fn hook_failed(&self, panicked: bool) -> Remedy {
        match self.without_retries(self.policy(panicked), panicked) {
            Remedy::Skip | Remedy::DeadLetter => Remedy::Stop(Stop::Topology),
            remedy => remedy,
        }
    }

    fn policy(&self, panicked: bool) -> OnError {
        if panicked { self.on_panic } else { self.on_error }
    }

    fn without_retries(&self, policy: OnError, panicked: bool) -> Remedy {
        let then = match policy {
            OnError::Retry(retry) => retry.then,
            policy => policy.without_retries(),
        };
        match then.unwrap_or(self.exhausted[usize::from(panicked)]) {
            Then::Stop => Remedy::Stop(Stop::Topology),
            Then::StopBranch => Remedy::Stop(Stop::Branch),
            Then::Skip => Remedy::Skip,
            Then::DeadLetter => Remedy::DeadLetter,
            Then::Restart(restart) => Remedy::Restart(restart),
        }
    }

    fn backoff(&mut self, retry: &Retry) -> Duration {
        let (first, longest) = (retry.backoff.duration(), retry.max_backoff.duration());
        backoff(first, longest, retry.jitter, self.attempts, &mut self.random)
    }

    /// How long to wait before the actor is made anew; `None` if it was too often.
    pub(super) fn restart(&mut self, policy: &Restart) -> Option<Duration> {
        let number = self.history.failed(policy)?;
        let (first, longest) = (policy.backoff.duration(), policy.max_backoff.duration());
        Some(backoff(first, longest, policy.jitter, number, &mut self.random))
    }

    /// The actor runs from now on.
    pub(super) fn runs(&mut self) {
        self.history.runs();
    }

    /// Attempts at the message in hand so far.
    pub(super) fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The fate of the message in hand is known.
    pub(super) fn settled(&mut self) {
        (self.attempts, self.wait) = (0, None);
    }

    /// Has the message in hand handled again after this long.
    pub(super) fn retry_after(&mut self, wait: Duration) {
        self.wait = Some(Box::pin(sleep(wait)));
    }

    /// Whether the message in hand waits to be handled again.
    pub(super) fn retries(&self) -> bool {
        self.wait.is_some()
    }

    /// The message in hand is handled again.
    pub(super) fn retried(&mut self) {
        self.wait = None;
    }

    /// Waits until the message in hand, if there is one that waits, may be handled again.
    pub(super) fn poll_retry(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.wait.as_mut().map_or(Poll::Ready(()), |wait| wait.as_mut().poll(cx))
    }
}

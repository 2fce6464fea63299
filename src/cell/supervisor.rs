//! What a cell does about the failures of its actor.

use super::circuit::Circuit;
use super::history::{History, Random, backoff};
use crate::actor::{Breaker, OnError, Restart, Retry, Stop, Then};
use crate::time::{Duration, Sleep, sleep};
use std::pin::Pin;
use std::task::{Context, Poll};

/// What a topology says about the failures of one actor.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Supervision {
    pub(crate) on_error: Option<OnError>,
    pub(crate) on_panic: Option<OnError>,
    pub(crate) breaker: Option<Breaker>,
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

/// What is said about the failures of an actor; nothing, where they stop the topology.
pub(super) struct Supervisor(Option<Box<Policies>>);

/// The policies of an actor, and what they need to remember.
struct Policies {
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
    circuit: Option<Circuit>,
}

impl Supervisor {
    /// `default` is what an error does where nothing is said.
    pub(super) fn new(supervision: &Supervision, default: OnError) -> Self {
        let on_error = supervision.on_error.unwrap_or(default);
        let on_panic = supervision.on_panic.unwrap_or_default();
        if (on_error, on_panic) == (OnError::Stop, OnError::Stop) && supervision.breaker.is_none() {
            return Self(None);
        }
        let exhausted = default.without_retries().unwrap_or(Then::Stop);
        Self(Some(Box::new(Policies {
            on_error,
            on_panic,
            exhausted: [exhausted, Then::Stop],
            attempts: 0,
            wait: None,
            history: History::new(),
            random: Random(supervision.seed),
            circuit: supervision.breaker.map(Circuit::new),
        })))
    }

    /// Whether it may need a copy of the message in hand; `letters` says whether dead letters are read.
    pub(super) fn needs_copies(&self, letters: bool) -> bool {
        let Some(policies) = &self.0 else { return false };
        let sheds = policies.circuit.as_ref().is_some_and(Circuit::sheds);
        let needs = |policy| match policy {
            OnError::Retry(_) => true,
            OnError::DeadLetter | OnError::Restart(_) => letters,
            OnError::Stop | OnError::StopBranch | OnError::Skip => sheds && letters,
        };
        needs(policies.on_error) || needs(policies.on_panic)
    }

    /// What to do now that the message in hand has failed once more.
    pub(super) fn message_failed(&mut self, panicked: bool) -> Remedy {
        let Some(policies) = &mut self.0 else { return Remedy::Stop(Stop::Topology) };
        policies.attempts = policies.attempts.saturating_add(1);
        match policies.policy(panicked) {
            OnError::Retry(retry) if policies.attempts <= retry.retry && !policies.sheds() => {
                Remedy::Retry(policies.backoff(&retry))
            }
            policy => policies.without_retries(policy, panicked),
        }
    }

    /// What to do now that a hook has failed. There is no message that could be handled again or passed over.
    pub(super) fn hook_failed(&self, panicked: bool) -> Remedy {
        let Some(policies) = &self.0 else { return Remedy::Stop(Stop::Topology) };
        match policies.without_retries(policies.policy(panicked), panicked) {
            Remedy::Skip | Remedy::DeadLetter => Remedy::Stop(Stop::Topology),
            remedy => remedy,
        }
    }

    /// How long to wait before the actor is made anew; `None` if it was too often.
    pub(super) fn restart(&mut self, policy: &Restart) -> Option<Duration> {
        let policies = self.0.as_mut()?;
        let number = policies.history.failed(policy)?;
        let (first, longest) = (policy.backoff.duration(), policy.max_backoff.duration());
        Some(backoff(first, longest, policy.jitter, number, &mut policies.random))
    }

    /// The actor runs from now on.
    pub(super) fn runs(&mut self) {
        if let Some(policies) = &mut self.0 {
            policies.history.runs();
        }
    }

    /// Attempts at the message in hand that have failed so far.
    pub(super) fn attempts(&self) -> u32 {
        self.0.as_ref().map_or(0, |policies| policies.attempts)
    }

    /// The fate of the message in hand is known.
    pub(super) fn settled(&mut self) {
        if let Some(policies) = &mut self.0 {
            (policies.attempts, policies.wait) = (0, None);
        }
    }

    /// Has the message in hand handled again after this long.
    pub(super) fn retry_after(&mut self, wait: Duration) {
        if let Some(policies) = &mut self.0 {
            policies.wait = Some(Box::pin(sleep(wait)));
        }
    }

    /// Whether the message in hand waits to be handled again.
    pub(super) fn retries(&self) -> bool {
        self.0.as_ref().is_some_and(|policies| policies.wait.is_some())
    }

    /// The message in hand is handled again.
    pub(super) fn retried(&mut self) {
        if let Some(policies) = &mut self.0 {
            policies.wait = None;
        }
    }

    /// Waits until the message in hand, if there is one that waits, may be handled again.
    pub(super) fn poll_retry(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let wait = self.0.as_mut().and_then(|policies| policies.wait.as_mut());
        wait.map_or(Poll::Ready(()), |wait| wait.as_mut().poll(cx))
    }

    /// The breaker, if there is one.
    pub(super) fn circuit(&mut self) -> Option<&mut Circuit> {
        self.0.as_mut()?.circuit.as_mut()
    }

    /// Whether there is anything to be minded beside taking and handling messages.
    pub(super) fn needs_care(&self) -> bool {
        let needs_care = |policies: &Policies| {
            policies.wait.is_some() || policies.circuit.as_ref().is_some_and(Circuit::needs_care)
        };
        self.0.as_deref().is_some_and(needs_care)
    }
}

impl Policies {
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

    /// Whether the breaker is open and sheds messages: then none is handled again.
    fn sheds(&self) -> bool {
        self.circuit.as_ref().is_some_and(|circuit| circuit.is_open() && circuit.sheds())
    }
}

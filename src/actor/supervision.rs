//! What becomes of an actor, and of the message in its hand, when it fails.
//!
//! The words and tables of TOML are the types here:
//!
//! ```toml
//! on_error = "skip"
//! on_error = { retry = 3, backoff = "100ms", max_backoff = "10s", jitter = 0.2, then = "dead_letter" }
//! on_panic = { restart = 5, within = "1m", backoff = "1s", max_backoff = "30s", then = { stop = "branch" } }
//! ```

use crate::settings::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What an error or a panic of an actor does.
///
/// ```
/// use std::time::Duration;
/// use tidegate::{OnError, Restart, Retry, Then};
///
/// let patient = Retry::times(3).backoff(Duration::from_millis(100)).then(Then::DeadLetter);
/// let fresh = Restart::times(5).within(Duration::from_secs(60));
/// assert_eq!((OnError::from(patient), OnError::from(fresh)), (OnError::Retry(patient), OnError::Restart(fresh)));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "Written", into = "Written")]
#[non_exhaustive]
pub enum OnError {
    /// The topology stops in good order, with the error. The default of most actors.
    #[default]
    Stop,
    /// The actor ends, and with it its branch: what is upstream of nothing else, and in good order what is downstream.
    /// The rest of the topology goes on; the run counts as failed.
    StopBranch,
    /// The message counts as failed and is logged; the actor goes on.
    Skip,
    /// The message counts as failed, is logged, and goes to the actor's `dead_letters` port if that is linked.
    DeadLetter,
    /// The actor is made anew. The message in its hand counts as failed, and goes to the `dead_letters` port if that is
    /// linked.
    Restart(Restart),
    /// The actor gets the same message again.
    Retry(Retry),
}

/// Gives an actor the same message again, after a while that doubles each time. What the failed attempt emitted is
/// withdrawn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// How often, at most, beyond the first attempt.
    pub retry: u32,
    /// How long to wait before the first retry.
    #[serde(default = "a_moment")]
    pub backoff: Span,
    /// The longest to wait before a retry.
    #[serde(default = "ten_seconds")]
    pub max_backoff: Span,
    /// By which share, at most, a wait is longer or shorter, at random: so that many that failed together do not try again
    /// together.
    #[serde(default = "a_fifth")]
    pub jitter: f64,
    /// What the failure of the last attempt does. Default: what an error does by default, and `stop` for a panic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then: Option<Then>,
}

/// Makes a failed actor anew from its settings, after a while that doubles with each failure. Its mailbox, its links and its
/// account stay as they are; what it held is counted as left. A producer begins from the start. An actor that fails when it ends
/// is not made anew.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Restart {
    /// How often, at most, within that time.
    pub restart: u32,
    /// The time in which restarts are counted; only time in which the actor runs. A run of this length without a failure
    /// makes up for all that was before it.
    #[serde(default = "a_minute")]
    pub within: Span,
    /// How long to wait before the first restart.
    #[serde(default = "a_second")]
    pub backoff: Span,
    /// The longest to wait before a restart.
    #[serde(default = "half_a_minute")]
    pub max_backoff: Span,
    /// By which share, at most, a wait is longer or shorter, at random.
    #[serde(default = "a_fifth")]
    pub jitter: f64,
    /// What a failure beyond that many does.
    #[serde(default)]
    pub then: Stop,
}

/// What ends with an actor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "WrittenStop", into = "WrittenStop")]
pub enum Stop {
    /// Everything, in good order.
    #[default]
    Topology,
    /// The actor, and what lives by it alone.
    Branch,
}

/// What follows when all retries have failed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "WrittenThen", into = "WrittenThen")]
pub enum Then {
    /// As [`OnError::Stop`].
    Stop,
    /// As [`OnError::StopBranch`].
    StopBranch,
    /// As [`OnError::Skip`].
    Skip,
    /// As [`OnError::DeadLetter`].
    DeadLetter,
    /// As [`OnError::Restart`].
    Restart(Restart),
}

impl Retry {
    /// Up to `retry` retries, and everything else by default.
    pub fn times(retry: u32) -> Self {
        Self { retry, backoff: a_moment(), max_backoff: ten_seconds(), jitter: a_fifth(), then: None }
    }

    /// The same with this wait before the first retry.
    #[must_use]
    pub fn backoff(mut self, backoff: Duration) -> Self {
        self.backoff = backoff.into();
        self
    }

    /// The same with this longest wait.
    #[must_use]
    pub fn max_backoff(mut self, longest: Duration) -> Self {
        self.max_backoff = longest.into();
        self
    }

    /// The same with waits that differ by up to this share.
    #[must_use]
    pub fn jitter(mut self, share: f64) -> Self {
        self.jitter = share;
        self
    }

    /// The same, and this when the last attempt fails.
    #[must_use]
    pub fn then(mut self, then: Then) -> Self {
        self.then = Some(then);
        self
    }
}

impl Restart {
    /// Up to `restart` restarts, and everything else by default.
    pub fn times(restart: u32) -> Self {
        Self {
            restart,
            within: a_minute(),
            backoff: a_second(),
            max_backoff: half_a_minute(),
            jitter: a_fifth(),
            then: Stop::default(),
        }
    }

    /// The same, counted within this time.
    #[must_use]
    pub fn within(mut self, within: Duration) -> Self {
        self.within = within.into();
        self
    }

    /// The same with this wait before the first restart.
    #[must_use]
    pub fn backoff(mut self, backoff: Duration) -> Self {
        self.backoff = backoff.into();
        self
    }

    /// The same with this longest wait.
    #[must_use]
    pub fn max_backoff(mut self, longest: Duration) -> Self {
        self.max_backoff = longest.into();
        self
    }

    /// The same with waits that differ by up to this share.
    #[must_use]
    pub fn jitter(mut self, share: f64) -> Self {
        self.jitter = share;
        self
    }

    /// The same, and this when it fails once more.
    #[must_use]
    pub fn then(mut self, then: Stop) -> Self {
        self.then = then;
        self
    }
}

impl Default for Restart {
    /// Five within a minute.
    fn default() -> Self {
        Self::times(5)
    }
}

impl From<Retry> for OnError {
    fn from(retry: Retry) -> Self {
        Self::Retry(retry)
    }
}

impl From<Restart> for OnError {
    fn from(restart: Restart) -> Self {
        Self::Restart(restart)
    }
}

impl From<Then> for OnError {
    fn from(then: Then) -> Self {
        match then {
            Then::Stop => Self::Stop,
            Then::StopBranch => Self::StopBranch,
            Then::Skip => Self::Skip,
            Then::DeadLetter => Self::DeadLetter,
            Then::Restart(restart) => Self::Restart(restart),
        }
    }
}

impl From<Stop> for OnError {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Topology => Self::Stop,
            Stop::Branch => Self::StopBranch,
        }
    }
}

impl OnError {
    /// The same without retries, if it has none.
    pub(crate) fn without_retries(self) -> Option<Then> {
        Some(match self {
            Self::Stop => Then::Stop,
            Self::StopBranch => Then::StopBranch,
            Self::Skip => Then::Skip,
            Self::DeadLetter => Then::DeadLetter,
            Self::Restart(restart) => Then::Restart(restart),
            Self::Retry(_) => return None,
        })
    }

    /// The restarts it leads to, at once or when all retries have failed.
    pub(crate) fn restart(self) -> Option<Restart> {
        match self {
            Self::Restart(restart) | Self::Retry(Retry { then: Some(Then::Restart(restart)), .. }) => {
                Some(restart)
            }
            _ => None,
        }
    }
}

fn a_moment() -> Span {
    Duration::from_millis(100).into()
}

fn a_second() -> Span {
    Duration::from_secs(1).into()
}

fn ten_seconds() -> Span {
    Duration::from_secs(10).into()
}

fn half_a_minute() -> Span {
    Duration::from_secs(30).into()
}

fn a_minute() -> Span {
    Duration::from_secs(60).into()
}

fn a_fifth() -> f64 {
    0.2
}

mod written;
pub(crate) use written::{Scope, StopWord, Word};
use written::{Written, WrittenStop, WrittenThen};

//! The small vocabulary of reports.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Messages dropped, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Dropped {
    /// By the overflow policy of a full mailbox.
    pub overflow: u64,
    /// Because the actor finished before its input ended.
    pub cancelled: u64,
    /// While the breaker in front of the actor was open.
    #[serde(default)]
    pub shed: u64,
    /// By the actor itself, as its settings say: what a rate limit, a sample or a delay lets go.
    #[serde(default)]
    pub discarded: u64,
}

impl Dropped {
    /// All of them.
    pub fn total(self) -> u64 {
        self.overflow + self.cancelled + self.shed + self.discarded
    }
}

/// The state of a breaker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BreakerState {
    /// Messages are handled.
    #[default]
    Closed,
    /// One message is tried.
    HalfOpen,
    /// None is handled.
    Open,
}

impl fmt::Display for BreakerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "closed",
            Self::HalfOpen => "half-open",
            Self::Open => "open",
        })
    }
}

/// What an actor is doing; of several instances, the one that says most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorState {
    /// Not started yet.
    #[default]
    Starting,
    /// Ended in good order.
    Ended,
    /// Handling messages, or waiting for them.
    Running,
    /// Waiting for room in a downstream mailbox, or for its turn in its bulkhead.
    Waiting,
    /// Held by `Backpressure`, by hand or by its breaker.
    Paused,
    /// Failed, and waits to be made anew.
    Restarting,
    /// Did not end in time; named in the error of the report.
    Stuck,
    /// Ended with an error.
    Failed,
}

impl ActorState {
    const ALL: [Self; 8] = [
        Self::Starting,
        Self::Ended,
        Self::Running,
        Self::Waiting,
        Self::Paused,
        Self::Restarting,
        Self::Stuck,
        Self::Failed,
    ];

    /// The state whose `as u8` is `number`.
    pub(crate) fn from_number(number: u8) -> Self {
        Self::ALL.get(usize::from(number)).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_states_of_a_breaker_have_words() {
        let words =
            [BreakerState::Closed, BreakerState::HalfOpen, BreakerState::Open].map(|state| state.to_string());
        assert_eq!(words, ["closed", "half-open", "open"]);
    }
}

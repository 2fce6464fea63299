//! The small vocabulary of reports.

use serde::{Deserialize, Serialize};

/// Messages dropped, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Dropped {
    /// By the overflow policy of a full mailbox.
    pub overflow: u64,
    /// Because the actor finished before its input ended.
    pub cancelled: u64,
}

impl Dropped {
    /// All of them.
    pub fn total(self) -> u64 {
        self.overflow + self.cancelled
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
    /// Held by `Backpressure` or by hand.
    Paused,
    /// Did not end in time; named in the error of the report.
    Stuck,
    /// Ended with an error.
    Failed,
}

impl ActorState {
    const ALL: [Self; 7] =
        [Self::Starting, Self::Ended, Self::Running, Self::Waiting, Self::Paused, Self::Stuck, Self::Failed];

    /// The state whose `as u8` is `number`.
    pub(crate) fn from_number(number: u8) -> Self {
        Self::ALL.get(usize::from(number)).copied().unwrap_or_default()
    }
}

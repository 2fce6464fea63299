//! What an actor spends its time on, in words.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What one instance of an actor is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// Waiting for messages; of a producer, for the moment at which it wants to produce more.
    #[default]
    Idle,
    /// In its handler, also while that waits for something of its own.
    Busy,
    /// Held up: it has, or could make, something to do, and may not.
    Blocked,
}

/// Why an actor is held up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Hold {
    /// A downstream mailbox has no room, or was full and has not drained yet.
    Full,
    /// The breaker of a downstream actor is open, or its own.
    BreakerOpen,
    /// Somebody paused it by hand.
    Operator,
    /// As many calls are under way in its bulkhead as may be.
    Bulkhead,
    /// Its rate, its own or that of a limit it shares, allows no more.
    RateLimit,
    /// What another instance was given before is to go on first.
    Order,
    /// A message that failed waits to be handled again.
    Retry,
    /// It failed, and waits to be made anew.
    Restart,
    /// Others on its thread have their turn.
    Arbiter,
}

impl Hold {
    /// All of them; `as usize` is the place of each.
    pub(crate) const ALL: [Self; 9] = [
        Self::Full,
        Self::BreakerOpen,
        Self::Operator,
        Self::Bulkhead,
        Self::RateLimit,
        Self::Order,
        Self::Retry,
        Self::Restart,
        Self::Arbiter,
    ];

    /// The word that is used in reports and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::BreakerOpen => "breaker_open",
            Self::Operator => "operator",
            Self::Bulkhead => "bulkhead",
            Self::RateLimit => "rate_limit",
            Self::Order => "order",
            Self::Retry => "retry",
            Self::Restart => "restart",
            Self::Arbiter => "arbiter",
        }
    }
}

impl Activity {
    /// The word that is used in reports and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Busy => "busy",
            Self::Blocked => "blocked",
        }
    }
}

impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_called_the_same_in_words_and_in_reports() {
        for hold in Hold::ALL {
            assert_eq!(serde_json::json!(hold), hold.to_string());
        }
        for activity in [Activity::Idle, Activity::Busy, Activity::Blocked] {
            assert_eq!(serde_json::json!(activity), activity.to_string());
        }
        assert_eq!(
            (Hold::RateLimit.to_string(), Activity::Busy.to_string()),
            ("rate_limit".into(), "busy".into())
        );
    }
}

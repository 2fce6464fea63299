//! The circuit breaker in front of a stage or consumer.

use crate::settings::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Leaves an actor alone for a while once it has failed too often, say because the service behind it is down.
///
/// ```text
///            failures, within
///   closed ──────────────────▶ open ──── reset ───▶ half-open: one message is tried
///      ▲                        ▲                       │   │
///      │                        └── it fails: reset ────┘   │
///      │                            grows by backoff        │
///      └────────────────── it is handled ───────────────────┘
/// ```
///
/// Errors, panics and calls that take too long are failures, each attempt at a message one; what becomes of the message is
/// for `on_error` and `on_panic` to say. Each instance of an actor has a breaker of its own.
///
/// ```toml
/// breaker = { failures = 5, within = "10s", reset = "15s", backoff = 2.0, max_reset = "5m", call_timeout = "2s" }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Breaker {
    /// So many failures within that time open it.
    #[serde(default = "five")]
    pub failures: u32,
    /// The time in which failures are counted.
    #[serde(default = "ten_seconds")]
    pub within: Span,
    /// How long it stays open at first.
    #[serde(default = "quarter_of_a_minute")]
    pub reset: Span,
    /// By how much that grows each time that the trial fails.
    #[serde(default = "twice")]
    pub backoff: f64,
    /// The longest it stays open.
    #[serde(default = "five_minutes")]
    pub max_reset: Span,
    /// How long a call may wait for something else than room; one that waits longer is dropped, and has failed. Default: for
    /// ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_timeout: Option<Span>,
    /// What becomes of messages while it is open.
    #[serde(default)]
    pub while_open: WhileOpen,
}

/// What becomes of messages while a breaker is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WhileOpen {
    /// They wait: the mailbox turns pressured, with the cause `breaker_open`, and nothing is lost. The default.
    ///
    /// A mailbox that several instances share turns pressured when the breakers of all of them are open; until then the
    /// others take its messages. One whose overflow policy drops says nothing, and drops once it is full.
    #[default]
    Hold,
    /// They are not handled: each goes to the `dead_letters` port if that is linked, or else is counted as dropped.
    Shed,
}

impl Breaker {
    /// A breaker that so many failures open, and everything else by default.
    pub fn after(failures: u32) -> Self {
        Self { failures, ..Self::default() }
    }

    /// The same, counting failures within this time.
    #[must_use]
    pub fn within(mut self, within: Duration) -> Self {
        self.within = within.into();
        self
    }

    /// The same, open for this long at first.
    #[must_use]
    pub fn reset(mut self, reset: Duration) -> Self {
        self.reset = reset.into();
        self
    }

    /// The same, open for so many times as long after each trial that fails, up to `longest`.
    #[must_use]
    pub fn backoff(mut self, factor: f64, longest: Duration) -> Self {
        (self.backoff, self.max_reset) = (factor, longest.into());
        self
    }

    /// The same, where a call that waits for longer than this fails.
    #[must_use]
    pub fn call_timeout(mut self, timeout: Duration) -> Self {
        self.call_timeout = Some(timeout.into());
        self
    }

    /// The same, where messages are shed while it is open.
    #[must_use]
    pub fn shed(mut self) -> Self {
        self.while_open = WhileOpen::Shed;
        self
    }
}

impl Default for Breaker {
    fn default() -> Self {
        Self {
            failures: five(),
            within: ten_seconds(),
            reset: quarter_of_a_minute(),
            backoff: twice(),
            max_reset: five_minutes(),
            call_timeout: None,
            while_open: WhileOpen::default(),
        }
    }
}

fn five() -> u32 {
    5
}

fn ten_seconds() -> Span {
    Duration::from_secs(10).into()
}

fn quarter_of_a_minute() -> Span {
    Duration::from_secs(15).into()
}

fn twice() -> f64 {
    2.0
}

fn five_minutes() -> Span {
    Duration::from_secs(300).into()
}

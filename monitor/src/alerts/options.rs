//! What a file says about alerts.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tidegate::settings::{Secret, Span};

/// The tables `[alerts.NAME]` of a topology file, by name.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct AlertsOptions(pub IndexMap<String, AlertOptions>);

/// One table `[alerts.NAME]`.
///
/// It has either `when` or `kind`:
///
/// ```toml
/// [alerts.slow_store]
/// when = "store.mailbox.fill > 0.9"
/// for = "10s"
/// notify = ["log", "webhook"]
///
/// [alerts.stalled]
/// kind = "no_progress"
/// for = "30s"
/// actors = ["store"]
/// ```
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertOptions {
    /// An expression (CEL) over the numbers and states of the topology that is true while something is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// A ready-made condition instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// How long it must be so before the alert fires; 0 if it is not given, 30 s for `pressured_longer_than` and
    /// `no_progress`.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pub lasting: Option<Span>,
    /// The actors that a ready-made condition looks at; all if they are not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actors: Option<Vec<String>>,
    /// Of `restarts`, `dead_letters` and `drops`: as many are all right; 0 if it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub more_than: Option<u64>,
    /// Of `restarts`, `dead_letters` and `drops`: the time within which they are counted; 1 m if it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Span>,
    /// Who is told; the log if it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify: Option<Vec<Channel>>,
}

/// The ready-made conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A mailbox is pressured for at least half of each second.
    PressuredLongerThan,
    /// An actor has messages, is not held by others, and does nothing.
    NoProgress,
    /// An actor was made anew.
    Restarts,
    /// A breaker is not closed.
    BreakerOpen,
    /// Messages failed and went to a dead-letter port.
    DeadLetters,
    /// A mailbox dropped messages, because it was full or because the breaker was open.
    Drops,
}

/// Who is told of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The log: a warning when it fires, a line at `info` when it resolves.
    Log,
    /// The address in `[webhook]`.
    Webhook,
}

/// The table `[webhook]`: where alerts are posted to.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookOptions {
    /// The address, `http` or `https`. It is not shown: that of many services is a secret itself.
    pub url: Secret,
    /// What posts are signed with. Better given in the environment than in the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<Secret>,
    /// How long one attempt may take; 5 s if it is not given.
    #[serde(default = "five_seconds")]
    pub timeout: Span,
    /// How often a post is tried; 8 times if it is not given.
    #[serde(default = "eight")]
    pub attempts: u32,
    /// The wait before the second attempt, which doubles with each further one, up to a minute; 1 s if it is not given.
    #[serde(default = "one_second")]
    pub retry_after: Span,
    /// How many posts may wait; the oldest is dropped for one more. 100 if it is not given.
    #[serde(default = "hundred")]
    pub queue: usize,
}

impl AlertOptions {
    /// How long it must be so before the alert fires.
    pub(super) fn lasting(&self) -> Duration {
        let ready_made = match self.kind {
            Some(Kind::PressuredLongerThan | Kind::NoProgress) => Duration::from_secs(30),
            _ => Duration::ZERO,
        };
        self.lasting.map_or(ready_made, Span::duration)
    }

    /// The time within which events are counted.
    pub(super) fn within(&self) -> Duration {
        self.within.map_or(Duration::from_secs(60), Span::duration)
    }

    /// Whether `channel` is told.
    pub(super) fn tells(&self, channel: Channel) -> bool {
        self.notify.as_deref().unwrap_or(&[Channel::Log]).contains(&channel)
    }
}

impl Kind {
    /// Whether it is about something that happens, and not about a state that lasts.
    pub(super) fn counts(self) -> bool {
        matches!(self, Self::Restarts | Self::DeadLetters | Self::Drops)
    }
}

impl WebhookOptions {
    /// Posts to `url`, with the defaults for all else.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: Secret::new(url),
            secret: None,
            timeout: five_seconds(),
            attempts: eight(),
            retry_after: one_second(),
            queue: hundred(),
        }
    }
}

fn five_seconds() -> Span {
    Duration::from_secs(5).into()
}

fn one_second() -> Span {
    Duration::from_secs(1).into()
}

fn eight() -> u32 {
    8
}

fn hundred() -> usize {
    100
}

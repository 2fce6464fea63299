//! A sign of life when nothing else comes.

use crate::message::Content;
use crate::settings::settings;
use schemars::JsonSchema;
use serde::Deserialize;
use tidegate::settings::Span;
use tidegate::time::{Duration, Instant};
use tidegate::{Checks, Now, Outlet, Result, Stage};

/// Passes messages on, and emits one of its own whenever none has come for a while. A message that waits for room is no
/// silence: while downstream is pressured, nothing is added.
///
/// ```toml
/// [stages.alive]
/// actor = "keep_alive"
/// inputs = ["readings"]
/// idle = "30s"
/// message = { kind = "heartbeat" }
/// ```
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "keep_alive")]
pub struct KeepAliveSettings {
    /// How long nothing must have come, and again after each message of its own.
    pub idle: Span,
    /// What is emitted then: a table for records, text for lines, a number for numbers.
    pub message: serde_json::Value,
}

/// A stage that emits a message of its own when none has come for a while; see [`KeepAliveSettings`].
///
/// ```
/// use std::time::Duration;
/// use tidegate::prelude::*;
/// use tidegate_actors::KeepAlive;
///
/// let _ = Topology::new("alive")
///     .producer("n", iter(1..=3u64))
///     .stage("alive", KeepAlive::new(Duration::from_secs(30), 0u64))
///     .consumer("end", for_each(|n: u64| println!("{n}")));
/// ```
pub struct KeepAlive<T> {
    idle: Duration,
    /// What is wrong with it is said by `check`.
    message: Result<T, String>,
    /// A message that waits for room.
    pending: Option<T>,
    /// When the last one came or went.
    since: Option<Instant>,
    /// Whether it has been silent for so long.
    silent: bool,
}

settings! { KeepAlive<T: Content>: KeepAliveSettings }

impl<T> KeepAlive<T> {
    /// A stage that emits `message` whenever none has come for so long.
    pub fn new(idle: Duration, message: T) -> Self {
        Self { idle, message: Ok(message), pending: None, since: None, silent: false }
    }

    fn take(&mut self, message: T) {
        (self.pending, self.silent) = (Some(message), false);
        self.since = Some(Instant::now());
    }
}

impl<T: Content> From<KeepAliveSettings> for KeepAlive<T> {
    fn from(settings: KeepAliveSettings) -> Self {
        let message = T::from_json(settings.message);
        Self { idle: settings.idle.duration(), message, pending: None, since: None, silent: false }
    }
}

impl<T: Content> Stage for KeepAlive<T> {
    type In = T;
    type Out = Outlet<T>;

    async fn on_start(&mut self, _: &mut Outlet<T>) -> Result {
        self.since = Some(Instant::now());
        Ok(())
    }

    async fn handle(&mut self, message: T, _: &mut Outlet<T>) -> Result {
        self.take(message);
        Ok(())
    }

    #[inline]
    fn handle_now(&mut self, message: T, _: &mut Outlet<T>) -> Now<T> {
        self.take(message);
        Now::Done(Ok(()))
    }

    fn is_detached(&self) -> bool {
        true
    }

    fn has_output(&self) -> bool {
        self.pending.is_some() || self.silent
    }

    fn takes_input(&self) -> bool {
        self.pending.is_none()
    }

    fn on_room(&mut self, out: &mut Outlet<T>) -> Result {
        match self.pending.take() {
            Some(message) => out.emit(message),
            None => out.emit(self.message.clone()?),
        }
        (self.since, self.silent) = (Some(Instant::now()), false);
        Ok(())
    }

    fn wake_at(&self) -> Option<Instant> {
        self.since.filter(|_| self.pending.is_none() && !self.silent).map(|since| since + self.idle)
    }

    async fn on_wake(&mut self, _: &mut Outlet<T>) -> Result {
        self.silent = true;
        Ok(())
    }

    async fn on_end(&mut self, out: &mut Outlet<T>) -> Result {
        self.pending.take().into_iter().for_each(|message| out.emit(message));
        Ok(())
    }

    fn max_held(&self) -> usize {
        1
    }

    fn held(&self) -> usize {
        usize::from(self.pending.is_some())
    }

    fn check(&self, checks: &mut Checks) {
        if self.idle.is_zero() {
            checks.error("idle", "silence takes some time");
        }
        if let Err(problem) = &self.message {
            checks.error("message", format!("cannot be sent on this link: {problem}"));
        }
    }
}

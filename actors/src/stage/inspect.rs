//! Messages in the log.

use crate::settings::settings;
use schemars::JsonSchema;
use serde::Deserialize;
use std::marker::PhantomData;
use tidegate::{Checks, Message, Now, Outlet, Result, Stage};

/// Passes messages through, and logs some of them at the level `info`, with the place they were read at.
///
/// ```toml
/// [stages.look]
/// actor = "inspect"
/// inputs = ["parse"]
/// label = "parsed"
/// every = 1000
/// ```
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "inspect")]
pub struct InspectSettings {
    /// What the log calls them, to tell one `inspect` from another.
    #[serde(default = "default_label")]
    pub label: String,
    /// The first message is logged, and then every so many; 1 for all.
    #[serde(default = "one")]
    pub every: u64,
}

fn default_label() -> String {
    "message".into()
}

fn one() -> u64 {
    1
}

/// A stage that logs messages on their way; see [`InspectSettings`].
pub struct Inspect<T> {
    settings: InspectSettings,
    /// Messages so far.
    seen: u64,
    messages: PhantomData<fn(T) -> T>,
}

settings! { Inspect<T: Message>: InspectSettings }

impl<T: Message> Inspect<T> {
    /// A stage that logs all messages under this name.
    pub fn new(label: impl Into<String>) -> Self {
        InspectSettings { label: label.into(), every: 1 }.into()
    }

    /// The same for the first message and then every so many.
    #[must_use]
    pub fn every(mut self, every: u64) -> Self {
        self.settings.every = every;
        self
    }

    #[inline]
    fn look(&mut self, message: &T) {
        if self.seen.is_multiple_of(self.settings.every) {
            tracing::info!(target: "tidegate::inspect", "{} {}: {message:?}", self.settings.label, self.seen + 1);
        }
        self.seen += 1;
    }
}

impl<T> From<InspectSettings> for Inspect<T> {
    fn from(settings: InspectSettings) -> Self {
        Self { settings, seen: 0, messages: PhantomData }
    }
}

impl<T: Message> Stage for Inspect<T> {
    type In = T;
    type Out = Outlet<T>;

    async fn handle(&mut self, message: T, out: &mut Outlet<T>) -> Result {
        self.look(&message);
        out.emit(message);
        Ok(())
    }

    #[inline]
    fn handle_now(&mut self, message: T, out: &mut Outlet<T>) -> Now<T> {
        self.look(&message);
        out.emit(message);
        Now::Done(Ok(()))
    }

    fn check(&self, checks: &mut Checks) {
        if self.settings.every == 0 {
            checks.error("every", "write 1 to log every message");
        }
    }
}

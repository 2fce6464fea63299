//! An end to waiting.

use crate::settings::settings;
use schemars::JsonSchema;
use serde::Deserialize;
use std::fmt;
use std::sync::Arc;
use tidegate::settings::Span;
use tidegate::time::{Duration, Instant};
use tidegate::{Checks, Message, Now, Outlet, Result, Signal, Stage};

/// Passes messages on, and fails or raises an alarm when one does not come, or does not go, in time.
///
/// `initial` and `idle` blame those who send: nothing came, though this actor could have taken it. `backpressure` blames
/// those who take: a message has waited so long for room. A producer that is merely slow is never blamed for that, nor is it
/// blamed while downstream takes nothing.
///
/// ```toml
/// [stages.watch]
/// actor = "timeout"
/// inputs = ["readings"]
/// idle = "1m"
/// backpressure = "10s"
/// on_timeout = "alert"
/// ```
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "timeout")]
pub struct TimeoutSettings {
    /// How long the first message may take from the start on.
    #[serde(default)]
    pub initial: Option<Span>,
    /// How long it may be silent after a message.
    #[serde(default)]
    pub idle: Option<Span>,
    /// How long a message may wait for room downstream.
    #[serde(default)]
    pub backpressure: Option<Span>,
    /// What the log calls it, to tell one `timeout` from another.
    #[serde(default)]
    pub label: Option<String>,
    /// Whether the run fails, or a warning is logged, once for each time, and all goes on.
    #[serde(default)]
    pub on_timeout: OnTimeout,
}

/// How long after the time is over it looks once more.
const SECOND_LOOK: Duration = Duration::from_millis(1);

/// What happens when something takes too long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnTimeout {
    /// The run fails, with an error that says who kept whom waiting.
    #[default]
    Fail,
    /// The same is logged as a warning.
    Alert,
}

/// A stage that fails or raises an alarm when messages do not come or go in time; see [`TimeoutSettings`].
pub struct Timeout<T> {
    settings: TimeoutSettings,
    /// A message that waits for room.
    pending: Option<T>,
    /// Since when it is as it is: the pending message came, or the one before it went, or the actor started.
    since: Option<Instant>,
    /// Whether a message has come.
    begun: bool,
    /// When it took too long, and a moment more: what has come or gone meanwhile, while this thread was busy with others,
    /// is seen by then.
    suspected: Option<Instant>,
    /// Whether the alarm was raised since.
    raised: bool,
    /// Who holds this actor.
    holder: Option<Arc<str>>,
}

settings! { Timeout<T: Message>: TimeoutSettings }

impl<T: Message> Timeout<T> {
    /// A stage that minds nothing yet.
    pub fn new() -> Self {
        TimeoutSettings::default().into()
    }

    /// The same, where the first message may take so long.
    #[must_use]
    pub fn initial(mut self, most: Duration) -> Self {
        self.settings.initial = Some(most.into());
        self
    }

    /// The same, where it may be silent so long after a message.
    #[must_use]
    pub fn idle(mut self, most: Duration) -> Self {
        self.settings.idle = Some(most.into());
        self
    }

    /// The same, where a message may wait so long for room.
    #[must_use]
    pub fn backpressure(mut self, most: Duration) -> Self {
        self.settings.backpressure = Some(most.into());
        self
    }

    /// The same, but only raises an alarm.
    #[must_use]
    pub fn alert(mut self) -> Self {
        self.settings.on_timeout = OnTimeout::Alert;
        self
    }

    fn take(&mut self, message: T) {
        (self.pending, self.begun) = (Some(message), true);
        self.change();
    }

    /// Begins to count anew.
    fn change(&mut self) {
        (self.since, self.suspected, self.raised) = (Some(Instant::now()), None, false);
    }

    /// What it waits for, and how long that may take.
    fn limit(&self) -> Option<(Waits<'_>, Span)> {
        if self.pending.is_some() {
            let holder = self.holder.as_deref();
            return self.settings.backpressure.map(|most| (Waits::Room(holder), most));
        }
        match self.begun {
            true => self.settings.idle.map(|most| (Waits::Next, most)),
            false => self.settings.initial.map(|most| (Waits::First, most)),
        }
    }
}

/// What is waited for.
enum Waits<'a> {
    First,
    Next,
    /// Of whom, if that is known.
    Room(Option<&'a str>),
}

impl fmt::Display for Waits<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::First => f.write_str("no first message came from upstream within "),
            Self::Next => f.write_str("no message came from upstream for "),
            Self::Room(Some(holder)) => {
                write!(f, "`{holder}` does not take what it is sent: a message has waited for room for ")
            }
            Self::Room(None) => f.write_str("a message has waited for room downstream for "),
        }
    }
}

impl<T: Message> Default for Timeout<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> From<TimeoutSettings> for Timeout<T> {
    fn from(settings: TimeoutSettings) -> Self {
        Self {
            settings,
            pending: None,
            since: None,
            begun: false,
            suspected: None,
            raised: false,
            holder: None,
        }
    }
}

impl<T: Message> Stage for Timeout<T> {
    type In = T;
    type Out = Outlet<T>;

    async fn on_start(&mut self, _: &mut Outlet<T>) -> Result {
        self.change();
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
        self.pending.is_some()
    }

    fn takes_input(&self) -> bool {
        self.pending.is_none()
    }

    fn on_room(&mut self, out: &mut Outlet<T>) -> Result {
        self.pending.take().into_iter().for_each(|message| out.emit(message));
        self.change();
        Ok(())
    }

    fn on_backpressure(&mut self, signal: &Signal) {
        self.holder = Some(signal.to.clone());
    }

    fn on_resume(&mut self, signal: &Signal) {
        self.holder.take_if(|holder| **holder == *signal.to);
    }

    fn wake_at(&self) -> Option<Instant> {
        let (_, most) = self.limit().filter(|_| !self.raised)?;
        self.suspected.or(self.since?.checked_add(most.duration()))
    }

    async fn on_wake(&mut self, _: &mut Outlet<T>) -> Result {
        let Some((waits, most)) = self.limit() else { return Ok(()) };
        let problem = format!("{waits}{most}");
        if self.suspected.is_none() {
            self.suspected = Some(Instant::now() + SECOND_LOOK);
            return Ok(());
        }
        self.raised = true;
        match self.settings.on_timeout {
            OnTimeout::Fail => Err(problem.into()),
            OnTimeout::Alert => {
                let label =
                    self.settings.label.as_ref().map(|label| format!("{label}: ")).unwrap_or_default();
                tracing::warn!(target: "tidegate::timeout", "{label}{problem}");
                Ok(())
            }
        }
    }

    async fn on_end(&mut self, out: &mut Outlet<T>) -> Result {
        self.on_room(out)
    }

    fn max_held(&self) -> usize {
        1
    }

    fn held(&self) -> usize {
        usize::from(self.pending.is_some())
    }

    fn check(&self, checks: &mut Checks) {
        let TimeoutSettings { initial, idle, backpressure, .. } = &self.settings;
        let all = [("initial", initial), ("idle", idle), ("backpressure", backpressure)];
        for (key, most) in all {
            if most.is_some_and(|most| most.duration().is_zero()) {
                checks.error(key, "nothing happens in no time; leave it out not to mind");
            }
        }
        if all.iter().all(|(_, most)| most.is_none()) {
            checks.error("idle", "say what may take how long: `initial`, `idle` or `backpressure`");
        }
    }
}

//! The last message of each burst.

use crate::settings::settings;
use schemars::JsonSchema;
use serde::Deserialize;
use tidegate::settings::Span;
use tidegate::time::{Duration, Instant};
use tidegate::{Checks, Message, Now, Outlet, Result, Stage};

/// Passes a message on once no other has come for a while, and forgets those that another followed sooner: of each burst,
/// the last. At the end of input the last message is passed on at once. The report counts the forgotten as discarded.
///
/// ```toml
/// [stages.settled]
/// actor = "debounce"
/// inputs = ["changes"]
/// quiet = "500ms"
/// ```
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "debounce")]
pub struct DebounceSettings {
    /// How long no other message must come.
    pub quiet: Span,
    /// The longest that a burst without a pause holds up its latest message. By default for ever.
    #[serde(default)]
    pub max_wait: Option<Span>,
}

/// A stage that passes on the last message of each burst; see [`DebounceSettings`].
pub struct Debounce<T> {
    settings: DebounceSettings,
    latest: Option<T>,
    /// When the latest is passed on, and when at the latest.
    due: Option<Instant>,
    latest_due: Option<Instant>,
    discarded: u64,
}

settings! { Debounce<T: Message>: DebounceSettings }

impl<T: Message> Debounce<T> {
    /// A stage that passes a message on once no other has come for so long.
    pub fn new(quiet: Duration) -> Self {
        DebounceSettings { quiet: quiet.into(), max_wait: None }.into()
    }

    /// The same, but a burst without a pause holds up its latest message no longer than this.
    #[must_use]
    pub fn max_wait(mut self, wait: Duration) -> Self {
        self.settings.max_wait = Some(wait.into());
        self
    }

    fn keep(&mut self, message: T) {
        let now = Instant::now();
        if self.latest.replace(message).is_some() {
            self.discarded += 1;
        } else {
            self.latest_due = self.settings.max_wait.map(|wait| now + wait.duration());
        }
        let quiet = now + self.settings.quiet.duration();
        self.due = Some(self.latest_due.map_or(quiet, |latest| latest.min(quiet)));
    }
}

impl<T> From<DebounceSettings> for Debounce<T> {
    fn from(settings: DebounceSettings) -> Self {
        Self { settings, latest: None, due: None, latest_due: None, discarded: 0 }
    }
}

impl<T: Message> Stage for Debounce<T> {
    type In = T;
    type Out = Outlet<T>;

    async fn handle(&mut self, message: T, _: &mut Outlet<T>) -> Result {
        self.keep(message);
        Ok(())
    }

    #[inline]
    fn handle_now(&mut self, message: T, _: &mut Outlet<T>) -> Now<T> {
        self.keep(message);
        Now::Done(Ok(()))
    }

    fn is_detached(&self) -> bool {
        true
    }

    fn has_output(&self) -> bool {
        self.due.is_some_and(|due| due <= Instant::now())
    }

    fn on_room(&mut self, out: &mut Outlet<T>) -> Result {
        self.due = None;
        self.latest.take().into_iter().for_each(|latest| out.emit(latest));
        Ok(())
    }

    fn wake_at(&self) -> Option<Instant> {
        self.due
    }

    async fn on_end(&mut self, out: &mut Outlet<T>) -> Result {
        self.on_room(out)
    }

    fn max_held(&self) -> usize {
        1
    }

    fn held(&self) -> usize {
        usize::from(self.latest.is_some())
    }

    fn discarded(&self) -> u64 {
        self.discarded
    }

    fn check(&self, checks: &mut Checks) {
        if self.settings.quiet.duration().is_zero() {
            checks
                .error("quiet", "a pause takes some time; to pass messages on at once, leave the stage out");
        }
        if self.settings.max_wait.is_some_and(|wait| wait < self.settings.quiet) {
            checks.error("max_wait", "is shorter than `quiet`, so no pause would ever count");
        }
    }
}

//! The latest message of each period.

use crate::settings::settings;
use schemars::JsonSchema;
use serde::Deserialize;
use tidegate::settings::Span;
use tidegate::time::{Duration, Instant};
use tidegate::{Checks, Message, Now, Outlet, Result, Stage};

/// Passes on the latest message of each period, and nothing for a period without any. Periods are counted from the start.
/// While downstream is pressured the latest message goes on being replaced, and it is passed on when there is room; at the
/// end of input the last one is. The report counts the others as discarded.
///
/// ```toml
/// [stages.each_second]
/// actor = "sample"
/// inputs = ["readings"]
/// every = "1s"
/// ```
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "sample")]
pub struct SampleSettings {
    /// How long a period is.
    pub every: Span,
}

/// A stage that passes on the latest message of each period; see [`SampleSettings`].
pub struct Sample<T> {
    settings: SampleSettings,
    latest: Option<T>,
    /// The end of the current period; it moves only while there is a message.
    period_end: Option<Instant>,
    /// Whether a period has ended since the latest was passed on.
    due: bool,
    discarded: u64,
}

settings! { Sample<T: Message>: SampleSettings }

impl<T: Message> Sample<T> {
    /// A stage that passes on the latest message of each period of this length.
    pub fn new(every: Duration) -> Self {
        SampleSettings { every: every.into() }.into()
    }

    fn keep(&mut self, message: T) {
        if self.latest.replace(message).is_some() {
            self.discarded += 1;
        } else {
            self.turn_to_now();
        }
    }

    /// Moves the end of the period to the first one after now.
    fn turn_to_now(&mut self) {
        let (now, every) = (Instant::now(), self.settings.every.duration());
        let end = self.period_end.unwrap_or(now);
        if end <= now {
            let past = (now - end).as_nanos() % every.as_nanos().max(1);
            let past = Duration::from_nanos(u64::try_from(past).unwrap_or(0));
            self.period_end = Some(now - past + every);
        }
    }
}

impl<T> From<SampleSettings> for Sample<T> {
    fn from(settings: SampleSettings) -> Self {
        Self { settings, latest: None, period_end: None, due: false, discarded: 0 }
    }
}

impl<T: Message> Stage for Sample<T> {
    type In = T;
    type Out = Outlet<T>;

    async fn on_start(&mut self, _: &mut Outlet<T>) -> Result {
        self.turn_to_now();
        Ok(())
    }

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
        self.due
    }

    fn on_room(&mut self, out: &mut Outlet<T>) -> Result {
        self.due = false;
        self.latest.take().into_iter().for_each(|latest| out.emit(latest));
        Ok(())
    }

    fn wake_at(&self) -> Option<Instant> {
        self.period_end.filter(|_| self.latest.is_some() && !self.due)
    }

    async fn on_wake(&mut self, _: &mut Outlet<T>) -> Result {
        self.due = self.latest.is_some();
        Ok(())
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
        if self.settings.every.duration().is_zero() {
            checks.error("every", "a period takes some time; to pass all messages on, leave the stage out");
        }
    }
}

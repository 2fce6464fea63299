//! A message now and then.

use super::Counted;
use crate::settings::{one_instance, settings};
use schemars::JsonSchema;
use serde::Deserialize;
use std::marker::PhantomData;
use tidegate::settings::Span;
use tidegate::time::Instant;
use tidegate::{Checks, Next, Outlet, Producer, Result};

/// Emits a tick at regular intervals: 1, 2, 3, ... as numbers or as records with the field `n`, whichever its
/// readers take. The first comes at once. Ticks that could not be emitted in time are left out, not made up for.
///
/// ```toml
/// [producers.tick]
/// actor = "interval"
/// every = "500ms"
/// ```
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "interval")]
pub struct IntervalSettings {
    /// From one tick to the next, like `"1s"`.
    pub every: Span,
    /// How many ticks there are. Without it there is no end.
    #[serde(default)]
    pub count: Option<u64>,
}

/// A producer of ticks; see [`IntervalSettings`].
///
/// ```
/// use std::time::Duration;
/// use tidegate::prelude::*;
/// use tidegate_actors::Interval;
///
/// let topology = Topology::new("clock")
///     .producer("tick", Interval::<u64>::new(Duration::from_millis(1)).count(3))
///     .consumer("print", for_each(|tick: u64| println!("{tick}")));
/// assert_eq!(topology.start()?.join().actors["print"].handled, 3);
/// # Ok::<(), tidegate::StartError>(())
/// ```
pub struct Interval<T> {
    settings: IntervalSettings,
    ticks: u64,
    /// When the next tick is due.
    due: Option<Instant>,
    messages: PhantomData<fn() -> T>,
}

settings! { Interval<T: Counted>: IntervalSettings }

impl<T: Counted> Interval<T> {
    /// A tick every `every`, without end.
    pub fn new(every: std::time::Duration) -> Self {
        IntervalSettings { every: every.into(), count: None }.into()
    }

    /// The same with so many ticks.
    #[must_use]
    pub fn count(mut self, count: u64) -> Self {
        self.settings.count = Some(count);
        self
    }

    /// Emits a tick, and says when the next is due.
    fn tick(&mut self, out: &mut Outlet<T>) -> Next {
        if self.settings.count.is_some_and(|count| self.ticks >= count) {
            return Next::Done;
        }
        let (now, every) = (Instant::now(), self.settings.every.duration());
        self.ticks += 1;
        out.emit(T::of_number(self.ticks));
        if self.settings.count == Some(self.ticks) {
            return Next::Done;
        }
        // The beat is kept as long as nobody is late by more than a beat.
        let on_time = self.due.unwrap_or(now) + every;
        let due = if on_time > now { on_time } else { now + every };
        self.due = Some(due);
        Next::At(due)
    }
}

impl<T> From<IntervalSettings> for Interval<T> {
    fn from(settings: IntervalSettings) -> Self {
        Self { settings, ticks: 0, due: None, messages: PhantomData }
    }
}

impl<T: Counted> Producer for Interval<T> {
    type Out = Outlet<T>;

    async fn produce(&mut self, out: &mut Outlet<T>) -> Result<Next> {
        Ok(self.tick(out))
    }

    fn produce_now(&mut self, out: &mut Outlet<T>) -> Option<Result<Next>> {
        Some(Ok(self.tick(out)))
    }

    fn live(&self) -> &'static [&'static str] {
        &["every"]
    }

    fn set(&mut self, _: &str, value: &serde_json::Value) -> Result {
        let every: Span = serde_json::from_value(value.clone())?;
        if every.duration().is_zero() {
            return Err("ticks need some time between them".into());
        }
        self.settings.every = every;
        let next = Instant::now() + every.duration();
        self.due = self.due.map(|due| due.min(next));
        Ok(())
    }

    fn check(&self, checks: &mut Checks) {
        one_instance(checks, "would emit all of the ticks");
        if self.settings.every.duration().is_zero() {
            checks.error("every", "ticks need some time between them; for as many as possible use `counter`");
        }
    }
}

//! Messages at a limited rate.

use crate::message::{Content, Value, located};
use crate::settings::settings;
use schemars::JsonSchema;
use serde::Deserialize;
use tidegate::time::{Instant, sleep_until};
use tidegate::{BoxError, Checks, Limit, Message, Now, Outlet, Rate, Result, Stage};

/// Lets messages through at a limited rate. It makes its upstream wait, so that the mailbox in front of it fills up and
/// turns pressured; or it lets go what comes too fast.
///
/// ```toml
/// [stages.slow]
/// actor = "throttle"
/// inputs = ["parse"]
/// rate = "100/s"
/// burst = 20
/// ```
///
/// Several that share a limit name it, in place of a `rate` of their own:
///
/// ```toml
/// [rate_limits.api]
/// rate = "1000/m"
///
/// [stages.ask]
/// actor = "throttle"
/// inputs = ["questions"]
/// rate_limit = "api"
/// ```
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "throttle")]
pub struct ThrottleSettings {
    /// The most messages over time: a number per second, or like `"100/s"`, `"6000/m"`, `"1/250ms"`.
    /// Each of several instances has it for itself.
    #[serde(default)]
    pub rate: Option<Rate>,
    /// The most messages that pass at once after a time without any; at least 1. Above 500 a second, up to 2 ms'
    /// worth pass at once in any case, as timers are no finer.
    #[serde(default)]
    pub burst: Option<u32>,
    /// What a message counts for: `"bytes"` for its weight, or `{ field = "NAME" }` for the number in a field of a record.
    /// By default 1. One that counts for more than is there waits until there is enough.
    #[serde(default)]
    pub cost: Option<Cost>,
    /// What happens to messages that come too fast.
    #[serde(default)]
    pub mode: ThrottleMode,
    /// What becomes of a message that exceeds the rate, where `mode = "enforce"`.
    #[serde(default)]
    pub excess: Option<Excess>,
}

/// What a message counts for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cost {
    /// Its weight in bytes.
    Bytes,
    /// The number in this field.
    Field(String),
}

/// What happens to messages that come too fast.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ThrottleMode {
    /// They wait, and their upstream with them.
    #[default]
    Shape,
    /// They do not pass: see `excess`.
    Enforce,
}

/// What becomes of a message that exceeds an enforced rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Excess {
    /// It fails, and `on_error` says what that means.
    #[default]
    Fail,
    /// It goes, and is counted as discarded.
    Drop,
}

/// A stage that limits the rate of messages; see [`ThrottleSettings`] and [`Limit`].
///
/// ```
/// use tidegate::prelude::*;
/// use tidegate::testkit;
/// use tidegate_actors::{Rate, Throttle};
///
/// let report = testkit::run(
///     Topology::new("slow")
///         .producer("n", iter(1..=11u64))
///         .stage("slow", Throttle::<u64>::new(Rate::per_second(10.0)))
///         .consumer("end", for_each(|n: u64| println!("{n}"))),
/// );
/// assert_eq!(report.elapsed_seconds.floor(), 1.0);
/// ```
pub struct Throttle<T> {
    settings: ThrottleSettings,
    /// Its own, or one that it shares.
    limit: Limit,
    cost: CostOf<T>,
    /// When the message in hand may pass, if it has asked.
    turn: Option<Instant>,
    discarded: u64,
}

/// Works out what a message counts for.
type CostOf<T> = Box<dyn Fn(&T) -> Result<f64> + Send>;

settings! { Throttle<T: Content>: ThrottleSettings }

impl<T: Message> Throttle<T> {
    /// A stage that lets messages through at `rate`, one by one.
    pub fn new(rate: Rate) -> Self {
        Self::shaping(
            ThrottleSettings { rate: Some(rate), ..ThrottleSettings::default() },
            Box::new(|_| Ok(1.0)),
        )
    }

    /// A stage that shares `limit`.
    pub fn sharing(limit: Limit) -> Self {
        let mut throttle = Self::new(limit.rate());
        throttle.limit = limit;
        throttle
    }

    /// The same with so many messages at once after a time without any.
    #[must_use]
    pub fn burst(self, burst: u32) -> Self {
        Self::shaping(ThrottleSettings { burst: Some(burst), ..self.settings }, self.cost)
    }

    /// The same, where each message counts for what `cost` says.
    #[must_use]
    pub fn cost(mut self, cost: impl Fn(&T) -> f64 + Send + 'static) -> Self {
        self.cost = Box::new(move |message| Ok(cost(message)));
        self
    }

    /// The same, where a message that comes too fast does not pass.
    #[must_use]
    pub fn enforce(mut self, excess: Excess) -> Self {
        (self.settings.mode, self.settings.excess) = (ThrottleMode::Enforce, Some(excess));
        self
    }

    fn shaping(settings: ThrottleSettings, cost: CostOf<T>) -> Self {
        // Without a rate there is a limit to share, or `check` says that there is none.
        let rate = settings.rate.unwrap_or(Rate::per_second(1.0));
        let limit = Limit::new(rate, settings.burst.unwrap_or(1));
        Self { settings, limit, cost, turn: None, discarded: 0 }
    }

    /// When `message` may pass, if not at once; then it has been dealt with.
    fn offer(&mut self, message: T, out: &mut Outlet<T>) -> Offered<T> {
        let cost = match (self.cost)(&message) {
            Ok(cost) => cost,
            Err(error) => return Offered::Failed(error),
        };
        if self.settings.mode == ThrottleMode::Enforce {
            return self.enforced(message, cost, out);
        }
        let turn = self.limit.reserve(cost);
        if turn > Instant::now() {
            self.turn = Some(turn);
            return Offered::Waits(message);
        }
        out.emit(message);
        Offered::Gone
    }

    fn enforced(&mut self, message: T, cost: f64, out: &mut Outlet<T>) -> Offered<T> {
        match self.settings.excess.unwrap_or_default() {
            _ if self.limit.try_take(cost) => out.emit(message),
            Excess::Drop => self.discarded += 1,
            Excess::Fail => {
                let rate = f64::from(self.limit.rate());
                return Offered::Failed(format!("the message exceeds the rate of {rate} per second").into());
            }
        }
        Offered::Gone
    }
}

/// What became of a message.
enum Offered<T> {
    Gone,
    /// Its turn comes later.
    Waits(T),
    Failed(BoxError),
}

impl<T: Content> From<ThrottleSettings> for Throttle<T> {
    fn from(settings: ThrottleSettings) -> Self {
        let cost: CostOf<T> = match settings.cost.clone() {
            None => Box::new(|_| Ok(1.0)),
            Some(Cost::Bytes) => Box::new(|message| Ok(message.weight() as f64)),
            Some(Cost::Field(field)) => Box::new(move |message| cost_in(message, &field)),
        };
        Self::shaping(settings, cost)
    }
}

/// What the field of a record says that it costs.
fn cost_in<T: Content>(message: &T, field: &str) -> Result<f64> {
    let record = message.record();
    let value = record.and_then(|record| record.get(field)).unwrap_or(&Value::Null);
    match value.as_f64() {
        Some(cost) if cost >= 0.0 && cost.is_finite() => Ok(cost),
        _ => {
            let problem =
                format_args!("the cost in `{field}` must be a number from 0 up, not {value:?}").to_string();
            Err(located(record.and_then(|record| record.origin()), problem))
        }
    }
}

impl<T: Message> Stage for Throttle<T> {
    type In = T;
    type Out = Outlet<T>;

    async fn handle(&mut self, message: T, out: &mut Outlet<T>) -> Result {
        let waits = match self.turn {
            Some(_) => Offered::Waits(message),
            None => self.offer(message, out),
        };
        match waits {
            Offered::Gone => {}
            Offered::Failed(error) => return Err(error),
            Offered::Waits(message) => {
                if let Some(turn) = self.turn.take() {
                    sleep_until(turn).await;
                }
                out.emit(message);
            }
        }
        Ok(())
    }

    fn live(&self) -> &'static [&'static str] {
        &["rate", "burst"]
    }

    fn set(&mut self, key: &str, value: &serde_json::Value) -> Result {
        if key == "rate" {
            let rate: Rate = serde_json::from_value(value.clone())?;
            self.settings.rate = Some(rate);
            self.limit.set_rate(rate);
            return Ok(());
        }
        let burst: u32 = serde_json::from_value(value.clone())?;
        if burst == 0 {
            return Err("at least one message must pass at a time".into());
        }
        self.settings.burst = Some(burst);
        self.limit.set_burst(burst);
        Ok(())
    }

    #[inline]
    fn handle_now(&mut self, message: T, out: &mut Outlet<T>) -> Now<T> {
        match self.offer(message, out) {
            Offered::Gone => Now::Done(Ok(())),
            Offered::Failed(error) => Now::Done(Err(error)),
            Offered::Waits(message) => Now::Later(message),
        }
    }

    fn takes_limit(&self) -> bool {
        true
    }

    fn use_limit(&mut self, limit: Limit) {
        self.limit = limit;
    }

    fn discarded(&self) -> u64 {
        self.discarded
    }

    fn check(&self, checks: &mut Checks) {
        let settings = &self.settings;
        if settings.burst == Some(0) {
            checks.error("burst", "at least one message must pass at a time");
        }
        match (settings.rate, checks.is_limited()) {
            (None, false) => {
                checks.error(
                    "rate",
                    "say how many messages may pass: a `rate`, or a `rate_limit` that is shared",
                );
            }
            (Some(_), true) => checks.error("rate", "the shared `rate_limit` has one; remove one of the two"),
            _ => {}
        }
        if settings.burst.is_some() && checks.is_limited() {
            checks.error("burst", "is a matter of the shared `rate_limit`; set it there");
        }
        if settings.excess.is_some() && settings.mode == ThrottleMode::Shape {
            checks
                .error("excess", "says nothing where messages wait; add `mode = \"enforce\"`, or remove it");
        }
    }
}

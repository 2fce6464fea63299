//! Messages at a limited rate.

use crate::settings::settings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;
use tidegate::settings::Span;
use tidegate::time::{Duration, Instant, sleep_until};
use tidegate::{Checks, Message, Outlet, Result, Stage};

/// Lets messages through at a limited rate, and makes its upstream wait: the mailbox in front of it fills up and
/// turns pressured.
///
/// ```toml
/// [stages.slow]
/// actor = "throttle"
/// inputs = ["parse"]
/// rate = "100/s"
/// ```
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "throttle")]
pub struct ThrottleSettings {
    /// The most messages over time: a number per second, or like `"100/s"`, `"6000/m"`, `"1/250ms"`.
    /// Each of several instances has it for itself.
    pub rate: Rate,
    /// The most messages that pass at once after a time without any; at least 1. Above 500 a second, up to 2 ms'
    /// worth pass at once in any case, as timers are no finer.
    #[serde(default = "one")]
    pub burst: u32,
}

fn one() -> u32 {
    1
}

/// How late a timer may be without the rate suffering.
const TIMER: Duration = Duration::from_millis(2);

/// A stage that limits the rate of messages; see [`ThrottleSettings`].
///
/// It is the generic cell rate algorithm (ITU-T I.371, annex A) on the runtime's clock: each message moves the
/// moment at which the next one is due by the time between two messages, and one that is early waits.
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
    /// From one message to the next.
    period: Duration,
    /// How much earlier than due a message may pass.
    tolerance: Duration,
    /// When the next message is due; `None` before the first.
    due: Option<Instant>,
    messages: PhantomData<fn(T) -> T>,
}

settings! { Throttle<T: Message>: ThrottleSettings }

impl<T: Message> Throttle<T> {
    /// A stage that lets messages through at `rate`, one by one.
    pub fn new(rate: Rate) -> Self {
        ThrottleSettings { rate, burst: 1 }.into()
    }

    /// The same with so many messages at once after a time without any.
    #[must_use]
    pub fn burst(self, burst: u32) -> Self {
        ThrottleSettings { burst, ..self.settings }.into()
    }
}

impl<T> From<ThrottleSettings> for Throttle<T> {
    fn from(settings: ThrottleSettings) -> Self {
        let period = settings.rate.period();
        let tolerance =
            period.saturating_mul(settings.burst.saturating_sub(1)).max(TIMER.saturating_sub(period));
        Self { settings, period, tolerance, due: None, messages: PhantomData }
    }
}

impl<T: Message> Stage for Throttle<T> {
    type In = T;
    type Out = Outlet<T>;

    async fn handle(&mut self, message: T, out: &mut Outlet<T>) -> Result {
        let now = Instant::now();
        let due = self.due.unwrap_or(now);
        let earliest = due.checked_sub(self.tolerance).unwrap_or(now);
        if earliest > now {
            sleep_until(earliest).await;
        }
        // Time that nobody used is gone. What a timer overslept is not: it was counted from `due`, not from now.
        self.due = Some(due.max(now) + self.period);
        out.emit(message);
        Ok(())
    }

    fn live(&self) -> &'static [&'static str] {
        &["rate", "burst"]
    }

    fn set(&mut self, key: &str, value: &serde_json::Value) -> Result {
        let mut settings = self.settings.clone();
        match key {
            "rate" => settings.rate = serde_json::from_value(value.clone())?,
            _ => settings.burst = serde_json::from_value(value.clone())?,
        }
        if settings.burst == 0 {
            return Err("at least one message must pass at a time".into());
        }
        // What is due far from now at a low rate is not at a higher one.
        let next = Instant::now() + settings.rate.period();
        let due = self.due.map(|due| due.min(next));
        *self = Self { due, ..settings.into() };
        Ok(())
    }

    fn check(&self, checks: &mut Checks) {
        if self.settings.burst == 0 {
            checks.error("burst", "at least one message must pass at a time");
        }
    }
}

/// So many messages over time; more than none.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(into = "f64")]
pub struct Rate(f64);

impl Rate {
    /// The slowest rate: with less, the time to the next message is beyond any clock.
    const SLOWEST: f64 = 1e-9;

    /// So many messages per second; at least one in thirty years.
    pub fn per_second(messages: f64) -> Self {
        Self(if messages >= Self::SLOWEST { messages } else { Self::SLOWEST })
    }

    /// From one message to the next.
    pub fn period(self) -> Duration {
        Duration::from_secs_f64(1.0 / self.0)
    }
}

impl From<Rate> for f64 {
    fn from(rate: Rate) -> Self {
        rate.0
    }
}

impl TryFrom<f64> for Rate {
    type Error = String;

    fn try_from(per_second: f64) -> Result<Self, String> {
        if per_second.is_finite() && per_second >= Self::SLOWEST {
            Ok(Self(per_second))
        } else {
            Err(format!("{per_second} is not a rate; write how many messages may pass per second"))
        }
    }
}

impl FromStr for Rate {
    type Err = String;

    /// # Errors
    /// When `text` is not a number, a slash, and a unit or length of time.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a rate; write a number per time, like `100/s` or `6000/m`");
        let (number, time) = text.split_once('/').unwrap_or((text, "s"));
        let (number, time) = (number.trim(), time.trim());
        let number: f64 = number.parse().map_err(|_| wrong())?;
        let unit = time.starts_with(|first: char| first.is_alphabetic());
        let span: Span = if unit { format!("1{time}") } else { time.into() }.parse().map_err(|_| wrong())?;
        Self::try_from(number / span.duration().as_secs_f64()).map_err(|_| wrong())
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RateVisitor)
    }
}

struct RateVisitor;

impl Visitor<'_> for RateVisitor {
    type Value = Rate;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number per second, or a string like `100/s`")
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Rate, E> {
        self.visit_f64(number as f64)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Rate, E> {
        self.visit_f64(number as f64)
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Rate, E> {
        Rate::try_from(number).map_err(E::custom)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Rate, E> {
        text.parse().map_err(E::custom)
    }
}

impl JsonSchema for Rate {
    fn schema_name() -> Cow<'static, str> {
        "rate".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["number", "string"] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_with_and_without_a_unit() {
        for (text, per_second) in [
            ("100", 100.0),
            ("100/s", 100.0),
            ("60 / m", 1.0),
            ("1/250ms", 4.0),
            ("0.5/s", 0.5),
            ("3600/1h", 1.0),
        ] {
            assert_eq!(f64::from(text.parse::<Rate>().unwrap()), per_second, "{text}");
        }
        for text in ["", "fast", "0", "-1/s", "10/", "10/x", "10/0s", "inf"] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
    }
}

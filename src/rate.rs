//! How much may pass over time: rates, and limits that several actors share.

use crate::settings::Span;
use crate::sync::{Arc, Mutex, lock};
use crate::time::{Duration, Instant};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// How late a timer may be without the rate suffering.
const TIMER: Duration = Duration::from_millis(2);

/// A limit to how much passes over time. Clones are the same limit: who holds one shares it with all others.
///
/// It is the generic cell rate algorithm (ITU-T I.371, annex A) on the runtime's clock, which comes to a bucket of `burst`
/// tokens that fills up at `rate`: a message takes as many tokens as it costs, and one for which there are not enough waits,
/// in the order of asking, or does not pass.
///
/// ```
/// use tidegate::{Limit, Rate};
///
/// # tidegate::testkit::virtual_time(async {
/// let limit = Limit::new(Rate::per_second(10.0), 2);
/// assert!(limit.try_take(1.0) && limit.try_take(1.0));
/// assert!(!limit.try_take(1.0), "the burst is used up");
/// let (now, turn) = (tidegate::time::Instant::now(), limit.reserve(1.0));
/// assert_eq!((turn - now).as_millis(), 100);
/// # });
/// ```
#[derive(Clone, Debug)]
pub struct Limit(Arc<Mutex<Bucket>>);

#[derive(Debug)]
struct Bucket {
    rate: Rate,
    /// From one token to the next.
    period: Duration,
    burst: u32,
    /// When the bucket will be full, if nothing more is taken. `None` before the first.
    full: Option<Instant>,
}

/// What a limit is made of, as `[rate_limits.NAME]` has it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitOptions {
    /// How much passes over time: a number per second, or like `"100/s"`, `"6000/m"`, `"1/250ms"`.
    pub rate: Rate,
    /// The most that passes at once after a time without any; at least 1.
    #[serde(default = "one")]
    pub burst: u32,
}

fn one() -> u32 {
    1
}

impl Limit {
    /// A limit of `rate`, with up to `burst` at once.
    pub fn new(rate: Rate, burst: u32) -> Self {
        Self(Arc::new(Mutex::new(Bucket { rate, period: rate.period(), burst: burst.max(1), full: None })))
    }

    /// The rate.
    pub fn rate(&self) -> Rate {
        lock(&self.0).rate
    }

    /// Changes the rate from now on; who has been given a turn keeps it.
    pub fn set_rate(&self, rate: Rate) {
        let (mut bucket, now) = (lock(&self.0), Instant::now());
        // The same number of tokens is missing, and they come faster or slower.
        let missing = bucket.full.map_or(Duration::ZERO, |full| full.saturating_duration_since(now));
        let missing = missing.as_nanos() as f64 / bucket.period.as_nanos().max(1) as f64;
        (bucket.rate, bucket.period) = (rate, rate.period());
        bucket.full = Some(now + bucket.time(missing));
    }

    /// Changes how many tokens gather at most, from now on; at least 1.
    pub fn set_burst(&self, burst: u32) {
        lock(&self.0).burst = burst.max(1);
    }

    /// Takes `cost` tokens, if there are so many. What costs more than the burst never passes.
    pub fn try_take(&self, cost: f64) -> bool {
        let (mut bucket, now) = (lock(&self.0), Instant::now());
        let full = bucket.full.unwrap_or(now).max(now) + bucket.time(cost);
        let passes = full <= now + bucket.time(f64::from(bucket.burst));
        if passes {
            bucket.full = Some(full);
        }
        passes
    }

    /// Takes `cost` tokens that may have to come yet; when they will be there, which may be now.
    ///
    /// Above 500 a second, up to 2 ms' worth is there at once in any case, as timers are no finer.
    pub fn reserve(&self, cost: f64) -> Instant {
        let (mut bucket, now) = (lock(&self.0), Instant::now());
        // Time that nobody used is gone. What a timer overslept is not: it is counted from `full`.
        let full = bucket.full.unwrap_or(now).max(now) + bucket.time(cost);
        bucket.full = Some(full);
        full.checked_sub(bucket.tolerance()).unwrap_or(now).max(now)
    }

    /// Takes up to `most` tokens of those that are there; how many.
    pub(crate) fn take_up_to(&self, most: usize) -> usize {
        let (mut bucket, now) = (lock(&self.0), Instant::now());
        let full = bucket.full.unwrap_or(now).max(now);
        let there = (now + bucket.tolerance()).saturating_duration_since(full).as_nanos();
        let there = there / bucket.period.as_nanos().max(1);
        let taken = most.min(usize::try_from(there).unwrap_or(usize::MAX));
        if taken > 0 {
            bucket.full = Some(full + bucket.time(taken as f64));
        }
        taken
    }

    /// Gives back tokens, or takes more than there are where the number is negative.
    pub(crate) fn give_back(&self, tokens: f64) {
        let mut bucket = lock(&self.0);
        let time = bucket.time(tokens.abs());
        if let Some(full) = bucket.full {
            bucket.full = if tokens < 0.0 { Some(full + time) } else { full.checked_sub(time) };
        }
    }
}

impl From<LimitOptions> for Limit {
    fn from(LimitOptions { rate, burst }: LimitOptions) -> Self {
        Self::new(rate, burst)
    }
}

impl Bucket {
    /// How long so many tokens take to come.
    fn time(&self, tokens: f64) -> Duration {
        let nanos = self.period.as_nanos() as f64 * tokens;
        Duration::from_nanos(nanos.min(u64::MAX as f64 / 4.0) as u64)
    }

    fn tolerance(&self) -> Duration {
        self.time(f64::from(self.burst)).max(TIMER)
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

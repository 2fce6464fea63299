//! What a mailbox can be told in TOML or code, and the marks worked out from it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What happens to a message offered to a full mailbox; named by what goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Overflow {
    /// Nothing goes: upstream actors wait. The default.
    #[default]
    Backpressure,
    /// The incoming message.
    DropNewest,
    /// The message that waited longest.
    DropOldest,
    /// The last one queued, replaced by the incoming.
    DropYoungest,
    /// All that is queued; the incoming message is kept.
    DropAll,
    /// The link fails, with an error that names the mailbox and its capacity.
    Fail,
    /// To disk, in order. Reserved; not yet supported, and so not in the schema, which is what is offered to people.
    #[schemars(skip)]
    Spill,
}

impl Overflow {
    /// Whether upstream actors wait at a full mailbox. All other policies never signal for fullness.
    pub fn backpressures(self) -> bool {
        self == Self::Backpressure
    }
}

/// Options of a mailbox; what is `None` comes from the topology's defaults.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MailboxOptions {
    /// The most messages it holds; at least 1. Default 1024.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<usize>,
    /// The share of the capacity at which it turns pressured; `low < high <= 1`. Default 0.8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// The share at which it opens again; at least 0. Default 0.5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// What happens at a full mailbox. Default `backpressure`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overflow: Option<Overflow>,
    /// The most bytes it holds. Default: no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_bytes: Option<usize>,
    /// The largest message it takes, in bytes; a larger one fails. Room is reserved in this size.
    /// Default: the smaller of `max_bytes` and 65536.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_message_bytes: Option<usize>,
}

impl MailboxOptions {
    /// Options with this capacity and everything else by default.
    pub fn capacity(capacity: usize) -> Self {
        Self { capacity: Some(capacity), ..Self::default() }
    }

    /// The same with these watermarks, as shares of the capacity.
    #[must_use]
    pub fn watermarks(mut self, low: f64, high: f64) -> Self {
        (self.low, self.high) = (Some(low), Some(high));
        self
    }

    /// The same with this overflow policy.
    #[must_use]
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = Some(overflow);
        self
    }

    /// The same with a limit in bytes.
    #[must_use]
    pub fn max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = Some(bytes);
        self
    }

    /// The same with a limit for a single message, in bytes.
    #[must_use]
    pub fn max_message_bytes(mut self, bytes: usize) -> Self {
        self.max_message_bytes = Some(bytes);
        self
    }

    /// These options, with what they leave open taken from `defaults`.
    #[must_use]
    pub fn or(&self, defaults: &Self) -> Self {
        Self {
            capacity: self.capacity.or(defaults.capacity),
            high: self.high.or(defaults.high),
            low: self.low.or(defaults.low),
            overflow: self.overflow.or(defaults.overflow),
            max_bytes: self.max_bytes.or(defaults.max_bytes),
            max_message_bytes: self.max_message_bytes.or(defaults.max_message_bytes),
        }
    }

    /// Everything decided.
    pub fn resolve(&self) -> MailboxSettings {
        MailboxSettings {
            capacity: self.capacity.unwrap_or(1024),
            high: self.high.unwrap_or(0.8),
            low: self.low.unwrap_or(0.5),
            overflow: self.overflow.unwrap_or_default(),
            max_bytes: self.max_bytes,
            max_message_bytes: self.max_message_bytes.or(self.max_bytes.map(|bytes| bytes.min(65_536))),
        }
    }
}

/// The decided options of one mailbox.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct MailboxSettings {
    /// The most messages it holds.
    pub capacity: usize,
    /// The share of the capacity at which it turns pressured.
    pub high: f64,
    /// The share at which it opens again.
    pub low: f64,
    /// What happens when it is full.
    pub overflow: Overflow,
    /// The most bytes it holds, if that is limited.
    pub max_bytes: Option<usize>,
    /// The most bytes of one message, where `max_bytes` is set.
    pub max_message_bytes: Option<usize>,
}

impl MailboxSettings {
    /// The options that lead to these settings.
    pub fn options(&self) -> MailboxOptions {
        MailboxOptions {
            capacity: Some(self.capacity),
            high: Some(self.high),
            low: Some(self.low),
            overflow: Some(self.overflow),
            max_bytes: self.max_bytes,
            max_message_bytes: self.max_message_bytes,
        }
    }

    /// The marks of the message count.
    pub fn marks(&self) -> Marks {
        Marks::new(self.capacity, self.low, self.high)
    }
}

/// The watermarks of a mailbox as counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marks {
    /// At this depth the mailbox turns pressured.
    pub high: usize,
    /// At this depth it opens again.
    pub low: usize,
}

impl Marks {
    /// `high_n = max(1, ceil(high * C))`, `low_n = min(floor(low * C), high_n - 1)`, so that both signals happen
    /// whatever the capacity.
    ///
    /// ```
    /// use tidegate::Marks;
    ///
    /// assert_eq!(Marks::new(1024, 0.5, 0.8), Marks { high: 820, low: 512 });
    /// assert_eq!(Marks::new(1, 0.5, 0.8), Marks { high: 1, low: 0 });
    /// ```
    pub fn new(capacity: usize, low: f64, high: f64) -> Self {
        let high = (share(high, capacity).ceil() as usize).clamp(1, capacity.max(1));
        Self { high, low: (share(low, capacity).floor() as usize).min(high - 1) }
    }
}

/// This part of `capacity`. What is a whole number but for the rounding of floats is that number: 0.55 of 100 is 55, and
/// not a little more, which would make a mark of 56.
fn share(part: f64, capacity: usize) -> f64 {
    let exact = part.clamp(0.0, 1.0) * capacity as f64;
    let whole = exact.round();
    if (exact - whole).abs() <= 2.0 * f64::EPSILON * whole { whole } else { exact }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_given_in_percent_are_whole_numbers_of_a_hundred() {
        for scale in [1, 7, 1_000, 1_000_000] {
            for percent in 1..=100 {
                let marks =
                    Marks::new(100 * scale, f64::from(percent as u32 - 1) / 100.0, percent as f64 / 100.0);
                assert_eq!(marks, Marks { high: percent * scale, low: (percent - 1) * scale });
            }
        }
        assert_eq!(Marks::new(100, 0.29, 0.55), Marks { high: 55, low: 29 });
    }

    #[test]
    fn what_is_no_whole_number_is_rounded_to_the_safe_side() {
        assert_eq!(Marks::new(1000, 0.2509, 0.5501), Marks { high: 551, low: 250 });
        assert_eq!(Marks::new(3, 0.5, 0.8), Marks { high: 3, low: 1 });
    }
}

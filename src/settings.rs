//! Building blocks for the settings of actors: values that people write in TOML.

mod secret;

pub use secret::Secret;
pub(crate) use secret::{HIDDEN, is_secret};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

/// A length of time as people write it: `"250ms"`, `"30s"`, `"1h 30m"`.
///
/// ```
/// use tidegate::settings::Span;
///
/// let span: Span = "1m 30s".parse().unwrap();
/// assert_eq!(span.duration().as_secs(), 90);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(Duration);

impl Span {
    /// The length as a [`Duration`].
    pub fn duration(self) -> Duration {
        self.0
    }
}

impl From<Duration> for Span {
    fn from(duration: Duration) -> Self {
        Self(duration)
    }
}

impl std::str::FromStr for Span {
    type Err = humantime::DurationError;

    /// # Errors
    /// When `text` is not a number with a unit (`ms`, `s`, `m`, `h`, ...) or a sum of such.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        humantime::parse_duration(text).map(Self)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", humantime::format_duration(self.0))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|error| {
            serde::de::Error::custom(format_args!(
                "`{text}` is not a length of time ({error}); write a number with a unit, like `250ms` or `30s`"
            ))
        })
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Span {
    fn schema_name() -> Cow<'static, str> {
        "duration".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "duration" })
    }
}

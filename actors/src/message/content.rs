//! What the ready-made actors know about any message they pass on.

use super::{Line, Record, Value};
use tidegate::{DeadLetter, Message, Weigh};

/// A message that the ready-made stages can look into.
///
/// ```
/// use tidegate_actors::{Content, Line, Value};
///
/// assert_eq!(Line::from("ebb").value(), Value::from("ebb"));
/// assert_eq!(u64::from_json(serde_json::json!(7)), Ok(7));
/// ```
pub trait Content: Message + Weigh {
    /// Whether it is a record, and has fields.
    const RECORDS: bool = false;

    /// All of it, as one value.
    fn value(&self) -> Value;

    /// It as a record, if it is one.
    fn record(&self) -> Option<&Record> {
        None
    }

    /// The same message with its record changed, if it is one.
    #[must_use]
    fn map_record(self, change: impl FnOnce(Record) -> Record) -> Self {
        let _ = change;
        self
    }

    /// The message that `json` stands for in a topology file.
    ///
    /// # Errors
    /// When it is not of this kind; says what would be.
    fn from_json(json: serde_json::Value) -> Result<Self, String>;
}

impl Content for u64 {
    fn value(&self) -> Value {
        (*self).into()
    }

    fn from_json(json: serde_json::Value) -> Result<Self, String> {
        json.as_u64().ok_or_else(|| format!("{json} is not a whole number from 0 up"))
    }
}

impl Content for Line {
    fn value(&self) -> Value {
        self.text().into()
    }

    fn from_json(json: serde_json::Value) -> Result<Self, String> {
        json.as_str().map(Self::from).ok_or_else(|| format!("{json} is not text"))
    }
}

impl Content for Record {
    const RECORDS: bool = true;

    fn value(&self) -> Value {
        self.clone().into()
    }

    fn record(&self) -> Option<&Record> {
        Some(self)
    }

    fn map_record(self, change: impl FnOnce(Record) -> Record) -> Self {
        change(self)
    }

    fn from_json(json: serde_json::Value) -> Result<Self, String> {
        match json {
            serde_json::Value::Object(fields) => Ok(fields.into()),
            other => Err(format!("{other} is not a table of fields and values")),
        }
    }
}

impl Content for DeadLetter {
    fn value(&self) -> Value {
        self.rendered().into()
    }

    fn from_json(_: serde_json::Value) -> Result<Self, String> {
        Err("a dead letter cannot be written in a file".into())
    }
}

//! Messages that can be written down.

use crate::message::{Line, Origin, Record, Value};
use chrono::{DateTime, SecondsFormat, Utc};
use tidegate::{DeadLetter, Message, Result};

/// One line of output.
#[derive(Clone, Copy, Debug)]
pub enum Row<'a> {
    /// Text, without a line ending.
    Text(&'a str),
    /// A number.
    Number(u64),
    /// Named values.
    Record(&'a Record),
}

/// A message that `file`, `stdout` and `table` can write: it is one row, or several.
///
/// ```
/// use tidegate_actors::{Record, Row, Value, Written};
///
/// #[derive(Clone, Debug)]
/// struct Tide { port: &'static str, metres: f64 }
///
/// impl Written for Tide {
///     const RECORDS: bool = true;
///
///     fn rows(&self, each: &mut dyn FnMut(Row<'_>) -> tidegate::Result) -> tidegate::Result {
///         let record: Record = [("port", Value::from(self.port)), ("metres", self.metres.into())].into_iter().collect();
///         each(Row::Record(&record))
///     }
/// }
/// ```
pub trait Written: Message {
    /// Whether its rows are records, and not text or numbers.
    const RECORDS: bool;

    /// Gives each of its rows to `each`, in order.
    ///
    /// # Errors
    /// When `each` fails: then no further row is given.
    fn rows(&self, each: &mut dyn FnMut(Row<'_>) -> Result) -> Result;

    /// Where it was read, if that is known.
    fn origin(&self) -> Option<&Origin> {
        None
    }
}

impl Written for Line {
    const RECORDS: bool = false;

    fn rows(&self, each: &mut dyn FnMut(Row<'_>) -> Result) -> Result {
        each(Row::Text(self.text()))
    }

    fn origin(&self) -> Option<&Origin> {
        self.origin()
    }
}

impl Written for Record {
    const RECORDS: bool = true;

    fn rows(&self, each: &mut dyn FnMut(Row<'_>) -> Result) -> Result {
        each(Row::Record(self))
    }

    fn origin(&self) -> Option<&Origin> {
        self.origin()
    }
}

impl Written for u64 {
    const RECORDS: bool = false;

    fn rows(&self, each: &mut dyn FnMut(Row<'_>) -> Result) -> Result {
        each(Row::Number(*self))
    }
}

/// A record of `actor`, `error`, `attempts`, `time` (UTC, to the millisecond, as in RFC 3339) and `message`: a line or record as it is,
/// anything else as its `Debug` writes it.
impl Written for DeadLetter {
    const RECORDS: bool = true;

    fn rows(&self, each: &mut dyn FnMut(Row<'_>) -> Result) -> Result {
        let message = match (self.message::<Line>(), self.message::<Record>()) {
            (Some(line), _) => Value::from(line.text()),
            (_, Some(record)) => record.into(),
            _ => self.rendered().into(),
        };
        let time = DateTime::<Utc>::from(self.time()).to_rfc3339_opts(SecondsFormat::Millis, true);
        let record = Record::from_iter([
            ("actor", Value::from(self.actor())),
            ("error", self.error().into()),
            ("attempts", u64::from(self.attempts()).into()),
            ("time", time.into()),
            ("message", message),
        ]);
        each(Row::Record(&record))
    }
}

/// The rows of all its messages: a batch is written as if it had come message by message.
impl<T: Written> Written for Vec<T> {
    const RECORDS: bool = T::RECORDS;

    fn rows(&self, each: &mut dyn FnMut(Row<'_>) -> Result) -> Result {
        self.iter().try_for_each(|message| message.rows(each))
    }

    fn origin(&self) -> Option<&Origin> {
        self.first().and_then(Written::origin)
    }
}

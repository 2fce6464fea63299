//! A record: named values in order.

use super::{Fields, Origin, Value};
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;
use tidegate::{Keyed, Weigh};

/// Named values in order: a row of a table, an object of JSON.
///
/// Records of one kind share their names ([`Fields`]). A record may know where it was read ([`Origin`]), so that
/// errors can name it; that is not part of its values, nor of its JSON.
///
/// ```
/// use tidegate_actors::{Record, Value};
///
/// let mut record = Record::from_iter([("port", Value::from("Dover")), ("metres", Value::from(6.8))]);
/// record.set("day", 3);
/// assert_eq!(record.get("metres"), Some(&Value::Float(6.8)));
/// assert_eq!(record.to_string(), r#"{"port":"Dover","metres":6.8,"day":3}"#);
/// assert_eq!(serde_json::from_str::<Record>(&record.to_string())?, record);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone)]
pub struct Record {
    fields: Arc<Fields>,
    /// As many as there are fields.
    values: Vec<Value>,
    origin: Option<Origin>,
}

impl Record {
    /// A record without fields.
    pub fn new() -> Self {
        Self { fields: Fields::none(), values: Vec::new(), origin: None }
    }

    /// A record of these fields; values that are missing are null.
    ///
    /// # Panics
    /// When there are more values than fields.
    pub fn with_fields(fields: Arc<Fields>, mut values: Vec<Value>) -> Self {
        assert!(values.len() <= fields.len(), "a value needs a name");
        values.resize(fields.len(), Value::Null);
        Self { fields, values, origin: None }
    }

    /// The same, read at `origin`.
    #[must_use]
    pub fn read_at(mut self, origin: Option<Origin>) -> Self {
        self.origin = origin;
        self
    }

    /// Where it was read, if that is known.
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// The names of the fields.
    pub fn fields(&self) -> &Arc<Fields> {
        &self.fields
    }

    /// The values, in the order of the fields.
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// How many fields it has.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The value called `name`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.fields.position(name).map(|index| &self.values[index])
    }

    /// Names and values, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        self.fields.names().zip(&self.values)
    }

    /// Sets `name` to `value`; a new name goes to the end, and then the record has names of its own.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        match self.fields.position(name) {
            Some(index) => self.values[index] = value.into(),
            None => {
                Arc::make_mut(&mut self.fields).push(name.into());
                self.values.push(value.into());
            }
        }
    }

    /// Removes `name`, and gives its value back.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let index = self.fields.position(name)?;
        Arc::make_mut(&mut self.fields).remove(index);
        Some(self.values.remove(index))
    }

    /// Takes it apart.
    pub(crate) fn into_parts(self) -> (Arc<Fields>, Vec<Value>, Option<Origin>) {
        (self.fields, self.values, self.origin)
    }

    /// The order of sorted output, field by field.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        let pairs = self.iter().zip(other.iter());
        let unequal = pairs
            .map(|((name, value), (other_name, other))| name.cmp(other_name).then_with(|| value.order(other)))
            .find(|order| order.is_ne());
        unequal.unwrap_or_else(|| self.len().cmp(&other.len()))
    }
}

impl Default for Record {
    fn default() -> Self {
        Self::new()
    }
}

/// Records are equal when they have the same names and values in the same order, wherever they were read.
impl PartialEq for Record {
    fn eq(&self, other: &Self) -> bool {
        (Arc::ptr_eq(&self.fields, &other.fields) || self.fields == other.fields)
            && self.values == other.values
    }
}

impl Eq for Record {}

impl<N: AsRef<str>, V: Into<Value>> FromIterator<(N, V)> for Record {
    /// Of a name that occurs twice, the last value counts.
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let mut record = Self::new();
        for (name, value) in pairs {
            record.set(name.as_ref(), value);
        }
        record
    }
}

/// As JSON.
impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(origin) = &self.origin {
            write!(f, "{origin}: ")?;
        }
        write!(f, "{self}")
    }
}

impl Weigh for Record {
    fn weight(&self) -> usize {
        self.values.iter().map(Value::weight).sum()
    }
}

/// A field that a record does not have counts as null.
impl Keyed for Record {
    fn key(&self, field: &str) -> u64 {
        self.get(field).unwrap_or(&Value::Null).key()
    }
}

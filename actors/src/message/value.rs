//! A value of a record.

use super::Record;
use smol_str::SmolStr;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// A value of a [`Record`]: what JSON has, with whole numbers apart from others.
///
/// Text of up to 23 bytes lies in the value itself; copies of longer text share it.
///
/// ```
/// use tidegate_actors::Value;
///
/// assert_eq!(Value::from(2.5).to_string(), "2.5");
/// assert_eq!(Value::from("sea").as_str(), Some("sea"));
/// assert_eq!(Value::from(7), Value::from(7.0));
/// ```
#[derive(Clone, Default)]
pub enum Value {
    /// Nothing.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    Text(SmolStr),
    /// Several values.
    List(Arc<[Value]>),
    /// Named values.
    Map(Arc<Record>),
}

impl Value {
    /// Whether it is [`Null`](Self::Null).
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The truth value, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The whole number, if it is one.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(*value),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Int(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            _ => None,
        }
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(value) => Some(value),
            _ => None,
        }
    }

    /// What kind of value it is, for people.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a truth value",
            Self::Int(_) => "a whole number",
            Self::Float(_) => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }

    /// Bytes on the heap, and in the value itself.
    pub(super) fn weight(&self) -> usize {
        size_of::<Self>()
            + match self {
                Self::Text(text) if text.is_heap_allocated() => text.len(),
                Self::List(values) => values.iter().map(Self::weight).sum(),
                Self::Map(record) => tidegate::Weigh::weight(&**record),
                _ => 0,
            }
    }

    /// A hash that is the same for equal values, wherever this build runs. Another build may hash otherwise, so it is for
    /// routing, and nothing to be stored.
    pub(crate) fn key(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish()
    }

    /// The order of sorted output: null, truth values, numbers, text, lists, maps. It agrees with `==`.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Int(a), Self::Int(b)) => a.cmp(b),
            (Self::Int(a), Self::Float(b)) => order_mixed(*a, *b),
            (Self::Float(a), Self::Int(b)) => order_mixed(*b, *a).reverse(),
            (Self::Float(a), Self::Float(b)) => canonical(*a).total_cmp(&canonical(*b)),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::List(a), Self::List(b)) => {
                let unequal = a.iter().zip(b.iter()).map(|(a, b)| a.order(b)).find(|order| order.is_ne());
                unequal.unwrap_or_else(|| a.len().cmp(&b.len()))
            }
            (Self::Map(a), Self::Map(b)) => a.order(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Bool(_) => 1,
            Self::Int(_) | Self::Float(_) => 2,
            Self::Text(_) => 3,
            Self::List(_) => 4,
            Self::Map(_) => 5,
        }
    }
}

/// One zero and one not-a-number, so that equal values sort and hash alike.
fn canonical(value: f64) -> f64 {
    if value == 0.0 {
        0.0
    } else if value.is_nan() {
        f64::NAN
    } else {
        value
    }
}

/// The first float past every `i64`: 2^63.
const PAST_WHOLE: f64 = -(i64::MIN as f64);

/// The whole number that `value` is exactly, if it is one.
fn whole(value: f64) -> Option<i64> {
    let whole = value.fract() == 0.0 && (-PAST_WHOLE..PAST_WHOLE).contains(&value);
    whole.then_some(value as i64)
}

/// Exact, where casting the whole number to a float would lose digits.
fn order_mixed(a: i64, b: f64) -> Ordering {
    match whole(b) {
        Some(b) => a.cmp(&b),
        // Past every whole number, where the cast below could round up to it.
        None if b >= PAST_WHOLE => Ordering::Less,
        None => (a as f64).partial_cmp(&b).unwrap_or(Ordering::Less),
    }
}

/// Numbers are equal by what they are worth, not-a-number equals itself.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.order(other).is_eq()
    }
}

impl Eq for Value {}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u8(self.rank());
        match self {
            Self::Null => {}
            Self::Bool(value) => value.hash(state),
            Self::Int(value) => value.hash(state),
            Self::Float(value) => match whole(*value) {
                Some(value) => value.hash(state),
                None => canonical(*value).to_bits().hash(state),
            },
            Self::Text(value) => value.hash(state),
            Self::List(values) => values.hash(state),
            Self::Map(record) => {
                for (name, value) in record.iter() {
                    name.hash(state);
                    value.hash(state);
                }
            }
        }
    }
}

/// Text as it is, null as nothing, lists and maps as JSON.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => Ok(()),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{value}"),
            Self::Text(value) => f.write_str(value),
            Self::List(_) | Self::Map(_) => match serde_json::to_string(self) {
                Ok(json) => f.write_str(&json),
                Err(_) => Err(fmt::Error),
            },
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Text(value) => write!(f, "{value:?}"),
            Self::Float(value) => write!(f, "{value:?}"),
            _ => write!(f, "{self}"),
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<i32> for Value {
    fn from(value: i32) -> Self {
        Self::Int(value.into())
    }
}

/// Past the largest `i64` the number becomes a float, and may lose its last digits.
impl From<u64> for Value {
    fn from(value: u64) -> Self {
        i64::try_from(value).map_or(Self::Float(value as f64), Self::Int)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.into())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value.into())
    }
}

impl From<Vec<Value>> for Value {
    fn from(values: Vec<Value>) -> Self {
        Self::List(values.into())
    }
}

impl From<Record> for Value {
    fn from(record: Record) -> Self {
        Self::Map(Arc::new(record))
    }
}

impl<V: Into<Value>> From<Option<V>> for Value {
    fn from(value: Option<V>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_as_small_as_its_text() {
        assert_eq!(size_of::<Value>(), 24);
    }

    #[test]
    fn equal_numbers_have_equal_keys_whatever_their_kind() {
        for (a, b) in [(Value::from(7), Value::from(7.0)), (Value::from(0.0), Value::from(-0.0))] {
            assert_eq!(a, b);
            assert_eq!(a.key(), b.key());
        }
        // 2^53 + 1 is no float: the nearest float is another number.
        assert_ne!(Value::from(9_007_199_254_740_993_i64), Value::from(9_007_199_254_740_992.0));
        assert_ne!(Value::from(i64::MAX), Value::from(i64::MAX as f64));
    }

    #[test]
    fn values_sort_by_kind_and_then_by_worth() {
        let sorted = [
            Value::Null,
            Value::from(false),
            Value::from(-1),
            Value::from(0.5),
            Value::from(1),
            Value::from("10"),
            Value::from("9"),
            Value::from(vec![Value::from(1)]),
        ];
        for (a, b) in sorted.iter().zip(&sorted[1..]) {
            assert!(a.order(b).is_lt() && b.order(a).is_gt(), "{a:?} {b:?}");
        }
    }
}

//! From many values to one.

use crate::message::Value;
use std::cmp::Ordering;
use std::str::FromStr;

/// What is worked out of the values of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::stage) enum Function {
    Count,
    Sum,
    Mean,
    Min,
    Max,
}

/// A function and the column it is applied to; `count` can do without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::stage) struct Reduction {
    pub(in crate::stage) function: Function,
    pub(in crate::stage) column: Option<String>,
}

impl FromStr for Reduction {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{text}` is not understood; write `count`, or count, sum, mean, min or max of a column, like `mean(delay)`"
            )
        };
        let (function, column) = match text.trim().split_once('(') {
            Some((function, rest)) => (function.trim(), rest.strip_suffix(')').map(str::trim)),
            None => (text.trim(), Some("")),
        };
        let column = column.ok_or_else(wrong)?;
        let column = (!column.is_empty()).then(|| column.to_string());
        let function = match (function, &column) {
            ("count", _) => Function::Count,
            ("sum", Some(_)) => Function::Sum,
            ("mean", Some(_)) => Function::Mean,
            ("min", Some(_)) => Function::Min,
            ("max", Some(_)) => Function::Max,
            _ => return Err(wrong()),
        };
        Ok(Self { function, column })
    }
}

impl Function {
    pub(in crate::stage) fn start(self) -> Reducer {
        match self {
            Self::Count => Reducer::Count(0),
            Self::Sum => Reducer::Sum(Sum::default()),
            Self::Mean => Reducer::Mean(Sum::default(), 0),
            Self::Min => Reducer::Extreme(Value::Null, Ordering::Less),
            Self::Max => Reducer::Extreme(Value::Null, Ordering::Greater),
        }
    }

    /// Whether `value` can be taken in; null can always, and counts for nothing.
    pub(in crate::stage) fn takes(self, value: &Value) -> bool {
        match self {
            Self::Count => true,
            Self::Sum | Self::Mean => matches!(value, Value::Null | Value::Int(_) | Value::Float(_)),
            Self::Min | Self::Max => !matches!(value, Value::List(_) | Value::Map(_)),
        }
    }

    pub(in crate::stage) fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Sum => "sum",
            Self::Mean => "mean",
            Self::Min => "min",
            Self::Max => "max",
        }
    }
}

/// What has come of the values so far.
#[derive(Clone, Debug)]
pub(in crate::stage) enum Reducer {
    Count(u64),
    Sum(Sum),
    Mean(Sum, u64),
    /// The smallest or the largest, and how it compares to all others.
    Extreme(Value, Ordering),
}

impl Reducer {
    /// Takes in a value that [`takes`](Function::takes) has approved.
    #[inline]
    pub(in crate::stage) fn add(&mut self, value: &Value) {
        match self {
            _ if value.is_null() => {}
            Self::Count(count) => *count += 1,
            Self::Sum(sum) => sum.add(value),
            Self::Mean(sum, count) => {
                sum.add(value);
                *count += 1;
            }
            Self::Extreme(extreme, order) => {
                if extreme.is_null() || value.order(extreme) == *order {
                    *extreme = value.clone();
                }
            }
        }
    }

    /// Counts a row, whatever is in it.
    pub(in crate::stage) fn add_row(&mut self) {
        if let Self::Count(count) = self {
            *count += 1;
        }
    }

    /// The result. Of no values at all, a count is 0 and anything else null.
    pub(in crate::stage) fn finish(self) -> Value {
        match self {
            Self::Count(count) => count.into(),
            Self::Sum(sum) => sum.finish(),
            Self::Mean(_, 0) => Value::Null,
            Self::Mean(sum, count) => Value::Float(sum.total() / count as f64),
            Self::Extreme(extreme, _) => extreme,
        }
    }
}

/// A sum that is exact for whole numbers, and for fractions as good as if it were worked out with twice the digits
/// (Neumaier's variant of Kahan summation).
#[derive(Clone, Debug, Default)]
pub(in crate::stage) struct Sum {
    /// The whole numbers; 2^63 of the largest fit.
    whole: i128,
    fractions: f64,
    /// What was rounded away.
    lost: f64,
    /// Whether there was a number that is not whole by its kind.
    fractional: bool,
    some: bool,
}

impl Sum {
    fn add(&mut self, value: &Value) {
        match value {
            Value::Int(number) => self.whole += i128::from(*number),
            Value::Float(number) => {
                self.fractional = true;
                let sum = self.fractions + number;
                self.lost += if self.fractions.abs() >= number.abs() {
                    (self.fractions - sum) + number
                } else {
                    (number - sum) + self.fractions
                };
                self.fractions = sum;
            }
            _ => return,
        }
        self.some = true;
    }

    fn total(&self) -> f64 {
        // Infinity makes what was lost meaningless.
        let fractions = self.fractions + self.lost;
        self.whole as f64 + if fractions.is_nan() { self.fractions } else { fractions }
    }

    fn finish(self) -> Value {
        match i64::try_from(self.whole) {
            _ if !self.some => Value::Null,
            Ok(whole) if !self.fractional => Value::Int(whole),
            _ => Value::Float(self.total()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reduce(function: Function, values: &[Value]) -> Value {
        let mut reducer = function.start();
        values.iter().for_each(|value| reducer.add(value));
        reducer.finish()
    }

    fn ints(numbers: &[i64]) -> Vec<Value> {
        numbers.iter().map(|number| Value::Int(*number)).collect()
    }

    #[test]
    fn whole_numbers_have_a_whole_sum_unless_it_is_too_large() {
        assert_eq!(reduce(Function::Sum, &ints(&[1, -2, 4])).as_i64(), Some(3));
        assert_eq!(reduce(Function::Sum, &ints(&[i64::MAX, 1, -1])).as_i64(), Some(i64::MAX));
        assert_eq!(reduce(Function::Sum, &ints(&[i64::MAX, i64::MAX])).as_f64(), Some(2.0f64.powi(64)));
    }

    #[test]
    fn fractions_lose_no_digits_on_the_way() {
        let mut values = vec![Value::Float(1e16)];
        values.extend(std::iter::repeat_n(Value::Float(1.0), 1000));
        values.push(Value::Float(-1e16));
        assert_eq!(reduce(Function::Sum, &values), Value::Float(1000.0));
        assert_eq!(reduce(Function::Sum, &vec![Value::Float(0.1); 10]), Value::Float(1.0));
        assert_eq!(
            reduce(Function::Sum, &[Value::Float(f64::INFINITY), Value::Int(1)]),
            Value::Float(f64::INFINITY)
        );
    }

    #[test]
    fn null_counts_for_nothing() {
        let values = [Value::Null, Value::Int(3), Value::Null, Value::Float(0.5)];
        for (function, result) in [
            (Function::Count, Value::Int(2)),
            (Function::Sum, Value::Float(3.5)),
            (Function::Mean, Value::Float(1.75)),
            (Function::Min, Value::Float(0.5)),
            (Function::Max, Value::Int(3)),
        ] {
            assert_eq!(reduce(function, &values), result, "{function:?}");
        }
        assert_eq!(reduce(Function::Count, &[Value::Null]), Value::Int(0));
        for function in [Function::Sum, Function::Mean, Function::Min, Function::Max] {
            assert_eq!(reduce(function, &[Value::Null]), Value::Null, "{function:?}");
        }
    }

    #[test]
    fn reductions_are_read_as_people_write_them() {
        let of = |function, column: &str| Ok(Reduction { function, column: Some(column.into()) });
        assert_eq!("count".parse(), Ok(Reduction { function: Function::Count, column: None }));
        assert_eq!("count()".parse(), Ok(Reduction { function: Function::Count, column: None }));
        assert_eq!("count(gate)".parse(), of(Function::Count, "gate"));
        assert_eq!(" mean( dep delay ) ".parse(), of(Function::Mean, "dep delay"));
        for wrong in ["", "sum", "sum()", "mean(x", "median(x)", "x"] {
            assert!(wrong.parse::<Reduction>().is_err(), "{wrong}");
        }
    }
}

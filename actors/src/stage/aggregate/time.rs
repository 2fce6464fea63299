//! Moments, from the values of a time column and back.

use crate::message::Value;
use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat};

/// Microseconds since 1970, UTC.
pub(super) type Micros = i64;

/// The moment a value stands for: seconds since 1970 as a number, or a date with or without a time as text; without
/// an offset it is taken for UTC.
pub(super) fn moment(value: &Value) -> Option<Micros> {
    match value {
        Value::Int(seconds) => seconds.checked_mul(1_000_000),
        Value::Float(seconds) => {
            let micros = (seconds * 1e6).floor();
            (micros.abs() < i64::MAX as f64).then_some(micros as i64)
        }
        Value::Text(text) => read(text),
        _ => None,
    }
}

fn read(text: &str) -> Option<Micros> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Some(moment.timestamp_micros());
    }
    for format in ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"] {
        if let Ok(moment) = NaiveDateTime::parse_from_str(text, format) {
            return Some(moment.and_utc().timestamp_micros());
        }
    }
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    Some(date.and_hms_opt(0, 0, 0)?.and_utc().timestamp_micros())
}

/// The moment as text, like `2013-01-01T05:00:00Z`.
pub(super) fn show(moment: Micros) -> Value {
    match DateTime::from_timestamp_micros(moment) {
        Some(moment) => moment.to_rfc3339_opts(SecondsFormat::AutoSi, true).into(),
        None => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_may_be_written_in_many_ways() {
        for text in [
            "2013-01-01T05:00:00Z",
            "2013-01-01T07:00:00+02:00",
            "2013-01-01 05:00:00",
            "2013-01-01T05:00",
            "2013-01-01 05:00:00.000",
        ] {
            assert_eq!(moment(&text.into()).map(show), Some("2013-01-01T05:00:00Z".into()), "{text}");
        }
        assert_eq!(moment(&"2013-01-01".into()).map(show), Some("2013-01-01T00:00:00Z".into()));
        assert_eq!(moment(&Value::Int(1_356_998_400)).map(show), Some("2013-01-01T00:00:00Z".into()));
        assert_eq!(moment(&Value::Float(0.5)).map(show), Some("1970-01-01T00:00:00.500Z".into()));
        for none in [Value::from("noon"), Value::Null, Value::Float(f64::NAN), Value::Int(i64::MAX)] {
            assert_eq!(moment(&none), None, "{none:?}");
        }
    }
}

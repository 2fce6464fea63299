//! Lines of JSON.

use super::run::block_on;
use crate::said::clear;
use tidegate::{Now, Outlet, Stage};
use tidegate_actors::{Json, Line, Record, Source, Value};

/// Lines of JSON: each is a record, nothing, or an error. A record that is written is read as the same.
pub fn json(data: &[u8]) {
    let mut json = Json::default();
    let source = Source::new("fuzz.jsonl");
    for (at, line) in data.split(|byte| *byte == b'\n').enumerate() {
        let Ok(text) = std::str::from_utf8(line) else { continue };
        let mut out = Outlet::collecting();
        let done = match json.handle_now(Line::read(&source, at as u64 + 1, text), &mut out) {
            Now::Done(done) => done,
            Now::Later(line) => block_on(json.handle(line, &mut out)),
        };
        match done {
            Ok(()) => out.take().iter().for_each(is_read_back),
            Err(error) => {
                let error = clear(error);
                assert!(error.starts_with("fuzz.jsonl:"), "an error does not name its place: {error}");
            }
        }
    }
}

/// Written as JSON and read again, `record` is the same.
pub(super) fn is_read_back(record: &Record) {
    let text = record.to_string();
    let again: Record = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert!(is_same(&record.clone().into(), &again.into()), "{text} is read as something else");
}

/// Whether both are the same, but for numbers that JSON does not have, which it reads as null.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Float(one), Value::Null) => !one.is_finite(),
        (Value::Float(one), Value::Float(other)) => (one - other).abs() <= one.abs() * 1e-15,
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(other.iter()).all(|(one, other)| is_same(one, other))
        }
        (Value::Map(one), Value::Map(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other.iter())
                    .all(|((name, one), (same, other))| name == same && is_same(one, other))
        }
        (one, other) => one == other,
    }
}

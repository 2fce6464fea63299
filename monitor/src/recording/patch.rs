//! What is different between two snapshots, as a JSON merge patch (RFC 7386).

use serde_json::{Map, Number, Value};
use tidegate::Snapshot;

/// A snapshot in the shape in which two of them are compared: no `null`s, which a patch has another use for, the links
/// by their place, and times to a microsecond.
pub(super) fn canonical(snapshot: &Snapshot) -> Value {
    let mut value = serde_json::to_value(snapshot).expect("a snapshot is JSON, because it has string keys");
    tidy(&mut value);
    by_place(value)
}

/// A whole snapshot as it was written, in that shape.
pub(super) fn by_place(mut whole: Value) -> Value {
    if let Some(Value::Array(links)) = whole.get_mut("links").map(Value::take) {
        let links = links.into_iter().enumerate().map(|(place, link)| (place.to_string(), link));
        whole["links"] = Value::Object(links.collect());
    }
    whole
}

/// Back to the shape that everybody knows.
pub(super) fn whole(mut canonical: Value) -> Value {
    if let Some(Value::Object(links)) = canonical.get_mut("links").map(Value::take) {
        canonical["links"] = links.into_iter().map(|(_, link)| link).collect();
    }
    canonical
}

fn tidy(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, field| !field.is_null());
            fields.values_mut().for_each(tidy);
        }
        Value::Array(elements) => elements.iter_mut().for_each(tidy),
        Value::Number(number) if number.is_f64() => {
            if let Some(rounded) = number.as_f64().map(microseconds).and_then(Number::from_f64) {
                *number = rounded;
            }
        }
        _ => {}
    }
}

/// To a microsecond: half the digits, and read back as they were written. Numbers too large for that have no such digits.
fn microseconds(number: f64) -> f64 {
    if number.abs() < 1e9 { (number * 1e6).round() / 1e6 } else { number }
}

/// What turns `before` into `after`; nothing if they are the same.
pub(super) fn change(before: &Value, after: &Value) -> Option<Value> {
    let (Value::Object(was), Value::Object(is)) = (before, after) else {
        return (before != after).then(|| after.clone());
    };
    let mut changes = Map::new();
    for (key, value) in is {
        let changed = was.get(key).map_or_else(|| Some(value.clone()), |was| change(was, value));
        if let Some(changed) = changed {
            changes.insert(key.clone(), changed);
        }
    }
    for key in was.keys().filter(|key| !is.contains_key(*key)) {
        changes.insert(key.clone(), Value::Null);
    }
    (!changes.is_empty()).then_some(Value::Object(changes))
}

/// Applies a patch.
pub(super) fn apply(value: &mut Value, patch: Value) {
    let Value::Object(changes) = patch else {
        *value = patch;
        return;
    };
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    let fields = value.as_object_mut().expect("it was made one");
    for (key, change) in changes {
        if change.is_null() {
            fields.shift_remove(&key);
        } else {
            apply(fields.entry(key).or_insert(Value::Null), change);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::snapshot;
    use serde_json::json;

    #[test]
    fn a_patch_turns_one_value_into_the_other_and_says_only_what_changed() {
        let before = json!({"a": {"x": 1, "y": [1, 2]}, "b": 2, "c": {"gone": true}});
        let after = json!({"a": {"x": 1, "y": [1, 3]}, "b": 2, "c": {}, "d": "new"});
        let patch = change(&before, &after).unwrap();
        assert_eq!(patch, json!({"a": {"y": [1, 3]}, "c": {"gone": null}, "d": "new"}));
        let mut patched = before;
        apply(&mut patched, patch);
        assert_eq!(patched, after);
        assert_eq!(change(&after, &after), None);
    }

    #[test]
    fn a_snapshot_comes_back_from_its_canonical_shape() {
        let mut now = snapshot(1.234_567_891);
        now.actors["store"].received = u64::MAX;
        let shape = canonical(&now);
        assert_eq!(shape["elapsed_seconds"], json!(1.234_568));
        assert_eq!(shape["links"]["1"]["from"], "parse");
        assert!(shape["actors"]["lines"].get("mailbox").is_none());
        let back: Snapshot = serde_json::from_value(whole(shape.clone())).unwrap();
        assert_eq!(canonical(&back), shape);
        assert_eq!(back.actors["store"].received, u64::MAX);
    }

    #[test]
    fn numbers_too_large_to_have_microseconds_stay_as_they_are() {
        assert_eq!([1e300, -1e300, 2e9 + 0.5].map(microseconds), [1e300, -1e300, 2e9 + 0.5]);
        assert_eq!([0.123_456_7, 0.0].map(microseconds), [0.123_457, 0.0]);
    }
}

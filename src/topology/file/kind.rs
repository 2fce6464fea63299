//! Kinds of values, as a schema names them and as people do.

use super::super::nearest::shown;
use serde_json::Value as Json;

/// The kinds of values a schema allows; none if it does not say.
pub(super) fn kinds(schema: &Json) -> Vec<&str> {
    match schema.get("type") {
        Some(Json::String(kind)) => vec![kind],
        Some(Json::Array(kinds)) => kinds.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Whether a value is of a kind.
pub(super) fn is_kind(value: &Json, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => true,
    }
}

/// What a number must be, if it is not.
pub(super) fn out_of_range(schema: &Json, number: f64) -> Option<String> {
    let limit = |key: &str| schema.get(key).and_then(Json::as_f64);
    let whole = |limit: f64| if limit.abs() < 1e15 { format!("{limit}") } else { format!("{limit:e}") };
    if let Some(least) = limit("minimum").filter(|least| number < *least) {
        return Some(format!("at least {}", whole(least)));
    }
    limit("maximum").filter(|most| number > *most).map(|most| format!("at most {}", whole(most)))
}

/// Kinds as an error calls them: "an integer or a string".
pub(super) fn articles(kinds: &[&str]) -> String {
    let named = kinds.iter().filter(|kind| **kind != "null").map(|kind| match *kind {
        "boolean" => "true or false",
        "integer" => "an integer",
        "number" => "a number",
        "string" => "a string",
        "array" => "a list",
        "object" => "a table",
        other => other,
    });
    named.collect::<Vec<_>>().join(" or ")
}

/// A value as an error calls it.
pub(super) fn describe(value: &Json) -> String {
    match value {
        Json::Null => "nothing".into(),
        Json::Bool(flag) => format!("`{flag}`"),
        Json::Number(number) if number.is_f64() => format!("the number {number}"),
        Json::Number(number) => format!("the integer {number}"),
        Json::String(text) => format!("the string \"{}\"", shown(text)),
        Json::Array(_) => "a list".into(),
        Json::Object(_) => "a table".into(),
    }
}

/// What to write instead, where that is plain.
pub(super) fn kind_help(value: &Json, kinds: &[&str]) -> Option<String> {
    match value {
        Json::String(text) if kinds.iter().any(|kind| matches!(*kind, "integer" | "number" | "boolean")) => {
            let bare: Json = serde_json::from_str(text).ok()?;
            kinds.iter().any(|kind| is_kind(&bare, kind)).then(|| "remove the quotation marks".into())
        }
        Json::Number(_) | Json::Bool(_) if kinds.contains(&"string") => Some(format!("write \"{value}\"")),
        scalar if kinds.contains(&"array") && !scalar.is_object() => Some(format!("write [{value}]")),
        _ => None,
    }
}

//! Values of TOML as the config crate has them, which carry their origin, and as JSON, which the rest works with.

use super::Origin;
use super::finding::{Findings, KeyPath};
use config::{Value, ValueKind};
use serde_json::Value as Json;
use toml_edit::{Item, TableLike};

/// Where a value comes from, if it is wholly from outside the file.
pub(super) fn origin(value: &Value) -> Option<Origin> {
    value.origin().map(decode)
}

/// An origin as the config crate keeps it: as a text.
fn encode(origin: &Origin) -> String {
    match origin {
        Origin::Set(assignment) => format!("--set {assignment}"),
        Origin::Environment(variable) => variable.clone(),
        Origin::Default | Origin::File { .. } => String::new(),
    }
}

fn decode(text: &str) -> Origin {
    match text.strip_prefix("--set ") {
        Some(assignment) => Origin::Set(assignment.into()),
        None => Origin::Environment(text.into()),
    }
}

/// An entry of a file; `None` if there is none.
pub(super) fn of_item(item: &Item) -> Option<Value> {
    Some(match item {
        Item::None => return None,
        Item::Value(toml) => value(toml, None),
        Item::Table(toml) => table(toml, None),
        Item::ArrayOfTables(tables) => {
            Value::new(None, tables.iter().map(|toml| table(toml, None)).collect::<Vec<_>>())
        }
    })
}

fn table(table: &dyn TableLike, origin: Option<&String>) -> Value {
    let entries = table.iter().filter_map(|(key, item)| {
        let value = match item {
            Item::Value(toml) => value(toml, origin),
            other => of_item(other)?,
        };
        Some((key.to_string(), value))
    });
    Value::new(origin, ValueKind::Table(entries.collect()))
}

/// A value from outside the file.
pub(super) fn from_outside(toml: &toml_edit::Value, origin: &Origin) -> Value {
    value(toml, Some(&encode(origin)))
}

fn value(toml: &toml_edit::Value, origin: Option<&String>) -> Value {
    let kind = match toml {
        toml_edit::Value::String(text) => ValueKind::String(text.value().clone()),
        toml_edit::Value::Integer(number) => ValueKind::I64(*number.value()),
        toml_edit::Value::Float(number) => ValueKind::Float(*number.value()),
        toml_edit::Value::Boolean(flag) => ValueKind::Boolean(*flag.value()),
        toml_edit::Value::Datetime(time) => ValueKind::String(time.value().to_string()),
        toml_edit::Value::Array(list) => {
            ValueKind::Array(list.iter().map(|toml| value(toml, origin)).collect())
        }
        toml_edit::Value::InlineTable(toml) => return table(toml, origin),
    };
    Value::new(origin, kind)
}

/// The value as JSON. What JSON has no word for is reported and left out.
pub(super) fn json(value: &Value, path: &KeyPath, findings: &mut Findings) -> Json {
    match &value.kind {
        ValueKind::Nil => Json::Null,
        ValueKind::Boolean(flag) => Json::Bool(*flag),
        ValueKind::I64(number) => (*number).into(),
        ValueKind::U64(number) => (*number).into(),
        ValueKind::I128(_) | ValueKind::U128(_) => Json::Null, // Not made by `value`.
        ValueKind::Float(number) => serde_json::Number::from_f64(*number).map_or_else(
            || {
                findings
                    .value(
                        path.clone(),
                        format!("`{path}` is {number}, which is no number one can work with"),
                    )
                    .help("write a finite number");
                Json::Null
            },
            Json::Number,
        ),
        ValueKind::String(text) => text.clone().into(),
        ValueKind::Array(list) => {
            list.iter().enumerate().map(|(at, value)| json(value, &path.child(at), findings)).collect()
        }
        ValueKind::Table(table) => {
            let entries =
                table.iter().map(|(key, value)| (key.clone(), json(value, &path.child(key), findings)));
            Json::Object(entries.filter(|(_, value)| !value.is_null()).collect())
        }
    }
}

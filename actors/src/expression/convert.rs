//! Values from and to CEL. Text is lent, not copied.

use crate::message::{Record, Value};
use cel::common::types::{CelBool, CelDouble, CelInt, CelNull, CelString};
use cel::common::value::{CowVal, Val};
use std::collections::HashMap;

/// `value`, as expressions see it.
#[inline]
pub(super) fn to_cel(value: &Value) -> CowVal<'_, '_> {
    match value {
        Value::Null => CowVal::owned(CelNull),
        Value::Bool(value) => CowVal::owned(CelBool::from(*value)),
        Value::Int(value) => CowVal::owned(CelInt::from(*value)),
        Value::Float(value) => CowVal::owned(CelDouble::from(*value)),
        Value::Text(text) => CowVal::owned(CelString::from(text.as_str())),
        Value::List(_) | Value::Map(_) => nested(copy(value)),
    }
}

/// Named values, as expressions see them.
#[cold]
pub(super) fn map_to_cel<'a>(pairs: impl Iterator<Item = (&'a str, &'a Value)>) -> CowVal<'static, 'static> {
    let map: HashMap<String, cel::Value> = pairs.map(|(name, value)| (name.into(), copy(value))).collect();
    nested(map.into())
}

fn nested(value: cel::Value) -> CowVal<'static, 'static> {
    let boxed = <Box<dyn Val>>::try_from(value);
    CowVal::Owned(
        boxed.expect("a value of CEL, because it is made of null, truth values, numbers, text only"),
    )
}

fn copy(value: &Value) -> cel::Value {
    match value {
        Value::Null => cel::Value::Null,
        Value::Bool(value) => cel::Value::Bool(*value),
        Value::Int(value) => cel::Value::Int(*value),
        Value::Float(value) => cel::Value::Float(*value),
        Value::Text(text) => text.as_str().into(),
        Value::List(values) => values.iter().map(copy).collect::<Vec<_>>().into(),
        Value::Map(record) => {
            let map: HashMap<String, cel::Value> =
                record.iter().map(|(name, value)| (name.into(), copy(value))).collect();
            map.into()
        }
    }
}

/// The value that an expression came to.
///
/// # Errors
/// When it is of a kind that records cannot hold; says which.
pub(super) fn from_cel(value: &CowVal<'_, '_>) -> Result<Value, String> {
    // The usual results, without a detour.
    if let Some(value) = value.downcast_ref::<CelBool>() {
        return Ok(Value::Bool(*value.inner()));
    }
    if let Some(value) = value.downcast_ref::<CelInt>() {
        return Ok(Value::Int(*value.inner()));
    }
    if let Some(value) = value.downcast_ref::<CelDouble>() {
        return Ok(Value::Float(*value.inner()));
    }
    if let Some(text) = value.downcast_ref::<CelString>() {
        return Ok(text.inner().into());
    }
    let value = cel::Value::try_from(&**value).map_err(|error| error.to_string())?;
    from_value(value)
}

fn from_value(value: cel::Value) -> Result<Value, String> {
    Ok(match value {
        cel::Value::Null => Value::Null,
        cel::Value::Bool(value) => value.into(),
        cel::Value::Int(value) => value.into(),
        cel::Value::UInt(value) => value.into(),
        cel::Value::Float(value) => value.into(),
        cel::Value::String(text) => text.as_str().into(),
        cel::Value::Timestamp(time) => time.to_rfc3339().into(),
        cel::Value::Duration(span) => (span.as_seconds_f64()).into(),
        cel::Value::List(values) => {
            let values = values.iter().map(|value| from_value(value.clone()));
            values.collect::<Result<Vec<_>, _>>()?.into()
        }
        cel::Value::Map(map) => {
            let mut pairs: Vec<(String, Value)> = Vec::with_capacity(map.map.len());
            for (key, value) in map.map.iter() {
                pairs.push((key.to_string(), from_value(value.clone())?));
            }
            // Maps of CEL have no order, and output must not differ from run to run.
            pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
            pairs.into_iter().collect::<Record>().into()
        }
        other => {
            return Err(format!(
                "a value of type {:?} does not fit into a record; convert it to text",
                other.type_of()
            ));
        }
    })
}

//! Records and values from and to JSON, or any format serde knows.

use super::{Fields, Record, Value};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::fmt;
use std::sync::Arc;

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(value) => serializer.serialize_i64(*value),
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::List(values) => serializer.collect_seq(values.iter()),
            Self::Map(record) => record.serialize(serializer),
        }
    }
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (name, value) in self.iter() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        RecordSeed(&Fields::none()).deserialize(deserializer)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = items.next_element()? {
            values.push(value);
        }
        Ok(values.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Value, A::Error> {
        RecordVisitor(&Fields::none()).visit_map(map).map(Value::from)
    }
}

/// Reads a record that probably has the fields of the record before it, and then shares them.
pub(crate) struct RecordSeed<'a>(pub(crate) &'a Arc<Fields>);

impl<'de> DeserializeSeed<'de> for RecordSeed<'_> {
    type Value = Record;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Record, D::Error> {
        deserializer.deserialize_map(RecordVisitor(self.0))
    }
}

struct RecordVisitor<'a>(&'a Arc<Fields>);

impl<'de> Visitor<'de> for RecordVisitor<'_> {
    type Value = Record;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with named values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Record, A::Error> {
        let expected = self.0;
        let mut values = Vec::with_capacity(expected.len());
        while let Some(name) = map.next_key::<Name>()? {
            if expected.shared().get(values.len()).is_some_and(|expected| **expected == *name.0) {
                values.push(map.next_value()?);
            } else {
                return read_other(expected, values, name, map);
            }
        }
        if values.len() < expected.len() {
            return Ok(Record::with_fields(
                Fields::new(expected.shared()[..values.len()].iter().cloned()),
                values,
            ));
        }
        Ok(Record::with_fields(expected.clone(), values))
    }
}

/// The rest of a record whose fields are not those that were expected, from `name` on.
fn read_other<'de, A: MapAccess<'de>>(
    expected: &Fields,
    values: Vec<Value>,
    name: Name,
    mut map: A,
) -> Result<Record, A::Error> {
    let known = expected.shared()[..values.len()].iter().cloned();
    let mut record = Record::with_fields(Fields::new(known), values);
    let mut next = Some(name);
    while let Some(name) = next {
        record.set(&name.0, map.next_value::<Value>()?);
        next = map.next_key()?;
    }
    Ok(record)
}

/// A name on its way: short ones need no memory.
struct Name(SmolStr);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        SmolStr::deserialize(deserializer).map(Self)
    }
}

impl From<serde_json::Value> for Value {
    fn from(json: serde_json::Value) -> Self {
        use serde_json::Value as Json;
        match json {
            Json::Null => Self::Null,
            Json::Bool(value) => value.into(),
            Json::Number(number) => match number.as_i64() {
                Some(number) => number.into(),
                None => number.as_f64().into(),
            },
            Json::String(text) => text.into(),
            Json::Array(values) => values.into_iter().map(Self::from).collect::<Vec<_>>().into(),
            Json::Object(map) => Record::from(map).into(),
        }
    }
}

impl From<serde_json::Map<String, serde_json::Value>> for Record {
    fn from(map: serde_json::Map<String, serde_json::Value>) -> Self {
        map.into_iter().collect()
    }
}

/// A number that JSON does not have, like infinity, becomes null.
impl From<&Value> for serde_json::Value {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => (*value).into(),
            Value::Int(value) => (*value).into(),
            Value::Float(value) => (*value).into(),
            Value::Text(value) => value.as_str().into(),
            Value::List(values) => values.iter().map(Self::from).collect(),
            Value::Map(record) => Self::Object((&**record).into()),
        }
    }
}

impl From<&Record> for serde_json::Map<String, serde_json::Value> {
    fn from(record: &Record) -> Self {
        record.iter().map(|(name, value)| (name.into(), value.into())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fields: &Arc<Fields>, json: &str) -> Record {
        RecordSeed(fields).deserialize(&mut serde_json::Deserializer::from_str(json)).unwrap()
    }

    #[test]
    fn json_goes_in_and_out_unchanged() {
        let json = r#"{"a":null,"b":[true,1,-2.5,"x\n"],"c":{"d":{},"e":[]},"f":9007199254740993}"#;
        let record: Record = serde_json::from_str(json).unwrap();
        assert_eq!(record.to_string(), json);
        let tree: serde_json::Map<_, _> = (&record).into();
        assert_eq!(serde_json::to_string(&tree).unwrap(), json);
        assert_eq!(Record::from(tree), record);
    }

    #[test]
    fn records_of_the_expected_kind_share_their_names() {
        let fields = Fields::new(["a", "b"]);
        assert!(Arc::ptr_eq(read(&fields, r#"{"a":1,"b":2}"#).fields(), &fields));
        for json in [r#"{"a":1}"#, r#"{"b":2,"a":1}"#, r#"{"a":1,"c":3}"#, r#"{"a":1,"b":2,"c":3}"#, "{}"] {
            assert_eq!(read(&fields, json).to_string(), json);
        }
        assert_eq!(read(&fields, r#"{"a":1,"b":2,"a":3}"#).to_string(), r#"{"a":3,"b":2}"#);
    }
}

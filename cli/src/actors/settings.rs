//! The settings of an actor, read from the JSON schema of its type.

use serde_json::{Map, Value};

/// How deep types are followed, so that a type that contains itself has an end.
const DEPTH: usize = 4;

/// One setting of an actor.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Setting {
    pub(super) name: String,
    /// Its type in the words of TOML: `string`, `list of integer`, `"a" or "b"`.
    pub(super) kind: String,
    pub(super) required: bool,
    /// What it is when it is not given, if the schema says so.
    pub(super) default: Option<Value>,
    pub(super) doc: String,
    /// A value that fits the type.
    pub(super) example: Value,
}

/// The settings in `schema`, the required ones first.
pub(super) fn of(schema: &Value) -> Vec<Setting> {
    let reader = Reader { definitions: schema.get("$defs").and_then(Value::as_object) };
    let required = schema.get("required").and_then(Value::as_array);
    let is_required = |name: &str| required.is_some_and(|names| names.iter().any(|other| other == name));
    let properties = schema.get("properties").and_then(Value::as_object);
    let mut settings: Vec<Setting> = properties
        .into_iter()
        .flatten()
        .map(|(name, property)| reader.setting(name, property, is_required(name)))
        .collect();
    settings.sort_by_key(|setting| !setting.required);
    settings
}

struct Reader<'a> {
    definitions: Option<&'a Map<String, Value>>,
}

impl Reader<'_> {
    fn setting(&self, name: &str, property: &Value, required: bool) -> Setting {
        let description = property.get("description").and_then(Value::as_str);
        let default = property.get("default").filter(|default| !default.is_null()).cloned();
        let given = property.get("examples").and_then(|examples| examples.get(0)).cloned();
        let example = given.or_else(|| default.clone()).unwrap_or_else(|| self.example(property, 0));
        Setting {
            name: name.into(),
            kind: self.kind(property, 0),
            required,
            default,
            doc: description.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" "),
            example,
        }
    }

    /// The schema that `schema` stands for.
    fn resolve<'b>(&'b self, schema: &'b Value) -> &'b Value {
        let name = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix("#/$defs/"));
        name.and_then(|name| self.definitions?.get(name)).unwrap_or(schema)
    }

    fn kind(&self, schema: &Value, depth: usize) -> String {
        let schema = self.resolve(schema);
        if depth > DEPTH {
            return "...".into();
        }
        if let Some(choices) = self.choices(schema) {
            let mut kinds: Vec<String> =
                choices.into_iter().map(|choice| self.kind(choice, depth + 1)).collect();
            kinds.dedup();
            return kinds.join(" or ");
        }
        if let Some(value) = schema.get("const") {
            return value.to_string();
        }
        if let Some(values) = schema.get("enum").and_then(Value::as_array) {
            let values = values.iter().filter(|value| !value.is_null()).map(Value::to_string);
            return values.collect::<Vec<_>>().join(" or ");
        }
        let kinds: Vec<String> =
            types_of(schema).into_iter().map(|name| self.named(name, schema, depth)).collect();
        if kinds.is_empty() { "any value".into() } else { kinds.join(" or ") }
    }

    /// A type that the schema calls `name`.
    fn named(&self, name: &str, schema: &Value, depth: usize) -> String {
        match name {
            "string" if is_duration(schema) => "duration".into(),
            "array" => match schema.get("items") {
                Some(items) => format!("list of {}", self.kind(items, depth + 1)),
                None => "list".into(),
            },
            "object" => match schema.get("additionalProperties").filter(|values| values.is_object()) {
                Some(values) => format!("table of {}", self.kind(values, depth + 1)),
                None => self.table(schema, depth),
            },
            other => other.into(),
        }
    }

    /// A table with these keys.
    fn table(&self, schema: &Value, depth: usize) -> String {
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
            return "table".into();
        };
        let entry = |(key, value): (&String, &Value)| format!("{key} = {}", self.kind(value, depth + 1));
        format!("{{ {} }}", properties.iter().map(entry).collect::<Vec<_>>().join(", "))
    }

    /// The alternatives of a schema that has some, without the one for "not given".
    fn choices<'b>(&self, schema: &'b Value) -> Option<Vec<&'b Value>> {
        let choices = schema.get("oneOf").or_else(|| schema.get("anyOf"))?.as_array()?;
        Some(choices.iter().filter(|choice| !is_null(choice)).collect())
    }

    fn example(&self, schema: &Value, depth: usize) -> Value {
        let schema = self.resolve(schema);
        if depth > DEPTH {
            return Value::Null;
        }
        if let Some(first) = self.choices(schema).and_then(|choices| choices.first().copied()) {
            return self.example(first, depth + 1);
        }
        if let Some(value) = schema.get("const") {
            return value.clone();
        }
        if let Some(first) = schema.get("enum").and_then(|values| values.get(0)) {
            return first.clone();
        }
        match types_of(schema).first().copied() {
            Some("string") if is_duration(schema) => "1s".into(),
            Some("string") => "...".into(),
            Some("integer") => schema.get("minimum").cloned().filter(|least| *least != 0).unwrap_or(1.into()),
            Some("number") => 1.0.into(),
            Some("boolean") => true.into(),
            Some("array") => Value::Array(
                schema.get("items").map(|items| self.example(items, depth + 1)).into_iter().collect(),
            ),
            Some("object") => self.example_table(schema, depth),
            _ => "...".into(),
        }
    }

    /// A table with the required keys, or with one of its own choice if any will do.
    fn example_table(&self, schema: &Value, depth: usize) -> Value {
        let mut table = Map::new();
        if let Some(values) = schema.get("additionalProperties").filter(|values| values.is_object()) {
            table.insert("name".into(), self.example(values, depth + 1));
        }
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        for name in required.filter_map(Value::as_str) {
            if let Some(property) = schema.get("properties").and_then(|properties| properties.get(name)) {
                table.insert(name.into(), self.example(property, depth + 1));
            }
        }
        Value::Object(table)
    }
}

/// The types a schema names, without the one for "not given".
fn types_of(schema: &Value) -> Vec<&str> {
    let names = match schema.get("type") {
        Some(Value::String(name)) => vec![name.as_str()],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    names.into_iter().filter(|name| *name != "null").collect()
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").is_some_and(|name| name == "null")
}

fn is_duration(schema: &Value) -> bool {
    schema.get("format").is_some_and(|format| format == "duration")
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemars::JsonSchema;
    use serde::Serialize;
    use serde_json::json;
    use std::collections::BTreeMap;
    use tidegate::settings::Span;

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is used")]
    struct Everything {
        /// How many
        /// of them.
        #[serde(default = "seven")]
        count: u64,
        /// Where from.
        path: String,
        every: Option<Span>,
        names: Vec<String>,
        types: BTreeMap<String, Kind>,
        mode: Option<Mode>,
        #[schemars(example = "amount > 3")]
        expression: String,
        inner: Inner,
    }

    #[derive(JsonSchema, Serialize)]
    #[serde(rename_all = "snake_case")]
    #[expect(dead_code, reason = "only its schema is used")]
    enum Kind {
        Number,
        Text,
    }

    #[derive(JsonSchema)]
    #[serde(rename_all = "snake_case")]
    #[expect(dead_code, reason = "only its schema is used")]
    enum Mode {
        /// One.
        First,
        /// Two.
        Second,
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is used")]
    struct Inner {
        low: f64,
        again: Option<Box<Inner>>,
    }

    fn seven() -> u64 {
        7
    }

    fn setting(name: &str) -> Setting {
        let schema = schemars::schema_for!(Everything);
        of(schema.as_value()).into_iter().find(|setting| setting.name == name).unwrap()
    }

    #[test]
    fn types_are_named_in_the_words_of_toml() {
        let kinds = ["count", "path", "every", "names"].map(|name| setting(name).kind);
        assert_eq!(kinds, ["integer", "string", "duration", "list of string"]);
        assert_eq!(setting("types").kind, r#"table of "number" or "text""#);
        assert_eq!(setting("mode").kind, r#""first" or "second""#);
    }

    #[test]
    fn a_setting_of_several_types_names_them_all() {
        let names = json!({"properties": {"path": {
            "type": ["string", "array", "null"], "items": {"type": "string"}
        }}});
        assert_eq!(of(&names)[0].kind, "string or list of string");
    }

    #[test]
    fn a_type_that_contains_itself_has_an_end() {
        assert!(setting("inner").kind.starts_with("{ low = number, again = { low = number, "));
    }

    #[test]
    fn required_settings_come_first_and_defaults_are_known() {
        let schema = schemars::schema_for!(Everything);
        let settings = of(schema.as_value());
        let required: Vec<bool> = settings.iter().map(|setting| setting.required).collect();
        assert_eq!(required, [true, true, true, true, true, false, false, false]);
        assert_eq!(setting("count").default, Some(json!(7)));
        assert_eq!(setting("count").doc, "How many of them.");
        assert!(!setting("every").required && setting("every").default.is_none());
    }

    #[test]
    fn every_setting_has_an_example_that_fits() {
        let examples =
            ["count", "path", "every", "names", "mode", "expression"].map(|name| setting(name).example);
        let expected =
            [json!(7), json!("..."), json!("1s"), json!(["..."]), json!("first"), json!("amount > 3")];
        assert_eq!(examples, expected);
        assert_eq!(setting("types").example, json!({"name": "number"}));
        assert_eq!(setting("inner").example, json!({"low": 1.0}));
    }

    #[test]
    fn an_actor_without_settings_has_none() {
        assert_eq!(of(&json!({"type": "null"})), []);
    }
}

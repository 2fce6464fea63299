//! Values as people write them in a topology file.

use serde_json::Value;

/// `value` as TOML on one line; TOML has no null.
pub(crate) fn value(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) => quoted(text),
        Value::Array(values) => {
            format!("[{}]", values.iter().filter_map(self::value).collect::<Vec<_>>().join(", "))
        }
        Value::Object(values) if values.is_empty() => "{}".into(),
        Value::Object(values) => {
            let entry =
                |(key, value): (&String, &Value)| Some(format!("{} = {}", bare(key), self::value(value)?));
            format!("{{ {} }}", values.iter().filter_map(entry).collect::<Vec<_>>().join(", "))
        }
    })
}

/// A key as it is, or in quotes where TOML asks for them.
fn bare(key: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !key.is_empty() && key.chars().all(plain) { key.into() } else { quoted(key) }
}

/// A basic string. JSON escapes the same way, except for the one control character it lets through.
fn quoted(text: &str) -> String {
    Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_json_value_but_null_has_a_toml_form() {
        let value = json!({"a": [1, 2.5, true], "b c": {"d": "\u{7f}\n"}, "none": null});
        let expected = r#"{ a = [1, 2.5, true], "b c" = { d = "\u007f\n" } }"#;
        assert_eq!(self::value(&value).as_deref(), Some(expected));
    }
}

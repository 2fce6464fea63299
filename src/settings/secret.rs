//! Values that are read and never shown.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

/// What stands where a secret would.
pub(crate) const HIDDEN: &str = "(hidden)";

/// A text that must not be shown: a token, a key. Wherever it is printed, logged or written out, `(hidden)` stands for
/// it; errors about it do not quote it.
///
/// ```
/// use tidegate::settings::Secret;
///
/// let token = Secret::new("abc");
/// assert_eq!(token.expose(), "abc");
/// assert_eq!(format!("{token:?}"), "(hidden)");
/// ```
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Hides `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(HIDDEN)
    }
}

impl JsonSchema for Secret {
    fn schema_name() -> Cow<'static, str> {
        "secret".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "writeOnly": true })
    }
}

/// Whether a schema describes a secret.
pub(crate) fn is_secret(schema: &serde_json::Value) -> bool {
    schema.get("writeOnly").and_then(serde_json::Value::as_bool).unwrap_or_default()
}

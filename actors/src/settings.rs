//! What the settings of the ready-made actors have in common.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserializer, SeqAccess, Visitor, value::SeqAccessDeserializer};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use tidegate::Checks;

/// Makes an actor be read from, and described by, its settings: `settings! { Csv: CsvSettings }` asks for a
/// `From<CsvSettings>`, and for nothing of the parameters of the actor.
macro_rules! settings {
    ($actor:ident $(<$parameter:ident: $bound:ident>)?: $settings:ty) => {
        impl<'de $(, $parameter: $bound)?> ::serde::Deserialize<'de> for $actor $(<$parameter>)? {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <$settings as ::serde::Deserialize>::deserialize(deserializer).map(Self::from)
            }
        }

        impl $(<$parameter: $bound>)? ::schemars::JsonSchema for $actor $(<$parameter>)? {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                <$settings as ::schemars::JsonSchema>::schema_name()
            }

            fn schema_id() -> ::std::borrow::Cow<'static, str> {
                <$settings as ::schemars::JsonSchema>::schema_id()
            }

            fn json_schema(generator: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                <$settings as ::schemars::JsonSchema>::json_schema(generator)
            }
        }
    };
}
pub(crate) use settings;

/// One name or several: `"a"` or `["a", "b"]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Names(pub Vec<String>);

impl Names {
    /// The names.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl From<&str> for Names {
    fn from(name: &str) -> Self {
        Self(vec![name.into()])
    }
}

impl<N: Into<String>> FromIterator<N> for Names {
    fn from_iter<I: IntoIterator<Item = N>>(names: I) -> Self {
        Self(names.into_iter().map(Into::into).collect())
    }
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NamesVisitor)
    }
}

struct NamesVisitor;

impl<'de> Visitor<'de> for NamesVisitor {
    type Value = Names;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or a list of strings")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Names, E> {
        Ok(name.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, names: A) -> Result<Names, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(names)).map(Names)
    }
}

impl JsonSchema for Names {
    fn schema_name() -> Cow<'static, str> {
        "names".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "array"], "items": { "type": "string" } })
    }
}

/// Refuses more than one instance of an actor that cannot be split; `why` completes "each of them ...".
pub(crate) fn one_instance(checks: &mut Checks, why: &str) {
    let instances = checks.instances();
    if instances > 1 {
        checks.error(
            "instances",
            format!("there are {instances} instances, and each of them {why}; leave it at 1"),
        );
    }
}

pub(crate) fn yes() -> bool {
    true
}

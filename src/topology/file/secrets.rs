//! What of a file must not be shown: the values of secrets, and of keys that may be misspelt ones.

use super::finding::KeyPath;
use super::keys;
use crate::settings::is_secret;
use crate::topology::Registry;
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// References in schemas that go deeper than this describe nothing.
const DEEPEST: usize = 32;

/// The tables of a file that may hold a secret.
#[derive(Debug, Default)]
pub(super) struct Secrets(Vec<(KeyPath, BTreeSet<String>)>);

impl Secrets {
    /// Those of `file`, by the schemas of the tables and actors in `registry`.
    pub(super) fn of(file: &Json, registry: &Registry) -> Self {
        let root = KeyPath::root();
        let tables = registry.tables().map(|(name, table)| (root.child(name), table.schema.as_value()));
        let mut all: Vec<_> = tables.filter_map(|(path, schema)| Some((path, shown_keys(schema)?))).collect();
        for (table, role) in keys::ROLES {
            for (name, actor) in file.get(table).and_then(Json::as_object).into_iter().flatten() {
                let kind = actor.get("actor").and_then(Json::as_str).unwrap_or_default();
                let registration = registry.find(kind).iter().find(|one| one.role() == role);
                if let Some(mut shown) = registration.and_then(|one| shown_keys(one.schema().as_value())) {
                    shown.extend(keys::KEYS.map(str::to_string));
                    all.push((root.child(table).child(name), shown));
                }
            }
        }
        Self(all)
    }

    /// Whether a line about `path` is not to be shown. `has_header` says whether a table has a `[header]`, and so does
    /// not share its line with what is in it.
    pub(super) fn hides(&self, path: &KeyPath, has_header: impl Fn(&KeyPath) -> bool) -> bool {
        self.about(path).any(|(table, shown)| {
            let key = path.0.get(table.0.len());
            !has_header(table) || key.is_some_and(|key| !shown.contains(key))
        })
    }

    /// Whether an assignment to `path` may hold a secret.
    pub(super) fn hides_assignment(&self, path: &KeyPath) -> bool {
        self.about(path).next().is_some()
    }

    /// The tables that `path` is in or around.
    fn about(&self, path: &KeyPath) -> impl Iterator<Item = &(KeyPath, BTreeSet<String>)> {
        self.0.iter().filter(|(table, _)| path.0.starts_with(&table.0) || table.0.starts_with(&path.0))
    }
}

/// Whether the line at `line`, from 1, of a `text` that is not TOML may hold a secret: by the header above it, and by
/// its key.
pub(super) fn may_be_in_line(text: &str, line: usize, registry: &Registry) -> bool {
    let is_table = |name: &str| {
        registry.tables().any(|(table, known)| table == name && shown_keys(known.schema.as_value()).is_some())
    };
    let is_key = |key: &str| {
        let tables = registry.tables().map(|(_, table)| table.schema.as_value());
        let actors = registry.names().flat_map(|name| registry.find(name)).map(|one| one.schema().as_value());
        tables.chain(actors).any(|schema| is_secret_key(schema, key))
    };
    let above: Vec<&str> = text.lines().take(line).map(str::trim_start).collect();
    let header = above.iter().rfind(|line| line.starts_with('['));
    let words = |text: &str| -> Vec<String> {
        let words =
            text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_' && letter != '-');
        words.filter(|word| !word.is_empty()).map(str::to_string).collect()
    };
    // Only the start of a header is looked at: `[stages.monitor]` is none of a table of that name.
    let in_table = header.is_some_and(|header| words(header).first().is_some_and(|name| is_table(name)));
    let here = above.last().map(|line| words(line)).unwrap_or_default();
    in_table || here.iter().any(|word| is_table(word) || is_key(word))
}

/// The keys of a table whose values may be shown; `None` if no part of it is a secret.
fn shown_keys(schema: &Json) -> Option<BTreeSet<String>> {
    if !holds_secret(schema, schema, 0) {
        return None;
    }
    let properties = schema.get("properties").and_then(Json::as_object).into_iter().flatten();
    let shown = properties.filter(|(_, property)| !holds_secret(schema, property, 0));
    Some(shown.map(|(key, _)| key.clone()).collect())
}

/// Whether the value of `key`, in a table of this schema, is a secret or holds one.
pub(super) fn is_secret_key(schema: &Json, key: &str) -> bool {
    let property = schema.get("properties").and_then(|all| all.get(key));
    property.is_some_and(|property| holds_secret(schema, property, 0))
}

/// Whether a value of this schema is a secret, or holds one.
pub(super) fn holds_a_secret(schema: &schemars::Schema) -> bool {
    holds_secret(schema.as_value(), schema.as_value(), 0)
}

fn holds_secret(root: &Json, schema: &Json, depth: usize) -> bool {
    if depth > DEEPEST {
        return false;
    }
    let inside = |part: &Json| holds_secret(root, part, depth + 1);
    match schema {
        Json::Object(parts) => {
            let reference = schema.get("$ref").and_then(Json::as_str);
            let target = reference.and_then(|reference| root.pointer(reference.strip_prefix('#')?));
            // What is only defined is none of it until something refers to it.
            let parts = parts.iter().filter(|(key, _)| *key != "$defs" && *key != "default");
            is_secret(schema) || target.is_some_and(inside) || parts.map(|(_, part)| part).any(inside)
        }
        Json::Array(parts) => parts.iter().any(inside),
        _ => false,
    }
}

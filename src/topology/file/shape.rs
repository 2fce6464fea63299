//! Values against the JSON schema of a type: every key that is unknown, missing or of the wrong kind, at once.
//!
//! Serde stops at the first mistake and has the last word: what it accepts is right, whatever the schema says.
//! Only keys it would silently ignore are found here alone.

use super::super::nearest::{list, nearest, shown, suggestion};
use super::attempt::{attempt, is_about_a_missing_key};
use super::finding::{Findings, KeyPath};
use super::kind::{articles, describe, is_kind, kind_help, kinds, out_of_range};
use crate::settings::is_secret;
use crate::topology::SettingsError;
use schemars::{JsonSchema, Schema};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};
use std::collections::HashSet;

/// Schemas that refer to themselves, or to each other, more often than this describe nothing.
const DEEPEST: usize = 64;

/// Reads a value of type `T`. `what` is what an unknown key in it would have been: "key", "setting".
pub(super) fn read<T: DeserializeOwned + JsonSchema>(
    value: &Json,
    path: &KeyPath,
    what: &'static str,
    findings: &mut Findings,
) -> Option<T> {
    let shape = Shape::of(&schemars::schema_for!(T), value, path, what, &[]);
    let (read, mistakes) = attempt(shape.known.clone(), |known| {
        serde_path_to_error::deserialize::<_, T>(known).map_err(|error| SettingsError {
            key: super::super::registry::keys_of(error.path()),
            message: error.into_inner().to_string(),
        })
    });
    match mistakes.is_empty() {
        true => shape.accept(findings),
        false => shape.refuse(path, &mistakes, findings),
    }
    read
}

/// What a schema says about a value.
pub(super) struct Shape {
    /// The value without the keys that are unknown.
    pub(super) known: Json,
    /// Mistakes serde would pass over.
    unknown: Findings,
    /// Mistakes serde would stop at, one by one.
    wrong: Findings,
}

impl Shape {
    /// `beside` are keys of the same table that are known, but not for this schema to describe.
    pub(super) fn of(
        schema: &Schema,
        value: &Json,
        path: &KeyPath,
        what: &'static str,
        beside: &[&str],
    ) -> Self {
        let (unknown, wrong) = (Findings::default(), Findings::default());
        let mut walk = Walk { root: schema.as_value(), what, beside, unknown, wrong };
        let mut known = value.clone();
        walk.value(walk.root, &mut known, path, 0);
        Self { known, unknown: walk.unknown, wrong: walk.wrong }
    }

    /// Serde found nothing wrong with the known keys.
    pub(super) fn accept(self, findings: &mut Findings) {
        findings.0.extend(self.unknown.0);
    }

    /// Serde stopped at each of these.
    pub(super) fn refuse(self, path: &KeyPath, mistakes: &[SettingsError], findings: &mut Findings) {
        let mut unsaid = Findings::default();
        for mistake in mistakes {
            let at = path.join(&mistake.key);
            // What it says about a missing key, or one whose kind is wrong, is said better already.
            let missing = is_about_a_missing_key(mistake) && !self.wrong.0.is_empty();
            if !missing && !self.wrong.has(&at) && !self.unknown.has(&at) {
                unsaid.value(at, tidy(&mistake.message));
            }
        }
        findings.0.extend(self.unknown.0);
        findings.0.extend(self.wrong.0);
        findings.0.extend(unsaid.0);
    }
}

/// Serde ends some messages with the position in a text there is none of.
fn tidy(message: &str) -> String {
    let end = message.rfind(" at line ").unwrap_or(message.len());
    message[..end].trim_end_matches('.').to_string()
}

struct Walk<'a> {
    root: &'a Json,
    what: &'static str,
    /// Keys beside those of the outermost table that are read by somebody else.
    beside: &'a [&'a str],
    unknown: Findings,
    wrong: Findings,
}

impl<'a> Walk<'a> {
    fn value(&mut self, schema: &'a Json, value: &mut Json, path: &KeyPath, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        let schema = self.resolve(schema, 0);
        // Parts that are put together, as by `serde(flatten)`: what they allow together, only serde knows.
        if schema.get("allOf").is_some() || schema.get("properties").is_some() && variants(schema).is_some() {
            return;
        }
        if let Some(variants) = variants(schema) {
            return self.one_of(variants, value, path, depth);
        }
        if let Some(words) = words(schema) {
            return self.word(&words, value, path);
        }
        let kinds = kinds(schema);
        if !kinds.is_empty() && !kinds.iter().any(|expected| is_kind(value, expected)) {
            if is_secret(schema) {
                let message = format!("`{path}` must be {}", articles(&kinds));
                self.wrong.secret(path.clone(), message).help("write it in quotation marks");
                return;
            }
            let message = format!("`{path}` must be {}, not {}", articles(&kinds), describe(value));
            self.wrong.value(path.clone(), message).maybe_help(kind_help(value, &kinds));
            return;
        }
        match value {
            Json::Number(number) => {
                if let Some(message) = number.as_f64().and_then(|number| out_of_range(schema, number)) {
                    self.wrong.value(path.clone(), format!("`{path}` must be {message}, not {number}"));
                }
            }
            Json::Object(table) => self.table(schema, table, path, depth),
            Json::Array(items) => {
                if let Some(schema) = schema.get("items") {
                    for (at, item) in items.iter_mut().enumerate() {
                        self.value(schema, item, &path.child(at), depth + 1);
                    }
                }
            }
            _ => {}
        }
    }

    fn table(&mut self, schema: &'a Json, table: &mut Map<String, Json>, path: &KeyPath, depth: usize) {
        let properties = schema.get("properties").and_then(Json::as_object);
        let others = schema.get("additionalProperties").filter(|others| **others != Json::Bool(false));
        // A type without fields has no properties; deeper down, such a schema may as well be of a type with any.
        let closed = is_closed(schema, depth == 0 && kinds(schema) == ["object"]);
        let names = || properties.into_iter().flat_map(Map::keys).map(String::as_str);
        let unknown: Vec<String> = match closed {
            true => table.keys().filter(|key| !names().any(|name| name == *key)).cloned().collect(),
            false => Vec::new(),
        };
        for key in unknown {
            table.shift_remove(&key);
            let message = format!("unknown {} `{}`", self.what, shown(&key));
            let beside = if depth == 0 { self.beside } else { &[] };
            let help = match nearest(&key, names().chain(beside.iter().copied())) {
                Some(near) => Some(format!("did you mean `{near}`?")),
                None if names().next().is_none() => Some(format!("it has no {}s; remove it", self.what)),
                None => {
                    let otherwise = format!("the {}s here are", self.what);
                    suggestion(&key, names().collect::<Vec<_>>(), &otherwise)
                }
            };
            self.unknown.key(path.child(&key), message).maybe_help(help);
        }
        let required = schema.get("required").and_then(Json::as_array).into_iter().flatten();
        for key in required.filter_map(Json::as_str).filter(|key| !table.contains_key(*key)) {
            let about =
                properties.and_then(|all| self.resolve(all.get(key)?, 0).get("description")?.as_str());
            self.wrong
                .key(path.child(key), format!("missing {} `{key}`", self.what))
                .maybe_help(about.map(|about| format!("`{key}`: {}", first_sentence(about))));
        }
        for (key, value) in table.iter_mut() {
            if let Some(schema) = properties.and_then(|all| all.get(key)).or(others) {
                self.value(schema, value, &path.child(key), depth + 1);
            }
        }
    }

    /// One of several shapes: looked into only where there is no doubt which.
    fn one_of(&mut self, variants: &'a [Json], value: &mut Json, path: &KeyPath, depth: usize) {
        let variants: Vec<&Json> = variants.iter().map(|variant| self.resolve(variant, 0)).collect();
        let words: Vec<&str> =
            variants.iter().flat_map(|variant| words(variant).unwrap_or_default()).collect();
        let open = variants.iter().any(|variant| is_free_text(variant));
        let fits_none = !variants.iter().any(|variant| may_be(variant, value));
        if !words.is_empty() && !open && (value.is_string() || fits_none) {
            return self.word(&words, value, path);
        }
        let mut fitting = variants.iter().filter(|variant| may_be(variant, value));
        if let (Some(only), None) = (fitting.next(), fitting.next()) {
            self.value(only, value, path, depth + 1);
        }
    }

    fn word(&mut self, words: &[&str], value: &Json, path: &KeyPath) {
        let message = match value.as_str() {
            Some(word) if words.contains(&word) => return,
            Some(word) => format!("`{path}` cannot be \"{}\"", shown(word)),
            None => format!("`{path}` must be a string, not {}", describe(value)),
        };
        let near = value.as_str().and_then(|word| nearest(word, words.iter().copied()));
        self.wrong.value(path.clone(), message).help(match near {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("it is one of {}", list(words)),
        });
    }

    fn resolve(&self, schema: &'a Json, depth: usize) -> &'a Json {
        let target = schema.get("$ref").and_then(Json::as_str).and_then(|reference| {
            match reference.strip_prefix('#') {
                Some(pointer) => self.root.pointer(pointer),
                None => None,
            }
        });
        match target {
            Some(target) if depth < DEEPEST => self.resolve(target, depth + 1),
            _ => schema,
        }
    }
}

fn variants(schema: &Json) -> Option<&[Json]> {
    ["oneOf", "anyOf"].iter().find_map(|key| schema.get(key)?.as_array()).map(Vec::as_slice)
}

/// Whether `key` is one that [`read`] reports as unknown in the outermost table of `schema`.
pub(super) fn is_unknown(schema: &Schema, key: &str) -> bool {
    let schema = schema.as_value();
    let composed = schema.get("allOf").is_some() || variants(schema).is_some();
    let properties = schema.get("properties").and_then(Json::as_object);
    let no_fields = matches!(kinds(schema).as_slice(), ["object" | "null"]);
    !composed && is_closed(schema, no_fields) && !properties.is_some_and(|all| all.contains_key(key))
}

/// Whether a table has no keys but those of its schema.
fn is_closed(schema: &Json, no_fields: bool) -> bool {
    let others = schema.get("additionalProperties").is_some_and(|others| *others != Json::Bool(false));
    !others && (schema.get("properties").is_some() || no_fields)
}

/// The words a schema allows, if it allows only such.
fn words(schema: &Json) -> Option<Vec<&str>> {
    if let Some(word) = schema.get("const").and_then(Json::as_str) {
        return Some(vec![word]);
    }
    let words: Vec<&str> = schema.get("enum")?.as_array()?.iter().filter_map(Json::as_str).collect();
    (!words.is_empty()).then_some(words)
}

fn is_free_text(schema: &Json) -> bool {
    kinds(schema).contains(&"string") && words(schema).is_none() || variants(schema).is_some()
}

/// Whether `value` could be meant by this variant: right kind, and no tag says otherwise.
fn may_be(schema: &Json, value: &Json) -> bool {
    let kinds = kinds(schema);
    if !kinds.is_empty() && !kinds.iter().any(|kind| is_kind(value, kind)) {
        return false;
    }
    let properties = schema.get("properties").and_then(Json::as_object);
    properties.into_iter().flatten().all(|(key, schema)| match (schema.get("const"), value.get(key)) {
        (Some(tag), Some(given)) => tag == given,
        (Some(_), None) => false,
        _ => true,
    })
}

/// The first sentence of a doc comment, on one line.
pub(super) fn first_sentence(text: &str) -> String {
    let paragraph =
        text.split("\n\n").next().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    match paragraph.find(". ") {
        Some(end) => paragraph[..end].to_string(),
        None => paragraph.trim_end_matches('.').to_string(),
    }
}

/// The defaults a schema gives for keys that are not in `value`.
pub(super) fn defaults(schema: &Schema, value: &Map<String, Json>) -> Vec<(String, Json)> {
    let properties = schema.get("properties").and_then(Json::as_object);
    let given: HashSet<&String> = value.keys().collect();
    let open = properties.into_iter().flatten().filter(|(key, _)| !given.contains(key));
    open.filter_map(|(key, schema)| Some((key.clone(), schema.get("default")?.clone())))
        .filter(|(_, default)| !default.is_null())
        .collect()
}

//! Tables that somebody else than the runtime reads.

use super::attempt::attempt;
use super::finding::{Findings, KeyPath};
use super::kind;
use super::places::Places;
use super::secrets::holds_a_secret;
use super::shape::Shape;
use crate::topology::table::AnyTable;
use crate::topology::{Registry, Table};
use crate::{Problem, Severity, Topology};
use indexmap::IndexMap;
use serde_json::Value as Json;

/// Those of a file, by name.
#[derive(Debug, Default)]
pub(super) struct Tables {
    read: IndexMap<String, Box<dyn AnyTable>>,
    /// What is doubtful about them.
    warnings: Vec<Problem>,
}

impl Tables {
    /// Reads what the file has of those that `registry` knows.
    pub(super) fn read(file: &Json, registry: &Registry, places: &Places, findings: &mut Findings) -> Self {
        let mut read = IndexMap::new();
        for (name, registration) in registry.tables() {
            let path = KeyPath::root().child(name);
            let Some(value) = file.get(name) else { continue };
            if !value.is_object() {
                // What was given instead may be the secret itself.
                let not = match holds_a_secret(&registration.schema) {
                    true => String::new(),
                    false => format!(", not {}", kind::describe(value)),
                };
                let message = format!("`{name}` must be a table{not}");
                findings.value(path, message).help(format!("write [{name}] and its keys below"));
                continue;
            }
            let value = arranged(value.clone(), &path, places);
            let shape = Shape::of(&registration.schema, &value, &path, "key", &[]);
            let (made, mistakes) = attempt(shape.known.clone(), registration.make);
            match mistakes.is_empty() {
                true => shape.accept(findings),
                false => shape.refuse(&path, &mistakes, findings),
            }
            read.extend(made.map(|made| (name.to_string(), made)));
        }
        Self { read, warnings: Vec::new() }
    }

    /// Checks them against `topology`; gives what is wrong, and keeps what is doubtful.
    pub(super) fn check(&mut self, topology: &Topology) -> Vec<Problem> {
        let all = self.read.values().flat_map(|table| table.check(topology));
        let (errors, warnings) = all.partition(|problem| problem.severity == Severity::Error);
        self.warnings = warnings;
        errors
    }

    /// What is doubtful about them.
    pub(super) fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// The table of this type, if the file has it.
    pub(super) fn get<T: Table>(&self) -> Option<&T> {
        self.read.get(T::NAME)?.as_any().downcast_ref()
    }

    /// What is in effect in each.
    pub(super) fn values(&self) -> impl Iterator<Item = (&str, Json)> {
        self.read.iter().map(|(name, table)| (name.as_str(), table.values()))
    }
}

/// The entries in the order of the file.
fn arranged(value: Json, path: &KeyPath, places: &Places) -> Json {
    let Json::Object(entries) = value else { return value };
    let mut entries: Vec<_> = entries.into_iter().collect();
    entries.sort_by_key(|(key, _)| places.order(&path.child(key)));
    Json::Object(entries.into_iter().collect())
}

//! The layers of a topology, merged: the file, then the environment, then assignments from the command line.

use super::assignment::Assignment;
use super::document::Document;
use super::finding::{Findings, KeyPath};
use super::{Diagnostic, Origin, keys, value};
use crate::topology::Registry;
use config::{Config, ConfigError, Map, Source, Value, ValueKind};
use serde_json::Value as Json;

/// The merged values. Each one that is not from the file carries its origin.
#[derive(Debug)]
pub(super) struct Tree(Value);

/// The file as the lowest layer.
#[derive(Clone, Debug)]
struct FileLayer(Map<String, Value>);

/// Merges `assignments`, in this order, over what the file says. Those that lead nowhere are reported and left out.
pub(super) fn merge(
    document: &Document,
    assignments: Vec<Assignment>,
    registry: &Registry,
    diagnostics: &mut Vec<Diagnostic>,
) -> Tree {
    // Unknown tables are reported by the reader of the file; the config crate would take their names for paths.
    let known = document.table().iter().filter(|(key, _)| keys::is_read(key, registry));
    let file =
        FileLayer(known.filter_map(|(key, item)| Some((key.to_string(), value::of_item(item)?))).collect());
    let (mut config, result) = over(Config::default(), file);
    result.expect("maps of values can be merged, because no path leads into them");
    for assignment in assignments {
        let origin = assignment.origin().clone();
        if !keys::is_read(assignment.table(), registry) {
            // It may be a misspelt one, with a secret in it.
            let origin = origin.without_value();
            let diagnostic = Diagnostic::error(keys::unknown_table(assignment.table())).at(origin);
            let help = keys::suggest_table(assignment.table(), registry);
            diagnostics.push(Diagnostic { help, ..diagnostic });
            continue;
        }
        let result;
        (config, result) = over(config, assignment);
        if let Err(error) = result {
            diagnostics.push(Diagnostic::error(error.to_string()).at(origin.without_value()));
        }
    }
    Tree(config.cache)
}

/// `layer` over `below`; or `below` as it is, with what is wrong with the layer.
fn over(below: Config, layer: impl Source + Send + Sync + 'static) -> (Config, Result<(), ConfigError>) {
    match Config::builder().add_source(below.clone()).add_source(layer).build() {
        Ok(both) => (both, Ok(())),
        Err(error) => (below, Err(error)),
    }
}

impl Source for FileLayer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        Ok(self.0.clone())
    }
}

impl Tree {
    /// Where the value at `path` comes from, if it is wholly from outside the file.
    pub(super) fn origin(&self, path: &KeyPath) -> Option<Origin> {
        value::origin(self.find(path)?)
    }

    /// Where the first value from outside the file comes from that is at `path`, or inside the table there.
    pub(super) fn first_origin(&self, path: &KeyPath) -> Option<Origin> {
        first_origin(self.find(path)?)
    }

    fn find(&self, path: &KeyPath) -> Option<&Value> {
        path.0.iter().try_fold(&self.0, |here, key| match &here.kind {
            ValueKind::Table(table) => table.get(key),
            ValueKind::Array(list) => list.get(key.parse::<usize>().ok()?),
            _ => None,
        })
    }

    /// The values as JSON. What JSON has no word for is reported and left out.
    pub(super) fn json(&self, findings: &mut Findings) -> Json {
        value::json(&self.0, &KeyPath::root(), findings)
    }
}

fn first_origin(value: &Value) -> Option<Origin> {
    match &value.kind {
        ValueKind::Table(table) if value.origin().is_none() => table.values().find_map(first_origin),
        _ => value::origin(value),
    }
}

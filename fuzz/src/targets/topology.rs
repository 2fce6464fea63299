//! Topology files.

use crate::said::clear;
use std::cell::OnceCell;
use tidegate::topology::file::{Configuration, Diagnostics, Loaded, Source};
use tidegate::topology::graph::Graph;
use tidegate::{Registry, Severity};
use tidegate_monitor::alerts::{Alerts, AlertsOptions, WebhookOptions};
use tidegate_monitor::{Description, Layout, MonitorOptions};

thread_local! {
    static REGISTRY: OnceCell<Registry> = const { OnceCell::new() };
}

/// The text of a topology file.
///
/// All that is wrong is said; or it is checked, drawn, and every value in effect can be assigned again without a change.
pub fn topology(data: &[u8]) {
    match std::str::from_utf8(data) {
        Ok(text) => judge(&Source::text("fuzz.toml", text)),
        Err(_) => {
            let file = super::run::file(".toml", data);
            judge(&Source::new(file.path()));
        }
    }
}

/// Reads `source`, and looks at all that can be made of it.
pub(super) fn judge(source: &Source) {
    REGISTRY.with(|registry| {
        let registry = registry.get_or_init(registered);
        match source.load(registry) {
            Err(wrong) => said(&wrong),
            Ok(loaded) => {
                said(&loaded.diagnose(loaded.topology.check(false)));
                draw(&loaded);
                alerts(&loaded);
                is_read_back(source, &loaded, registry);
            }
        }
    });
}

fn registered() -> Registry {
    tidegate_actors::standard().table::<MonitorOptions>().table::<AlertsOptions>().table::<WebhookOptions>()
}

fn said(diagnostics: &Diagnostics) {
    for one in &diagnostics.0 {
        clear(&one.message);
        clear(one);
        one.help.iter().for_each(|help| drop(clear(help)));
    }
}

fn draw(loaded: &Loaded) {
    let topology = &loaded.topology;
    let bound = topology.bound();
    assert!(bound.actors.len() <= topology.nodes().len());
    let graph = Graph::of(topology);
    clear(graph.to_dot());
    clear(graph.to_mermaid());
    graph.describe();
    let layout = Layout::of(&Description::of(topology));
    assert_eq!(layout.nodes.len(), topology.nodes().len());
}

fn alerts(loaded: &Loaded) {
    let Some(options) = loaded.table::<AlertsOptions>() else { return };
    // Without a webhook, which would have a thread of its own.
    if let Err(problems) = Alerts::new(options, None, &loaded.topology) {
        problems.0.iter().for_each(|problem| drop(clear(&problem.message)));
    }
}

/// What `check --show-config` prints is the same topology, if it is assigned over the file.
fn is_read_back(source: &Source, loaded: &Loaded, registry: &Registry) {
    let wrong = loaded.topology.check(false);
    if wrong.iter().any(|problem| problem.severity == Severity::Error) {
        return;
    }
    let configuration = loaded.configuration();
    let mut again = source.clone();
    for value in Configuration::default().changes(&configuration) {
        // What an input has of its own is shown as if the input were a table, which it need not be in the file.
        if value.keys.get(2).is_some_and(|key| key == "inputs") {
            continue;
        }
        let path: Vec<String> =
            value.keys.iter().map(|key| serde_json::Value::from(&**key).to_string()).collect();
        let Some(text) = value.to.as_ref().and_then(toml) else { continue };
        again = again.set(&format!("{}={text}", path.join(".").replace('\u{7f}', "\\u007f")));
    }
    match again.load(registry) {
        Ok(again) => {
            let changes = configuration.changes(&again.configuration());
            assert!(changes.is_empty(), "assigned again, other values are in effect: {changes:#?}");
        }
        Err(wrong) => panic!("the values in effect cannot be assigned again: {wrong}"),
    }
}

/// A value as `--set` takes it.
fn toml(value: &serde_json::Value) -> Option<String> {
    use serde_json::Value;
    Some(match value {
        Value::Null => return None,
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) if text.contains("hidden") => return None,
        Value::String(_) => value.to_string().replace('\u{7f}', "\\u007f"),
        Value::Array(values) => {
            let values = values.iter().filter_map(toml).collect::<Vec<_>>();
            format!("[{}]", values.join(", "))
        }
        Value::Object(fields) => {
            let entry = |(key, value): (&String, &Value)| {
                Some(format!("{} = {}", toml(&Value::from(&**key))?, toml(value)?))
            };
            format!("{{ {} }}", fields.iter().filter_map(entry).collect::<Vec<_>>().join(", "))
        }
    })
}

//! Weights, preference, taps and order as a topology file has them.

mod support;

use support::{Numbers, Take, one_line};
use tidegate::prelude::*;
use tidegate::testkit;
use tidegate::topology::file::{Loaded, Source};
use tidegate::topology::graph::Graph;

/// Passes numbers on.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Pass {}

impl Stage for Pass {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        out.emit(n);
        Ok(())
    }
}

fn load(text: &str) -> Result<Loaded, Vec<String>> {
    let registry =
        Registry::new().producer::<Numbers>("numbers").stage::<Pass>("pass").consumer::<Take<u64>>("take");
    Source::text("file.toml", text).load(&registry).map_err(|found| found.0.iter().map(one_line).collect())
}

const FILE: &str = r#"
[producers.a]
actor = "numbers"
to = 60

[producers.b]
actor = "numbers"
to = 30

[producers.c]
actor = "numbers"
to = 10

[stages.all]
actor = "pass"
inputs = [{ from = "a", weight = 6 }, { from = "b", preferred = true, mailbox = { capacity = 8 } }, "c"]
instances = 3
ordered = true

[consumers.end]
actor = "take"
inputs = ["all"]

[consumers.aside]
actor = "take"
inputs = [{ from = "all", tap = true }]
mailbox = { capacity = 4 }
"#;

#[test]
fn a_file_says_what_code_says() {
    let loaded = load(FILE).unwrap_or_else(|found| panic!("{found:#?}"));
    let all = &loaded.topology.nodes()[3].options;
    assert_eq!((all.inputs[0].weight, all.inputs[1].preferred, all.ordered), (Some(6), true, true));
    let report = testkit::run(loaded.topology);
    assert_eq!(report.actors["end"].handled, 100);
    let aside = &report.actors["aside"];
    assert_eq!(aside.handled + aside.dropped.overflow, 100);
}

#[test]
fn the_values_in_effect_name_them_and_the_mailboxes_they_bring() {
    let loaded = load(FILE).unwrap_or_else(|found| panic!("{found:#?}"));
    let value = |path: &str| {
        let found = loaded.settings.iter().find(|one| one.path == path);
        found.map(|one| one.value.to_string()).unwrap_or_default()
    };
    assert_eq!(value("stages.all.inputs.0.weight"), "6");
    assert_eq!(value("stages.all.inputs.0.mailbox.capacity"), "1024");
    assert_eq!(value("stages.all.inputs.1.preferred"), "true");
    assert_eq!(value("stages.all.inputs.1.mailbox.capacity"), "8");
    assert_eq!(value("stages.all.inputs.2.mailbox.capacity"), "", "it shares");
    assert_eq!(value("stages.all.ordered"), "true");
    assert_eq!(value("consumers.aside.inputs.0.tap"), "true");
    assert_eq!(value("consumers.aside.inputs.0.mailbox.overflow"), "\"drop_newest\"");
    assert_eq!(value("consumers.aside.inputs.0.mailbox.capacity"), "4");
}

#[test]
fn the_graph_shows_them() {
    let loaded = load(FILE).unwrap_or_else(|found| panic!("{found:#?}"));
    let graph = Graph::of(&loaded.topology);
    let text = graph.describe();
    assert!(
        text.contains(
            "all: a stage (pass) of `u64` from a (weight 6, capacity 1024), b (preferred, capacity 8) and c, emits \
             `u64` to end and aside, capacity 1024, 3 instances (shared, ordered)\n"
        ),
        "{text}"
    );
    assert!(text.contains("from all (tap, capacity 4, drop_newest)\n"), "{text}");
    let mermaid = graph.to_mermaid();
    assert!(mermaid.contains("-.->|\"tap, capacity 4, drop_newest\"|"), "{mermaid}");
    assert!(mermaid.contains("3 instances, ordered"), "{mermaid}");
}

#[test]
fn mistakes_are_shown_where_they_are_all_at_once() {
    let text = FILE
        .replace("weight = 6", "weight = 0")
        .replace("preferred = true", "prefered = true")
        .replace("tap = true", "tap = true, mailbox = { overflow = \"backpressure\" }")
        .replace("ordered = true", "ordered = true\nrouting = \"round_robin\"\ntap = true");
    let Err(found) = load(&text) else { panic!("it is full of mistakes") };
    assert_eq!(
        found,
        [
            "16:34 an input of weight 0 is never taken (the smallest weight is 1)",
            "16:53 unknown key `prefered` (did you mean `preferred`?)",
            "18:11 order can be restored only behind instances that share their mailbox (use `routing = \"shared\"`: \
             whoever is free takes the next message)",
            "20:1 `tap` is said of an input, not of an actor (write `inputs = [{ from = \"NAME\", tap = true }]`)",
            "28:62 a tap must never slow `all`, and a full mailbox would make it wait (let it drop: `{ from = \"all\", tap = \
             true, mailbox = { overflow = \"drop_oldest\" } }`)",
        ]
    );
    let text = FILE.replace("weight = 6", "weight = -1").replace("ordered = true", "ordered = 3");
    let Err(found) = load(&text) else { panic!("it is full of mistakes") };
    assert_eq!(found.len(), 2, "{found:#?}");
}

//! What is wrong with a file is shown with its line, unless a secret may be in that line.

mod support;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use support::{Numbers, Take};
use tidegate::prelude::*;
use tidegate::settings::Secret;
use tidegate::topology::Table;
use tidegate::topology::file::Source;
use tidegate::{Place, Problem};

/// A table that finds fault with whatever it is given.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Door {
    #[serde(default)]
    height: u8,
    #[serde(default)]
    token: Option<Secret>,
}

impl Table for Door {
    const NAME: &'static str = "door";

    fn check(&self, _: &Topology) -> Vec<Problem> {
        let given =
            self.token.as_ref().map(|_| "token").into_iter().chain((self.height > 0).then_some("height"));
        given.map(|key| Problem::error(Place::default().key(key), format!("no good {key}"))).collect()
    }
}

/// A consumer with a secret among its settings.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Bank {
    #[expect(dead_code, reason = "only how it is shown matters")]
    branch: u64,
    #[expect(dead_code, reason = "only how it is shown matters")]
    pin: Option<Secret>,
}

impl Consumer for Bank {
    type In = u64;

    async fn handle(&mut self, _: u64) -> Result {
        Ok(())
    }
}

const RUN: &str = "\
[producers.n]
actor = \"numbers\"
to = 1
[consumers.end]
inputs = [\"n\"]
";

fn registry() -> Registry {
    Registry::new()
        .producer::<Numbers>("numbers")
        .consumer::<Take<u64>>("take")
        .consumer::<Bank>("bank")
        .table::<Door>()
}

fn wrong(file: &str, assignments: &[&str]) -> String {
    let source = Source::text("demo.toml", file);
    let source = assignments.iter().fold(source, |source, assignment| source.set(assignment));
    source.load(&registry()).unwrap_err().to_string()
}

fn with_door(table: &str) -> String {
    format!("{RUN}actor = \"take\"\n{table}\n")
}

#[test]
fn a_line_that_may_hold_a_secret_is_not_shown() {
    for (table, place) in [
        ("[door]\ntoken = \"xyzzy\"", "demo.toml:8:"),
        ("[door]\ntoken = 77177", "demo.toml:8:1"),
        ("[door]\ntokn = \"xyzzy\"", "demo.toml:8:1"),
        ("[door]\ntoken = \"xyzzy", "demo.toml:8:"),
        ("[door]\ntoken = \"xyzzy\" 1", "demo.toml:8:"),
        ("[door]\ntoken = \"a\"\ntoken = \"xyzzy\"", "demo.toml:9:"),
        ("[door]\ntokn = xyzzy", "demo.toml:8:"),
        ("[[door]]\ntoken = \"xyzzy\"", "demo.toml:7:"),
    ] {
        let told = wrong(&with_door(table), &[]);
        assert!(told.contains(place), "{table}: {told}");
        assert!(!told.contains("xyzzy") && !told.contains("77177"), "{table}: {told}");
    }
    for table in ["door = { token = \"xyzzy\", height = 2 }", "door.token = \"xyzzy\"", "door.tokn = xyzzy"] {
        let told = wrong(&format!("{table}\n{}", with_door("")), &[]);
        assert!(told.contains("demo.toml:1:") && !told.contains("xyzzy"), "{table}: {told}");
    }
}

#[test]
fn other_lines_are_shown() {
    let told = wrong(&with_door("[door]\nheight = 2"), &[]);
    assert!(told.contains("\n 8 | height = 2\n"), "{told}");
    let told = wrong(&with_door("[bell]\nheight = 2 3"), &[]);
    assert!(told.contains("\n 8 | height = 2 3\n"), "{told}");
}

#[test]
fn an_assignment_that_may_hold_a_secret_is_not_shown() {
    for assignment in [
        "door.token=xyzzy",
        "door.token=\"xyzzy\"",
        "door.tokn=xyzzy",
        "dor.token=xyzzy",
        "door={token=\"xyzzy\",height=2}",
        "door=xyzzy",
        "door.tok en=xyzzy",
        "door.token.a.b=xyzzy",
        "consumers.end.pin={a=\"xyzzy\"}",
    ] {
        let told = wrong(&with_door("[door]\ntoken = \"a\"").replace("take", "bank"), &[assignment]);
        let path = assignment.split('=').next().unwrap();
        assert!(
            told.contains(&format!("--> --set {path}\n")) || told.ends_with(&format!("--> --set {path}")),
            "{told}"
        );
        assert!(!told.contains("xyzzy"), "{assignment}: {told}");
    }
}

#[test]
fn a_secret_among_the_settings_of_an_actor_is_hidden_and_a_change_of_it_is_one() {
    let load = |pin: &str| {
        let text = format!("{RUN}actor = \"bank\"\nbranch = 7\npin = \"{pin}\"\n");
        Source::text("demo.toml", &text).load(&registry()).unwrap_or_else(|errors| panic!("{errors}"))
    };
    let (one, other) = (load("xyzzy"), load("plugh"));
    let value = |path: &str| one.settings.iter().find(|one| one.path == path).unwrap().value.clone();
    assert_eq!(value("consumers.end.pin"), "(hidden)");
    assert_eq!(value("consumers.end.branch"), 7);
    let changes = one.configuration().changes(&other.configuration());
    assert_eq!(changes.len(), 1);
    let told = changes[0].to_string();
    assert!(told.starts_with("consumers.end.pin: "), "{told}");
    assert!(!told.contains("xyzzy") && !told.contains("plugh"), "{told}");
    assert!(one.configuration().changes(&load("xyzzy").configuration()).is_empty());
}

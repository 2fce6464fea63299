//! A number of instances that follows the load, as a topology file has it.

mod support;

use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use support::{Numbers, Take, Text, one_line};
use tidegate::Outcome;
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};
use tidegate::topology::file::Source;

const SECOND: Duration = Duration::from_secs(1);

fn registry() -> Registry {
    Registry::new().producer::<Numbers>("numbers").stage::<Text>("text").consumer::<Take<String>>("take")
}

fn file(instances: &str) -> String {
    format!(
        "[producers.n]\nactor = \"numbers\"\nto = 10\n\n\
         [stages.text]\nactor = \"text\"\ninputs = [\"n\"]\ninstances = {instances}\n\n\
         [consumers.end]\nactor = \"take\"\ninputs = [\"text\"]\n"
    )
}

#[test]
fn the_limits_are_read_from_the_file_shown_and_changed_live() {
    testkit::virtual_time(async {
        let read = |text: &str| Source::text("t.toml", &file(text)).load(&registry()).unwrap();
        let loaded = read("{ max = 3, up_after = \"2s\" }");
        let shown = |path: &str| {
            let found = loaded.settings.iter().find(|one| one.path == path);
            found.map(|one| format!("{} ({})", one.value, one.origin)).unwrap_or_default()
        };
        assert_eq!(shown("stages.text.instances.min"), "1 (default)");
        assert_eq!(shown("stages.text.instances.max"), "3 (t.toml:8)");
        assert_eq!(shown("stages.text.instances.up_after"), "\"2s\" (t.toml:8)");
        assert_eq!(shown("stages.text.instances.cooldown"), "\"2s\" (default)");
        assert_eq!(loaded.topology.bound().actors[1].in_hand, 3);
        let graph = tidegate::topology::graph::Graph::of(&loaded.topology).describe();
        assert!(graph.contains("1 to 3 instances (shared)"), "{graph}");

        let before = loaded.configuration();
        let running = testkit::start(loaded.topology);
        running.pause("text");
        let changes = before.changes(&read("{ min = 2, max = 3, up_after = \"2s\" }").configuration());
        running.apply(&changes).await.unwrap();
        testkit::settle().await;
        assert_eq!(running.snapshot().actors["text"].instances, 2);
        let changes = before.changes(&read("{ max = 4, up_after = \"2s\" }").configuration());
        let refused = running.apply(&changes).await.unwrap_err().to_string();
        assert_eq!(
            refused,
            "stages.text.instances.max: 3 -> 4 (t.toml:8): `instances.max` of actor `text` cannot be changed while it runs: it was started with places for 3 instances"
        );
        let changes = before.changes(&read("2").configuration());
        assert!(running.apply(&changes).await.is_err());
        running.resume("text");
        balanced(&running.wait().await);
    });
}

#[test]
fn what_is_wrong_with_the_limits_is_reported_where_it_is() {
    let wrong = Source::text("t.toml", &file("{ min = 1, maxx = 3 }")).load(&registry()).unwrap_err();
    let found: Vec<String> = wrong.0.iter().map(one_line).collect();
    assert_eq!(found[1], "8:24 unknown key `maxx` (did you mean `max`?)", "{found:#?}");
    let loaded = Source::text("t.toml", &file("{ min = 2, max = 1 }")).load(&registry()).unwrap();
    let found = loaded.diagnose(loaded.topology.check(false));
    assert_eq!(
        found.0.iter().map(one_line).collect::<Vec<_>>(),
        ["8:30 at most 1 instances are fewer than at least 2 (make `max` at least as large as `min`)"]
    );
}

/// Of this kind there may be no second one.
#[derive(Deserialize, JsonSchema)]
#[serde(try_from = "Nothing")]
struct Only;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Nothing {}

static MADE: AtomicUsize = AtomicUsize::new(0);

impl TryFrom<Nothing> for Only {
    type Error = &'static str;

    fn try_from(_: Nothing) -> Result<Self, Self::Error> {
        if MADE.fetch_add(1, Ordering::SeqCst) == 0 { Ok(Self) } else { Err("there is one already") }
    }
}

impl Stage for Only {
    type In = u64;
    type Out = Outlet<String>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<String>) -> Result {
        tidegate::time::sleep(SECOND).await;
        out.emit(n.to_string());
        Ok(())
    }
}

#[test]
fn an_instance_that_cannot_be_made_leaves_everything_as_it_was() {
    let run = |stopped: bool| {
        MADE.store(0, Ordering::SeqCst);
        testkit::virtual_time(async move {
            let registry = registry().stage::<Only>("only");
            let file = file("{ max = 2 }")
                .replace("\"text\"\ninputs = [\"n\"]", "\"only\"\ninputs = [\"n\"]\nmailbox.capacity = 4");
            let running = testkit::start(Source::text("t.toml", &file).load(&registry).unwrap().topology);
            running.set_instances("text", 2).unwrap();
            tidegate::time::sleep(SECOND / 2).await;
            assert_eq!(running.snapshot().actors["text"].instances, 1);
            assert_eq!(MADE.load(Ordering::SeqCst), 2);
            if stopped {
                running.stop_actor("text").unwrap();
            }
            balanced(&running.wait().await)
        })
    };
    let report = run(false);
    assert_eq!((report.outcome, report.actors["end"].handled), (Outcome::Completed, 10));
    // What waits for it then is left, and its producer is not held for ever.
    let report = run(true);
    let text = &report.actors["text"];
    assert_eq!((report.outcome, text.handled, text.scaled_up), (Outcome::Stopped, 0, 0));
    assert!(text.left > 0, "{text:?}");
}

//! What a topology file says now, taken over while the topology runs: all of it, or nothing.

use schemars::JsonSchema;
use serde::Deserialize;
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};
use tidegate::topology::file::{Change, Source};
use tidegate::{ChangeError, NotApplied};

/// Emits its number every second, and can be told another.
#[derive(Deserialize, JsonSchema)]
struct Beat {
    /// The number.
    number: u64,
    /// How often.
    times: u64,
}

impl Producer for Beat {
    type Out = Outlet<u64>;

    async fn produce(&mut self, out: &mut Outlet<u64>) -> Result<Next> {
        if self.times == 0 {
            return Ok(Next::Done);
        }
        self.times -= 1;
        out.emit(self.number);
        Ok(Next::After(std::time::Duration::from_secs(1)))
    }

    fn live(&self) -> &'static [&'static str] {
        &["number", "times"]
    }

    fn set(&mut self, key: &str, value: &serde_json::Value) -> Result {
        let value = value.as_u64().ok_or("no number")?;
        if key == "times" {
            return Err("no more than that".into());
        }
        self.number = value;
        Ok(())
    }
}

/// Adds to each number, and can be told how much.
#[derive(Deserialize, JsonSchema)]
struct Add {
    /// How much.
    by: u64,
}

impl Stage for Add {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        out.emit(n + self.by);
        Ok(())
    }

    fn live(&self) -> &'static [&'static str] {
        &["by"]
    }

    fn set(&mut self, _: &str, value: &serde_json::Value) -> Result {
        self.by = value.as_u64().ok_or("no number")?;
        Ok(())
    }
}

/// Does nothing.
#[derive(Deserialize, JsonSchema)]
struct Forget {}

impl Consumer for Forget {
    type In = u64;

    async fn handle(&mut self, _: u64) -> Result {
        Ok(())
    }
}

const FILE: &str = "\
[mailbox]
capacity = 100

[producers.beat]
actor = \"beat\"
number = 1
times = 5

[stages.add]
actor = \"add\"
inputs = [\"beat\"]
by = 10
instances = 2

[consumers.end]
actor = \"forget\"
inputs = [{ from = \"add\", mailbox = { capacity = 7 } }]
mailbox = { capacity = 50 }
";

fn read(text: &str) -> tidegate::topology::file::Loaded {
    let registry = Registry::new().producer::<Beat>("beat").stage::<Add>("add").consumer::<Forget>("forget");
    Source::text("t.toml", text).load(&registry).unwrap_or_else(|wrong| panic!("{wrong:?}"))
}

/// The changes that lead from the file to the one with these replacements.
fn changes(replacements: &[(&str, &str)]) -> Vec<Change> {
    let mut text = FILE.to_string();
    for (old, new) in replacements {
        assert!(text.contains(old));
        text = text.replace(old, new);
    }
    read(FILE).configuration().changes(&read(&text).configuration())
}

fn told(refused: &NotApplied) -> Vec<String> {
    refused.to_string().lines().map(Into::into).collect()
}

#[test]
fn mailboxes_and_live_settings_change_and_defaults_reach_those_that_have_no_own() {
    testkit::virtual_time(async {
        let running = testkit::start(read(FILE).topology);
        testkit::settle().await;
        let changes = changes(&[
            ("capacity = 100", "capacity = 30"),
            ("capacity = 7", "capacity = 9"),
            ("number = 1", "number = 2"),
            ("by = 10", "by = 20"),
        ]);
        running.apply(&changes).await.unwrap();
        let snapshot = running.snapshot();
        let capacity = |actor: &str| snapshot.actors[actor].mailbox.as_ref().unwrap().capacity;
        assert_eq!((capacity("add"), capacity("end")), (30, 9));
        let report = balanced(&running.wait().await);
        assert_eq!(report.actors["end"].handled, 5);
    });
}

#[test]
fn what_needs_a_restart_is_named_and_nothing_changes() {
    testkit::virtual_time(async {
        let running = testkit::start(read(FILE).topology);
        let changes = changes(&[
            ("capacity = 100", "capacity = 30\nmax_bytes = 1000"),
            ("instances = 2", "instances = 3\nrouting = \"round_robin\""),
            ("times = 5", "times = 6"),
            ("[consumers.end]", "[consumers.other]"),
        ]);
        let refused = running.apply(&changes).await.unwrap_err();
        let refused = told(&refused);
        for line in [
            "stages.add.instances: 2 -> 3 (t.toml:14): this needs a restart",
            "stages.add.routing: \"shared\" -> \"round_robin\" (t.toml:15): this needs a restart",
            "consumers.other.actor: nothing -> \"forget\" (t.toml:18): an actor that is added needs a restart",
            "consumers.end.actor: \"forget\" -> nothing (t.toml:16): an actor that is taken out needs a restart",
        ] {
            assert!(refused.iter().any(|one| one == line), "{line} is not in {refused:#?}");
        }
        assert_eq!(running.snapshot().actors["add"].mailbox.as_ref().unwrap().capacity, 100);
        balanced(&running.wait().await);
    });
}

#[test]
fn settings_that_were_taken_over_before_one_was_refused_are_what_they_were() {
    testkit::virtual_time(async {
        let running = testkit::start(read(FILE).topology);
        testkit::settle().await;
        let changes = changes(&[("number = 1", "number = 2"), ("times = 5", "times = 6")]);
        let refused = running.apply(&changes).await.unwrap_err();
        assert_eq!(
            told(&refused),
            ["producers.beat.times: 5 -> 6 (t.toml:7): actor `beat`, `times`: no more than that"]
        );
        balanced(&running.wait().await);
    });
}

#[test]
fn a_setting_is_changed_in_all_instances_between_two_messages() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let (sink, consumer) = testkit::probe_consumer::<u64>();
        let running = testkit::start(
            Topology::new("set")
                .producer("n", producer)
                .stage_each("add", 3, |_| Add { by: 1 })
                .consumer("sink", consumer),
        );
        sink.request(100);
        source.emit_all([10, 20]);
        testkit::settle().await;
        running.set("add", "by", 5).await.unwrap();
        source.emit_all([30, 40, 50, 60]);
        source.finish();
        balanced(&running.wait().await);
        let mut taken = sink.taken();
        taken.sort_unstable();
        assert_eq!(taken, [11, 21, 35, 45, 55, 65]);
    });
}

#[test]
fn a_producer_that_waits_for_its_next_turn_hears_of_a_setting_at_once() {
    testkit::virtual_time(async {
        let (sink, consumer) = testkit::probe_consumer::<u64>();
        let running = testkit::start(
            Topology::new("beat").producer("beat", Beat { number: 1, times: 3 }).consumer("sink", consumer),
        );
        sink.request(100);
        testkit::settle().await;
        running.set("beat", "number", 7).await.unwrap();
        balanced(&running.wait().await);
        assert_eq!(sink.taken(), [1, 7, 7]);
    });
}

#[test]
fn settings_that_cannot_be_changed_are_refused_with_those_that_can() {
    testkit::virtual_time(async {
        let running = testkit::start(read(FILE).topology);
        let refused = running.set("add", "bye", 3).await.unwrap_err().to_string();
        assert_eq!(refused, "`bye` of actor `add` cannot be changed while it runs: did you mean `by`?");
        let refused = running.set("end", "speed", 3).await.unwrap_err();
        assert!(matches!(&refused, ChangeError::NotLive { why, .. } if why == "none of its settings can"));
        let refused = running.set("add", "by", "much").await.unwrap_err().to_string();
        assert_eq!(refused, "actor `add`, `by`: no number");
        balanced(&running.wait().await);
    });
}

//! How fast producers go: rates that they feel for, and limits that they share.

mod support;

use std::time::Duration;
use support::{Numbers, Take, Text, one_line};
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};
use tidegate::time::sleep;
use tidegate::topology::file::Source;
use tidegate::{ActorState, Aimd, ProducerReaction, Rate};

fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// Handles one number every so many milliseconds.
struct Slow(u64);

impl Consumer for Slow {
    type In = u64;

    async fn handle(&mut self, _: u64) -> Result {
        sleep(millis(self.0)).await;
        Ok(())
    }
}

fn rate(running: &Handle) -> f64 {
    running.snapshot().actors["n"].rate.expect("a producer that feels for its rate")
}

#[test]
fn each_second_without_backpressure_adds_to_the_rate() {
    testkit::virtual_time(async {
        let running = testkit::start(
            Topology::new("aimd")
                .producer("n", iter(0..1_000_000u64))
                .aimd(Aimd { start: 10.0, increase: 10.0, max: Some(35.0), ..Aimd::default() })
                .consumer("sink", for_each(|_: u64| {})),
        );
        let mut rates = Vec::new();
        for _ in 0..5 {
            sleep(millis(500)).await;
            rates.push(rate(&running));
            sleep(millis(500)).await;
        }
        assert_eq!(rates, [10.0, 20.0, 30.0, 35.0, 35.0], "up to `max`");
        // 10, 20, 30, 35 and 35 a second, and the first message at once.
        let emitted = running.snapshot().actors["n"].emitted;
        assert!((129..=132).contains(&emitted), "{emitted}");
        running.drain(millis(60_000));
        balanced(&running.wait().await);
    });
}

#[test]
fn backpressure_multiplies_the_rate_and_does_not_pause() {
    testkit::virtual_time(async {
        let (sink, consumer) = testkit::probe_consumer::<u64>();
        let running = testkit::start(
            Topology::new("aimd")
                .producer("n", iter(0..1_000_000u64))
                .aimd(Aimd { start: 100.0, increase: 10.0, decrease: 0.5, min: 20.0, max: None })
                .consumer("sink", consumer)
                .mailbox(MailboxOptions::capacity(100).watermarks(0.2, 0.4)),
        );
        // Forty in the mailbox and one in the hand, after 0.4 seconds.
        sleep(millis(300)).await;
        assert_eq!(rate(&running), 100.0);
        sleep(millis(200)).await;
        assert_eq!(rate(&running), 50.0);
        assert_eq!(running.snapshot().actors["n"].state, ActorState::Running, "it is not paused");
        // As long as it lasts, each further second takes its share, but not below `min`.
        sleep(millis(1000)).await;
        assert_eq!(rate(&running), 25.0);
        sleep(millis(300)).await;
        let emitted = running.snapshot().actors["n"].emitted;
        assert!((90..=101).contains(&emitted), "it went on at 50 a second: {emitted}");
        // Once the mailbox is open, the rate rises again.
        sink.request(1_000_000);
        sleep(millis(10)).await;
        assert_eq!(rate(&running), 25.0);
        sleep(millis(2200)).await;
        assert_eq!(rate(&running), 45.0);
        running.drain(millis(60_000));
        balanced(&running.wait().await);
    });
}

#[test]
fn a_producer_that_feels_comes_to_the_rate_of_its_reader_and_loses_nothing() {
    let report = testkit::run(
        Topology::new("aimd")
            .producer("n", iter(0..2_000u64))
            .aimd(Aimd { start: 200.0, increase: 5.0, ..Aimd::default() })
            .consumer("sink", Slow(20))
            .mailbox(MailboxOptions::capacity(50)),
    );
    assert_eq!(report.actors["sink"].handled, 2_000);
    // The reader needs 40 seconds for them; it is idle for a small part of the time only.
    assert!((40.0..48.0).contains(&report.elapsed_seconds), "{}", report.elapsed_seconds);
    let signals = report.actors["sink"].mailbox.as_ref().unwrap().backpressure_signals;
    assert!((2..=40).contains(&signals), "{signals}");
}

#[test]
fn pause_holds_a_producer_that_would_go_on() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let (_sink, consumer) = testkit::probe_consumer::<u64>();
        let running = testkit::start(
            Topology::new("pause")
                .producer("source", producer.reaction(Reaction::Continue))
                .reaction(ProducerReaction::Pause)
                .consumer("sink", consumer)
                .mailbox(MailboxOptions::capacity(10).watermarks(0.2, 0.5)),
        );
        source.emit_all(0..100);
        sleep(millis(10)).await;
        let snapshot = running.snapshot();
        assert_eq!(snapshot.actors["source"].state, ActorState::Paused);
        assert!(snapshot.actors["source"].emitted < 10);
        running.stop();
        balanced(&running.wait().await);
    });
}

#[test]
fn producers_that_share_a_limit_keep_it_together_and_take_turns() {
    testkit::virtual_time(async {
        let running = testkit::start(
            Topology::new("limit")
                .limit("api", Rate::per_second(10.0), 5)
                .producer("a", iter(0..1_000_000u64))
                .rate_limit("api")
                .producer("b", iter(0..1_000_000u64))
                .rate_limit("api")
                .consumer("sink", for_each(|_: u64| {}))
                .inputs(["a", "b"]),
        );
        sleep(millis(10_050)).await;
        let snapshot = running.snapshot();
        let (a, b) = (snapshot.actors["a"].emitted, snapshot.actors["b"].emitted);
        assert_eq!(a + b, 105, "a burst of five, and ten a second");
        assert!(a.abs_diff(b) <= 6, "{a} and {b}");
        running.drain(millis(60_000));
        balanced(&running.wait().await);
    });
}

#[test]
fn a_limit_counts_messages_and_not_calls() {
    struct Pairs(u64);

    impl Producer for Pairs {
        type Out = Outlet<u64>;

        async fn produce(&mut self, out: &mut Outlet<u64>) -> Result<Next> {
            self.0 += 1;
            // Every other call has nothing to say, the others two messages.
            if self.0.is_multiple_of(2) {
                out.emit(self.0);
                out.emit(self.0);
            }
            Ok(Next::More)
        }

        fn max_emit(&self) -> usize {
            2
        }
    }

    testkit::virtual_time(async {
        let running = testkit::start(
            Topology::new("pairs")
                .limit("ten", Rate::per_second(10.0), 1)
                .producer("pairs", Pairs(0))
                .rate_limit("ten")
                .consumer("sink", for_each(|_: u64| {})),
        );
        sleep(millis(10_050)).await;
        let emitted = running.snapshot().actors["pairs"].emitted;
        assert!((100..=102).contains(&emitted), "{emitted}");
        running.drain(millis(60_000));
        balanced(&running.wait().await);
    });
}

fn registry() -> Registry {
    Registry::new().producer::<Numbers>("numbers").stage::<Text>("text").consumer::<Take<String>>("take")
}

const FILE: &str = r#"
[rate_limits.api]
rate = "600/m"

[producers.n]
actor = "numbers"
to = 11
reaction = { aimd = { start = 50, max = 100 } }
rate_limit = "api"

[stages.text]
actor = "text"
inputs = ["n"]

[consumers.sink]
actor = "take"
inputs = ["text"]
"#;

fn wrong(text: &str) -> Vec<String> {
    let diagnostics = match Source::text("pace.toml", text).load(&registry()) {
        Err(diagnostics) => diagnostics,
        Ok(loaded) => loaded.diagnose(loaded.topology.check(false)),
    };
    diagnostics.0.iter().map(one_line).collect()
}

#[test]
fn a_file_says_reactions_and_limits() {
    let loaded = Source::text("pace.toml", FILE).load(&registry()).unwrap();
    let value = |path: &str| {
        loaded
            .settings
            .iter()
            .find(|one| one.path == path)
            .map(|one| one.value.to_string())
            .unwrap_or_default()
    };
    assert_eq!(value("rate_limits.api.rate"), "10.0");
    assert_eq!(value("rate_limits.api.burst"), "1");
    assert_eq!(value("producers.n.reaction.aimd.start"), "50.0");
    assert_eq!(value("producers.n.reaction.aimd.decrease"), "0.5");
    assert_eq!(value("producers.n.rate_limit"), "\"api\"");
    let report = testkit::run(loaded.topology);
    assert_eq!((report.elapsed_seconds.round(), report.actors["n"].rate), (1.0, Some(100.0)));
}

#[test]
fn all_that_is_wrong_with_rates_is_said_at_its_place() {
    let text = FILE
        .replace("rate = \"600/m\"", "rate = \"600/m\"\nburst = 0")
        .replace("start = 50", "start = -50")
        .replace("rate_limit = \"api\"", "rate_limit = \"apy\"")
        .replace("actor = \"text\"", "actor = \"text\"\nrate_limit = \"api\"\nreaction = \"pause\"");
    assert_eq!(
        wrong(&text),
        [
            "4:9 at least one message must pass at a time (the smallest burst is 1)",
            "9:31 -50 cannot be (give messages per second, more than 0)",
            "10:14 there is no limit `apy` (did you mean `api`?)",
            "14:14 `text` cannot share a limit (put a `throttle` in front of it that does)",
            "15:12 a stage has no reaction: it passes pressure on (set it for the producers, or remove it)",
        ]
    );
    assert_eq!(
        wrong(&FILE.replace("rate = \"600/m\"", "rate = \"fast\"\nbusrt = 2")),
        [
            "3:8 `fast` is not a rate; write a number per time, like `100/s` or `6000/m`",
            "4:1 unknown key `busrt` (did you mean `burst`?)",
        ]
    );
    assert_eq!(
        wrong(&FILE.replace("{ aimd = { start = 50, max = 100 } }", "\"paus\"")),
        ["8:12 `producers.n.reaction` cannot be \"paus\" (did you mean \"pause\"?)"]
    );
    assert_eq!(
        wrong(&FILE.replace("start = 50", "strat = 50")),
        ["8:23 unknown key `strat` (did you mean `start`?)"]
    );
}

//! Chapter 4: stages, which are both.

use crate::recorded::*;
use std::time::Duration;
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};
use tidegate::{Outcome, Then};

/// Passes messages on when there is room, and takes some in before there is.
struct Detached(Vec<u64>);

impl Stage for Detached {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, _: &mut Outlet<u64>) -> Result {
        self.0.push(n);
        Ok(())
    }

    fn is_detached(&self) -> bool {
        true
    }

    fn takes_input(&self) -> bool {
        self.0.is_empty()
    }

    fn has_output(&self) -> bool {
        !self.0.is_empty()
    }

    fn on_room(&mut self, out: &mut Outlet<u64>) -> Result {
        out.emit(self.0.remove(0));
        Ok(())
    }

    async fn on_end(&mut self, out: &mut Outlet<u64>) -> Result {
        for n in self.0.drain(..) {
            out.send(n).await;
        }
        Ok(())
    }

    fn max_held(&self) -> usize {
        1
    }

    fn held(&self) -> usize {
        self.0.len()
    }
}

/// A topology with a stage of each kind that passes on what it gets, one message at most in its hand: the name of the kind,
/// and the topology behind `n` up to the stage, which is `relay`.
fn stages(log: &Log) -> Vec<(&'static str, Topology)> {
    let start = || {
        Topology::new("relay")
            .default_mailbox(MailboxOptions::capacity(2))
            .producer("n", Source::new(log, 30).heedless())
    };
    let relay = |sends| Relay { sends, ..Relay::new(log, "relay") };
    vec![
        ("emits", start().stage("relay", relay(false))),
        ("sends", start().stage("relay", relay(true))),
        ("a function", start().stage("relay", map(|n: u64| n))),
        ("many", start().stage("relay", flat_map(|n: u64| [n]))),
        ("detached", start().stage("relay", Detached(Vec::new()))),
    ]
}

#[test]
fn rule_4_01_a_stage_asks_for_no_more_than_is_asked_of_it() {
    for (kind, topology) in stages(&Log::default()) {
        testkit::virtual_time(async {
            let log = Log::default();
            let (asked, sink) = Sink::asking(&log, "end");
            let running = testkit::start(topology.consumer("end", sink));
            for more in [0, 1, 2, 5, 1] {
                asked.add_permits(more);
                testkit::settle().await;
                let seen = running.snapshot();
                let [relay, end] = ["relay", "end"].map(|actor| seen.actors[actor].clone());
                assert!(relay.emitted <= end.handled + 1 + 2, "{kind}: the contract of who emits");
                assert!(relay.waiting <= 2 && relay.in_handler <= 1, "{kind}: the contract of who takes");
                assert!(seen.actors["n"].emitted <= relay.emitted + 1 + 2, "{kind}: hop by hop");
            }
            asked.add_permits(100);
            let report = balanced(&running.wait().await);
            assert_eq!(report.outcome, Outcome::Completed, "{kind}");
            assert_eq!(log.taken("end"), (0..30).collect::<Vec<_>>(), "{kind}");
        });
    }
}

#[test]
fn rule_4_01_what_was_asked_for_long_ago_is_passed_on_at_once() {
    for name in ["emits", "sends"] {
        testkit::virtual_time(async {
            let log = Log::default();
            let (source, producer) = testkit::probe_producer::<u64>();
            let (sink, consumer) = testkit::probe_consumer::<u64>();
            let relay = Relay { sends: name == "sends", ..Relay::new(&log, "relay") };
            let running = testkit::start(
                Topology::new("long ago")
                    .producer("n", producer)
                    .stage("relay", relay)
                    .consumer("end", consumer)
                    .mailbox(MailboxOptions::capacity(100)),
            );
            sink.request(100);
            for n in 0..5 {
                tidegate::time::sleep(Duration::from_secs(3_600)).await;
                source.emit(n);
                testkit::settle().await;
                assert_eq!(sink.taken(), [n], "{name}");
            }
            source.finish();
            balanced(&running.wait().await);
        });
    }
}

#[test]
fn rule_4_01_a_stage_whose_reader_has_left_leaves_in_its_turn() {
    for (kind, topology) in stages(&Log::default()) {
        let log = Log::default();
        let report = testkit::run(topology.consumer("end", Sink::new(&log, "end").wanting(3)));
        assert_eq!(report.outcome, Outcome::Completed, "{kind}");
        assert_eq!(report.actors["end"].handled, 3, "{kind}");
        assert!(report.actors["n"].emitted < 30, "{kind}: {}", report.actors["n"].emitted);
    }
}

#[test]
fn rule_4_02_a_failed_input_is_passed_on_after_the_messages_before_it() {
    let log = Log::default();
    let report = testkit::run(
        Topology::new("failed")
            .default_mailbox(MailboxOptions::capacity(2))
            .producer("n", Source::new(&log, 10).failing_at(5))
            .stage("first", Relay::new(&log, "first"))
            .stage("second", Relay::new(&log, "second"))
            .consumer("end", Sink::new(&log, "end").paced(Pace::Each(Duration::from_secs(1)))),
    );
    assert_eq!(report.error.as_deref(), Some("actor `n` failed in `produce`: no more water"));
    for actor in ["first", "second", "end"] {
        let heard = log.of(actor);
        assert_eq!(log.taken(actor), [0, 1, 2, 3, 4], "{actor}");
        assert_eq!(heard[heard.len() - 4..], [HearsFailure, Ends, Stops, IsGone], "{actor}");
    }
}

#[test]
fn rule_4_02_a_stage_that_fails_is_heard_downstream_and_leaves_upstream() {
    let log = Log::default();
    let relay = Relay { fails_at: Some(5), ..Relay::new(&log, "relay") };
    let report = testkit::run(
        Topology::new("fails")
            .default_mailbox(MailboxOptions::capacity(2))
            .producer("n", Source::new(&log, u64::MAX))
            .stage("relay", relay)
            .consumer("left", Sink::new(&log, "left"))
            .inputs(["relay"])
            .consumer("right", Sink::new(&log, "right"))
            .inputs(["relay"]),
    );
    assert_eq!(report.error.as_deref(), Some("actor `relay` failed at message 6 of its input, 5: a leak"));
    for actor in ["left", "right"] {
        assert_eq!(log.taken(actor), [0, 1, 2, 3, 4]);
        assert_eq!(log.count(actor, &HearsFailure), 1);
    }
    assert_eq!(log.count("n", &Stops), 1, "the source has ended, though it had more");
}

#[test]
fn rule_4_02_a_message_that_fails_may_be_recovered_from() {
    let policies: [(&str, OnError, u64); 3] = [
        ("skip", OnError::Skip, 9),
        ("dead letter", OnError::DeadLetter, 9),
        ("retry", Retry::times(2).then(Then::Skip).into(), 9),
    ];
    for (name, policy, handled) in policies {
        let log = Log::default();
        let relay = Relay { fails_at: Some(5), ..Relay::new(&log, "relay") };
        let report = testkit::run(
            Topology::new("recovers")
                .producer("n", Source::new(&log, 10))
                .stage("relay", relay)
                .on_error(policy)
                .consumer("end", Sink::new(&log, "end")),
        );
        assert_eq!((report.outcome, report.actors["end"].handled), (Outcome::Completed, handled), "{name}");
        assert_eq!(log.count("end", &HearsFailure), 0, "{name}: for those downstream, nothing has failed");
        assert_eq!(log.taken("end"), [0, 1, 2, 3, 4, 6, 7, 8, 9], "{name}");
    }
}

//! What an operator does to a running topology: pause, resume, drain and stop, one actor or all.

mod support;

use support::Halve;
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};
use tidegate::{ActorState, ChangeError, Outcome};

fn ignore() -> impl Consumer<In = u64> {
    for_each(|_: u64| {})
}

#[test]
fn a_drained_producer_stops_and_its_readers_end_in_good_order() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let (other, second) = testkit::probe_producer::<u64>();
        let (probe, consumer) = testkit::probe_consumer::<u64>();
        let running = testkit::start(
            Topology::new("producer")
                .producer("n", producer)
                .producer("m", second)
                .consumer("sink", consumer)
                .inputs(["n", "m"]),
        );
        source.emit_all(1..=3);
        testkit::settle().await;
        running.drain_actor("n").unwrap();
        testkit::settle().await;
        assert_eq!(running.snapshot().actors["n"].state, ActorState::Ended);
        other.emit(4);
        other.finish();
        probe.request(4);
        let report = balanced(&running.wait().await);
        assert_eq!((report.outcome, probe.taken()), (Outcome::Completed, vec![1, 2, 3, 4]));
    });
}

#[test]
fn a_drained_consumer_handles_what_waits_and_its_upstream_goes_on_for_others() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let (probe, consumer) = testkit::probe_consumer::<u64>();
        let running = testkit::start(
            Topology::new("consumer")
                .producer("n", producer)
                .consumer("drained", consumer)
                .inputs(["n"])
                .mailbox(MailboxOptions::capacity(8))
                .consumer("other", ignore())
                .inputs(["n"]),
        );
        source.emit_all(1..=5);
        testkit::settle().await;
        running.drain_actor("drained").unwrap();
        testkit::settle().await;
        source.emit_all(6..=9);
        testkit::settle().await;
        probe.request(5);
        testkit::settle().await;
        let snapshot = running.snapshot();
        assert_eq!(snapshot.actors["drained"].state, ActorState::Ended);
        assert_eq!((snapshot.actors["drained"].handled, snapshot.actors["other"].handled), (5, 9));
        source.finish();
        let report = balanced(&running.wait().await);
        assert_eq!((report.outcome, probe.taken()), (Outcome::Completed, vec![1, 2, 3, 4, 5]));
        let link = report.links.iter().find(|link| link.to == "drained").unwrap();
        assert_eq!((link.emitted, link.received, link.refused), (9, 5, 4));
    });
}

#[test]
fn a_drain_of_the_only_reader_ends_its_upstream_too_because_nobody_wants_more() {
    testkit::virtual_time(async {
        let (probe, consumer) = testkit::probe_consumer::<u64>();
        let running = testkit::start(
            Topology::new("chain")
                .producer("n", iter(0u64..))
                .stage("pass", map(|n: u64| n))
                .mailbox(MailboxOptions::capacity(4))
                .consumer("sink", consumer)
                .mailbox(MailboxOptions::capacity(4)),
        );
        testkit::settle().await;
        let waiting = running.snapshot().actors["sink"].waiting;
        running.drain_actor("sink").unwrap();
        testkit::settle().await;
        assert_eq!(running.snapshot().actors["n"].state, ActorState::Ended);
        probe.request(100);
        let report = balanced(&running.wait().await);
        assert_eq!(report.outcome, Outcome::Completed);
        // All that waited, and the one in hand.
        assert_eq!(report.actors["sink"].handled, waiting + 1);
        assert_eq!(report.actors["sink"].dropped.total(), 0);
        let pass = &report.actors["pass"];
        assert_eq!((pass.left, pass.dropped.cancelled), (0, pass.received - pass.handled));
    });
}

#[test]
fn a_drained_stage_flushes_and_all_its_instances_end() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let running = testkit::start(
            Topology::new("stage")
                .producer("n", producer)
                .stage_each("pass", 3, |_| map(|n: u64| n))
                .consumer("sink", ignore()),
        );
        source.emit_all(1..=50);
        testkit::settle().await;
        running.drain_actor("pass").unwrap();
        let report = balanced(&running.wait().await);
        assert_eq!((report.outcome, report.actors["sink"].handled), (Outcome::Completed, 50));
    });
}

#[test]
fn a_drain_lifts_the_hold_of_an_actor_that_was_paused_by_hand() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let running =
            testkit::start(Topology::new("held").producer("n", producer).consumer("sink", ignore()));
        running.pause("sink");
        source.emit_all(1..=7);
        testkit::settle().await;
        assert_eq!(running.snapshot().actors["sink"].handled, 0);
        running.drain_actor("sink").unwrap();
        let report = balanced(&running.wait().await);
        assert_eq!((report.actors["sink"].handled, report.actors["sink"].left), (7, 0));
    });
}

#[test]
fn a_stopped_actor_leaves_what_waits_and_its_readers_know_that_it_is_not_all() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let (_probe, consumer) = testkit::probe_consumer::<u64>();
        let running = testkit::start(
            Topology::new("stop")
                .producer("n", producer)
                .consumer("stuck", consumer)
                .inputs(["n"])
                .mailbox(MailboxOptions::capacity(8))
                .consumer("other", ignore())
                .inputs(["n"]),
        );
        source.emit_all(1..=5);
        testkit::settle().await;
        running.stop_actor("stuck").unwrap();
        testkit::settle().await;
        source.emit_all(6..=9);
        source.finish();
        let report = balanced(&running.wait().await);
        assert_eq!(report.outcome, Outcome::Stopped);
        assert_eq!((report.actors["stuck"].handled, report.actors["stuck"].left), (0, 5));
        assert_eq!(report.actors["other"].handled, 9);
    });
}

#[test]
fn everything_can_be_paused_and_goes_on_where_it_was() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let running = testkit::start(
            Topology::new("all")
                .producer("n", producer)
                .stage("pass", map(|n: u64| n))
                .consumer("sink", ignore()),
        );
        testkit::settle().await;
        running.pause_all();
        source.emit_all(1..=7);
        testkit::settle().await;
        let snapshot = running.snapshot();
        assert!(snapshot.actors.values().all(|actor| actor.state == ActorState::Paused), "{snapshot:#?}");
        assert_eq!(snapshot.actors["sink"].handled, 0);
        running.resume_all();
        source.finish();
        let report = balanced(&running.wait().await);
        assert_eq!((report.outcome, report.actors["sink"].handled), (Outcome::Completed, 7));
    });
}

#[test]
fn an_actor_can_be_drained_or_stopped_before_it_has_started() {
    for stop in [false, true] {
        testkit::virtual_time(async {
            let running = testkit::start(
                Topology::new("early").producer("n", iter(0..10u64)).consumer("sink", ignore()),
            );
            if stop {
                running.stop_actor("sink").unwrap();
            } else {
                running.drain_actor("sink").unwrap();
            }
            let report = balanced(&running.wait().await);
            assert_eq!(report.outcome, if stop { Outcome::Stopped } else { Outcome::Completed });
            assert_eq!(report.actors["sink"].handled, 0);
        });
    }
}

#[test]
fn an_actor_that_does_not_exist_is_named_with_what_may_be_meant() {
    testkit::virtual_time(async {
        let running =
            testkit::start(Topology::new("who").producer("n", iter(0..10u64)).consumer("sink", ignore()));
        for refused in [running.drain_actor("sinc"), running.stop_actor("sinc")] {
            let refused = refused.unwrap_err();
            assert!(matches!(refused, ChangeError::NoActor { .. }));
            assert_eq!(refused.to_string(), "there is no actor `sinc` (did you mean `sink`?)");
        }
        balanced(&running.wait().await);
    });
}

#[test]
fn drains_of_single_actors_while_messages_pass_lose_nothing_that_was_received() {
    for _ in 0..50 {
        let running = Topology::new("race")
            .arbiters(2)
            .producer("n", iter(0u64..))
            .stage_each("pass", 2, |_| map(|n: u64| n))
            .mailbox(MailboxOptions::capacity(16))
            .consumer("sink", ignore())
            .mailbox(MailboxOptions::capacity(16))
            .arbiter(1)
            .start()
            .unwrap();
        testkit::eventually(&running, |snapshot| snapshot.actors["sink"].handled > 100);
        running.drain_actor("pass").unwrap();
        let report = balanced(&running.join());
        let pass = &report.actors["pass"];
        assert_eq!((report.outcome, pass.left), (Outcome::Completed, 0));
        assert_eq!(report.actors["sink"].handled, pass.handled);
    }
}

/// A loop without end by itself.
fn halving() -> Topology {
    let back = MailboxOptions::capacity(100).overflow(Overflow::DropNewest);
    Topology::new("halving")
        .arbiters(2)
        .producer("n", iter(1u64..))
        .stage_each("halve", 4, |_| Halve)
        .elastic(ElasticOptions::between(1, 4))
        .inputs([InputOptions::new("n"), InputOptions::new("halve.again").mailbox(back)])
        .consumer("odd", for_each(|n: u64| assert!(n % 2 == 1)))
        .inputs(["halve.done"])
}

#[test]
fn an_actor_in_a_loop_can_be_drained_and_its_instances_come_and_go() {
    for drained in ["halve", "n"] {
        for _ in 0..10 {
            let running = halving().start().unwrap();
            for instances in [3, 1, 4, 2] {
                let handled = running.snapshot().actors["odd"].handled;
                running.set_instances("halve", instances).unwrap();
                testkit::eventually(&running, |snapshot| {
                    snapshot.actors["odd"].handled > handled + 100
                        && snapshot.actors["halve"].instances == instances
                });
            }
            running.drain_actor(drained).unwrap();
            let report = balanced(&running.join());
            assert_eq!((report.outcome, report.actors["halve"].left), (Outcome::Completed, 0), "{drained}");
        }
    }
}

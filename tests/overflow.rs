//! What a full mailbox does under each overflow policy, message by message.

use std::collections::HashMap;
use tidegate::prelude::*;
use tidegate::testkit::{self, ConsumerProbe, ProducerProbe, balanced};
use tidegate::{Handle, Outcome};

fn start(mailbox: MailboxOptions) -> (ProducerProbe<u64>, ConsumerProbe<u64>, Handle) {
    let (source, producer) = testkit::probe_producer();
    let (sink, consumer) = testkit::probe_consumer();
    let topology =
        Topology::new("overflow").producer("source", producer).consumer("sink", consumer).mailbox(mailbox);
    (source, sink, testkit::start(topology))
}

/// With 0 in the handler of a silent consumer, 1 to 9 are offered to a mailbox of three. What is handled in the end,
/// and how many were dropped.
fn survivors(policy: Overflow) -> (Vec<u64>, u64) {
    testkit::virtual_time(async {
        let (source, sink, running) = start(MailboxOptions::capacity(3).overflow(policy));
        source.emit(0);
        testkit::settle().await;
        source.emit_all(1..10);
        testkit::settle().await;
        let full = running.snapshot().actors["sink"].clone();
        assert_eq!((full.waiting, full.in_handler), (3, 1), "{policy:?}");
        sink.request(4);
        testkit::settle().await;
        // It works on afterwards.
        source.emit_all(100..103);
        sink.request(3);
        source.finish();
        let report = balanced(&running.wait().await);
        let actor = &report.actors["sink"];
        let mailbox = actor.mailbox.as_ref().expect("a consumer has one");
        assert_eq!(
            (mailbox.peak, mailbox.backpressure_signals),
            (3, 0),
            "{policy:?} never signals for fullness"
        );
        assert!(source.signal().is_none());
        assert_eq!((actor.received, actor.handled), (13, 7), "{policy:?}");
        let mut taken = sink.taken();
        assert_eq!(taken.split_off(4), [100, 101, 102], "{policy:?}");
        (taken, actor.dropped.overflow)
    })
}

#[test]
fn each_policy_drops_what_it_is_named_after() {
    assert_eq!(survivors(Overflow::DropNewest), (vec![0, 1, 2, 3], 6));
    assert_eq!(survivors(Overflow::DropOldest), (vec![0, 7, 8, 9], 6));
    assert_eq!(survivors(Overflow::DropYoungest), (vec![0, 1, 2, 9], 6));
    assert_eq!(survivors(Overflow::DropAll), (vec![0, 7, 8, 9], 6));
}

#[test]
fn backpressure_drops_nothing() {
    testkit::virtual_time(async {
        let (source, sink, running) = start(MailboxOptions::capacity(3));
        source.emit_all(0..10);
        testkit::settle().await;
        let full = running.snapshot().actors["sink"].clone();
        assert_eq!((full.waiting, full.in_handler), (3, 1));
        sink.request(10);
        source.finish();
        sink.expect(0..10).await;
        let report = balanced(&running.wait().await);
        assert_eq!(report.actors["sink"].dropped.total(), 0);
    });
}

#[test]
fn fail_names_the_mailbox_and_its_capacity() {
    testkit::virtual_time(async {
        let (source, sink, running) = start(MailboxOptions::capacity(3).overflow(Overflow::Fail));
        source.emit(0);
        testkit::settle().await;
        source.emit_all(1..10);
        testkit::settle().await;
        sink.request(10);
        let report = balanced(&running.wait().await);
        assert_eq!(report.outcome, Outcome::Failed);
        let error = report.error.expect("the link failed");
        assert_eq!(
            error,
            "actor `source` failed in `produce`: the mailbox of `sink` is full (capacity 3), and its overflow policy is `fail`"
        );
        assert_eq!(sink.taken(), [0, 1, 2, 3], "what was taken before is handled");
        assert_eq!(report.actors["sink"].dropped.overflow, 1);
        assert_eq!(report.actors["source"].emitted, 5);
    });
}

#[test]
fn a_full_side_branch_that_drops_never_holds_the_main_flow() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let (main, main_consumer) = testkit::probe_consumer::<u64>();
        let (side, side_consumer) = testkit::probe_consumer::<u64>();
        let running = testkit::start(
            Topology::new("side")
                .producer("source", producer)
                .consumer("main", main_consumer)
                .inputs(["source"])
                .consumer("side", side_consumer)
                .inputs(["source"])
                .mailbox(MailboxOptions::capacity(2).overflow(Overflow::DropNewest)),
        );
        main.request(1_000);
        source.emit_all(0..1_000);
        source.finish();
        main.expect(0..1_000).await;
        assert!(side.taken().is_empty(), "the side branch never asked for anything");
        side.request(1_000);
        let report = balanced(&running.wait().await);
        assert_eq!(report.actors["main"].handled, 1_000);
        let side = &report.actors["side"];
        assert_eq!(side.handled + side.dropped.overflow, 1_000);
        assert!(side.handled >= 2, "{side:?}");
    });
}

/// Several threads offer to one small mailbox that drops: no count goes astray.
#[test]
fn drops_add_up_across_threads() {
    for policy in [Overflow::DropNewest, Overflow::DropOldest, Overflow::DropYoungest, Overflow::DropAll] {
        let mut topology = Topology::new("many").arbiters(4);
        for producer in 0..3u64 {
            topology = topology
                .producer(&format!("p{producer}"), iter((0..5_000u64).map(move |n| (producer, n))))
                .arbiter(producer as usize);
        }
        let mut last = HashMap::new();
        let in_order = for_each(move |(producer, n): (u64, u64)| {
            let before = last.insert(producer, n);
            assert!(before.is_none_or(|before| before < n), "{before:?} came before {n}");
        });
        let topology = topology
            .consumer("sink", in_order)
            .inputs(["p0", "p1", "p2"])
            .mailbox(MailboxOptions::capacity(4).overflow(policy))
            .arbiter(3);
        let report = balanced(&topology.start().expect("a sound topology").join());
        let sink = &report.actors["sink"];
        assert_eq!(report.outcome, Outcome::Completed, "{policy:?} {:?}", report.error);
        assert_eq!((sink.received, sink.handled + sink.dropped.overflow), (15_000, 15_000), "{policy:?}");
        assert!(sink.mailbox.as_ref().is_some_and(|mailbox| mailbox.peak <= 4));
    }
}

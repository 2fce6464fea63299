//! The end of a link that its reader wants.

use crate::link;
use crate::recorded::*;
use futures_util::StreamExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};
use tidegate::{ActorState, Outcome};
use tokio::sync::{Notify, Semaphore};

#[test]
fn rule_3_05_leaving_waits_for_nobody() {
    /// It takes its only message once the source is at the next one.
    struct Waits(Arc<Notify>, bool);
    impl Consumer for Waits {
        type In = u64;
        async fn handle(&mut self, _: u64) -> Result {
            self.0.notified().await;
            self.1 = true;
            Ok(())
        }
        fn is_finished(&self) -> bool {
            self.1
        }
    }
    let (go, stuck) = mpsc::channel::<()>();
    let is_stuck = Arc::new(Notify::new());
    let (says, mut number) = (is_stuck.clone(), 0u64);
    let source = from_fn(move || {
        number += 1;
        if number > 1 {
            says.notify_one();
            assert!(stuck.recv().is_err(), "nothing is sent");
        }
        Some(number)
    });
    let running = Topology::new("stuck")
        .arbiters(1)
        .producer("n", source)
        .blocking()
        .consumer("end", Waits(is_stuck, false))
        .start()
        .expect("a sound topology");
    let seen = testkit::eventually(&running, |seen| seen.actors["end"].state == ActorState::Ended);
    assert_ne!(seen.actors["n"].state, ActorState::Ended, "it is at its second message still");
    drop(go);
    let report = balanced(&running.join());
    assert_eq!((report.outcome, report.links[0].refused), (Outcome::Completed, 1));
}

#[test]
fn rule_3_05_leaving_at_once_from_many_threads_is_leaving_once() {
    for round in 0..20 {
        let (mut messages, end) = to_stream::<u64>();
        let running = link(iter(0u64..), end, 2).arbiters(3).start().expect("a sound topology");
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        for _ in 0..round {
            runtime.block_on(messages.next());
        }
        thread::scope(|scope| {
            scope.spawn(|| drop(messages));
            for _ in 0..4 {
                scope.spawn(|| running.drain_actor("end").expect("there is one"));
                scope.spawn(|| running.drain(Duration::from_secs(3_600)));
            }
        });
        let report = balanced(&running.join());
        assert!(matches!(report.outcome, Outcome::Completed | Outcome::Drained), "{:?}", report.error);
        assert!(report.actors.values().all(|actor| actor.state == ActorState::Ended && actor.left == 0));
    }
}

/// A source of `to` messages with two readers: one leaves when it has had one message, the other stays. What they are asked
/// with, and the topology.
fn one_leaves(log: &Log, to: u64) -> ([Arc<Semaphore>; 2], Topology) {
    let (leaver, leaves) = Sink::asking(log, "leaves");
    let (stayer, stays) = Sink::asking(log, "stays");
    let topology = Topology::new("one leaves")
        .default_mailbox(MailboxOptions::capacity(2))
        .producer("n", Source::new(log, to))
        .consumer("leaves", leaves.wanting(1))
        .inputs(["n"])
        .consumer("stays", stays)
        .inputs(["n"]);
    ([leaver, stayer], topology)
}

#[test]
fn rule_3_06_a_link_that_was_left_grants_nothing_and_holds_nobody() {
    testkit::virtual_time(async {
        let log = Log::default();
        let ([leaver, stayer], topology) = one_leaves(&log, 1_000);
        let running = testkit::start(topology);
        let watch = running.watch();
        testkit::settle().await;
        assert_eq!(running.snapshot().actors["n"].emitted, 3, "both set the pace");
        leaver.add_permits(1);
        testkit::settle().await;
        let said = watch.signals_after(0).last;
        // A larger mailbox would be room for more, if anybody read it.
        let _ = running.set_mailbox("leaves", &MailboxOptions::capacity(100));
        stayer.add_permits(1_000);
        let report = balanced(&running.wait().await);
        assert_eq!(report.actors["stays"].handled, 1_000);
        let left = &report.links[0];
        assert_eq!((left.to.as_str(), left.emitted, left.received), ("leaves", 1_000, 3));
        assert_eq!((left.refused, left.mailbox.depth, left.held), (997, 0, false));
        let later = watch.signals_after(said).records;
        assert!(later.iter().all(|record| record.to == "stays"), "{later:?}");
    });
}

#[test]
fn rule_3_07_leaving_again_changes_nothing() {
    testkit::virtual_time(async {
        let log = Log::default();
        let ([leaver, stayer], topology) = one_leaves(&log, 100);
        let running = testkit::start(topology);
        testkit::settle().await;
        leaver.add_permits(1);
        testkit::settle().await;
        let before = (running.snapshot().actors["leaves"].clone(), log.of("leaves"));
        assert_eq!(before.0.state, ActorState::Ended);
        for _ in 0..3 {
            let _ = running.drain_actor("leaves");
            let _ = running.stop_actor("leaves");
            testkit::settle().await;
        }
        stayer.add_permits(100);
        let report = balanced(&running.wait().await);
        let after = &report.actors["leaves"];
        assert_eq!(report.outcome, Outcome::Completed);
        assert_eq!(
            (after.handled, after.dropped, after.left),
            (before.0.handled, before.0.dropped, before.0.left)
        );
        assert_eq!(log.of("leaves"), before.1);
    });
}

#[test]
fn rule_3_12_a_source_whose_reader_has_left_stops() {
    for pace in [Pace::AtOnce, Pace::Each(Duration::from_secs(1))] {
        for capacity in [1, 10] {
            let log = Log::default();
            let source = Source::new(&log, u64::MAX).paced(pace.clone());
            let report = testkit::run(link(source, Sink::new(&log, "end").wanting(5), capacity));
            assert_eq!(report.outcome, Outcome::Completed);
            let all = log.all();
            let left = all.iter().position(|(_, what)| *what == IsDone(4)).expect("it takes five");
            let late = all[left..].iter().filter(|(_, what)| matches!(what, Emits(_))).count();
            assert_eq!(late, 0, "all actors share a thread, so it hears of it before its next turn");
            assert!(report.elapsed_seconds < 7.0, "nor does it wait for its next message");
        }
    }
}

#[test]
fn rule_3_13_a_reader_that_has_left_is_dropped_with_all_that_waits() {
    /// A message that shows whether it still exists.
    #[derive(Clone, Debug)]
    struct Known(#[allow(dead_code, reason = "it is held, not read")] Arc<()>);
    struct Reader(#[allow(dead_code, reason = "it is held, not read")] Arc<()>, Arc<Notify>, bool);
    impl Consumer for Reader {
        type In = Known;
        async fn handle(&mut self, _: Known) -> Result {
            self.1.notified().await;
            self.2 = true;
            Ok(())
        }
        fn is_finished(&self) -> bool {
            self.2
        }
    }
    testkit::virtual_time(async {
        let (message, reader, go) = (Arc::new(()), Arc::new(()), Arc::new(Notify::new()));
        let (source, producer) = testkit::probe_producer::<Known>();
        let running = testkit::start(
            Topology::new("dropped")
                .producer("n", producer)
                .consumer("leaves", Reader(reader.clone(), go.clone(), false))
                .inputs(["n"])
                .mailbox(MailboxOptions::capacity(4))
                .consumer("stays", for_each(|_: Known| {}))
                .inputs(["n"]),
        );
        source.emit_all((0..4).map(|_| Known(message.clone())));
        testkit::settle().await;
        assert_eq!((Arc::strong_count(&reader), Arc::strong_count(&message)), (2, 1 + 4));
        go.notify_one();
        testkit::settle().await;
        assert_eq!((Arc::strong_count(&reader), Arc::strong_count(&message)), (1, 1));
        let seen = running.snapshot();
        assert_eq!((seen.actors["n"].state, seen.actors["stays"].handled), (ActorState::Running, 4));
        source.emit(Known(message.clone()));
        testkit::settle().await;
        assert_eq!(Arc::strong_count(&message), 1, "nor is anything kept for it later");
        source.finish();
        balanced(&running.wait().await);
    });
}

#[test]
fn rule_3_14_a_source_ends_with_the_last_of_its_readers() {
    testkit::virtual_time(async {
        let log = Log::default();
        let (first, one) = Sink::asking(&log, "one");
        let (second, two) = Sink::asking(&log, "two");
        let running = testkit::start(
            Topology::new("last")
                .default_mailbox(MailboxOptions::capacity(2))
                .producer("n", Source::new(&log, u64::MAX))
                .consumer("one", one.wanting(1))
                .inputs(["n"])
                .consumer("two", two.wanting(10))
                .inputs(["n"])
                .consumer("listens", Sink::new(&log, "listens"))
                .inputs([InputOptions::new("n").tap()]),
        );
        first.add_permits(1);
        second.add_permits(5);
        testkit::settle().await;
        let seen = running.snapshot();
        assert_eq!((seen.actors["one"].state, seen.actors["two"].handled), (ActorState::Ended, 5));
        assert_eq!(log.count("n", &Stops), 0, "one reader is left");
        second.add_permits(5);
        let report = balanced(&running.wait().await);
        assert_eq!((report.outcome, log.count("n", &Stops)), (Outcome::Completed, 1));
        assert_eq!(log.count("listens", &Ends), 1, "a tap keeps nobody");
    });
}

#[test]
fn rule_3_15_leaving_returns_normally_whatever_waits() {
    /// A message that cannot be dropped in peace, once that matters.
    #[derive(Clone, Debug)]
    struct Bitter(Arc<AtomicBool>);
    impl Drop for Bitter {
        fn drop(&mut self) {
            if self.0.load(Ordering::Relaxed) && !thread::panicking() {
                panic!("bitter");
            }
        }
    }
    struct Leaves(Arc<AtomicBool>, Arc<Notify>, bool);
    impl Consumer for Leaves {
        type In = Bitter;
        async fn handle(&mut self, message: Bitter) -> Result {
            drop(message);
            self.1.notified().await;
            self.0.store(true, Ordering::Relaxed);
            self.2 = true;
            Ok(())
        }
        fn is_finished(&self) -> bool {
            self.2
        }
    }
    for instances in [1, 2] {
        testkit::virtual_time(async {
            let (bitter, go) = (Arc::new(AtomicBool::new(false)), Arc::new(Notify::new()));
            let messages: Vec<Bitter> = (0..10).map(|_| Bitter(bitter.clone())).collect();
            let (leaves, notify) = (bitter.clone(), go.clone());
            let running = testkit::start(
                Topology::new("bitter")
                    .producer("n", iter(messages))
                    .consumer_each("end", instances, move |_| Leaves(leaves.clone(), notify.clone(), false))
                    .mailbox(MailboxOptions::capacity(3)),
            );
            testkit::settle().await;
            go.notify_waiters();
            let report = balanced(&running.wait().await);
            assert_eq!(report.actors["end"].dropped.cancelled, 3, "{report:?}");
            bitter.store(false, Ordering::Relaxed);
        });
    }
}

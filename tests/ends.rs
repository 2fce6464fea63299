//! How a topology ends: completed, drained, cancelled, stopped. Nothing goes missing, and nobody is held.

use std::sync::{Arc, Mutex};
use std::time::Duration;
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};
use tidegate::{ActorState, Outcome};

/// Keeps what it gets and hands it on at the end of its input.
#[derive(Default)]
struct Hoard(Vec<u64>);

impl Stage for Hoard {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, _: &mut Outlet<u64>) -> Result {
        self.0.push(n);
        Ok(())
    }

    async fn on_end(&mut self, out: &mut Outlet<u64>) -> Result {
        for n in self.0.drain(..) {
            out.send(n).await;
        }
        Ok(())
    }

    fn max_held(&self) -> usize {
        10_000
    }

    fn held(&self) -> usize {
        self.0.len()
    }
}

/// Takes so many messages and wants no more.
struct Take(u64);

impl Consumer for Take {
    type In = u64;

    async fn handle(&mut self, _: u64) -> Result {
        self.0 -= 1;
        Ok(())
    }

    fn is_finished(&self) -> bool {
        self.0 == 0
    }
}

#[test]
fn the_end_of_input_flushes_what_is_held_through_a_small_mailbox() {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keeper = kept.clone();
    let report = testkit::run(
        Topology::new("hoard")
            .producer("numbers", iter(0..1_000u64))
            .stage("hoard", Hoard::default())
            .consumer("sink", for_each(move |n: u64| keeper.lock().expect("no panic").push(n)))
            .mailbox(MailboxOptions::capacity(3)),
    );
    assert_eq!(report.outcome, Outcome::Completed);
    assert!(kept.lock().expect("no panic").iter().copied().eq(0..1_000));
    assert_eq!(report.actors["hoard"].emitted, 1_000);
}

#[test]
fn a_drain_handles_all_that_was_emitted() {
    for arbiters in [1, 3] {
        let running = Topology::new("endless")
            .arbiters(arbiters)
            .producer("numbers", iter(0u64..))
            .stage("pass", map(|n: u64| n))
            .consumer("sink", for_each(|_: u64| {}))
            .start()
            .expect("a sound topology");
        testkit::eventually(&running, |snapshot| snapshot.actors["sink"].handled > 10_000);
        running.drain(Duration::from_secs(30));
        let report = balanced(&running.join());
        assert_eq!(report.outcome, Outcome::Drained);
        assert_eq!(report.actors["sink"].handled, report.actors["numbers"].emitted);
    }
}

#[test]
fn a_drain_ends_a_producer_that_waits_for_something_that_never_comes() {
    testkit::virtual_time(async {
        let running = testkit::start(
            Topology::new("silent")
                .producer("silent", from_stream(futures_util::stream::pending::<u64>()))
                .consumer("sink", for_each(|_: u64| {})),
        );
        testkit::settle().await;
        running.drain(Duration::from_secs(30));
        assert_eq!(balanced(&running.wait().await).outcome, Outcome::Drained);
    });
}

#[test]
fn a_drain_that_takes_too_long_is_forced_and_says_what_was_left() {
    testkit::virtual_time(async {
        let (_sink, consumer) = testkit::probe_consumer::<u64>();
        let running = testkit::start(
            Topology::new("stalled")
                .producer("numbers", iter(0u64..))
                .stage("pass", map(|n: u64| n))
                .mailbox(MailboxOptions::capacity(5))
                .consumer("sink", consumer)
                .mailbox(MailboxOptions::capacity(7)),
        );
        testkit::settle().await;
        let stalled = running.snapshot();
        running.drain(Duration::from_secs(5));
        let report = balanced(&running.wait().await);
        assert_eq!(report.outcome, Outcome::Stopped);
        assert!((5.0..5.1).contains(&report.elapsed_seconds), "{}", report.elapsed_seconds);
        for (name, actor) in stalled.actors.iter().skip(1) {
            assert!(actor.mailbox.as_ref().is_some_and(|mailbox| mailbox.pressured), "{name}: {actor:?}");
            assert_eq!(report.actors[name].left, actor.waiting + actor.in_handler);
        }
        assert_eq!(report.actors["sink"].left, 7, "six wait, up to the high mark, and one is in hand");
        let all: u64 = report.actors.values().map(|actor| actor.left).sum();
        assert_eq!(report.actors["numbers"].emitted, all);
    });
}

#[test]
fn what_is_held_at_a_forced_stop_is_left() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let running = testkit::start(
            Topology::new("hoard")
                .producer("source", producer)
                .stage("hoard", Hoard::default())
                .consumer("sink", for_each(|_: u64| {})),
        );
        source.emit_all(0..10);
        testkit::settle().await;
        let hoard = running.snapshot().actors["hoard"].clone();
        assert_eq!((hoard.handled, hoard.held), (10, 10));
        running.stop();
        let report = balanced(&running.wait().await);
        assert_eq!((report.actors["hoard"].handled, report.actors["hoard"].left), (0, 10));
    });
}

#[test]
fn a_consumer_that_wants_no_more_ends_its_upstream() {
    for arbiters in [1, 3] {
        let topology = Topology::new("take")
            .arbiters(arbiters)
            .producer("numbers", iter(0u64..))
            .stage("pass", map(|n: u64| n))
            .consumer("take", Take(100));
        let report = balanced(&topology.start().expect("a sound topology").join());
        assert_eq!((report.outcome, &report.error), (Outcome::Completed, &None));
        assert_eq!(report.actors["take"].handled, 100);
        assert!(report.actors.values().all(|actor| actor.state == ActorState::Ended && actor.left == 0));
        let cancelled: u64 = report.actors.values().map(|actor| actor.dropped.cancelled).sum();
        let refused: u64 = report.links.iter().map(|link| link.refused).sum();
        let last = &report.links[1];
        assert_eq!(last.emitted, 100 + report.actors["take"].dropped.cancelled + last.refused);
        assert!(cancelled + refused > 0, "the producer never ends by itself");
    }
}

#[test]
fn one_branch_that_wants_no_more_does_not_end_the_other() {
    let report = testkit::run(
        Topology::new("branches")
            .producer("numbers", iter(0..1_000u64))
            .consumer("take", Take(10))
            .inputs(["numbers"])
            .consumer("all", for_each(|_: u64| {}))
            .inputs(["numbers"]),
    );
    assert_eq!(report.outcome, Outcome::Completed);
    assert_eq!((report.actors["take"].handled, report.actors["all"].handled), (10, 1_000));
}

#[test]
fn a_downstream_that_goes_while_it_holds_its_upstream_releases_it() {
    testkit::virtual_time(async {
        // The stage pauses at the full mailbox of `slow`, which then wants no more.
        struct Slow(Arc<tokio::sync::Notify>, bool);
        impl Consumer for Slow {
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
        let go = Arc::new(tokio::sync::Notify::new());
        let running = testkit::start(
            Topology::new("released")
                .producer("numbers", iter(0..1_000u64))
                .consumer("slow", Slow(go.clone(), false))
                .inputs(["numbers"])
                .mailbox(MailboxOptions::capacity(2))
                .consumer("fast", for_each(|_: u64| {}))
                .inputs(["numbers"]),
        );
        testkit::settle().await;
        let held = running.snapshot();
        assert_eq!(held.actors["numbers"].state, ActorState::Paused);
        assert_eq!(held.actors["numbers"].emitted, 3);
        go.notify_one();
        let report = balanced(&running.wait().await);
        assert_eq!(report.outcome, Outcome::Completed);
        assert_eq!(report.actors["fast"].handled, 1_000);
        assert_eq!((report.actors["slow"].handled, report.actors["slow"].dropped.cancelled), (1, 2));
    });
}

#[test]
fn a_blocking_actor_that_never_returns_is_left_behind_by_name() {
    let report = {
        let running = Topology::new("stuck")
            .producer("numbers", iter(0..10u64))
            .consumer("stuck", for_each(|_: u64| std::thread::park()))
            .blocking()
            .start()
            .expect("a sound topology");
        // All that there is has come before it is stopped.
        testkit::eventually(&running, |snapshot| {
            let stuck = &snapshot.actors["stuck"];
            (stuck.received, stuck.in_handler) == (10, 1)
        });
        running.stop();
        running.join()
    };
    balanced(&report);
    assert_eq!((report.outcome, report.actors["stuck"].state), (Outcome::Stopped, ActorState::Stuck));
    assert!(
        report.error.as_ref().is_some_and(|error| error.contains("left behind: stuck")),
        "{:?}",
        report.error
    );
    assert_eq!(report.actors["stuck"].left, 10);
}

#[test]
fn all_readers_have_started_at_once_before_anybody_produces() {
    /// Notes when it started.
    struct Started(&'static str, Arc<Mutex<Vec<&'static str>>>);
    impl Stage for Started {
        type In = u64;
        type Out = Outlet<u64>;
        async fn on_start(&mut self, _: &mut Outlet<u64>) -> Result {
            tokio::time::sleep(Duration::from_secs(1)).await;
            self.1.lock().expect("no panic").push(self.0);
            Ok(())
        }
        async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
            out.emit(n);
            Ok(())
        }
    }
    let started = Arc::default();
    let notes = |name| Started(name, Arc::clone(&started));
    let first = notes("producer");
    let numbers = from_fn(move || {
        let mut started = first.1.lock().expect("no panic");
        (!started.contains(&"producer")).then(|| {
            started.push("producer");
            1u64
        })
    });
    let report = testkit::run(
        Topology::new("order")
            .producer("numbers", numbers)
            .stage("a", notes("a"))
            .stage("b", notes("b"))
            .consumer("sink", for_each(|_: u64| {})),
    );
    let mut started = std::mem::take(&mut *started.lock().expect("no panic"));
    assert_eq!(started.pop(), Some("producer"));
    started.sort_unstable();
    assert_eq!(started, ["a", "b"]);
    // One second for both, and the time it takes to notice.
    assert!((1.0..1.1).contains(&report.elapsed_seconds), "{}", report.elapsed_seconds);
}

/// Passes numbers on, and notes whether its input failed.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<&'static str>>>);

impl Notes {
    fn add(&self, note: &'static str) {
        self.0.lock().expect("no panic").push(note);
    }
}

struct Listens(&'static str, Notes);

impl Stage for Listens {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        out.emit(n);
        Ok(())
    }

    fn on_input_failed(&mut self) {
        self.1.add(self.0);
    }
}

/// What the stages `first`, `second` and `other` hear when `first` gets its input from `source`, and `other` gets its
/// own from elsewhere.
fn heard(source: impl Producer<Out = Outlet<u64>>) -> Vec<&'static str> {
    let notes = Notes::default();
    testkit::run(
        Topology::new("failing")
            .producer("source", source)
            .stage("first", Listens("first", notes.clone()))
            .stage("second", Listens("second", notes.clone()))
            .consumer("sink", for_each(|_: u64| {}))
            .producer("elsewhere", iter(0..3u64))
            .stage("other", Listens("other", notes.clone()))
            .consumer("other_sink", for_each(|_: u64| {})),
    );
    std::mem::take(&mut *notes.0.lock().expect("no panic"))
}

#[test]
fn a_failed_end_is_heard_all_the_way_down_and_nowhere_else() {
    assert!(heard(iter(0..3u64)).is_empty());
    let mut left = 3;
    let failing = from_fn(move || {
        left -= 1;
        assert!(left > 0, "no more water");
        Some(1u64)
    });
    assert_eq!(heard(failing), ["first", "second"]);
}

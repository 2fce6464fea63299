//! The most calls that may be under way at once in a bulkhead.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};
use tidegate::{ActorState, Outcome};

const SECOND: Duration = Duration::from_secs(1);

/// Takes a second for each message, and counts how many do so at once.
#[derive(Clone, Default)]
struct Counting {
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Consumer for Counting {
    type In = u64;

    async fn handle(&mut self, _: u64) -> Result {
        let now = self.now.fetch_add(1, Ordering::Relaxed) + 1;
        self.most.fetch_max(now, Ordering::Relaxed);
        tidegate::time::sleep(SECOND).await;
        self.now.fetch_sub(1, Ordering::Relaxed);
        Ok(())
    }
}

fn bulkhead(name: &str, calls: usize) -> Topology {
    Topology::new(name).bulkhead("io", BulkheadOptions::threads(2).max_in_flight(calls))
}

#[test]
fn no_more_calls_are_under_way_than_all_actors_of_the_bulkhead_may_have() {
    let counting = Counting::default();
    let (one, other) = (counting.clone(), counting.clone());
    let report = testkit::run(
        bulkhead("limited", 3)
            .producer("n", iter(0..9u64))
            .consumer_each("one", 4, move |_| one.clone())
            .inputs(["n"])
            .in_bulkhead("io")
            .consumer_each("other", 4, move |_| other.clone())
            .inputs(["n"])
            .routing(Routing::RoundRobin)
            .in_bulkhead("io"),
    );
    assert_eq!((report.actors["one"].handled, report.actors["other"].handled), (9, 9));
    assert_eq!(counting.most.load(Ordering::Relaxed), 3);
    // Eighteen calls of a second each, three at a time.
    assert_eq!(report.elapsed_seconds.round(), 6.0);
}

#[test]
fn at_the_limit_messages_wait_in_their_mailboxes_and_the_pressure_travels() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let (other, second) = testkit::probe_producer::<u64>();
        let (probe, consumer) = testkit::probe_consumer::<u64>();
        let running = testkit::start(
            bulkhead("pressure", 1)
                .producer("m", second)
                .consumer("stuck", consumer)
                .in_bulkhead("io")
                .producer("n", producer)
                .consumer("healthy", for_each(|_: u64| {}))
                .mailbox(MailboxOptions::capacity(4).watermarks(0.5, 1.0))
                .in_bulkhead("io"),
        );
        other.emit(1);
        testkit::settle().await;
        source.emit_all(0..10);
        source.expect_backpressure().await;
        testkit::settle().await;
        let snapshot = running.snapshot();
        let healthy = &snapshot.actors["healthy"];
        assert_eq!((healthy.handled, healthy.waiting, healthy.state), (0, 4, ActorState::Waiting));
        probe.request(1);
        source.expect_resume().await;
        source.finish();
        other.finish();
        let report = balanced(&running.wait().await);
        assert_eq!(report.actors["healthy"].handled, 10);
    });
}

/// Sends each number ten times.
struct Tenfold;

impl Stage for Tenfold {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        for _ in 0..10 {
            out.send(n).await;
        }
        Ok(())
    }
}

#[test]
fn a_call_that_waits_in_send_lets_others_have_its_turn() {
    let report = testkit::run(
        bulkhead("send", 1)
            .producer("n", iter(0..20u64))
            .stage("tenfold", Tenfold)
            .in_bulkhead("io")
            .stage("pass", map(|n: u64| n))
            .mailbox(MailboxOptions::capacity(1))
            .in_bulkhead("io")
            .consumer("sink", Counting::default())
            .mailbox(MailboxOptions::capacity(1))
            .in_bulkhead("io"),
    );
    assert_eq!((report.outcome, report.actors["sink"].handled), (Outcome::Completed, 200));
}

#[test]
fn an_actor_that_is_paused_or_ends_while_it_waits_for_its_turn_keeps_nobody_waiting() {
    testkit::virtual_time(async {
        let topology = || {
            let (probe, consumer) = testkit::probe_consumer::<u64>();
            let topology = bulkhead("turns", 1)
                .producer("n", iter(0..5u64))
                .consumer("first", consumer)
                .inputs(["n"])
                .in_bulkhead("io")
                .consumer("second", for_each(|_: u64| {}))
                .inputs(["n"])
                .in_bulkhead("io")
                .consumer("third", for_each(|_: u64| {}))
                .inputs(["n"])
                .in_bulkhead("io");
            (probe, testkit::start(topology))
        };
        let (probe, running) = topology();
        testkit::settle().await;
        running.pause("second");
        testkit::settle().await;
        probe.request(5);
        testkit::settle().await;
        let snapshot = running.snapshot();
        assert_eq!((snapshot.actors["third"].handled, snapshot.actors["second"].handled), (5, 0));
        running.resume("second");
        assert_eq!(balanced(&running.wait().await).actors["second"].handled, 5);

        let (probe, running) = topology();
        testkit::settle().await;
        running.stop_actor("second").unwrap();
        testkit::settle().await;
        probe.request(5);
        assert_eq!(balanced(&running.wait().await).actors["third"].handled, 5);

        let (_probe, running) = topology();
        testkit::settle().await;
        running.stop();
        balanced(&running.wait().await);
    });
}

#[test]
fn calls_of_several_threads_keep_the_limit_and_lose_nothing() {
    let counting = Counting::default();
    let (now, most) = (counting.now.clone(), counting.most.clone());
    let count = move |n: u64| {
        let running = now.fetch_add(1, Ordering::SeqCst) + 1;
        most.fetch_max(running, Ordering::SeqCst);
        now.fetch_sub(1, Ordering::SeqCst);
        n
    };
    let report = bulkhead("threads", 1)
        .arbiters(1)
        .producer("n", iter(0..50_000u64))
        .stage("a", map(count.clone()))
        .mailbox(MailboxOptions::capacity(16))
        .in_bulkhead("io")
        .stage("b", map(count.clone()))
        .mailbox(MailboxOptions::capacity(16))
        .in_bulkhead("io")
        .stage_each("c", 2, move |_| map(count.clone()))
        .mailbox(MailboxOptions::capacity(16))
        .in_bulkhead("io")
        .consumer("sink", for_each(|_: u64| {}))
        .start()
        .unwrap()
        .join();
    balanced(&report);
    assert_eq!(report.actors["sink"].handled, 50_000);
    assert_eq!(counting.most.load(Ordering::SeqCst), 1);
}

/// Sends three for each number; the odd ones are ready at once.
struct SendsThree;

impl Stage for SendsThree {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        if n.is_multiple_of(2) {
            tidegate::time::sleep(SECOND).await;
            for copy in 0..3 {
                out.send(n * 3 + copy).await;
            }
        }
        Ok(())
    }
}

#[test]
fn who_waits_for_its_turn_where_order_is_restored_leaves_its_place_to_others() {
    testkit::virtual_time(async {
        let (sink, consumer) = testkit::probe_consumer::<u64>();
        let running = testkit::start(
            bulkhead("ordered", 2)
                .producer("n", iter(0..40u64))
                .stage_each("three", 4, |_| SendsThree)
                .ordered()
                .in_bulkhead("io")
                .consumer("sink", consumer)
                .mailbox(MailboxOptions::capacity(1)),
        );
        sink.request(1000);
        let ended = tidegate::time::timeout(1000 * SECOND, running.wait()).await;
        balanced(&ended.expect("nobody waits for who waits"));
        let expected: Vec<u64> = (0..20).flat_map(|n| n * 6..n * 6 + 3).collect();
        assert_eq!(sink.taken(), expected);
    });
}

/// Sends what nobody takes when it is woken, a second after its start.
struct Alarm {
    due: Option<tidegate::time::Instant>,
}

impl Stage for Alarm {
    type In = u64;
    type Out = Outlet<u64>;

    async fn on_start(&mut self, _: &mut Outlet<u64>) -> Result {
        self.due = Some(tidegate::time::Instant::now() + SECOND);
        Ok(())
    }

    async fn handle(&mut self, _: u64, _: &mut Outlet<u64>) -> Result {
        Ok(())
    }

    fn wake_at(&self) -> Option<tidegate::time::Instant> {
        self.due
    }

    async fn on_wake(&mut self, out: &mut Outlet<u64>) -> Result {
        self.due = None;
        for n in 0..9 {
            out.send(n).await;
        }
        Ok(())
    }
}

#[test]
fn an_actor_that_is_woken_while_it_waits_for_its_turn_keeps_nobody_waiting() {
    testkit::virtual_time(async {
        let (busy, first) = testkit::probe_producer::<u64>();
        let (waiting, second) = testkit::probe_producer::<u64>();
        let (last, third) = testkit::probe_producer::<u64>();
        let (hog, consumer) = testkit::probe_consumer::<u64>();
        let (stuck, reader) = testkit::probe_consumer::<u64>();
        let running = testkit::start(
            bulkhead("woken", 1)
                .producer("a", first)
                .consumer("hog", consumer)
                .in_bulkhead("io")
                .producer("b", second)
                .stage("alarm", Alarm { due: None })
                .in_bulkhead("io")
                .consumer("stuck", reader)
                .mailbox(MailboxOptions::capacity(1))
                .producer("c", third)
                .consumer("other", for_each(|_: u64| {}))
                .in_bulkhead("io"),
        );
        for (number, source) in [&busy, &waiting, &last].into_iter().enumerate() {
            source.emit(number as u64);
            testkit::settle().await;
        }
        tidegate::time::sleep(2 * SECOND).await;
        assert_eq!(running.snapshot().actors["other"].handled, 0, "the hog has the only place");
        hog.request(1);
        testkit::settle().await;
        assert_eq!(
            running.snapshot().actors["other"].handled,
            1,
            "the alarm waits for room, not for its turn"
        );
        stuck.request(9);
        [&busy, &waiting, &last].into_iter().for_each(|source| source.finish());
        let report = balanced(&running.wait().await);
        assert_eq!((report.actors["alarm"].handled, report.actors["stuck"].handled), (1, 9));
    });
}

/// Sends each message on twice in the course of its call, which takes a second.
struct Sends;

impl Stage for Sends {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        tidegate::time::sleep(SECOND).await;
        out.send(n).await;
        out.send(n).await;
        Ok(())
    }
}

struct Long;

impl Consumer for Long {
    type In = u64;

    async fn handle(&mut self, _: u64) -> Result {
        tidegate::time::sleep(5 * SECOND).await;
        Ok(())
    }
}

#[test]
fn a_call_that_waits_for_its_place_to_go_on_does_not_time_out() {
    testkit::virtual_time(async {
        let (other, producer) = testkit::probe_producer::<u64>();
        let (slow, consumer) = testkit::probe_consumer::<u64>();
        let running = testkit::start(
            bulkhead("places", 1)
                .producer("n", iter(0..1u64))
                .stage("sends", Sends)
                .in_bulkhead("io")
                .breaker(Breaker::after(1).call_timeout(2 * SECOND))
                .consumer("slow", consumer)
                .mailbox(MailboxOptions::capacity(1))
                .producer("m", producer)
                .consumer("long", Long)
                .inputs(["m"])
                .in_bulkhead("io"),
        );
        testkit::settle().await;
        other.emit(0);
        // After a second, what is sent second has no room, and the call gives its place away, for five seconds.
        tidegate::time::sleep(SECOND + SECOND / 2).await;
        slow.request(2);
        other.finish();
        let report = balanced(&running.wait().await);
        assert_eq!(report.outcome, Outcome::Completed, "{:?}", report.error);
        assert_eq!((report.actors["sends"].handled, report.actors["slow"].handled), (1, 2));
        assert_eq!(report.elapsed_seconds, 6.0);
    });
}

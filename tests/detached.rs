//! Stages that go on while downstream is pressured, and actors that ask to be woken.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced, settle};
use tidegate::time::{Instant, sleep};

/// Passes on the latest number there is when there is room. Fails at 13; takes nothing more at 99 until that is gone.
#[derive(Default)]
struct Latest {
    number: Option<u64>,
    replaced: u64,
}

impl Stage for Latest {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, _: &mut Outlet<u64>) -> Result {
        if n == 13 {
            return Err("unlucky".into());
        }
        self.replaced += u64::from(self.number.replace(n).is_some());
        Ok(())
    }

    fn is_detached(&self) -> bool {
        true
    }

    fn has_output(&self) -> bool {
        self.number.is_some()
    }

    fn takes_input(&self) -> bool {
        self.number != Some(99)
    }

    fn on_room(&mut self, out: &mut Outlet<u64>) -> Result {
        self.number.take().into_iter().for_each(|n| out.emit(n));
        Ok(())
    }

    async fn on_end(&mut self, out: &mut Outlet<u64>) -> Result {
        self.on_room(out)
    }

    fn max_held(&self) -> usize {
        1
    }

    fn held(&self) -> usize {
        self.number.iter().len()
    }

    fn discarded(&self) -> u64 {
        self.replaced
    }
}

#[test]
fn while_downstream_keeps_up_every_message_passes() {
    for capacity in [1024, 4096] {
        let (sink, consumer) = testkit::probe_consumer::<u64>();
        sink.request(100_000);
        let report = testkit::run(
            Topology::new("latest")
                .producer("n", from_fn_slowly(1..=50))
                .stage("latest", Latest::default())
                .consumer("sink", consumer)
                .mailbox(MailboxOptions::capacity(capacity)),
        );
        let expected: Vec<u64> = (1..=50).filter(|n| *n != 13).collect();
        assert!(report.error.is_some(), "13 is an error, and errors stop");
        assert_eq!(sink.taken(), expected[..12]);
    }
}

#[test]
fn no_order_is_restored_behind_a_detached_stage() {
    let topology = Topology::new("latest")
        .producer("n", iter(1..=9u64))
        .stage_each("latest", 2, |_| Latest::default())
        .ordered()
        .consumer("sink", for_each(|_: u64| {}));
    let problems: Vec<String> = topology.check(false).iter().map(ToString::to_string).collect();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].contains("`latest` emits when it likes, not when a message comes"), "{problems:?}");
}

/// Emits one number a second.
fn from_fn_slowly(numbers: std::ops::RangeInclusive<u64>) -> impl Producer<Out = Outlet<u64>> {
    struct Slow(std::ops::RangeInclusive<u64>);
    impl Producer for Slow {
        type Out = Outlet<u64>;

        async fn produce(&mut self, out: &mut Outlet<u64>) -> Result<Next> {
            let Some(n) = self.0.next() else { return Ok(Next::Done) };
            out.emit(n);
            Ok(Next::After(Duration::from_secs(1)))
        }
    }
    Slow(numbers)
}

#[test]
fn a_detached_stage_goes_on_while_downstream_is_pressured() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let (sink, consumer) = testkit::probe_consumer::<u64>();
        let running = testkit::start(
            Topology::new("latest")
                .producer("source", producer)
                .stage("latest", Latest::default())
                .mailbox(MailboxOptions::capacity(4))
                .consumer("sink", consumer)
                .mailbox(MailboxOptions::capacity(4)),
        );
        for n in 1..=8 {
            source.emit(n);
            settle().await;
        }
        // One in the hand of the consumer, four in its mailbox, and of the rest the latest.
        let snapshot = running.snapshot();
        let latest = &snapshot.actors["latest"];
        assert_eq!((latest.emitted, latest.held, latest.dropped.discarded, latest.handled), (5, 1, 2, 6));
        assert_eq!(latest.mailbox.as_ref().unwrap().backpressure_signals, 0, "upstream is not told");
        sink.request(1);
        settle().await;
        assert_eq!(running.snapshot().actors["latest"].emitted, 5, "it is held until the low mark");
        sink.request(100);
        sink.expect([1, 2, 3, 4, 5, 8]).await;
        source.emit_all([20, 21]);
        source.finish();
        let report = balanced(&running.wait().await);
        let latest = &report.actors["latest"];
        assert_eq!(latest.received, 10);
        assert_eq!(latest.handled + latest.dropped.discarded, 10);
        assert_eq!(sink.taken().last(), Some(&21), "the last one always arrives");
    });
}

#[test]
fn what_a_detached_stage_holds_at_a_forced_stop_is_left() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let (_sink, consumer) = testkit::probe_consumer::<u64>();
        let running = testkit::start(
            Topology::new("latest")
                .producer("source", producer)
                .stage("latest", Latest::default())
                .consumer("sink", consumer)
                .mailbox(MailboxOptions::capacity(1)),
        );
        for n in 1..=5 {
            source.emit(n);
            settle().await;
        }
        running.stop();
        let report = balanced(&running.wait().await);
        let latest = &report.actors["latest"];
        assert_eq!((latest.received, latest.handled, latest.left, latest.dropped.discarded), (5, 2, 1, 2));
    });
}

#[test]
fn a_detached_stage_that_takes_nothing_makes_its_upstream_wait() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let (sink, consumer) = testkit::probe_consumer::<u64>();
        let running = testkit::start(
            Topology::new("latest")
                .producer("source", producer)
                .stage("latest", Latest::default())
                .mailbox(MailboxOptions::capacity(2))
                .consumer("sink", consumer)
                .mailbox(MailboxOptions::capacity(1)),
        );
        source.emit_all([1, 2]);
        settle().await;
        source.emit_all([99, 3, 4, 5]);
        source.expect_backpressure().await;
        settle().await;
        assert_eq!(running.snapshot().actors["latest"].waiting, 2);
        sink.request(100);
        source.finish();
        let report = balanced(&running.wait().await);
        assert_eq!(sink.taken()[..3], [1, 2, 99]);
        assert_eq!(report.actors["source"].emitted, 6);
    });
}

#[test]
fn the_dead_letters_of_a_detached_stage_wait_for_room_of_their_own() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let (sink, consumer) = testkit::probe_consumer::<u64>();
        let (letters, undertaker) = testkit::probe_consumer::<DeadLetter>();
        let running = testkit::start(
            Topology::new("latest")
                .producer("source", producer)
                .stage("latest", Latest::default())
                .consumer("sink", consumer)
                .mailbox(MailboxOptions::capacity(1))
                .consumer("letters", undertaker)
                .inputs(["latest.dead_letters"])
                .mailbox(MailboxOptions::capacity(1)),
        );
        // The sink takes nothing; dead letters go all the same, as far as there is room for them.
        source.emit_all([1, 2, 3, 13, 13, 13, 4]);
        settle().await;
        let snapshot = running.snapshot();
        assert_eq!((snapshot.actors["latest"].dead_lettered, snapshot.actors["letters"].received), (2, 2));
        letters.request(3);
        settle().await;
        assert_eq!(running.snapshot().actors["latest"].dead_lettered, 3);
        sink.request(10);
        source.finish();
        let report = balanced(&running.wait().await);
        assert_eq!(report.actors["letters"].handled, 3);
        assert_eq!(sink.taken().last(), Some(&4));
    });
}

#[test]
fn many_detached_stages_in_a_row_lose_nothing_by_accident() {
    for capacity in [1, 2, 3, 64] {
        let (sink, consumer) = testkit::probe_consumer::<u64>();
        sink.request(100_000);
        let report = testkit::run(
            Topology::new("latest")
                .default_mailbox(MailboxOptions::capacity(capacity))
                .producer("n", iter(100..=10_100u64))
                .stage("a", Latest::default())
                .stage("b", Latest::default())
                .consumer("sink", consumer),
        );
        assert_eq!(report.error, None);
        let taken = sink.taken();
        assert!(taken.is_sorted() && taken.last() == Some(&10_100), "capacity {capacity}");
        for name in ["a", "b"] {
            let actor = &report.actors[name];
            assert_eq!(
                actor.emitted + actor.dropped.discarded,
                actor.received,
                "{name}, capacity {capacity}"
            );
        }
    }
}

/// Passes numbers on, and sends a 0 whenever none has come for ten seconds since the last.
struct Alarm(Option<Instant>);

impl Stage for Alarm {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        self.0 = Some(Instant::now() + Duration::from_secs(10));
        out.emit(n);
        Ok(())
    }

    fn wake_at(&self) -> Option<Instant> {
        self.0
    }

    async fn on_wake(&mut self, out: &mut Outlet<u64>) -> Result {
        out.emit(0);
        Ok(())
    }
}

#[test]
fn an_actor_is_woken_once_for_each_moment_it_asks_for() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let (sink, consumer) = testkit::probe_consumer::<u64>();
        sink.request(100);
        let running = testkit::start(
            Topology::new("alarm")
                .producer("source", producer)
                .stage("alarm", Alarm(None))
                .consumer("sink", consumer),
        );
        let since = Instant::now();
        source.emit(1);
        sleep(Duration::from_secs(6)).await;
        source.emit(2);
        sink.expect([1, 2, 0]).await;
        assert_eq!(since.elapsed().as_secs(), 16, "the second number moved the moment");
        sleep(Duration::from_secs(3600)).await;
        assert!(sink.taken().is_empty(), "once for each moment");
        source.emit(3);
        sink.expect([3, 0]).await;
        source.finish();
        balanced(&running.wait().await);
    });
}

#[test]
fn an_actor_that_waits_for_room_is_woken_all_the_same() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let (sink, consumer) = testkit::probe_consumer::<u64>();
        let running = testkit::start(
            Topology::new("alarm")
                .producer("source", producer)
                .stage("alarm", Alarm(None))
                .consumer("sink", consumer)
                .mailbox(MailboxOptions::capacity(1)),
        );
        source.emit_all([1, 2, 3]);
        sleep(Duration::from_secs(60)).await;
        sink.request(10);
        sink.expect([1, 2, 0, 3, 0]).await;
        source.finish();
        balanced(&running.wait().await);
    });
}

/// Passes on what it gets, one by one.
#[derive(Default)]
struct OneByOne(Option<u64>);

impl Stage for OneByOne {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, _: &mut Outlet<u64>) -> Result {
        self.0 = Some(n);
        Ok(())
    }

    fn is_detached(&self) -> bool {
        true
    }

    fn has_output(&self) -> bool {
        self.0.is_some()
    }

    fn takes_input(&self) -> bool {
        self.0.is_none()
    }

    fn on_room(&mut self, out: &mut Outlet<u64>) -> Result {
        self.0.take().into_iter().for_each(|n| out.emit(n));
        Ok(())
    }

    async fn on_end(&mut self, out: &mut Outlet<u64>) -> Result {
        self.on_room(out)
    }

    fn max_held(&self) -> usize {
        1
    }

    fn held(&self) -> usize {
        self.0.iter().len()
    }
}

#[test]
fn detached_stages_pass_everything_in_order_across_threads_and_at_any_capacity() {
    for arbiters in [1, 2] {
        for capacity in [1, 2, 5, 1024] {
            let (sink, consumer) = testkit::probe_consumer::<u64>();
            sink.request(20_000);
            let report = Topology::new("one by one")
                .arbiters(arbiters)
                .default_mailbox(MailboxOptions::capacity(capacity))
                .producer("n", iter(0..20_000u64))
                .stage("a", OneByOne::default())
                .stage("b", map(|n: u64| n))
                .stage("c", OneByOne::default())
                .consumer("sink", consumer)
                .start()
                .expect("a sound topology")
                .join();
            balanced(&report);
            assert!(sink.taken().into_iter().eq(0..20_000), "{arbiters} arbiters, capacity {capacity}");
        }
    }
}

#[test]
fn instances_of_a_detached_stage_share_a_mailbox_and_lose_nothing() {
    let (sink, consumer) = testkit::probe_consumer::<u64>();
    sink.request(20_000);
    let report = Topology::new("shared")
        .default_mailbox(MailboxOptions::capacity(8))
        .producer("n", iter(0..20_000u64))
        .stage_each("a", 3, |_| OneByOne::default())
        .consumer("sink", consumer)
        .start()
        .expect("a sound topology")
        .join();
    balanced(&report);
    let mut taken = sink.taken();
    taken.sort_unstable();
    assert!(taken.into_iter().eq(0..20_000));
}

/// Panics at 13 and 14, and holds nothing.
struct Superstitious;

impl Stage for Superstitious {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, _: &mut Outlet<u64>) -> Result {
        assert!(n != 13 && n != 14, "unlucky");
        Ok(())
    }

    fn is_detached(&self) -> bool {
        true
    }
}

#[test]
fn instances_of_a_detached_stage_go_on_after_panics() {
    // A panic of the runtime's own would be contained, too.
    let panics = Arc::new(AtomicU64::new(0));
    let seen = panics.clone();
    std::panic::set_hook(Box::new(move |_| {
        seen.fetch_add(1, Ordering::Relaxed);
    }));
    for instances in [1, 2] {
        let report = testkit::run(
            Topology::new("panics")
                .producer("n", iter(1..=20u64))
                .stage_each("superstitious", instances, |_| Superstitious)
                .on_panic(OnError::Skip)
                .consumer("end", for_each(|_: u64| {})),
        );
        let stage = &balanced(&report).actors["superstitious"];
        assert_eq!((stage.handled, stage.failed), (18, 2), "{instances} instances");
    }
    drop(std::panic::take_hook());
    assert_eq!(panics.load(Ordering::Relaxed), 4);
}

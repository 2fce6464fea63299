//! Where messages go: to every target, to named ports, to one of several instances.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};

type Kept<T> = Arc<Mutex<Vec<(usize, T)>>>;

type Noting<T> = tidegate::ForEach<Box<dyn FnMut(T) + Send>, T>;

/// A consumer per instance that notes what it gets, and which instance it is.
fn noting<T: Message>() -> (Kept<T>, impl FnMut(usize) -> Noting<T> + Send) {
    let kept = Kept::default();
    let shared = kept.clone();
    let make = move |instance| {
        let kept = shared.clone();
        let note: Box<dyn FnMut(T) + Send> =
            Box::new(move |message| kept.lock().expect("no panic").push((instance, message)));
        for_each(note)
    };
    (kept, make)
}

fn of_instance<T: Clone>(kept: &Kept<T>, instance: usize) -> Vec<T> {
    let kept = kept.lock().expect("no panic");
    kept.iter().filter(|(number, _)| *number == instance).map(|(_, message)| message.clone()).collect()
}

#[test]
fn broadcast_gives_every_target_everything_at_the_pace_of_the_slowest() {
    testkit::virtual_time(async {
        let (slow, slow_consumer) = testkit::probe_consumer::<u64>();
        let (fast, fast_consumer) = testkit::probe_consumer::<u64>();
        let running = testkit::start(
            Topology::new("broadcast")
                .producer("n", iter(0..50u64))
                .consumer("slow", slow_consumer)
                .inputs(["n"])
                .mailbox(MailboxOptions::capacity(3))
                .consumer("fast", fast_consumer)
                .inputs(["n"]),
        );
        fast.request(50);
        testkit::settle().await;
        assert_eq!(fast.taken(), [0, 1, 2, 3], "three wait at the slow one, one is in its hand");
        slow.request(50);
        slow.expect(0..50).await;
        fast.expect(4..50).await;
        let report = balanced(&running.wait().await);
        assert_eq!(report.actors["n"].emitted, 50, "each is emitted once, whatever the number of targets");
    });
}

tidegate::ports! {
    struct Parity {
        even: u64,
        odd: String,
    }
}

struct Split;

impl Stage for Split {
    type In = u64;
    type Out = Parity;

    async fn handle(&mut self, n: u64, out: &mut Parity) -> Result {
        if n.is_multiple_of(2) {
            out.even.emit(n);
        } else {
            out.odd.send(n.to_string()).await;
        }
        Ok(())
    }
}

#[test]
fn ports_have_types_of_their_own_and_are_named_in_inputs() {
    let (even, mut even_consumer) = noting::<u64>();
    let (odd, mut odd_consumer) = noting::<String>();
    let report = testkit::run(
        Topology::new("ports")
            .producer("n", iter(0..10u64))
            .stage("split", Split)
            .consumer("even", even_consumer(0))
            .inputs(["split.even"])
            .consumer("odd", odd_consumer(0))
            .inputs(["split.odd"])
            .mailbox(MailboxOptions::capacity(1)),
    );
    assert_eq!(of_instance(&even, 0), [0, 2, 4, 6, 8]);
    assert_eq!(of_instance(&odd, 0), ["1", "3", "5", "7", "9"]);
    assert_eq!(report.actors["split"].emitted, 10);
    assert!(
        report.links.iter().any(|link| link.from == "split.odd" && link.emitted == 5),
        "{:?}",
        report.links
    );
}

#[test]
fn one_full_port_does_not_take_from_the_order_of_the_other() {
    testkit::virtual_time(async {
        let (even, even_consumer) = testkit::probe_consumer::<u64>();
        let (odd, odd_consumer) = testkit::probe_consumer::<String>();
        let running = testkit::start(
            Topology::new("ports")
                .producer("n", iter(0..20u64))
                .stage("split", Split)
                .consumer("even", even_consumer)
                .inputs(["split.even"])
                .mailbox(MailboxOptions::capacity(2))
                .consumer("odd", odd_consumer)
                .inputs(["split.odd"])
                .mailbox(MailboxOptions::capacity(2)),
        );
        testkit::settle().await;
        odd.request(20);
        testkit::settle().await;
        assert!(odd.taken().len() <= 4, "the stage waits for the even ones");
        even.request(20);
        even.expect((0..20).step_by(2)).await;
        balanced(&running.wait().await);
    });
}

#[test]
fn round_robin_takes_turns() {
    let (kept, make) = noting::<u64>();
    testkit::run(
        Topology::new("turns")
            .producer("n", iter(0..9u64))
            .consumer_each("sink", 3, make)
            .routing(Routing::RoundRobin),
    );
    let mut shares = [0, 1, 2].map(|instance| of_instance(&kept, instance));
    shares.sort();
    assert_eq!(shares, [[0, 3, 6], [1, 4, 7], [2, 5, 8]]);
}

/// Two instances, of which the first stalls with its first message.
fn with_a_stalled_instance(routing: Routing) -> (u64, Report) {
    testkit::virtual_time(async {
        let gate = Arc::new(tokio::sync::Semaphore::new(0));
        let handled = Arc::new(AtomicU64::new(0));
        struct Instance(Option<Arc<tokio::sync::Semaphore>>, Arc<AtomicU64>);
        impl Consumer for Instance {
            type In = u64;
            async fn handle(&mut self, _: u64) -> Result {
                match &self.0 {
                    Some(gate) => gate.acquire().await?.forget(),
                    None => drop(self.1.fetch_add(1, Ordering::Relaxed)),
                }
                Ok(())
            }
        }
        let (stalled, counter) = (gate.clone(), handled.clone());
        let make = move |n| Instance((n == 0).then(|| stalled.clone()), counter.clone());
        let running = testkit::start(
            Topology::new("stalled")
                .producer("n", iter(0..1_000u64))
                .consumer_each("sink", 2, make)
                .routing(routing)
                .mailbox(MailboxOptions::capacity(8)),
        );
        testkit::settle().await;
        let meanwhile = handled.load(Ordering::Relaxed);
        gate.add_permits(1_000);
        let report = balanced(&running.wait().await);
        (meanwhile, report)
    })
}

#[test]
fn a_stalled_instance_is_avoided_and_locks_up_no_more_than_its_own_mailbox() {
    // The stalled one has one message in hand, and up to its high mark of 7 waiting where it has a mailbox.
    for (routing, at_least) in
        [(Routing::Shared, 999), (Routing::RoundRobin, 991), (Routing::LeastLoaded, 991)]
    {
        let (meanwhile, report) = with_a_stalled_instance(routing);
        assert!(meanwhile >= at_least, "{routing:?}: the other handled {meanwhile}");
        assert_eq!(report.actors["sink"].handled, 1_000);
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Reading {
    sensor: u64,
    number: u64,
}

impl Keyed for Reading {
    fn key(&self, field: &str) -> u64 {
        assert_eq!(field, "sensor");
        self.sensor
    }
}

#[test]
fn hash_keeps_a_key_at_one_instance_and_in_order() {
    let (kept, make) = noting::<Reading>();
    let readings = (0..2_000u64).map(|n| Reading { sensor: n % 37, number: n });
    let report = balanced(
        &Topology::new("hashed")
            .keyed::<Reading>()
            .arbiters(3)
            .producer("readings", iter(readings))
            .consumer_each("sink", 4, make)
            .hash_by("sensor")
            .mailbox(MailboxOptions::capacity(5))
            .start()
            .expect("a sound topology")
            .join(),
    );
    assert_eq!(report.actors["sink"].handled, 2_000);
    let kept = kept.lock().expect("no panic");
    let mut used = std::collections::BTreeSet::new();
    for sensor in 0..37 {
        let own: Vec<_> = kept.iter().filter(|(_, reading)| reading.sensor == sensor).collect();
        assert!(own.iter().all(|(instance, _)| *instance == own[0].0), "sensor {sensor} moved");
        assert!(own.is_sorted_by_key(|(_, reading)| reading.number));
        used.insert(own[0].0);
    }
    assert_eq!(used.len(), 4, "37 keys find every instance");
}

#[test]
fn instances_share_a_mailbox_and_lose_nothing_across_threads() {
    for routing in [Routing::Shared, Routing::RoundRobin, Routing::LeastLoaded] {
        for capacity in [1, 3, 100] {
            let topology = Topology::new("shared")
                .arbiters(3)
                .producer("a", iter(0..2_000u64))
                .producer("b", iter(0..2_000u64))
                .stage_each("work", 3, |_| map(|n: u64| n))
                .inputs(["a", "b"])
                .routing(routing)
                .mailbox(MailboxOptions::capacity(capacity))
                .consumer("sink", for_each(|_: u64| {}))
                .mailbox(MailboxOptions::capacity(capacity));
            let report = balanced(&topology.start().expect("a sound topology").join());
            assert_eq!(report.actors["sink"].handled, 4_000, "{routing:?} {capacity}");
        }
    }
}

#[test]
fn an_instance_that_ends_early_hands_back_what_it_did_not_start() {
    struct Take(usize);
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
    let report = testkit::run(Topology::new("early").producer("n", iter(0..100u64)).consumer_each(
        "sink",
        2,
        |instance| Take(if instance == 0 { 3 } else { 1_000 }),
    ));
    assert_eq!((report.actors["sink"].handled, report.actors["sink"].dropped.total()), (100, 0));
}

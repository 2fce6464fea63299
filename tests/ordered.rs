//! `ordered`: what parallel instances emit goes on in the order of their input.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};
use tidegate::time::{Instant, sleep};
use tidegate::{Outcome, Severity};

/// A number that looks random, of which equal seeds give equal ones.
fn scrambled(n: u64) -> u64 {
    let mut x = n.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x ^= x >> 31;
    x = x.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x ^ (x >> 29)
}

/// How a message becomes others.
#[derive(Clone, Copy)]
enum How {
    /// Emitted as it is.
    Plain,
    /// Every third only.
    Filter,
    /// Twice, or not at all.
    Expand,
    /// Three times, each sent.
    Send,
    /// Every seventh fails.
    Fail,
}

/// Takes up to ten milliseconds for each message, or as long as a few spins.
#[derive(Clone)]
struct Work {
    how: How,
    real: bool,
    at_once: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Work {
    fn new(how: How, real: bool) -> Self {
        Self { how, real, at_once: Arc::default(), most: Arc::default() }
    }
}

impl Stage for Work {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        let now = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        if self.real {
            for _ in 0..scrambled(n) % 3_000 {
                std::hint::spin_loop();
            }
            if scrambled(n).is_multiple_of(5) {
                tokio::task::yield_now().await;
            }
        } else {
            sleep(Duration::from_millis(scrambled(n) % 10)).await;
        }
        self.at_once.fetch_sub(1, Ordering::SeqCst);
        match self.how {
            How::Plain => out.emit(n),
            How::Filter if n.is_multiple_of(3) => out.emit(n),
            How::Expand if n.is_multiple_of(2) => {
                out.emit(n);
                out.emit(n + 1);
            }
            How::Send => {
                for part in 0..3 {
                    out.send(n * 3 + part).await;
                }
            }
            How::Fail if n % 7 == 6 => {
                out.emit(u64::MAX);
                return Err("a seventh".into());
            }
            How::Fail => out.emit(n),
            How::Filter | How::Expand => {}
        }
        Ok(())
    }

    fn max_emit(&self) -> usize {
        2
    }

    fn on_error(&self) -> OnError {
        OnError::DeadLetter
    }
}

/// What comes of the numbers below `count`, in order.
fn expected(how: How, count: u64) -> Vec<u64> {
    match how {
        How::Plain => (0..count).collect(),
        How::Filter => (0..count).filter(|n| n.is_multiple_of(3)).collect(),
        How::Expand => (0..count).filter(|n| n.is_multiple_of(2)).flat_map(|n| [n, n + 1]).collect(),
        How::Send => (0..count * 3).collect(),
        How::Fail => (0..count).filter(|n| n % 7 != 6).collect(),
    }
}

type Kept = Arc<std::sync::Mutex<Vec<u64>>>;

fn keep() -> (Kept, impl Consumer<In = u64>) {
    let kept = Kept::default();
    let keeper = kept.clone();
    (kept, for_each(move |n: u64| keeper.lock().expect("no panic under this lock").push(n)))
}

fn ordered(count: u64, instances: usize, work: Work, capacity: usize) -> (Kept, Topology) {
    let (kept, consumer) = keep();
    let topology = Topology::new("ordered")
        .producer("n", iter(0..count))
        .stage_each("work", instances, move |_| work.clone())
        .ordered()
        .mailbox(MailboxOptions::capacity(capacity.max(2)))
        .consumer("end", consumer)
        .mailbox(MailboxOptions::capacity(capacity.max(2)));
    (kept, topology)
}

const HOWS: [How; 5] = [How::Plain, How::Filter, How::Expand, How::Send, How::Fail];

#[test]
fn order_is_restored_whatever_each_message_takes_and_becomes() {
    for how in HOWS {
        for (instances, capacity) in [(2, 2), (3, 2), (8, 5), (4, 1024)] {
            let work = Work::new(how, false);
            let (kept, topology) = ordered(500, instances, work.clone(), capacity);
            testkit::run(topology);
            assert_eq!(*kept.lock().expect("no panic"), expected(how, 500));
            assert_eq!(work.most.load(Ordering::SeqCst), instances, "they work in parallel");
        }
    }
}

#[test]
fn order_is_restored_on_real_threads() {
    for how in HOWS {
        for (arbiters, instances, capacity) in [(1, 3, 2), (2, 2, 2), (4, 7, 64)] {
            let (kept, topology) = ordered(3_000, instances, Work::new(how, true), capacity);
            let report = balanced(&topology.arbiters(arbiters).start().expect("a sound topology").join());
            assert_eq!(report.outcome, Outcome::Completed);
            assert_eq!(*kept.lock().expect("no panic"), expected(how, 3_000));
        }
    }
}

#[test]
fn each_of_several_inputs_keeps_its_order_whatever_their_weights_and_mailboxes() {
    for (arbiters, capacity) in [(1, 2), (3, 8)] {
        let (kept, consumer) = keep();
        let report = Topology::new("ordered")
            .arbiters(arbiters)
            .default_mailbox(MailboxOptions::capacity(capacity))
            .producer("a", iter((0..2_000u64).map(|n| n * 4)))
            .producer("b", iter((0..2_000u64).map(|n| n * 4 + 1)))
            .producer("c", iter((0..500u64).map(|n| n * 4 + 2)))
            .producer("d", iter((0..500u64).map(|n| n * 4 + 3)))
            .stage_each("work", 5, |_| Work::new(How::Plain, true))
            .ordered()
            .inputs([
                InputOptions::new("a").weight(3),
                "b".into(),
                InputOptions::new("c").preferred(),
                InputOptions::new("d").mailbox(MailboxOptions::capacity(2)),
            ])
            .consumer("end", consumer)
            .start()
            .expect("a sound topology")
            .join();
        assert_eq!(balanced(&report).actors["work"].handled, 5_000);
        let kept = kept.lock().expect("no panic");
        for (input, count) in [(0, 2_000), (1, 2_000), (2, 500), (3, 500)] {
            let of: Vec<u64> = kept.iter().filter(|n| **n % 4 == input).map(|n| n / 4).collect();
            assert!(of.iter().copied().eq(0..count), "input {input}");
        }
    }
}

#[test]
fn a_mailbox_that_drops_leaves_the_rest_in_order() {
    let (kept, consumer) = keep();
    let work = Work::new(How::Plain, false);
    let report = testkit::run(
        Topology::new("ordered")
            .producer("n", iter(0..5_000u64))
            .stage_each("work", 3, move |_| work.clone())
            .ordered()
            .mailbox(MailboxOptions::capacity(8).overflow(Overflow::DropOldest))
            .consumer("end", consumer),
    );
    let (work, kept) = (&report.actors["work"], kept.lock().expect("no panic"));
    assert!(work.dropped.overflow > 0 && kept.is_sorted());
    assert_eq!((kept.len() as u64, work.received), (work.handled, 5_000));
}

#[test]
fn order_is_restored_behind_blocking_instances() {
    let (kept, consumer) = keep();
    let spin = |n: u64| {
        for _ in 0..scrambled(n) % 20_000 {
            std::hint::spin_loop();
        }
        n
    };
    let report = Topology::new("ordered")
        .producer("n", iter(0..1_000u64))
        .stage_each("work", 4, move |_| map(spin))
        .blocking()
        .ordered()
        .consumer("end", consumer)
        .start()
        .expect("a sound topology")
        .join();
    balanced(&report);
    assert!(kept.lock().expect("no panic").iter().copied().eq(0..1_000));
}

/// Waits in its first message until it is told, and is done with the others at once.
struct First(Arc<tokio::sync::Semaphore>);

impl Stage for First {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        if n == 0 {
            self.0.acquire().await?.forget();
        }
        out.emit(n);
        Ok(())
    }
}

#[test]
fn while_the_next_is_missing_as_many_wait_as_there_are_instances_and_no_more_are_taken() {
    testkit::virtual_time(async {
        let gate = Arc::new(tokio::sync::Semaphore::new(0));
        let (kept, consumer) = keep();
        let held = gate.clone();
        let running = testkit::start(
            Topology::new("ordered")
                .producer("n", iter(0..100u64))
                .stage_each("work", 4, move |_| First(held.clone()))
                .ordered()
                .mailbox(MailboxOptions::capacity(8))
                .consumer("end", consumer)
                .mailbox(MailboxOptions::capacity(2)),
        );
        testkit::settle().await;
        let snapshot = running.snapshot();
        let (work, end) = (&snapshot.actors["work"], &snapshot.actors["end"]);
        assert_eq!((work.handled, work.in_handler, end.received), (0, 4, 0));
        let end = end.mailbox.as_ref().expect("a consumer has one");
        assert_eq!((end.depth, end.pressured), (0, false), "who waits for its turn holds no room");
        gate.add_permits(1);
        balanced(&running.wait().await);
        assert!(kept.lock().expect("no panic").iter().copied().eq(0..100));
    });
}

#[test]
fn messages_of_different_length_take_the_time_of_the_slowest_in_work() {
    testkit::virtual_time(async {
        let since = Instant::now();
        let (kept, topology) = ordered(1_000, 10, Work::new(How::Plain, false), 64);
        balanced(&testkit::start(topology).wait().await);
        assert_eq!(kept.lock().expect("no panic").len(), 1_000);
        let one_by_one: u64 = (0..1_000).map(|n| scrambled(n) % 10).sum();
        assert!(since.elapsed().as_millis() as u64 * 4 < one_by_one, "{:?} of {one_by_one}", since.elapsed());
    });
}

/// Panics at one message, while others wait behind it.
struct Panics;

impl Stage for Panics {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        sleep(Duration::from_millis(if n == 50 { 20 } else { scrambled(n) % 5 })).await;
        assert!(n != 50, "fifty");
        out.emit(n);
        Ok(())
    }
}

#[test]
fn a_panic_releases_those_behind_it() {
    let (kept, consumer) = keep();
    let report = testkit::run(
        Topology::new("ordered")
            .producer("n", iter(0..1_000u64))
            .stage_each("work", 4, |_| Panics)
            .ordered()
            .mailbox(MailboxOptions::capacity(8))
            .consumer("end", consumer),
    );
    assert_eq!((report.outcome, report.actors["work"].failed), (Outcome::Failed, 1));
    let kept = kept.lock().expect("no panic");
    assert!(kept.len() > 50 && kept.is_sorted() && !kept.contains(&50), "{kept:?}");
    assert_eq!(report.actors["work"].handled, kept.len() as u64);
}

/// Done after so many messages of its own.
struct Mortal {
    left: u64,
    total: Arc<AtomicU64>,
}

impl Stage for Mortal {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        sleep(Duration::from_millis(scrambled(n) % 5)).await;
        self.left -= 1;
        self.total.fetch_add(1, Ordering::Relaxed);
        out.emit(n);
        Ok(())
    }

    fn is_finished(&self) -> bool {
        self.left == 0
    }
}

#[test]
fn instances_that_end_one_by_one_leave_the_order_to_the_others() {
    let (kept, consumer) = keep();
    let total = Arc::new(AtomicU64::new(0));
    let counter = total.clone();
    let report = testkit::run(
        Topology::new("ordered")
            .producer("n", iter(0..1_000u64))
            .stage_each("work", 5, move |number| Mortal {
                left: 10 + 20 * number as u64,
                total: counter.clone(),
            })
            .ordered()
            .mailbox(MailboxOptions::capacity(8))
            .consumer("end", consumer)
            .mailbox(MailboxOptions::capacity(2)),
    );
    assert_eq!(report.outcome, Outcome::Completed);
    assert_eq!(total.load(Ordering::Relaxed), 10 + 30 + 50 + 70 + 90);
    assert!(kept.lock().expect("no panic").iter().copied().eq(0..250));
}

#[test]
fn a_forced_stop_accounts_for_those_that_wait_for_their_turn() {
    testkit::virtual_time(async {
        let gate = Arc::new(tokio::sync::Semaphore::new(0));
        let running = testkit::start(
            Topology::new("ordered")
                .producer("n", iter(0..100u64))
                .stage_each("work", 4, move |_| First(gate.clone()))
                .ordered()
                .mailbox(MailboxOptions::capacity(8))
                .consumer("end", for_each(|_: u64| {})),
        );
        testkit::settle().await;
        running.stop();
        let report = balanced(&running.wait().await);
        let work = &report.actors["work"];
        assert_eq!((work.handled, work.emitted), (0, 0));
        assert_eq!(work.left, work.received);
    });
}

#[test]
fn order_that_cannot_be_restored_is_found_by_the_check() {
    let topology = Topology::new("ordered")
        .producer("n", iter(0..9u64))
        .ordered()
        .stage("one", map(|n: u64| n))
        .ordered()
        .stage_each("turns", 2, |_| map(|n: u64| n))
        .ordered()
        .routing(Routing::RoundRobin)
        .consumer("end", for_each(|_: u64| {}))
        .ordered();
    let problems = topology.check(false);
    assert_eq!(
        problems.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "actor `n`, `ordered`: `n` is a producer and takes no input, so there is no order to restore (remove \
             `ordered`)",
            "actor `one`, `ordered`: one instance keeps the order anyway, so `ordered` has no effect (remove it, or set \
             `instances` to more)",
            "actor `turns`, `ordered`: order can be restored only behind instances that share their mailbox (use `routing \
             = \"shared\"`: whoever is free takes the next message)",
            "actor `end`, `ordered`: `end` is a consumer and emits nothing, so there is no order to restore (remove \
             `ordered`)",
        ]
    );
    let errors = problems.iter().filter(|problem| problem.severity == Severity::Error);
    assert_eq!(errors.count(), 3);
}

//! Flow-control patterns that meet in one topology: each keeps its promise.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};

/// Makes numbers from 1 on that are delivered at least once.
struct Numbers {
    made: u64,
    end: u64,
    done: Arc<AtomicU64>,
}

impl Numbers {
    fn new(end: u64, done: &Arc<AtomicU64>) -> Self {
        Self { made: 0, end, done: done.clone() }
    }
}

impl Producer for Numbers {
    type Out = Outlet<u64>;

    async fn produce(&mut self, out: &mut Outlet<u64>) -> Result<Next> {
        if self.made == self.end {
            return Ok(Next::Done);
        }
        self.made += 1;
        out.emit(self.made);
        Ok(Next::More)
    }

    fn can_resume(&self) -> bool {
        true
    }

    fn on_acknowledged(&mut self, count: u64) {
        self.done.store(count, Ordering::Relaxed);
    }
}

/// Takes its time, which differs from message to message; every tenth message fails or panics the first time.
struct Moody {
    panics: bool,
    failed: Arc<Mutex<Vec<u64>>>,
}

impl Stage for Moody {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        tokio::time::sleep(Duration::from_millis(n * 7 % 13)).await;
        let first = {
            let mut failed = self.failed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let first = !failed.contains(&n);
            failed.push(n);
            first
        };
        if n.is_multiple_of(10) && first {
            assert!(!self.panics, "in a bad mood");
            return Err("not now".into());
        }
        out.emit(n);
        Ok(())
    }
}

fn collected() -> (Arc<Mutex<Vec<u64>>>, impl Consumer<In = u64>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let into = seen.clone();
    (seen, for_each(move |n: u64| into.lock().expect("nobody panics with it").push(n)))
}

#[test]
fn order_is_restored_behind_instances_that_fail_and_are_asked_again_and_all_is_acknowledged() {
    for panics in [false, true] {
        let done = Arc::new(AtomicU64::new(0));
        let failed = Arc::new(Mutex::new(Vec::new()));
        let (seen, consumer) = collected();
        let again = Retry::times(3);
        let topology = Topology::new("moody")
            .producer("n", Numbers::new(200, &done))
            .stage_each("moody", 4, move |_| Moody { panics, failed: failed.clone() })
            .ordered();
        let topology = if panics { topology.on_panic(again) } else { topology.on_error(again) };
        let report = testkit::run(topology.consumer("end", consumer));
        assert_eq!(report.actors["moody"].failed, 0, "each is handled in the end");
        assert_eq!(*seen.lock().expect("it has ended"), (1..=200).collect::<Vec<u64>>());
        assert_eq!(done.load(Ordering::Relaxed), 200);
    }
}

#[test]
fn order_is_kept_where_failed_messages_are_passed_over() {
    for panics in [false, true] {
        let done = Arc::new(AtomicU64::new(0));
        let failed = Arc::new(Mutex::new(Vec::new()));
        let (seen, consumer) = collected();
        let topology = Topology::new("moody")
            .producer("n", Numbers::new(200, &done))
            .stage_each("moody", 4, move |_| Moody { panics, failed: failed.clone() })
            .ordered();
        let skip = tidegate::OnError::Skip;
        let restart = tidegate::Restart::times(100);
        let topology = if panics { topology.on_panic(restart) } else { topology.on_error(skip) };
        let report = testkit::run(topology.consumer("end", consumer));
        assert_eq!(report.actors["moody"].failed, 20);
        let expected: Vec<u64> = (1..=200u64).filter(|n| !n.is_multiple_of(10)).collect();
        assert_eq!(*seen.lock().expect("it has ended"), expected);
        assert_eq!(done.load(Ordering::Relaxed), 200, "what was passed over counts as done");
    }
}

#[test]
fn weighted_and_preferred_inputs_acknowledge_what_they_deliver() {
    for arbiters in [1, 2] {
        let done: Vec<_> = (0..3).map(|_| Arc::new(AtomicU64::new(0))).collect();
        let report = Topology::new("weights")
            .arbiters(arbiters)
            .default_mailbox(MailboxOptions::capacity(32))
            .producer("a", Numbers::new(5_000, &done[0]))
            .producer("b", Numbers::new(3_000, &done[1]))
            .producer("c", Numbers::new(1_000, &done[2]))
            .stage("all", map(|n: u64| n))
            .inputs([
                InputOptions::new("a").weight(6),
                InputOptions::new("b").weight(3),
                InputOptions::new("c").preferred(),
            ])
            .consumer("end", for_each(|_: u64| {}))
            .consumer("aside", for_each(|_: u64| {}))
            .inputs([InputOptions::new("all").tap()])
            .start()
            .expect("it starts")
            .join();
        balanced(&report);
        let done: Vec<u64> = done.iter().map(|count| count.load(Ordering::Relaxed)).collect();
        assert_eq!(done, [5_000, 3_000, 1_000]);
    }
}

#[test]
fn a_breaker_that_holds_delays_acknowledgements_and_loses_none() {
    let done = Arc::new(AtomicU64::new(0));
    let tries = Arc::new(AtomicU64::new(0));
    let report = testkit::run(
        Topology::new("breaker")
            .default_mailbox(MailboxOptions::capacity(8))
            .producer("n", Numbers::new(100, &done))
            .consumer_each("end", 1, move |_| Down(tries.clone()))
            .on_error(Retry::times(1_000))
            .breaker(tidegate::Breaker::default()),
    );
    assert_eq!((report.actors["end"].handled, report.actors["end"].failed), (100, 0));
    assert_eq!(done.load(Ordering::Relaxed), 100);
}

/// Is down for its first forty tries.
struct Down(Arc<AtomicU64>);

impl Consumer for Down {
    type In = u64;

    async fn handle(&mut self, _: u64) -> Result {
        if self.0.fetch_add(1, Ordering::Relaxed) < 40 { Err("down".into()) } else { Ok(()) }
    }
}

/// Keeps up to four numbers, and lets them go when there is room. Every tenth fails or panics the first time.
struct Keeps {
    panics: bool,
    kept: Vec<u64>,
    failed: Arc<Mutex<Vec<u64>>>,
}

impl Stage for Keeps {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, _: &mut Outlet<u64>) -> Result {
        let first = {
            let mut failed = self.failed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let first = !failed.contains(&n);
            failed.push(n);
            first
        };
        if n.is_multiple_of(10) && first {
            assert!(!self.panics, "in a bad mood");
            return Err("not now".into());
        }
        self.kept.push(n);
        Ok(())
    }

    fn is_detached(&self) -> bool {
        true
    }

    fn takes_input(&self) -> bool {
        self.kept.len() < 4
    }

    fn has_output(&self) -> bool {
        !self.kept.is_empty()
    }

    fn on_room(&mut self, out: &mut Outlet<u64>) -> Result {
        out.emit(self.kept.remove(0));
        Ok(())
    }

    async fn on_end(&mut self, out: &mut Outlet<u64>) -> Result {
        for n in self.kept.drain(..) {
            out.send(n).await;
        }
        Ok(())
    }

    fn max_held(&self) -> usize {
        4
    }

    fn held(&self) -> usize {
        self.kept.len()
    }
}

#[test]
fn a_detached_stage_is_asked_again_and_acknowledges_what_it_has_let_go() {
    for (panics, blocks) in [(false, false), (true, false), (false, true), (true, true)] {
        let done = Arc::new(AtomicU64::new(0));
        let failed = Arc::new(Mutex::new(Vec::new()));
        let (seen, consumer) = collected();
        let keeps = Keeps { panics, kept: Vec::new(), failed };
        let topology = Topology::new("keeps").producer("n", Numbers::new(200, &done)).stage("keeps", keeps);
        let again = Retry::times(3);
        let topology = if panics { topology.on_panic(again) } else { topology.on_error(again) };
        // Before a mailbox that drops there is always room.
        let (topology, mailbox) = match blocks {
            false => (topology, MailboxOptions::capacity(2)),
            true => (topology.blocking(), MailboxOptions::capacity(1000).overflow(Overflow::DropNewest)),
        };
        let report = testkit::run(topology.consumer("end", consumer).mailbox(mailbox).allow_loss());
        assert_eq!((report.actors["keeps"].handled, report.actors["keeps"].failed), (200, 0));
        assert_eq!(*seen.lock().expect("it has ended"), (1..=200).collect::<Vec<u64>>());
        assert_eq!(done.load(Ordering::Relaxed), 200);
    }
}

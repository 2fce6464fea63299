//! The bound is exact, whatever the interleaving.

use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};
use tidegate::{ActorReport, Snapshot};

const CAPACITIES: [usize; 5] = [1, 2, 3, 10, 1024];

/// Counts up to 1,500 and heeds nothing but the bound: between the high mark and the capacity, a producer that
/// pauses would leave room.
struct Count(u64);

impl Producer for Count {
    type Out = Outlet<u64>;

    async fn produce(&mut self, out: &mut Outlet<u64>) -> Result<Next> {
        out.emit(self.0);
        self.0 += 1;
        Ok(if self.0 < 1_500 { Next::More } else { Next::Done })
    }

    fn reaction(&self) -> Reaction {
        Reaction::Continue
    }
}

/// A mailbox that is full only when it is full: the signal comes no earlier than the bound.
fn exactly(capacity: usize) -> MailboxOptions {
    MailboxOptions::capacity(capacity).watermarks(0.5, 1.0)
}

/// What a stalled consumer behind a mailbox of `capacity` must look like, with this many upstream actors.
fn assert_full(snapshot: &Snapshot, capacity: usize, producers: usize) {
    let sink = &snapshot.actors["sink"];
    assert_eq!((sink.waiting, sink.in_handler), (capacity as u64, 1), "{sink:#?}");
    let emitted: u64 = (0..producers).map(|n| snapshot.actors[&format!("p{n}")].emitted).sum();
    assert_eq!(emitted, capacity as u64 + 1, "{snapshot:#?}");
}

fn is_full(sink: &ActorReport, capacity: usize) -> bool {
    sink.waiting == capacity as u64 && sink.in_handler == 1
}

#[test]
fn a_stalled_consumer_stands_for_capacity_waiting_and_one_in_hand() {
    for capacity in CAPACITIES {
        for producers in [1, 2, 5] {
            testkit::virtual_time(async {
                let (probe, consumer) = testkit::probe_consumer::<u64>();
                let mut topology = Topology::new("stalled");
                for n in 0..producers {
                    topology = topology.producer(&format!("p{n}"), Count(0));
                }
                let inputs: Vec<String> = (0..producers).map(|n| format!("p{n}")).collect();
                let topology = topology
                    .consumer("sink", consumer)
                    .inputs(inputs.iter().map(String::as_str))
                    .mailbox(exactly(capacity));
                let running = testkit::start(topology);
                testkit::settle().await;
                assert_full(&running.snapshot(), capacity, producers);
                probe.request(1);
                testkit::settle().await;
                let snapshot = running.snapshot();
                assert_eq!(snapshot.actors["sink"].handled, 1);
                probe.request(producers * 1_500);
                let report = balanced(&running.wait().await);
                assert_eq!(report.actors["sink"].handled, producers as u64 * 1_500);
                assert_eq!(report.actors["sink"].mailbox.as_ref().map(|m| m.peak), Some(capacity));
            });
        }
    }
}

/// Where the actors of a test run.
#[derive(Clone, Copy, Debug)]
enum Layout {
    SameArbiter,
    DifferentArbiters,
    BlockingConsumer,
    AllBlocking,
}

/// A consumer that stalls until a test lets go: async, or by blocking its thread.
struct Stalling {
    gate: Gate,
}

enum Gate {
    Async(tokio::sync::watch::Receiver<bool>),
    Blocking(std::sync::Arc<(std::sync::Mutex<bool>, std::sync::Condvar)>),
}

impl Consumer for Stalling {
    type In = u64;

    async fn handle(&mut self, _: u64) -> Result {
        match &mut self.gate {
            Gate::Async(open) => drop(open.wait_for(|open| *open).await?),
            Gate::Blocking(gate) => {
                let mut open = gate.0.lock().expect("no panic under this lock");
                while !*open {
                    open = gate.1.wait(open).expect("no panic under this lock");
                }
            }
        }
        Ok(())
    }
}

#[test]
fn the_bound_holds_on_threads_too() {
    for capacity in CAPACITIES {
        for producers in [1, 3] {
            for layout in [
                Layout::SameArbiter,
                Layout::DifferentArbiters,
                Layout::BlockingConsumer,
                Layout::AllBlocking,
            ] {
                stall_and_release(capacity, producers, layout);
            }
        }
    }
}

fn stall_and_release(capacity: usize, producers: usize, layout: Layout) {
    let (open, opened) = tokio::sync::watch::channel(false);
    let blocking = std::sync::Arc::new((std::sync::Mutex::new(false), std::sync::Condvar::new()));
    let gate = match layout {
        Layout::SameArbiter | Layout::DifferentArbiters => Gate::Async(opened),
        Layout::BlockingConsumer | Layout::AllBlocking => Gate::Blocking(blocking.clone()),
    };
    let place = |topology: Topology, number: usize| match layout {
        Layout::SameArbiter => topology.arbiter(0),
        Layout::DifferentArbiters => topology.arbiter(number),
        Layout::BlockingConsumer if number > 0 => topology.arbiter(number - 1),
        Layout::BlockingConsumer | Layout::AllBlocking => topology.blocking(),
    };
    let mut topology = Topology::new("stalled").arbiters(producers + 1);
    for n in 0..producers {
        topology = place(topology.producer(&format!("p{n}"), Count(0)), n + 1);
    }
    let inputs: Vec<String> = (0..producers).map(|n| format!("p{n}")).collect();
    let topology = topology
        .consumer("sink", Stalling { gate })
        .inputs(inputs.iter().map(String::as_str))
        .mailbox(exactly(capacity));
    let running = place(topology, 0).start().expect("a sound topology");
    let snapshot = testkit::eventually(&running, |snapshot| {
        let emitted: u64 = (0..producers).map(|n| snapshot.actors[&format!("p{n}")].emitted).sum();
        is_full(&snapshot.actors["sink"], capacity) && emitted == capacity as u64 + 1
    });
    assert_full(&snapshot, capacity, producers);
    *blocking.0.lock().expect("no panic under this lock") = true;
    blocking.1.notify_all();
    open.send_replace(true);
    let report = balanced(&running.join());
    assert_eq!(report.actors["sink"].handled, producers as u64 * 1_500, "{capacity} {producers} {layout:?}");
    assert_eq!(report.actors["sink"].mailbox.as_ref().map(|m| m.peak), Some(capacity));
}

//! The bound is exact, whatever the interleaving.

use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};
use tidegate::{ActorReport, Snapshot};

const CAPACITIES: [usize; 5] = [1, 2, 3, 10, 1024];

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
                    topology = topology.producer(&format!("p{n}"), iter(0..3_000u64));
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
                probe.request(producers * 3_000);
                let report = balanced(&running.wait().await);
                assert_eq!(report.actors["sink"].handled, producers as u64 * 3_000);
                assert_eq!(report.actors["sink"].mailbox.as_ref().map(|m| m.peak), Some(capacity));
            });
        }
    }
}

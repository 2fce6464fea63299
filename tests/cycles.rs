//! Cycles end when nothing can move in them any more.

mod support;

use support::Halve;
use tidegate::Outcome;
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};

fn halving(numbers: u64, feedback: usize) -> Topology {
    let back = MailboxOptions::capacity(feedback).overflow(Overflow::DropNewest);
    Topology::new("halving")
        .producer("numbers", iter((1..=numbers).map(|n| n * 64)))
        .stage("halve", Halve)
        .inputs([InputOptions::new("numbers"), InputOptions::new("halve.again").mailbox(back)])
        .consumer("odd", for_each(|n: u64| assert!(n % 2 == 1)))
        .inputs(["halve.done"])
}

#[test]
fn a_loop_with_room_enough_handles_everything_and_ends() {
    for arbiters in [1, 2] {
        let report =
            balanced(&halving(1_000, 100_000).arbiters(arbiters).start().expect("a sound topology").join());
        assert_eq!((report.outcome, report.actors["odd"].handled), (Outcome::Completed, 1_000));
        assert_eq!(report.actors["halve"].dropped.total(), 0);
    }
    assert_eq!(testkit::run(halving(100, 10_000)).actors["odd"].handled, 100);
}

#[test]
fn a_loop_that_drops_counts_what_it_dropped_and_ends() {
    let report = testkit::run(halving(1_000, 1));
    let halve = &report.actors["halve"];
    assert_eq!(report.outcome, Outcome::Completed);
    assert_eq!(report.actors["odd"].handled + halve.dropped.overflow, 1_000);
}

#[test]
fn a_loop_that_never_ends_by_itself_is_drained() {
    testkit::virtual_time(async {
        let running = testkit::start(
            Topology::new("silent")
                .producer("numbers", from_stream(futures_util::stream::pending::<u64>()))
                .stage("halve", Halve)
                .inputs([
                    InputOptions::new("numbers"),
                    InputOptions::new("halve.again")
                        .mailbox(MailboxOptions::capacity(1).overflow(Overflow::DropNewest)),
                ])
                .consumer("odd", for_each(|_: u64| {}))
                .inputs(["halve.done"]),
        );
        testkit::settle().await;
        running.drain(std::time::Duration::from_secs(30));
        assert_eq!(balanced(&running.wait().await).outcome, Outcome::Drained);
    });
}

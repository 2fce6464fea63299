//! Arbiters with more to do than they can: orders are obeyed all the same, after a turn of each cell and not of its whole
//! input.

use std::time::Duration;
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};
use tidegate::{ActorState, Outcome, Snapshot};

/// Chains that would keep any number of threads busy.
const CHAINS: usize = 40;

/// A cell yields after so many messages.
const MOST_A_TURN: u64 = 2_048;

fn saturated() -> Topology {
    let mut topology = Topology::new("saturated");
    for chain in 0..CHAINS {
        topology = topology
            .producer(&format!("n{chain}"), iter(1u64..))
            .stage(&format!("pass{chain}"), map(|n: u64| n))
            .consumer(&format!("sink{chain}"), for_each(|_: u64| {}));
    }
    topology
}

fn emitted(snapshot: &Snapshot, actor: &str) -> u64 {
    snapshot.actors[actor].emitted
}

/// Lets every cell have a few turns.
async fn turns(count: usize) {
    for _ in 0..count {
        tokio::task::yield_now().await;
    }
}

#[test]
fn on_one_saturated_thread_an_order_is_obeyed_within_a_few_turns() {
    testkit::virtual_time(async {
        let running = testkit::start(saturated());
        // Time stands still: there is always something to do.
        turns(50).await;
        let since = tokio::time::Instant::now();

        let before = running.snapshot();
        assert!(emitted(&before, "n7") > 0 && emitted(&before, "n39") > 0, "all have had a turn");
        running.pause("n7");
        turns(10).await;
        let held = running.snapshot();
        assert_eq!(held.actors["n7"].state, ActorState::Paused);
        let slipped = emitted(&held, "n7") - emitted(&before, "n7");
        assert!(slipped <= 4 * MOST_A_TURN, "{slipped} messages went before the order");
        turns(50).await;
        let later = running.snapshot();
        assert_eq!(emitted(&later, "n7"), emitted(&held, "n7"), "not one more");
        assert!(emitted(&later, "n8") > emitted(&held, "n8"), "the others go on");

        running.resume("n7");
        running.drain_actor("n8").expect("there is one");
        running.stop_actor("sink9").expect("there is one");
        running.set_mailbox("sink10", &MailboxOptions::capacity(3)).expect("a sound capacity");
        turns(50).await;
        let changed = running.snapshot();
        assert!(emitted(&changed, "n7") > emitted(&later, "n7"));
        assert_eq!(changed.actors["n8"].state, ActorState::Ended);
        assert_eq!(changed.actors["sink9"].state, ActorState::Ended);
        assert_eq!(changed.actors["sink10"].mailbox.as_ref().map(|mailbox| mailbox.capacity), Some(3));

        running.stop();
        turns(20).await;
        assert_eq!(since.elapsed(), Duration::ZERO, "all of this took no time");
        let report = balanced(&running.wait().await);
        assert_eq!(report.outcome, Outcome::Stopped);
        let (first, last) = (emitted(&changed, "n0"), report.actors["n0"].emitted);
        assert!(last - first <= 8 * MOST_A_TURN, "{} messages went before the stop", last - first);
    });
}

#[test]
fn threads_with_twenty_times_too_much_to_do_hear_a_pause_and_end_in_good_order() {
    let running = saturated().arbiters(2).start().expect("a sound topology");
    let all_run = |snapshot: &Snapshot| (0..CHAINS).all(|chain| emitted(snapshot, &format!("n{chain}")) > 0);
    testkit::eventually(&running, all_run);
    running.pause_all();
    let paused = |snapshot: &Snapshot| {
        (0..CHAINS).all(|chain| snapshot.actors[&format!("n{chain}")].state == ActorState::Paused)
    };
    let first = testkit::eventually(&running, paused);
    let second = running.snapshot();
    for chain in 0..CHAINS {
        let name = format!("n{chain}");
        assert_eq!(emitted(&first, &name), emitted(&second, &name), "`{name}` is paused");
    }
    running.drain(Duration::from_secs(30));
    let report = balanced(&running.join());
    assert_eq!((report.outcome, &report.error), (Outcome::Drained, &None));
    for chain in 0..CHAINS {
        let (made, taken) = (&report.actors[&format!("n{chain}")], &report.actors[&format!("sink{chain}")]);
        assert_eq!(made.emitted, taken.handled);
    }
}

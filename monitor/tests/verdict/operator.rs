//! Actors that an operator pauses, or has paused.

use crate::support::{SECOND, Sink, Ticks, Work, endless, millis, topology};
use tidegate::prelude::*;
use tidegate::testkit;
use tidegate::time::sleep;
use tidegate_monitor::verdict::{RootKind, Verdict, Window, verdict};

/// The verdict on ten seconds of a topology, near the end of which something is done to it.
fn at_the_end(topology: Topology, act: impl AsyncFnOnce(&Handle)) -> Verdict {
    testkit::virtual_time(async {
        let running = testkit::start(topology);
        sleep(10 * SECOND).await;
        let earlier = running.snapshot();
        sleep(9 * SECOND).await;
        act(&running).await;
        let found = verdict(&Window::between(&earlier, &running.snapshot()));
        running.stop();
        running.wait().await;
        found
    })
}

#[test]
fn a_pause_is_told_first_and_at_once() {
    let chain = topology().producer("n", endless()).stage("parse", Work(1)).consumer("store", Sink(5));
    let found = at_the_end(chain, async |running| {
        running.pause("n");
        sleep(millis(500)).await;
    });
    let roots: Vec<_> = found.roots.iter().map(|root| (root.actor.as_str(), root.kind)).collect();
    assert_eq!(roots, [("n", RootKind::Paused), ("store", RootKind::Busy)], "{found:#?}");
    let since = found.roots[0].since_seconds.expect("it is paused now");
    assert!((19.0..19.1).contains(&since), "{since}");
    assert!(
        found.summary.starts_with("`n` is paused by an operator; resume it. `store` is busy "),
        "{found}"
    );
}

#[test]
fn a_pause_that_is_over_is_told_in_the_past_tense() {
    let chain = topology().producer("n", endless()).stage("parse", Work(0)).consumer("store", Sink(5));
    let found = at_the_end(chain, async |running| {
        running.pause("store");
        sleep(20 * SECOND).await;
        running.resume("store");
        sleep(SECOND).await;
    });
    assert_eq!(
        (found.roots[0].actor.as_str(), found.roots[0].kind),
        ("store", RootKind::Paused),
        "{found:#?}"
    );
    assert_eq!(found.roots[0].since_seconds, None);
    assert_eq!(
        found.to_string(),
        "`store` was paused by an operator 67 % of the time, which held `parse` and `n`."
    );
    let all = topology().producer("n", Ticks(10)).consumer("store", Sink(1));
    let found = at_the_end(all, async |running| {
        running.pause_all();
        sleep(20 * SECOND).await;
        running.resume_all();
        sleep(SECOND).await;
    });
    assert!(!found.summary.contains("resume") && !found.summary.contains("is paused"), "{found}");
}

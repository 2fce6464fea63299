//! Topologies in which nobody is held, or nothing happens.

use crate::support::{Reads, SECOND, Sink, Ticks, Work, judge, only_root, topology};
use tidegate::prelude::*;
use tidegate::testkit;
use tidegate::time::sleep;
use tidegate_monitor::verdict::{RootKind, Window, verdict};

#[test]
fn where_nobody_is_held_the_source_sets_the_pace() {
    let found =
        judge(topology().producer("lines", Reads(10)).stage("parse", Work(1)).consumer("store", Sink(2)));
    let root = only_root(&found, "lines", RootKind::SlowSource, &[]);
    assert!(root.share > 0.99 && root.advice.is_none(), "{root:#?}");
    assert_eq!(
        found.to_string(),
        "Nothing is held up: `lines` sets the pace, as it is busy getting its messages 100 % of the time."
    );
}

#[test]
fn several_sources_are_told_in_one_sentence() {
    let found = judge(
        topology()
            .producer("lines", Reads(10))
            .producer("ticks", Ticks(100))
            .consumer("store", Sink(2))
            .inputs(["lines", "ticks"]),
    );
    assert_eq!(
        found.to_string(),
        "Nothing is held up, the sources set the pace: `lines` is busy getting its messages 100 % of the time and `ticks` \
         waits 100 % of the time for its next message."
    );
}

#[test]
fn an_actor_at_its_limit_is_told_although_it_holds_nobody() {
    let report = testkit::run(topology().producer("n", iter(1..=10u64)).consumer("store", Sink(100)));
    let found = verdict(&Window::whole(&report));
    only_root(&found, "store", RootKind::Busy, &[]);
    assert_eq!(
        found.to_string(),
        "`store` was busy 100 % of the time and held nobody up; more instances, or a faster handler, would help."
    );
}

#[test]
fn where_nothing_happens_there_is_nothing_to_say() {
    let silent = topology()
        .producer("n", from_stream(futures_util::stream::pending::<u64>()))
        .stage("parse", Work(1))
        .consumer("store", Sink(2));
    let found = judge(silent);
    assert!(found.is_empty(), "{found:#?}");
    assert_eq!(found.to_string(), "Nothing moves, and nothing is held up.");
}

#[test]
fn after_the_end_there_is_nothing_to_say_of_the_moment_and_all_of_the_run() {
    testkit::virtual_time(async {
        let running = testkit::start(topology().producer("n", iter(1..=100u64)).consumer("store", Sink(10)));
        running.wait().await;
        let earlier = running.snapshot();
        sleep(SECOND).await;
        let later = running.snapshot();
        assert!(verdict(&Window::between(&earlier, &later)).is_empty());
        let whole = verdict(&Window::since_start(&later));
        assert_eq!(whole.roots[0].actor, "store");
        assert!(whole.summary.starts_with("`store` was busy"), "{whole}");
    });
}

#[test]
fn a_report_without_times_says_that_they_are_not_known() {
    let report = testkit::run(topology().producer("n", iter(1..=10u64)).consumer("store", Sink(10)));
    let mut old = serde_json::to_value(&report).expect("a report is JSON");
    for actor in old["actors"].as_object_mut().expect("actors by name").values_mut() {
        actor.as_object_mut().expect("an actor").remove("time");
    }
    let window = Window::whole(&serde_json::from_value(old).expect("still a report"));
    assert!(!window.has_times());
    assert_eq!(verdict(&window).to_string(), "It is not known where the time of the actors went.");
}

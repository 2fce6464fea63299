//! Slow actors, and whom they hold.

use crate::support::{
    Reads, SECOND, Sink, Ticks, Work, endless, judge, judge_after, millis, only_root, topology,
};
use std::collections::VecDeque;
use tidegate::prelude::*;
use tidegate::testkit;
use tidegate::time::{Instant, sleep};
use tidegate_monitor::verdict::{RootKind, Verdict, Window, verdict};

/// `lines`, then a stage of 2 ms, then a sink of 5 ms.
fn chain() -> Topology {
    topology().producer("lines", endless()).stage("parse", Work(2)).consumer("store", Sink(5))
}

#[test]
fn in_a_chain_a_slow_sink_holds_all_up_to_the_producer() {
    let found = judge(chain());
    only_root(&found, "store", RootKind::Busy, &["parse", "lines"]);
    assert_eq!(
        found.to_string(),
        "`store` is busy 100 % and holds `parse` and `lines`; two more instances would move the bottleneck to `parse`."
    );
}

#[test]
fn two_more_instances_do_move_the_bottleneck() {
    let more =
        topology()
            .producer("lines", endless())
            .stage("parse", Work(2))
            .consumer_each("store", 3, |_| Sink(5));
    only_root(&judge(more), "parse", RootKind::Busy, &["lines"]);
}

#[test]
fn a_slow_stage_in_the_middle_is_the_root_and_what_comes_after_it_is_not() {
    let found = judge(
        topology()
            .producer("lines", endless())
            .stage("check", Work(0))
            .stage("parse", Work(5))
            .stage("clean", Work(2))
            .consumer("store", Sink(1)),
    );
    let root = only_root(&found, "parse", RootKind::Busy, &["check", "lines"]);
    let advice = "two more instances would move the bottleneck to `clean`";
    assert_eq!(root.advice.as_deref(), Some(advice));
}

#[test]
fn where_the_next_bottleneck_is_far_away_instances_are_not_counted() {
    let found =
        judge(topology().producer("n", endless()).stage("light", Work(1)).consumer("store", Sink(40)));
    let advice = "more instances would help: `light`, the next bottleneck, is far from its limit";
    assert_eq!(found.roots[0].advice.as_deref(), Some(advice));
}

#[test]
fn a_diamond_with_one_slow_arm_is_held_by_that_alone() {
    let found = judge(
        topology()
            .producer("n", endless())
            .stage("fast", Work(1))
            .inputs(["n"])
            .stage("slow", Work(5))
            .inputs(["n"])
            .consumer("end", Sink(0))
            .inputs(["fast", "slow"]),
    );
    only_root(&found, "slow", RootKind::Busy, &["n"]);
}

#[test]
fn a_diamond_with_a_slow_end_is_held_by_the_end_over_both_arms() {
    let found = judge(
        topology()
            .producer("n", endless())
            .stage("left", Work(0))
            .inputs(["n"])
            .stage("right", Work(0))
            .inputs(["n"])
            .consumer("end", Sink(3))
            .inputs(["left", "right"]),
    );
    only_root(&found, "end", RootKind::Busy, &["left", "right", "n"]);
}

#[test]
fn two_slow_sinks_that_have_nothing_to_do_with_each_other_are_two_roots() {
    let found = judge(
        topology()
            .producer("a", endless())
            .consumer("archive", Sink(5))
            .producer("b", endless())
            .stage("parse", Work(0))
            .consumer("store", Sink(7)),
    );
    let [first, second] = &found.roots[..] else { panic!("{found:#?}") };
    assert_eq!((first.actor.as_str(), &first.holds[..]), ("store", &["parse".into(), "b".into()][..]));
    assert_eq!((second.actor.as_str(), &second.holds[..]), ("archive", &["a".into()][..]));
    assert_eq!(
        found.to_string(),
        "`store` is busy 100 % and holds `parse` and `b`; more instances, or a faster handler, would help. \
         `archive` is busy 100 % and holds `a`; more instances, or a faster handler, would help."
    );
}

#[test]
fn two_slow_sinks_of_one_producer_both_hold_it_if_each_gets_its_part() {
    let found = judge(
        topology()
            .producer("n", endless())
            .stage("split", Work(0))
            .consumer("one", Sink(5))
            .inputs(["split"])
            .consumer("other", Sink(5))
            .inputs(["split"]),
    );
    assert!(!found.roots.is_empty(), "{found:#?}");
    for root in &found.roots {
        assert!(["one", "other"].contains(&root.actor.as_str()), "{found:#?}");
        assert_eq!(root.holds, ["split", "n"]);
    }
}

#[test]
fn a_sink_of_several_producers_holds_all_of_them() {
    let found = judge(
        topology()
            .producer("a", endless())
            .producer("b", endless())
            .consumer("store", Sink(5))
            .inputs(["a", "b"]),
    );
    only_root(&found, "store", RootKind::Busy, &["a", "b"]);
}

#[test]
fn instances_that_share_a_mailbox_are_busy_together() {
    let found = judge(topology().producer("n", endless()).stage("parse", Work(1)).consumer_each(
        "store",
        4,
        |_| Sink(8),
    ));
    let root = only_root(&found, "store", RootKind::Busy, &["parse", "n"]);
    let advice = "four more instances would move the bottleneck to `parse`";
    assert_eq!(root.advice.as_deref(), Some(advice));
}

#[test]
fn the_instances_of_a_held_actor_have_time_left_each() {
    let found = judge(
        topology().producer("n", endless()).stage_each("parse", 4, |_| Work(8)).consumer("store", Sink(5)),
    );
    let root = only_root(&found, "store", RootKind::Busy, &["parse", "n"]);
    let advice = "two more instances would move the bottleneck to `parse`";
    assert_eq!(root.advice.as_deref(), Some(advice));
}

#[test]
fn an_elastic_actor_at_its_most_is_advised_to_have_more() {
    let found = judge(
        topology()
            .producer("n", endless())
            .stage("parse", Work(2))
            .consumer_each("store", 1, |_| Sink(8))
            .elastic(ElasticOptions::between(1, 2).up_after(SECOND)),
    );
    let root = only_root(&found, "store", RootKind::Busy, &["parse", "n"]);
    let advice = "two more instances would move the bottleneck to `parse`: raise `instances.max`";
    assert_eq!(root.advice.as_deref(), Some(advice));
}

#[test]
fn an_elastic_actor_that_may_grow_is_left_to_it() {
    let found = judge(
        topology()
            .producer("n", endless())
            .consumer_each("store", 1, |_| Sink(8))
            .elastic(ElasticOptions::between(1, 6).up_after(3600 * SECOND)),
    );
    let root = only_root(&found, "store", RootKind::Busy, &["n"]);
    assert_eq!(root.advice.as_deref(), Some("it may grow to six instances by itself"));
}

/// Takes long for every fourth message.
struct Uneven;

impl Stage for Uneven {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        sleep(millis(if n.is_multiple_of(4) { 40 } else { 10 })).await;
        out.emit(n);
        Ok(())
    }
}

#[test]
fn instances_that_wait_for_each_other_to_keep_the_order_are_at_their_limit() {
    let found = judge(
        topology()
            .producer("n", endless())
            .stage_each("parse", 4, |_| Uneven)
            .ordered()
            .consumer("store", Sink(0)),
    );
    only_root(&found, "parse", RootKind::Busy, &["n"]);
    assert_eq!(
        found.to_string(),
        "`parse` is busy 44 %, as its instances wait 56 % of the time for each other, and holds `n`; without `ordered` they would \
         not wait for each other, if the order does not matter."
    );
}

/// A message whose key is that of all others.
#[derive(Clone, Debug)]
struct Alike;

impl tidegate::Keyed for Alike {
    fn key(&self, _: &str) -> u64 {
        7
    }
}

/// Takes five milliseconds for each.
struct Keeps;

impl Consumer for Keeps {
    type In = Alike;

    async fn handle(&mut self, _: Alike) -> Result {
        sleep(millis(5)).await;
        Ok(())
    }
}

#[test]
fn messages_that_all_have_one_key_keep_one_instance_busy() {
    let found = judge(
        topology()
            .keyed::<Alike>()
            .producer("n", from_fn(|| Some(Alike)))
            .consumer_each("store", 4, |_| Keeps)
            .hash_by("any"),
    );
    only_root(&found, "store", RootKind::Busy, &["n"]);
    assert_eq!(
        found.to_string(),
        "`store` is busy 25 %, unevenly over its four instances, and holds `n`; a `key` that spreads its messages more \
         evenly would help."
    );
}

/// Keeps messages for a while, and takes no more than a hundred.
#[derive(Default)]
struct Later(VecDeque<(Instant, u64)>);

impl Stage for Later {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, _: &mut Outlet<u64>) -> Result {
        self.0.push_back((Instant::now() + 5 * SECOND, n));
        Ok(())
    }

    fn is_detached(&self) -> bool {
        true
    }

    fn has_output(&self) -> bool {
        self.0.front().is_some_and(|(due, _)| *due <= Instant::now())
    }

    fn takes_input(&self) -> bool {
        self.0.len() < 100
    }

    fn wake_at(&self) -> Option<Instant> {
        self.0.front().map(|(due, _)| *due)
    }

    fn on_room(&mut self, out: &mut Outlet<u64>) -> Result {
        self.0.pop_front().into_iter().for_each(|(_, n)| out.emit(n));
        Ok(())
    }

    fn max_held(&self) -> usize {
        100
    }

    fn held(&self) -> usize {
        self.0.len()
    }
}

#[test]
fn pressure_is_followed_through_a_detached_stage() {
    let found = judge(
        topology().producer("n", endless()).stage("later", Later::default()).consumer("store", Sink(100)),
    );
    only_root(&found, "store", RootKind::Busy, &["later", "n"]);
}

#[test]
fn a_stage_that_has_in_hand_what_it_may_keep_is_told_apart_from_a_slow_one() {
    let found = judge(
        topology().producer("n", endless()).stage("later", Later::default()).consumer("store", Sink(0)),
    );
    only_root(&found, "later", RootKind::KeepsMessages, &["n"]);
    assert_eq!(
        found.to_string(),
        "`later` has as many messages in hand as it may keep, 100, which holds `n`; raise its `capacity` if it may keep more."
    );
}

tidegate::ports! {
    struct Ways {
        again: u64,
        done: u64,
    }
}

/// Sends every other message round again.
struct Turn;

impl Stage for Turn {
    type In = u64;
    type Out = Ways;

    async fn handle(&mut self, n: u64, out: &mut Ways) -> Result {
        if n.is_multiple_of(2) {
            out.again.emit(n + 1)
        } else {
            out.done.emit(n)
        }
        Ok(())
    }
}

#[test]
fn a_cycle_with_a_feedback_link_ends_at_what_is_slow() {
    let back = MailboxOptions::capacity(4).overflow(Overflow::DropNewest);
    let cycle = |polish, end| {
        topology()
            .producer("n", endless())
            .stage("turn", Turn)
            .inputs([InputOptions::new("n"), InputOptions::new("polish").mailbox(back.clone())])
            .stage("polish", Work(polish))
            .inputs(["turn.again"])
            .consumer("end", Sink(end))
            .inputs(["turn.done"])
    };
    only_root(&judge(cycle(1, 7)), "end", RootKind::Busy, &["turn", "n"]);
    only_root(&judge(cycle(7, 1)), "polish", RootKind::Busy, &["turn", "n"]);
}

#[test]
fn a_join_that_waits_for_one_input_is_not_to_blame_for_holding_the_other() {
    let joined = |rare: Topology| {
        judge(
            rare.producer("many", endless())
                .join("pairs", zip::<u64, u64>(), "few", "many")
                .consumer("end", for_each(|_: (u64, u64)| {})),
        )
    };
    let found = joined(topology().producer("few", Ticks(50)));
    only_root(&found, "few", RootKind::SlowSource, &["pairs", "many"]);
    assert_eq!(
        found.to_string(),
        "`few` waits 100 % of the time for its next message, and `pairs`, which waits for it, holds `many`."
    );
    let found = joined(topology().producer("n", Ticks(10)).stage("few", Work(50)));
    let all: Vec<&str> = found.roots.iter().map(|root| root.actor.as_str()).collect();
    assert_eq!(all, ["few"], "{found:#?}");
    assert_eq!(found.roots[0].kind, RootKind::Busy);
}

#[test]
fn since_when_is_known_from_what_the_held_actors_say() {
    let found = judge(chain());
    let since = found.roots[0].since_seconds.expect("it has been held from the start");
    assert!(since < 0.5, "{since}");
}

#[test]
fn a_verdict_that_follows_another_knows_what_began_in_between() {
    testkit::virtual_time(async {
        let (probe, consumer) = testkit::probe_consumer::<u64>();
        let running = testkit::start(topology().producer("n", Reads(10)).consumer("store", consumer));
        let mut earlier = running.snapshot();
        let mut known = Verdict::default();
        probe.request(3000);
        for second in 1..60 {
            sleep(SECOND).await;
            let later = running.snapshot();
            let found = verdict(&Window::between(&earlier, &later)).following(&known);
            let expected = if second <= 30 { "n" } else { "store" };
            // The mailbox of 16 takes what comes in a moment, and the producer asks for room for one more.
            if second != 31 {
                assert_eq!(found.roots[0].actor, expected, "second {second}: {found:#?}");
            }
            if second > 31 {
                let since = found.roots[0].since_seconds.expect("it was seen to begin");
                assert!((30.0..31.01).contains(&since), "second {second}: {since}");
            }
            (earlier, known) = (later, found);
        }
        running.stop();
        running.wait().await;
    });
}

#[test]
fn a_run_that_has_ended_is_told_in_the_past_tense_from_its_report() {
    let report = testkit::run(
        topology().producer("lines", iter(1..=2000u64)).stage("parse", Work(2)).consumer("store", Sink(5)),
    );
    let found = verdict(&Window::whole(&report));
    let root = only_root(&found, "store", RootKind::Busy, &["parse", "lines"]);
    assert_eq!(root.since_seconds, None);
    assert_eq!(
        found.to_string(),
        "`store` was busy 100 % of the time and held `parse` and `lines`; two more instances would have moved the \
         bottleneck to `parse`."
    );
    let text = serde_json::to_string(&report).expect("a report is JSON");
    let read = serde_json::from_str(&text).expect("and can be read back");
    assert_eq!(verdict(&Window::whole(&read)), found);
}

#[test]
fn a_pressure_that_is_over_is_not_in_a_window_after_it() {
    let found =
        judge_after(topology().producer("n", Reads(10)).consumer("store", Sink(0)), async |running| {
            running.pause("store");
            sleep(20 * SECOND).await;
            running.resume("store");
            sleep(millis(100)).await;
        });
    only_root(&found, "n", RootKind::SlowSource, &[]);
}

//! `throttle`: shaping and enforcing, bursts, costs, and limits that are shared.

mod support;

use serde_json::json;
use std::time::Duration;
use support::{problems, settings};
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};
use tidegate::time::{Instant, sleep};
use tidegate::{Checks, Limit};
use tidegate_actors::{Counter, Excess, Null, Rate, Record, Throttle};

fn per_second(rate: f64) -> Rate {
    Rate::per_second(rate)
}

/// When each of `messages` passes, in milliseconds, if all are there from the start.
async fn passing<T: tidegate::Message>(throttle: &mut Throttle<T>, messages: Vec<T>) -> Vec<u64> {
    let (start, mut times) = (Instant::now(), Vec::new());
    for message in messages {
        let mut out = Outlet::collecting();
        throttle.handle(message, &mut out).await.unwrap();
        times.extend(out.take().iter().map(|_| start.elapsed().as_millis() as u64));
    }
    times
}

#[test]
fn a_message_waits_until_there_is_what_it_costs() {
    testkit::virtual_time(async {
        // As in Akka: the bucket is full at first, and what is not there must come.
        let mut throttle = Throttle::<u64>::new(per_second(10.0)).burst(5).cost(|n| *n as f64);
        assert_eq!(passing(&mut throttle, vec![5, 1, 2, 7, 0, 1]).await, [0, 100, 300, 1000, 1000, 1100]);
        sleep(Duration::from_secs(60)).await;
        assert_eq!(passing(&mut throttle, vec![3, 2, 1]).await, [0, 0, 100], "no more than a burst is saved");
    });
}

#[test]
fn what_costs_more_than_a_burst_waits_and_is_not_lost() {
    testkit::virtual_time(async {
        let mut throttle = Throttle::<u64>::new(per_second(10.0)).cost(|n| *n as f64);
        assert_eq!(passing(&mut throttle, vec![5, 1]).await, [400, 500]);
    });
}

#[test]
fn the_cost_is_a_field_or_the_weight() {
    testkit::virtual_time(async {
        let by = |cost| settings::<Throttle<Record>>(json!({ "rate": 10, "burst": 5, "cost": cost }));
        let record = |size: i64| Record::from_iter([("size", size)]);
        let mut throttle = by(json!({ "field": "size" }));
        assert_eq!(passing(&mut throttle, vec![record(5), record(3)]).await, [0, 300]);
        let error = throttle.handle(Record::new(), &mut Outlet::collecting()).await.unwrap_err();
        assert_eq!(error.to_string(), "the cost in `size` must be a number from 0 up, not null");
        let error = throttle.handle(record(-1), &mut Outlet::collecting()).await.unwrap_err();
        assert_eq!(error.to_string(), "the cost in `size` must be a number from 0 up, not -1");
        // Eight bytes each.
        let mut throttle = settings::<Throttle<u64>>(json!({ "rate": 80, "burst": 8, "cost": "bytes" }));
        assert_eq!(passing(&mut throttle, vec![1, 1, 1]).await, [0, 100, 200]);
    });
}

/// Seven messages at once at 10 per second, with a burst of 3.
fn enforced(excess: Excess) -> Report {
    testkit::run(
        Topology::new("enforced")
            .producer("n", Counter::<u64>::to(7))
            .stage("gate", Throttle::<u64>::new(per_second(10.0)).burst(3).enforce(excess))
            .consumer("sink", Null::<u64>::new()),
    )
}

#[test]
fn an_enforced_rate_drops_what_exceeds_it_and_counts_it() {
    let report = enforced(Excess::Drop);
    let gate = &report.actors["gate"];
    assert_eq!((gate.received, gate.handled, gate.dropped.discarded, gate.emitted), (7, 3, 4, 3));
    assert!(report.elapsed_seconds < 0.001, "nothing waits");
}

#[test]
fn an_enforced_rate_fails_at_what_exceeds_it() {
    let error = enforced(Excess::Fail).error.unwrap();
    assert!(
        error.contains(
            "actor `gate` failed at message 4 of its input, 4: the message exceeds the rate of 10 per second"
        ),
        "{error}"
    );
}

#[test]
fn an_enforced_rate_recovers_with_time() {
    testkit::virtual_time(async {
        let mut gate = Throttle::<u64>::new(per_second(10.0)).burst(3).enforce(Excess::Drop);
        assert_eq!(passing(&mut gate, vec![1; 9]).await.len(), 3);
        sleep(Duration::from_millis(200)).await;
        assert_eq!(passing(&mut gate, vec![1; 9]).await.len(), 2);
    });
}

#[test]
fn throttles_that_share_a_limit_take_turns() {
    testkit::virtual_time(async {
        let running = testkit::start(
            Topology::new("shared")
                .limit("api", per_second(10.0), 1)
                .producer("a", Counter::<u64>::to(1000))
                .stage("ask_a", settings::<Throttle<u64>>(json!({})))
                .rate_limit("api")
                .producer("b", Counter::<u64>::to(1000))
                .stage("ask_b", settings::<Throttle<u64>>(json!({})))
                .rate_limit("api")
                .consumer("sink", Null::<u64>::new())
                .inputs(["ask_a", "ask_b"]),
        );
        sleep(Duration::from_millis(10_050)).await;
        let snapshot = running.snapshot();
        let emitted = |name: &str| snapshot.actors[name].emitted;
        assert_eq!(emitted("ask_a") + emitted("ask_b"), 101);
        assert!(emitted("ask_a").abs_diff(emitted("ask_b")) <= 1, "each has its turn");
        running.stop();
        balanced(&running.wait().await);
    });
}

#[test]
fn limits_are_shared_in_code_by_cloning_them() {
    testkit::virtual_time(async {
        let limit = Limit::new(per_second(10.0), 2);
        let (mut a, mut b) =
            (Throttle::<u64>::sharing(limit.clone()), Throttle::<u64>::sharing(limit.clone()));
        assert_eq!(passing(&mut a, vec![1]).await, [0]);
        assert_eq!(passing(&mut b, vec![1, 2]).await, [0, 100]);
        limit.set_rate(per_second(1.0));
        assert_eq!(passing(&mut a, vec![1]).await, [1000], "the new rate counts at once");
    });
}

#[test]
fn check_refuses_what_contradicts_itself() {
    let found = problems(false, |checks| {
        settings::<Throttle<u64>>(json!({})).check(checks);
        settings::<Throttle<u64>>(json!({ "rate": 1, "burst": 0, "excess": "drop" })).check(checks);
    });
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[0].contains("a `rate`, or a `rate_limit` that is shared"), "{found:?}");
    let mut checks = Checks::new("slow", false).with_limit(true);
    settings::<Throttle<u64>>(json!({ "rate": 1, "burst": 2 })).check(&mut checks);
    assert_eq!(checks.into_problems().len(), 2);
}

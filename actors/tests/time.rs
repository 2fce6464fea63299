//! Actors that go by the clock: `interval`, `throttle`, `batch`.

mod support;

use serde_json::json;
use std::time::Duration;
use support::{keep, settings};
use tidegate::prelude::*;
use tidegate::testkit;
use tidegate_actors::{Batch, Counter, Interval, Line, Null, Rate, Record, Throttle};

fn millis(report: &Report) -> u64 {
    (report.elapsed_seconds * 1000.0).round() as u64
}

#[test]
fn an_interval_keeps_its_beat() {
    let (kept, consumer) = keep::<u64>();
    let report = testkit::run(
        Topology::new("interval")
            .producer("tick", Interval::<u64>::new(Duration::from_millis(500)).count(5))
            .consumer("sink", consumer),
    );
    assert_eq!(kept.all(), [1, 2, 3, 4, 5]);
    assert_eq!(millis(&report), 2000);
}

#[test]
fn ticks_that_were_missed_are_not_made_up_for() {
    testkit::virtual_time(async {
        let (sink, consumer) = testkit::probe_consumer::<u64>();
        let running = testkit::start(
            Topology::new("interval")
                .producer("tick", Interval::<u64>::new(Duration::from_secs(1)).count(6))
                .consumer("sink", consumer)
                .mailbox(MailboxOptions::capacity(1)),
        );
        // One in the handler, one in the mailbox, and no room for the third for ten seconds.
        tidegate::time::sleep(Duration::from_millis(10_500)).await;
        assert_eq!(running.snapshot().actors["tick"].emitted, 2);
        sink.request(6);
        tidegate::time::sleep(Duration::from_millis(1)).await;
        assert_eq!(running.snapshot().actors["tick"].emitted, 3, "one at once, not eight");
        testkit::balanced(&running.wait().await);
    });
}

#[test]
fn counters_count_as_numbers_and_as_records() {
    let ((numbers, sink), (records, other)) = (keep::<u64>(), keep::<Record>());
    testkit::run(
        Topology::new("counters")
            .producer("n", settings::<Counter<u64>>(json!({ "from": 10, "to": 21, "step": 5 })))
            .consumer("sink", sink)
            .producer("r", settings::<Counter<Record>>(json!({ "to": 2 })))
            .consumer("other", other),
    );
    assert_eq!(numbers.all(), [10, 15, 20]);
    assert_eq!(records.shown(), [r#"{"n":1}"#, r#"{"n":2}"#]);
}

#[test]
fn a_counter_ends_with_the_largest_number() {
    let (numbers, sink) = keep::<u64>();
    testkit::run(
        Topology::new("counter")
            .producer("n", settings::<Counter<u64>>(json!({ "from": u64::MAX - 1 })))
            .consumer("sink", sink),
    );
    assert_eq!(numbers.all(), [u64::MAX - 1, u64::MAX]);
}

fn throttled(messages: u64, throttle: Throttle<u64>) -> Report {
    testkit::run(
        Topology::new("throttle")
            .producer("n", Counter::<u64>::to(messages))
            .stage("slow", throttle)
            .consumer("sink", Null::<u64>::new()),
    )
}

#[test]
fn a_throttle_keeps_its_rate() {
    assert_eq!(millis(&throttled(11, Throttle::new(Rate::per_second(10.0)))), 1000);
    assert_eq!(millis(&throttled(4, settings(json!({ "rate": "60/m" })))), 3000);
    // Far above what timers resolve, the mean is kept: 10000 messages at 20 kHz.
    let fast = millis(&throttled(10_000, settings(json!({ "rate": 20_000 }))));
    assert!((496..=500).contains(&fast), "{fast} ms");
}

#[test]
fn a_burst_passes_at_once_and_the_rest_at_the_rate() {
    let burst = || Throttle::new(Rate::per_second(10.0)).burst(5);
    assert_eq!(millis(&throttled(5, burst())), 0);
    assert_eq!(millis(&throttled(8, burst())), 300);
}

#[test]
fn time_that_nobody_used_is_saved_up_to_a_burst() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let (kept, consumer) = keep::<u64>();
        let running = testkit::start(
            Topology::new("throttle")
                .producer("source", producer)
                .stage("slow", Throttle::<u64>::new(Rate::per_second(1.0)).burst(2))
                .consumer("sink", consumer),
        );
        source.emit(0);
        tidegate::time::sleep(Duration::from_secs(100)).await;
        source.emit_all(1..=4);
        tidegate::time::sleep(Duration::from_millis(10)).await;
        assert_eq!(kept.all(), [0, 1, 2], "two at once, not a hundred");
        tidegate::time::sleep(Duration::from_millis(1000)).await;
        assert_eq!(kept.all(), [0, 1, 2, 3]);
        source.finish();
        testkit::balanced(&running.wait().await);
    });
}

#[test]
fn a_throttle_makes_its_upstream_wait() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let running = testkit::start(
            Topology::new("throttle")
                .producer("source", producer)
                .stage("slow", Throttle::<u64>::new(Rate::per_second(1.0)))
                .mailbox(MailboxOptions::capacity(10))
                .consumer("sink", Null::<u64>::new()),
        );
        source.emit_all(1..=20);
        assert_eq!(source.expect_backpressure().await.depth, 8);
        source.expect_resume().await;
        source.finish();
        let report = testkit::balanced(&running.wait().await);
        assert_eq!(report.actors["sink"].handled, 20);
        assert_eq!(report.elapsed_seconds.round(), 19.0);
    });
}

#[test]
fn wrong_rates_are_refused_with_an_example() {
    for rate in [json!(0), json!(-1.5), json!("quick"), json!("5/fortnight"), json!(true)] {
        let error =
            serde_json::from_value::<Throttle<u64>>(json!({ "rate": rate })).err().unwrap().to_string();
        assert!(error.contains("per second") || error.contains("`100/s`"), "{error}");
    }
}

#[test]
fn a_batch_is_passed_on_when_it_is_full_and_at_the_end() {
    let (kept, consumer) = keep::<Vec<u64>>();
    let report = testkit::run(
        Topology::new("batch")
            .producer("n", iter(1..=10u64))
            .stage("batch", Batch::<u64>::new(4))
            .consumer("sink", consumer),
    );
    assert_eq!(kept.all(), [vec![1, 2, 3, 4], vec![5, 6, 7, 8], vec![9, 10]]);
    let batch = &report.actors["batch"];
    assert_eq!((batch.handled, batch.emitted, batch.held, batch.left), (10, 3, 0, 0));
}

#[test]
fn a_batch_that_does_not_fill_is_passed_on_in_time() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let (kept, consumer) = keep::<Vec<u64>>();
        let running = testkit::start(
            Topology::new("batch")
                .producer("source", producer)
                .stage("batch", Batch::<u64>::new(100).every(Duration::from_secs(2)))
                .consumer("sink", consumer),
        );
        source.emit_all([1, 2]);
        tidegate::time::sleep(Duration::from_millis(1900)).await;
        assert_eq!(kept.all().len(), 0);
        assert_eq!(running.snapshot().actors["batch"].held, 2);
        tidegate::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(kept.all(), [[1, 2]]);
        tidegate::time::sleep(Duration::from_secs(10)).await;
        assert_eq!(kept.all().len(), 1, "an empty batch is none");
        source.emit(3);
        source.finish();
        testkit::balanced(&running.wait().await);
        assert_eq!(kept.all()[1], [3]);
    });
}

#[test]
fn what_a_batch_holds_at_a_forced_stop_is_left() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let running = testkit::start(
            Topology::new("batch")
                .producer("source", producer)
                .stage("batch", Batch::<u64>::new(4))
                .consumer("sink", Null::<Vec<u64>>::new()),
        );
        source.emit_all(1..=7);
        testkit::settle().await;
        running.stop();
        let report = testkit::balanced(&running.wait().await);
        let batch = &report.actors["batch"];
        assert_eq!((batch.handled, batch.left, report.actors["sink"].handled), (4, 3, 1));
    });
}

#[test]
fn a_batch_is_full_when_its_messages_weigh_enough() {
    let (kept, consumer) = keep::<Vec<Line>>();
    let lines = ["four", "four", "12", "large, and alone", "x", "y", "z"].map(Line::from);
    let report = testkit::run(
        Topology::new("batch")
            .producer("lines", iter(lines))
            .stage("batches", settings::<Batch<Line>>(json!({ "max_bytes": 10, "size": 3 })))
            .consumer("sink", consumer),
    );
    let batches: Vec<Vec<String>> =
        kept.all().iter().map(|batch| batch.iter().map(Line::to_string).collect()).collect();
    assert_eq!(
        batches,
        [vec!["four", "four", "12"], vec!["large, and alone"], vec!["x", "y", "z"]],
        "ten bytes, one that is too large for any, and three"
    );
    assert_eq!((report.actors["batches"].handled, report.actors["batches"].emitted), (7, 3));
}

#[test]
fn a_message_that_does_not_fit_begins_the_next_batch() {
    testkit::virtual_time(async {
        let (mut batch, mut out) = (Batch::<u64>::new(100).max_bytes(20), Outlet::collecting());
        for n in 1..=5 {
            batch.handle(n, &mut out).await.unwrap();
        }
        batch.on_end(&mut out).await.unwrap();
        assert_eq!(out.take(), [vec![1, 2], vec![3, 4], vec![5]]);
    });
}

#[test]
fn the_rate_of_a_throttle_changes_while_it_runs() {
    testkit::virtual_time(async {
        let running = testkit::start(
            Topology::new("throttle")
                .producer("n", Counter::<u64>::to(31))
                .stage("slow", Throttle::<u64>::new(Rate::per_second(1.0)))
                .consumer("end", Null::<u64>::default()),
        );
        // The eleventh passes after ten seconds; the twelfth, that waits by then, a second later.
        tidegate::time::sleep(Duration::from_millis(10_500)).await;
        let since = tidegate::time::Instant::now();
        running.set("slow", "rate", "10/s").await.unwrap();
        assert_eq!(since.elapsed().as_millis(), 500);
        let report = testkit::balanced(&running.wait().await);
        assert_eq!(millis(&report), 11_000 + 1_900);
    });
}

#[test]
fn a_rate_that_is_none_is_refused() {
    testkit::virtual_time(async {
        let (_source, producer) = testkit::probe_producer::<u64>();
        let running = testkit::start(
            Topology::new("throttle")
                .producer("n", producer)
                .stage("slow", Throttle::<u64>::new(Rate::per_second(1.0)))
                .consumer("end", Null::<u64>::default()),
        );
        let refused = running.set("slow", "rate", "fast").await.unwrap_err().to_string();
        assert_eq!(
            refused,
            "actor `slow`, `rate`: `fast` is not a rate; write a number per time, like `100/s` or `6000/m`"
        );
        let refused = running.set("slow", "burst", 0).await.unwrap_err().to_string();
        assert_eq!(refused, "actor `slow`, `burst`: at least one message must pass at a time");
        running.drain(Duration::from_secs(1));
        testkit::balanced(&running.wait().await);
    });
}

#[test]
fn the_beat_of_an_interval_changes_at_once() {
    testkit::virtual_time(async {
        let running = testkit::start(
            Topology::new("interval")
                .producer("tick", Interval::<u64>::new(Duration::from_secs(3600)).count(5))
                .consumer("end", Null::<u64>::default()),
        );
        tidegate::time::sleep(Duration::from_secs(10)).await;
        running.set("tick", "every", "2s").await.unwrap();
        let report = testkit::balanced(&running.wait().await);
        // One at the start, and four that are two seconds apart, the first of them two seconds after the change.
        assert_eq!(millis(&report), 18_000);
    });
}

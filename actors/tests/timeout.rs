//! `timeout`: who kept whom waiting.

mod support;

use serde_json::json;
use std::time::Duration;
use support::{problems, settings};
use tidegate::prelude::*;
use tidegate::testkit::{self, ConsumerProbe, ProducerProbe, balanced};
use tidegate::time::sleep;
use tidegate_actors::Timeout;

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn watched(timeout: Timeout<u64>) -> (ProducerProbe<u64>, ConsumerProbe<u64>, Handle) {
    let (source, producer) = testkit::probe_producer::<u64>();
    let (sink, consumer) = testkit::probe_consumer::<u64>();
    let running = testkit::start(
        Topology::new("watched")
            .producer("source", producer)
            .stage("watch", timeout)
            .mailbox(MailboxOptions::capacity(2))
            .consumer("sink", consumer)
            .mailbox(MailboxOptions::capacity(2)),
    );
    (source, sink, running)
}

async fn error(running: Handle) -> String {
    balanced(&running.wait().await).error.expect("it failed")
}

#[test]
fn a_first_message_that_does_not_come_fails_the_run() {
    testkit::virtual_time(async {
        let (_source, _sink, running) = watched(Timeout::new().initial(seconds(5)));
        let report = balanced(&running.wait().await);
        assert_eq!(report.elapsed_seconds.round(), 5.0);
        let error = report.error.unwrap();
        assert!(error.contains("no first message came from upstream within 5s"), "{error}");
    });
}

#[test]
fn after_the_first_message_only_idleness_counts() {
    testkit::virtual_time(async {
        let (source, sink, running) = watched(Timeout::new().initial(seconds(5)).idle(seconds(60)));
        sink.request(10);
        sleep(seconds(4)).await;
        source.emit(1);
        sleep(seconds(59)).await;
        source.emit(2);
        let report = balanced(&running.wait().await);
        assert_eq!(report.elapsed_seconds.round(), 123.0);
        let error = report.error.unwrap();
        assert!(
            error.contains("actor `watch`") && error.contains("no message came from upstream for 1m"),
            "{error}"
        );
    });
}

#[test]
fn a_consumer_that_does_not_take_is_blamed_by_name() {
    testkit::virtual_time(async {
        let (source, sink, running) = watched(Timeout::new().idle(seconds(60)).backpressure(seconds(10)));
        source.emit_all(1..=9);
        sleep(seconds(9)).await;
        assert_eq!(running.snapshot().actors["watch"].state, tidegate::ActorState::Paused);
        sleep(seconds(2)).await;
        assert_eq!(running.snapshot().actors["watch"].state, tidegate::ActorState::Failed);
        sink.request(10);
        let report = balanced(&running.wait().await);
        let error = report.error.unwrap();
        assert!(
            error.contains("`sink` does not take what it is sent: a message has waited for room for 10s"),
            "{error}"
        );
    });
}

#[test]
fn a_slow_producer_is_not_blamed_for_backpressure_nor_idle_while_downstream_is_stuck() {
    testkit::virtual_time(async {
        let (source, sink, running) = watched(Timeout::new().idle(seconds(60)).backpressure(seconds(3000)));
        source.emit_all(1..=9);
        sleep(seconds(2000)).await;
        // All that time messages waited at this actor: upstream was not idle.
        sink.request(9);
        sink.expect(1..=9).await;
        sleep(seconds(59)).await;
        source.emit(10);
        source.finish();
        sink.request(1);
        assert_eq!(balanced(&running.wait().await).error, None);
    });
    testkit::virtual_time(async {
        let (source, sink, running) = watched(Timeout::new().backpressure(seconds(10)));
        sink.request(100);
        for n in 0..5 {
            sleep(seconds(3600)).await;
            source.emit(n);
        }
        source.finish();
        assert_eq!(balanced(&running.wait().await).error, None);
    });
}

#[test]
fn an_alarm_is_raised_once_and_all_goes_on() {
    testkit::virtual_time(async {
        let (source, sink, running) = watched(Timeout::new().idle(seconds(10)).alert());
        sink.request(10);
        source.emit(1);
        sleep(seconds(3600)).await;
        source.emit(2);
        sink.expect([1, 2]).await;
        source.finish();
        let report = balanced(&running.wait().await);
        assert_eq!((report.error, report.actors["watch"].handled), (None, 2));
    });
}

#[test]
fn check_asks_what_may_take_how_long() {
    let found = problems(false, |checks| {
        settings::<Timeout<u64>>(json!({})).check(checks);
        settings::<Timeout<u64>>(json!({ "idle": "0s" })).check(checks);
    });
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].contains("say what may take how long"), "{found:?}");
}

#[test]
fn what_waits_when_it_fails_is_accounted_for() {
    testkit::virtual_time(async {
        let (source, _sink, running) = watched(Timeout::new().backpressure(seconds(10)));
        source.emit_all(1..=9);
        let error = error(running).await;
        assert!(error.contains("`sink`"), "{error}");
    });
}

#[test]
fn a_message_that_came_while_the_thread_was_busy_is_in_time() {
    testkit::virtual_time(async {
        let (mut watch, mut out) = (Timeout::<u64>::new().idle(seconds(10)), Outlet::collecting());
        watch.on_start(&mut out).await.unwrap();
        watch.handle(1, &mut out).await.unwrap();
        watch.on_room(&mut out).unwrap();
        sleep(seconds(60)).await;
        // Fifty seconds late, it looks once more before it blames anybody.
        watch.on_wake(&mut out).await.unwrap();
        watch.handle(2, &mut out).await.unwrap();
        watch.on_room(&mut out).unwrap();
        let wait = watch.wake_at().unwrap() - tidegate::time::Instant::now();
        assert_eq!(wait, seconds(10), "all is well again");
        sleep(seconds(10)).await;
        watch.on_wake(&mut out).await.unwrap();
        let error = watch.on_wake(&mut out).await.unwrap_err();
        assert_eq!(error.to_string(), "no message came from upstream for 10s");
    });
}

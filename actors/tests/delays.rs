//! Stages that hold messages back by the clock: `delay`, `debounce`, `sample`, `keep_alive`.

mod support;

use serde_json::json;
use std::time::Duration;
use support::{problems, settings};
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced, settle};
use tidegate::time::{Instant, sleep, sleep_until};
use tidegate_actors::{Debounce, Delay, KeepAlive, Line, Record, Sample};

/// Emits numbers, each at its millisecond from the start.
struct Timed(Vec<(u64, u64)>, Option<Instant>);

fn timed(script: &[(u64, u64)]) -> Timed {
    Timed(script.iter().rev().copied().collect(), None)
}

impl Producer for Timed {
    type Out = Outlet<u64>;

    async fn produce(&mut self, out: &mut Outlet<u64>) -> Result<Next> {
        let start = *self.1.get_or_insert_with(Instant::now);
        let Some((at, n)) = self.0.pop() else { return Ok(Next::Done) };
        sleep_until(start + Duration::from_millis(at)).await;
        out.emit(n);
        Ok(Next::More)
    }
}

/// Notes what comes, and at which millisecond.
#[derive(Clone, Default)]
struct Noted(std::sync::Arc<std::sync::Mutex<Vec<(u64, u64)>>>, Option<Instant>);

impl Consumer for Noted {
    type In = u64;

    async fn on_start(&mut self) -> Result {
        self.1 = Some(Instant::now());
        Ok(())
    }

    async fn handle(&mut self, n: u64) -> Result {
        let at = self.1.map_or(0, |start| start.elapsed().as_millis() as u64);
        self.0.lock().unwrap().push((at, n));
        Ok(())
    }
}

/// What comes out of `stage` when, of what goes in when.
fn timing<S: Stage<In = u64, Out = Outlet<u64>>>(
    script: &[(u64, u64)],
    stage: S,
) -> (Vec<(u64, u64)>, Report) {
    let noted = Noted::default();
    let report = testkit::run(
        Topology::new("timing")
            .producer("source", timed(script))
            .stage("stage", stage)
            .consumer("sink", noted.clone()),
    );
    let noted = noted.0.lock().unwrap().clone();
    (noted, report)
}

fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

#[test]
fn each_message_is_delayed_by_the_same_time() {
    let (noted, report) = timing(&[(0, 1), (10, 2), (500, 3)], Delay::new(millis(200)));
    assert_eq!(
        noted,
        [(200, 1), (210, 2), (700, 3)],
        "the last two after the end of input, each in its time"
    );
    assert_eq!(report.actors["stage"].dropped.total(), 0);
}

/// Six messages at once into a delay that holds four.
fn overflown(overflow: Overflow) -> (Vec<(u64, u64)>, Report) {
    let script: Vec<(u64, u64)> = (1..=6).map(|n| (n, n)).collect();
    timing(&script, Delay::new(millis(100)).capacity(4).overflow(overflow))
}

#[test]
fn a_full_delay_lets_go_what_its_overflow_names() {
    let numbers = |overflow| {
        let (noted, report) = overflown(overflow);
        let numbers: Vec<u64> = noted.iter().map(|(_, n)| *n).collect();
        (numbers, report.actors["stage"].dropped.discarded)
    };
    assert_eq!(numbers(Overflow::DropNewest), (vec![1, 2, 3, 4], 2));
    assert_eq!(numbers(Overflow::DropOldest), (vec![3, 4, 5, 6], 2));
    assert_eq!(numbers(Overflow::DropYoungest), (vec![1, 2, 3, 6], 2));
    assert_eq!(numbers(Overflow::DropAll), (vec![5, 6], 4));
}

#[test]
fn a_full_delay_makes_its_upstream_wait_by_default() {
    let (noted, report) = overflown(Overflow::Backpressure);
    // The fifth is taken when the first goes, and held for its time from then on.
    assert_eq!(noted, [(101, 1), (102, 2), (103, 3), (104, 4), (201, 5), (202, 6)]);
    assert_eq!(report.actors["stage"].handled, 6);
}

#[test]
fn a_full_delay_that_fails_says_what_to_do() {
    let (_, report) = overflown(Overflow::Fail);
    let error = report.error.unwrap();
    assert!(
        error.contains("actor `stage` failed at message 5 of its input, 5: 4 messages are held already"),
        "{error}"
    );
}

#[test]
fn what_a_delay_holds_at_a_forced_stop_is_left() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let (_sink, consumer) = testkit::probe_consumer::<u64>();
        let running = testkit::start(
            Topology::new("delay")
                .producer("source", producer)
                .stage("delay", Delay::<u64>::new(millis(60_000)))
                .consumer("sink", consumer),
        );
        source.emit_all([1, 2, 3]);
        settle().await;
        assert_eq!(running.snapshot().actors["delay"].held, 3);
        running.stop();
        let report = balanced(&running.wait().await);
        assert_eq!((report.actors["delay"].handled, report.actors["delay"].left), (0, 3));
    });
}

#[test]
fn of_each_burst_the_last_passes_once_it_is_over() {
    let script = [(0, 1), (100, 2), (200, 3), (1000, 4), (1400, 5), (3000, 6)];
    let (noted, report) = timing(&script, Debounce::new(millis(500)));
    // The last one need not wait: nothing can follow it.
    assert_eq!(noted, [(700, 3), (1900, 5), (3000, 6)]);
    assert_eq!(report.actors["stage"].dropped.discarded, 3);
    assert_eq!(report.actors["stage"].handled, 3);
}

#[test]
fn a_burst_without_an_end_is_cut() {
    let script: Vec<(u64, u64)> = (0..=20).map(|n| (n * 100, n)).collect();
    let (noted, _) = timing(&script, Debounce::new(millis(500)).max_wait(millis(950)));
    assert_eq!(noted, [(950, 9), (1950, 19), (2000, 20)]);
}

#[test]
fn of_each_period_the_latest_passes() {
    let script = [(100, 1), (200, 2), (900, 3), (1100, 4), (5500, 5), (5600, 6)];
    let (noted, report) = timing(&script, Sample::new(millis(1000)));
    assert_eq!(noted, [(1000, 3), (2000, 4), (5600, 6)], "and the last at the end of input");
    assert_eq!(report.actors["stage"].dropped.discarded, 3);
}

#[test]
fn a_sample_that_waits_for_room_is_the_latest_when_there_is_some() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let (sink, consumer) = testkit::probe_consumer::<u64>();
        let running = testkit::start(
            Topology::new("sample")
                .producer("source", producer)
                .stage("sample", Sample::<u64>::new(millis(1000)))
                .consumer("sink", consumer)
                .mailbox(MailboxOptions::capacity(1)),
        );
        for n in 1..=10 {
            source.emit(n);
            sleep(millis(1000)).await;
        }
        sink.request(1);
        settle().await;
        assert_eq!(sink.taken(), [1]);
        sink.request(10);
        source.finish();
        balanced(&running.wait().await);
        assert_eq!(sink.taken(), [2, 10]);
    });
}

#[test]
fn silence_is_broken_again_and_again() {
    let (noted, report) = timing(&[(0, 1), (1000, 2), (6500, 3)], KeepAlive::new(millis(2000), 0));
    assert_eq!(noted, [(0, 1), (1000, 2), (3000, 0), (5000, 0), (6500, 3)]);
    assert_eq!((report.actors["stage"].handled, report.actors["stage"].emitted), (3, 5));
}

#[test]
fn a_message_that_waits_for_room_is_no_silence() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let (sink, consumer) = testkit::probe_consumer::<u64>();
        let running = testkit::start(
            Topology::new("alive")
                .producer("source", producer)
                .stage("alive", KeepAlive::new(millis(2000), 0))
                .consumer("sink", consumer)
                .mailbox(MailboxOptions::capacity(1)),
        );
        source.emit_all([1, 2, 3, 4, 5]);
        sleep(millis(60_000)).await;
        sink.request(100);
        sink.expect([1, 2, 3, 4, 5, 0]).await;
        source.finish();
        balanced(&running.wait().await);
    });
}

#[test]
fn the_sign_of_life_is_a_message_of_the_link() {
    let alive = |message| json!({ "idle": "1s", "message": message });
    assert!(
        problems(false, |c| settings::<KeepAlive<Record>>(alive(json!({ "kind": "beat" }))).check(c))
            .is_empty()
    );
    assert!(problems(false, |c| settings::<KeepAlive<Line>>(alive(json!("beat"))).check(c)).is_empty());
    let found = problems(false, |c| settings::<KeepAlive<u64>>(alive(json!("beat"))).check(c));
    assert!(found[0].contains("\"beat\" is not a whole number"), "{found:?}");
}

#[test]
fn times_of_nothing_are_refused() {
    let found = problems(false, |checks| {
        settings::<Delay<u64>>(json!({ "by": "0s", "capacity": 0, "overflow": "spill" })).check(checks);
        settings::<Debounce<u64>>(json!({ "quiet": "0s" })).check(checks);
        settings::<Debounce<u64>>(json!({ "quiet": "2s", "max_wait": "1s" })).check(checks);
        settings::<Sample<u64>>(json!({ "every": "0s" })).check(checks);
        settings::<KeepAlive<u64>>(json!({ "idle": "0s", "message": 1 })).check(checks);
    });
    assert_eq!(found.len(), 7, "{found:?}");
}

tidegate::ports! {
    struct Halves {
        again: u64,
        done: u64,
    }
}

/// Halves numbers until they are odd.
struct Halve;

impl Stage for Halve {
    type In = u64;
    type Out = Halves;

    async fn handle(&mut self, n: u64, out: &mut Halves) -> Result {
        if n.is_multiple_of(2) {
            out.again.emit(n / 2)
        } else {
            out.done.emit(n)
        }
        Ok(())
    }
}

#[test]
fn a_cycle_does_not_end_while_a_delay_in_it_holds_a_message() {
    let back = MailboxOptions::capacity(1000).overflow(Overflow::DropNewest);
    let report = testkit::run(
        Topology::new("loop")
            .producer("numbers", iter((1..=10u64).map(|n| n * 8)))
            .stage("halve", Halve)
            .inputs([InputOptions::new("numbers"), InputOptions::new("later").mailbox(back)])
            .stage("later", Delay::<u64>::new(millis(1000)))
            .inputs(["halve.again"])
            .consumer("odd", for_each(|n: u64| assert!(n % 2 == 1)))
            .inputs(["halve.done"]),
    );
    assert_eq!(report.actors["odd"].handled, 10);
    assert_eq!(report.elapsed_seconds.round(), 6.0, "8 times 8 is halved six times");
    let lost: u64 = report.actors.values().map(|actor| actor.dropped.total()).sum();
    assert_eq!(lost, 0);
}

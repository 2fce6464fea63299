//! The time of each actor splits into idle, busy and blocked, and says by whom; links say how long their messages wait.

use std::time::Duration;
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};
use tidegate::{Activity, ActorReport, Hold, Rate, SignalKind, Snapshot};
use tokio::time::sleep;

/// Takes its time for each message.
#[derive(Clone)]
struct Slow(Duration);

impl Stage for Slow {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result<()> {
        sleep(self.0).await;
        out.emit(n);
        Ok(())
    }
}

/// The same, at the end.
#[derive(Clone)]
struct SlowEnd(Duration);

impl Consumer for SlowEnd {
    type In = u64;

    async fn handle(&mut self, _: u64) -> Result<()> {
        sleep(self.0).await;
        Ok(())
    }
}

/// A source that has something every two seconds.
struct Seldom(u64);

impl Producer for Seldom {
    type Out = Outlet<u64>;

    async fn produce(&mut self, out: &mut Outlet<u64>) -> Result<Next> {
        self.0 += 1;
        out.emit(self.0);
        Ok(Next::After(Duration::from_secs(2)))
    }
}

/// Fails each message until it has seen so many.
#[derive(Clone)]
struct Fails(u64);

impl Consumer for Fails {
    type In = u64;

    async fn handle(&mut self, n: u64) -> Result<()> {
        if n < self.0 { Err("not yet".into()) } else { Ok(()) }
    }
}

fn slow(milliseconds: u64) -> Slow {
    Slow(Duration::from_millis(milliseconds))
}

fn endless() -> impl Producer<Out = Outlet<u64>> {
    iter(0u64..)
}

#[track_caller]
fn assert_split(actor: &ActorReport, (idle, busy, blocked): (f64, f64, f64)) {
    let time = &actor.time;
    let split = (time.idle_seconds, time.busy_seconds, time.blocked_seconds);
    assert!(
        (split.0 - idle).abs() < 1e-6 && (split.1 - busy).abs() < 1e-6 && (split.2 - blocked).abs() < 1e-6,
        "{split:?} instead of {:?}, blocked by {:?}",
        (idle, busy, blocked),
        time.blocked_by
    );
}

/// By what an actor was blocked longest, and what that is to an actor.
#[track_caller]
fn holder(actor: &ActorReport) -> (Hold, Option<&str>) {
    let first = actor.time.blocked_by.first().expect("it was blocked");
    (first.cause, first.actor.as_deref())
}

/// All that live have lived since the start.
fn adds_up(snapshot: &Snapshot) {
    for (name, actor) in &snapshot.actors {
        let lived = snapshot.elapsed_seconds * actor.instances as f64;
        let total = actor.time.total_seconds();
        assert!((total - lived).abs() < 1e-6, "{name}: {total} of {lived} s");
    }
}

#[test]
fn a_slow_consumer_is_busy_and_holds_all_that_are_upstream() {
    testkit::virtual_time(async {
        let running = testkit::start(
            Topology::new("chain")
                .producer("n", endless())
                .stage("double", map(|n: u64| n * 2))
                .mailbox(MailboxOptions::capacity(4))
                .stage("slow", slow(1000))
                .mailbox(MailboxOptions::capacity(4))
                .consumer("end", for_each(|_: u64| {})),
        );
        sleep(Duration::from_millis(10_500)).await;
        let snapshot = running.snapshot();
        adds_up(&snapshot);
        let actors = &snapshot.actors;
        assert_split(&actors["slow"], (0.0, 10.5, 0.0));
        assert_split(&actors["double"], (0.0, 0.0, 10.5));
        assert_split(&actors["n"], (0.0, 0.0, 10.5));
        assert_split(&actors["end"], (10.5, 0.0, 0.0));
        assert_eq!(holder(&actors["double"]), (Hold::Full, Some("slow")));
        assert_eq!(holder(&actors["n"]), (Hold::Full, Some("double")));
        let now = &actors["n"].time.now[0];
        assert_eq!(
            (now.activity, now.cause, now.actor.as_deref()),
            (Activity::Blocked, Some(Hold::Full), Some("double"))
        );
        let now = &actors["slow"].time.now[0];
        assert_eq!((now.activity, now.seconds), (Activity::Busy, 0.5), "with one message after the other");
        let link = &snapshot.links[1];
        assert_eq!((&*link.from, &*link.to, link.blocked_seconds), ("double", "slow", 10.5));
        running.stop();
        balanced(&running.wait().await);
    });
}

#[test]
fn who_waits_for_its_source_is_idle_and_so_is_all_downstream() {
    testkit::virtual_time(async {
        let running = testkit::start(
            Topology::new("slow source").producer("n", Seldom(0)).consumer("end", for_each(|_: u64| {})),
        );
        sleep(Duration::from_secs(7)).await;
        let snapshot = running.snapshot();
        adds_up(&snapshot);
        assert_split(&snapshot.actors["n"], (7.0, 0.0, 0.0));
        assert_split(&snapshot.actors["end"], (7.0, 0.0, 0.0));
        running.stop();
        balanced(&running.wait().await);
    });
}

#[test]
fn a_pause_by_hand_blocks_the_actor_itself() {
    testkit::virtual_time(async {
        let running = testkit::start(
            Topology::new("paused")
                .producer("n", endless())
                .consumer("end", SlowEnd(Duration::from_secs(1)))
                .mailbox(MailboxOptions::capacity(4)),
        );
        sleep(Duration::from_millis(2500)).await;
        running.pause("end");
        sleep(Duration::from_millis(7500)).await;
        let snapshot = running.snapshot();
        adds_up(&snapshot);
        // It is told while it handles the third message.
        assert_split(&snapshot.actors["end"], (0.0, 3.0, 7.0));
        assert_eq!(holder(&snapshot.actors["end"]), (Hold::Operator, None));
        assert_eq!(holder(&snapshot.actors["n"]), (Hold::Full, Some("end")));
        running.stop();
        balanced(&running.wait().await);
    });
}

#[test]
fn an_open_breaker_blocks_its_actor_and_whoever_sends_to_it() {
    testkit::virtual_time(async {
        let breaker = Breaker::after(2).reset(Duration::from_secs(60));
        let running = testkit::start(
            Topology::new("breaker")
                .producer("n", endless())
                .consumer("end", Fails(u64::MAX))
                .on_error(OnError::Skip)
                .breaker(breaker)
                .mailbox(MailboxOptions::capacity(100)),
        );
        sleep(Duration::from_secs(9)).await;
        let snapshot = running.snapshot();
        adds_up(&snapshot);
        assert_split(&snapshot.actors["end"], (0.0, 0.0, 9.0));
        assert_eq!(holder(&snapshot.actors["end"]), (Hold::BreakerOpen, None));
        assert_split(&snapshot.actors["n"], (0.0, 0.0, 9.0));
        assert_eq!(holder(&snapshot.actors["n"]), (Hold::BreakerOpen, Some("end")));
        running.stop();
        balanced(&running.wait().await);
    });
}

#[test]
fn waits_are_sampled_while_somebody_watches() {
    testkit::virtual_time(async {
        let running = testkit::start(
            Topology::new("waits")
                .producer("n", endless())
                .consumer("end", SlowEnd(Duration::from_secs(1)))
                .mailbox(MailboxOptions::capacity(10)),
        );
        sleep(Duration::from_secs(60)).await;
        assert!(running.snapshot().links[0].wait.is_none(), "nobody watches");
        let watch = running.watch();
        sleep(Duration::from_secs(60)).await;
        let wait = watch.snapshot().links[0].wait.clone().expect("there was time enough");
        // Ten at most wait for one a second, and five at least when the mailbox opens again.
        assert!(wait.samples > 0 && wait.p50_seconds >= 1.0 && wait.max_seconds <= 10.2, "{wait:?}");
        assert!(wait.total_seconds / wait.total_samples as f64 > 1.0, "{wait:?}");
        drop(watch);
        sleep(Duration::from_secs(60)).await;
        let later = running.snapshot().links[0].wait.clone().expect("what was counted stays");
        assert!(later.samples == 0 && later.total_samples <= wait.total_samples + 1, "{later:?}");
        running.stop();
        balanced(&running.wait().await);
    });
}

#[test]
fn a_watch_sees_pressure_travel_upstream() {
    testkit::virtual_time(async {
        let (sink, consumer) = testkit::probe_consumer::<u64>();
        let (source, producer) = testkit::probe_producer::<u64>();
        let running = testkit::start(
            Topology::new("watched")
                .producer("n", producer)
                .stage("double", map(|n: u64| n * 2))
                .mailbox(MailboxOptions::capacity(4))
                .consumer("end", consumer)
                .mailbox(MailboxOptions::capacity(4)),
        );
        let watch = running.watch();
        source.emit_all(0..20);
        source.finish();
        testkit::settle().await;
        let log = watch.signals_after(0);
        let seen = |log: &tidegate::SignalLog| {
            let records = log.records.iter();
            records.map(|record| (record.kind, record.to.clone(), record.from.clone())).collect::<Vec<_>>()
        };
        let (end, double) = (("end", "double"), ("double", "n"));
        let told = |kind, (to, from): (&str, &str)| (kind, to.to_string(), from.to_string());
        assert_eq!(seen(&log), [end, double].map(|link| told(SignalKind::Backpressure, link)));
        sink.request(20);
        let report = running.wait().await;
        balanced(&report);
        let log = watch.signals_after(log.last);
        assert_eq!(seen(&log)[0], told(SignalKind::Resume, end), "the first to drain is the last");
        let link = &report.links[1];
        assert_eq!(link.backpressure_signals, link.resume_signals);
        assert!(link.obeyed_signals >= 1 && link.obeyed_signals <= link.backpressure_signals);
    });
}

#[test]
fn a_limit_a_retry_and_a_restart_block_by_their_own_names() {
    testkit::virtual_time(async {
        let second = Duration::from_secs(1);
        let running = testkit::start(
            Topology::new("holds")
                .limit("api", Rate::per_second(0.5), 1)
                .producer("limited", endless())
                .rate_limit("api")
                .consumer("retries", Fails(u64::MAX))
                .on_error(Retry::times(2).backoff(second * 10).jitter(0.0))
                .inputs(["limited"])
                .consumer_each("restarts", 1, |_| Fails(1))
                .on_error(Restart::times(1).backoff(second * 4).jitter(0.0))
                .inputs(["limited"]),
        );
        sleep(Duration::from_millis(9_500)).await;
        let snapshot = running.snapshot();
        adds_up(&snapshot);
        let actors = &snapshot.actors;
        assert_split(&actors["limited"], (0.0, 0.0, 9.5));
        assert_eq!(holder(&actors["limited"]), (Hold::RateLimit, None));
        assert_split(&actors["retries"], (0.0, 0.0, 9.5));
        assert_eq!(holder(&actors["retries"]), (Hold::Retry, None));
        assert_split(&actors["restarts"], (5.5, 0.0, 4.0));
        assert_eq!(holder(&actors["restarts"]), (Hold::Restart, None));
        running.stop();
        balanced(&running.wait().await);
    });
}

#[test]
fn instances_that_wait_for_their_turn_or_a_place_say_so() {
    testkit::virtual_time(async {
        let running = testkit::start(
            Topology::new("turns")
                .bulkhead("few", BulkheadOptions::threads(1).max_in_flight(1))
                .producer("n", endless())
                .stage_each("both", 2, |_| slow(1000))
                .in_bulkhead("few")
                .consumer("end", for_each(|_: u64| {})),
        );
        sleep(Duration::from_millis(10_500)).await;
        let snapshot = running.snapshot();
        adds_up(&snapshot);
        assert_split(&snapshot.actors["both"], (0.0, 10.5, 10.5));
        assert_eq!(holder(&snapshot.actors["both"]), (Hold::Bulkhead, None));
        running.stop();
        balanced(&running.wait().await);
    });
}

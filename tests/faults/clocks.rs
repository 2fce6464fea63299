//! Clocks that leap, as when a process is stopped for hours and goes on: nothing is made up for in a burst, and nothing
//! stalls.

use std::sync::{Arc, Mutex};
use std::time::Duration;
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};
use tidegate::{Aimd, BreakerState, Outcome, Rate, Snapshot};
use tokio::time::{Instant, advance, sleep};

const SECOND: Duration = Duration::from_secs(1);
const HOURS: Duration = Duration::from_secs(5 * 3_600);

fn handled(snapshot: &Snapshot, actor: &str) -> u64 {
    snapshot.actors[actor].handled
}

#[test]
fn a_limit_lets_no_more_pass_after_a_leap_than_its_burst() {
    for burst in [1, 20] {
        testkit::virtual_time(async {
            let running = testkit::start(
                Topology::new("limited")
                    .limit("ten", Rate::per_second(10.0), burst)
                    .producer("n", iter(1u64..))
                    .rate_limit("ten")
                    .consumer("sink", for_each(|_: u64| {})),
            );
            sleep(10 * SECOND).await;
            let before = handled(&running.snapshot(), "sink");
            assert!((99..=101 + u64::from(burst)).contains(&before), "{before}");
            advance(HOURS).await;
            testkit::settle().await;
            let leapt = handled(&running.snapshot(), "sink") - before;
            assert!(leapt <= u64::from(burst) + 1, "{leapt} at once, of a burst of {burst}");
            sleep(10 * SECOND).await;
            let after = handled(&running.snapshot(), "sink") - before - leapt;
            assert!((99..=101).contains(&after), "{after} in ten seconds");
            running.stop();
            balanced(&running.wait().await);
        });
    }
}

/// Notes when it was ticked and woken; wants to be woken every minute.
struct Clockwork {
    wake: Instant,
    ticks: Arc<Mutex<Vec<Instant>>>,
    wakes: Arc<Mutex<Vec<Instant>>>,
}

impl Consumer for Clockwork {
    type In = u64;

    async fn handle(&mut self, _: u64) -> Result {
        Ok(())
    }

    fn tick_every(&self) -> Option<Duration> {
        Some(10 * SECOND)
    }

    async fn on_tick(&mut self) -> Result {
        self.ticks.lock().expect("no panic").push(Instant::now());
        Ok(())
    }

    fn wake_at(&self) -> Option<Instant> {
        Some(self.wake)
    }

    async fn on_wake(&mut self) -> Result {
        self.wakes.lock().expect("no panic").push(Instant::now());
        self.wake = Instant::now() + 60 * SECOND;
        Ok(())
    }
}

#[test]
fn missed_ticks_and_moments_are_not_made_up_for() {
    testkit::virtual_time(async {
        let (ticks, wakes) = (Arc::<Mutex<Vec<Instant>>>::default(), Arc::<Mutex<Vec<Instant>>>::default());
        let clockwork =
            Clockwork { wake: Instant::now() + 60 * SECOND, ticks: ticks.clone(), wakes: wakes.clone() };
        let (source, producer) = testkit::probe_producer::<u64>();
        let running = testkit::start(
            Topology::new("clockwork").producer("source", producer).consumer("clockwork", clockwork),
        );
        let counts = || (ticks.lock().expect("no panic").len(), wakes.lock().expect("no panic").len());
        sleep(125 * SECOND).await;
        assert_eq!(counts(), (12, 2));
        advance(HOURS).await;
        testkit::settle().await;
        assert_eq!(counts(), (13, 3), "one of each, for thousands that were missed");
        sleep(65 * SECOND).await;
        assert_eq!(counts(), (19, 4), "and on as before");
        source.finish();
        assert_eq!(balanced(&running.wait().await).outcome, Outcome::Completed);
    });
}

/// Fails at the numbers up to `bad`; passes on when each attempt was.
struct Flaky {
    bad: u64,
    attempts: Arc<Mutex<Vec<(u64, Instant)>>>,
}

impl Consumer for Flaky {
    type In = u64;

    async fn handle(&mut self, n: u64) -> Result {
        let mut attempts = self.attempts.lock().expect("no panic");
        attempts.push((n, Instant::now()));
        let tried = attempts.iter().filter(|(other, _)| *other == n).count();
        if n <= self.bad && tried <= 2 { Err("not now".into()) } else { Ok(()) }
    }
}

#[test]
fn a_retry_and_a_restart_that_a_leap_makes_due_happen_once() {
    let retry: OnError = Retry::times(5).backoff(60 * SECOND).max_backoff(60 * SECOND).jitter(0.0).into();
    let restart: OnError =
        Restart::times(5).within(HOURS * 2).backoff(60 * SECOND).max_backoff(60 * SECOND).jitter(0.0).into();
    for (policy, tried) in [(retry, [1, 2, 3]), (restart, [1, 1, 1])] {
        testkit::virtual_time(async {
            let attempts = Arc::<Mutex<Vec<(u64, Instant)>>>::default();
            let notes = attempts.clone();
            let running = testkit::start(
                Topology::new("flaky")
                    .producer("n", iter(1..=3u64))
                    .consumer_each("flaky", 1, move |_| Flaky { bad: 1, attempts: notes.clone() })
                    .on_error(policy),
            );
            let of_first = || {
                let attempts = attempts.lock().expect("no panic");
                attempts.iter().filter(|(n, _)| *n == 1).count()
            };
            sleep(SECOND).await;
            assert_eq!(of_first(), tried[0]);
            advance(HOURS).await;
            testkit::settle().await;
            assert_eq!(of_first(), tried[1], "{policy:?}: the leap made one wait over, not all");
            let report = balanced(&running.wait().await);
            assert_eq!((report.outcome, of_first()), (Outcome::Completed, tried[2]), "{policy:?}");
            assert_eq!(attempts.lock().expect("no panic").iter().filter(|(n, _)| *n > 1).count(), 2);
        });
    }
}

#[test]
fn a_breaker_that_a_leap_makes_due_lets_one_message_through() {
    testkit::virtual_time(async {
        let attempts = Arc::<Mutex<Vec<(u64, Instant)>>>::default();
        let running = testkit::start(
            Topology::new("broken")
                .producer("n", iter(1..=50u64))
                // The first attempts at all of the first ten fail.
                .consumer("flaky", Flaky { bad: 10, attempts: attempts.clone() })
                .on_error(OnError::Skip)
                .breaker(Breaker::after(3).within(60 * SECOND).reset(60 * SECOND).backoff(1.0, 60 * SECOND)),
        );
        let tried = || attempts.lock().expect("no panic").len();
        sleep(SECOND).await;
        assert_eq!(tried(), 3);
        for trial in 4..=10 {
            advance(HOURS).await;
            testkit::settle().await;
            let snapshot = running.snapshot();
            let breaker = snapshot.actors["flaky"].breaker.clone().expect("it has one");
            assert_eq!((tried(), breaker.state), (trial, BreakerState::Open), "one trial a leap");
            assert_eq!(breaker.opened, trial as u64 - 2);
        }
        let report = balanced(&running.wait().await);
        assert_eq!(report.outcome, Outcome::Completed);
        assert_eq!((report.actors["flaky"].failed, report.actors["flaky"].handled), (10, 40));
    });
}

#[test]
fn a_rate_that_is_felt_for_grows_by_what_the_leap_took_up_to_its_most_and_makes_no_burst() {
    testkit::virtual_time(async {
        let aimd = Aimd { start: 10.0, increase: 1.0, max: Some(50.0), ..Aimd::default() };
        let running = testkit::start(
            Topology::new("felt")
                .producer("n", iter(1u64..))
                .aimd(aimd)
                .consumer("sink", for_each(|_: u64| {})),
        );
        sleep(10 * SECOND).await;
        let before = running.snapshot();
        assert!(before.actors["n"].rate.is_some_and(|rate| (19.0..=20.0).contains(&rate)), "{before:?}");
        advance(HOURS).await;
        testkit::settle().await;
        let leapt = running.snapshot();
        assert!(handled(&leapt, "sink") - handled(&before, "sink") <= 2, "no burst");
        sleep(2 * SECOND).await;
        let after = running.snapshot();
        assert_eq!(after.actors["n"].rate, Some(50.0));
        let made = handled(&after, "sink") - handled(&leapt, "sink");
        assert!((98..=102).contains(&made), "{made} in two seconds");
        running.stop();
        balanced(&running.wait().await);
    });
}

#[test]
fn a_drain_that_a_leap_ends_is_forced_and_a_call_that_it_overtakes_has_timed_out() {
    testkit::virtual_time(async {
        let running = testkit::start(
            Topology::new("late")
                .producer("n", iter(1..=3u64))
                .consumer("stalls", for_each_async())
                .breaker(Breaker::after(9).call_timeout(60 * SECOND))
                .on_error(OnError::Skip),
        );
        sleep(SECOND).await;
        advance(HOURS).await;
        testkit::settle().await;
        let stalls = running.snapshot().actors["stalls"].clone();
        assert_eq!((stalls.failed, stalls.in_handler), (1, 1), "the first timed out, the next is in hand");
        running.drain(600 * SECOND);
        testkit::settle().await;
        advance(HOURS).await;
        let report = balanced(&running.wait().await);
        assert_eq!(report.outcome, Outcome::Stopped);
        let stalls = &report.actors["stalls"];
        assert_eq!((stalls.handled, stalls.failed + stalls.left), (0, 3));
    });
}

/// Waits for ever with each number.
fn for_each_async() -> impl Consumer<In = u64> {
    struct Stalls;
    impl Consumer for Stalls {
        type In = u64;
        async fn handle(&mut self, _: u64) -> Result {
            std::future::pending().await
        }
    }
    Stalls
}

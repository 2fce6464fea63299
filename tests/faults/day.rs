//! A day of virtual time, with exact counts at its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tidegate::prelude::*;
use tidegate::testkit;
use tidegate::{Outcome, Rate};
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

/// A number each second of a day.
const SECONDS: u64 = 24 * 3_600;

#[derive(Default)]
struct Noted {
    ticks: AtomicU64,
    windows: AtomicU64,
    in_windows: AtomicU64,
    lives: AtomicU64,
}

/// A number each second.
struct Seconds(u64);

impl Producer for Seconds {
    type Out = Outlet<u64>;

    async fn produce(&mut self, out: &mut Outlet<u64>) -> Result<Next> {
        self.0 += 1;
        out.emit(self.0);
        Ok(if self.0 < SECONDS { Next::After(SECOND) } else { Next::Done })
    }
}

/// Counts in windows of a minute, and says how many there were as each closes.
struct Minutes {
    closes: Option<Instant>,
    count: u64,
    noted: Arc<Noted>,
}

impl Minutes {
    fn close(&mut self) {
        if self.closes.take().is_some() {
            self.noted.windows.fetch_add(1, Ordering::SeqCst);
            self.noted.in_windows.fetch_add(std::mem::take(&mut self.count), Ordering::SeqCst);
        }
    }
}

impl Stage for Minutes {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        self.closes.get_or_insert_with(|| Instant::now() + 60 * SECOND);
        self.count += 1;
        out.emit(n);
        Ok(())
    }

    fn wake_at(&self) -> Option<Instant> {
        self.closes
    }

    async fn on_wake(&mut self, _: &mut Outlet<u64>) -> Result {
        self.close();
        Ok(())
    }

    fn tick_every(&self) -> Option<Duration> {
        Some(60 * SECOND)
    }

    async fn on_tick(&mut self, _: &mut Outlet<u64>) -> Result {
        self.noted.ticks.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    async fn on_end(&mut self, _: &mut Outlet<u64>) -> Result {
        self.close();
        Ok(())
    }
}

/// Panics once an hour; at the half hour the service behind it is down, for ten messages.
struct Hourly(Arc<Noted>);

impl Consumer for Hourly {
    type In = u64;

    async fn on_start(&mut self) -> Result {
        self.0.lives.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    async fn handle(&mut self, n: u64) -> Result {
        assert!(!n.is_multiple_of(3_600), "the hour");
        if (1_800..1_810).contains(&(n % 3_600)) { Err("down".into()) } else { Ok(()) }
    }
}

#[test]
fn a_day_of_ticks_windows_breakers_and_restarts_ends_with_exact_counts() {
    std::panic::set_hook(Box::new(|_| {}));
    let noted = Arc::new(Noted::default());
    let (lives, minutes) = (noted.clone(), noted.clone());
    let report = testkit::run(
        Topology::new("a day")
            .producer("seconds", Seconds(0))
            .stage("minutes", Minutes { closes: None, count: 0, noted: minutes })
            .consumer_each("hourly", 1, move |_| Hourly(lives.clone()))
            .on_error(OnError::Skip)
            .on_panic(Restart::times(3).within(3_000 * SECOND).backoff(SECOND).jitter(0.0))
            .breaker(Breaker::after(3).within(60 * SECOND).reset(SECOND).backoff(1.0, SECOND))
            .limit("half", Rate::per_second(0.5), 1)
            .producer("endless", iter(1u64..))
            .rate_limit("half")
            .consumer("until", Until { left: SECONDS / 2 }),
    );
    drop(std::panic::take_hook());
    assert_eq!((report.outcome, &report.error), (Outcome::Completed, &None));
    let hours = 24;
    let hourly = &report.actors["hourly"];
    // Ten errors and a panic an hour; each error but the first two finds the breaker closed, or is the one that is tried.
    assert_eq!((hourly.received, hourly.failed), (SECONDS, 11 * hours));
    assert_eq!((hourly.handled, hourly.restarts), (SECONDS - 11 * hours, hours));
    assert_eq!(noted.lives.load(Ordering::SeqCst), hours + 1);
    // The third error opens it, and so does each trial that fails.
    assert_eq!(hourly.breaker.as_ref().map(|breaker| breaker.opened), Some(8 * hours));
    // A window a minute: each begins with the first number after the one before it closed.
    assert_eq!(noted.in_windows.load(Ordering::SeqCst), SECONDS);
    let (windows, ticks) = (noted.windows.load(Ordering::SeqCst), noted.ticks.load(Ordering::SeqCst));
    assert!((SECONDS / 61..=SECONDS / 60).contains(&windows), "{windows}");
    assert!((SECONDS / 60 - 1..=SECONDS / 60).contains(&ticks), "{ticks}");
    // One in two seconds, from the first moment on.
    assert_eq!(report.actors["until"].handled, SECONDS / 2);
    assert!(report.elapsed_seconds >= (SECONDS - 2) as f64 && report.elapsed_seconds < SECONDS as f64 + 60.0);
}

/// Wants so many and no more.
struct Until {
    left: u64,
}

impl Consumer for Until {
    type In = u64;

    async fn handle(&mut self, _: u64) -> Result {
        self.left -= 1;
        Ok(())
    }

    fn is_finished(&self) -> bool {
        self.left == 0
    }
}

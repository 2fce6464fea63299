//! The runtime's clock.
//!
//! Everything that measures or waits for time goes through this module, which is tokio's clock: a test that
//! pauses it (`tokio::time::pause`, or `testkit`) governs every throttle, window and timeout.

pub use std::time::Duration;
pub use tokio::time::{Instant, Interval, Sleep, sleep, sleep_until, timeout};

/// Ticks every `every`, the first time after that long; ticks that were missed are not made up for. None that would
/// be past the end of the clock.
pub(crate) fn ticks(every: Duration) -> Option<Interval> {
    let every = every.max(Duration::from_micros(1));
    let mut ticks = tokio::time::interval_at(Instant::now().checked_add(every)?, every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    Some(ticks)
}

//! The runtime's clock.
//!
//! Everything that measures or waits for time goes through this module, which is tokio's clock: a test that
//! pauses it (`tokio::time::pause`, or [`testkit`](crate::testkit)) governs every throttle, window and timeout.

pub use std::time::Duration;
pub use tokio::time::{Instant, Sleep, sleep, sleep_until, timeout};

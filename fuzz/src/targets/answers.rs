//! What `explain` and `top` read: reports, and the answers of a monitor.

use super::shown;
use tidegate::{Report, SignalLog};
use tidegate_monitor::Description;
use tidegate_monitor::client::Seen;
use tidegate_monitor::verdict::Verdict;

/// A report, a snapshot, a description, a verdict or signals, as JSON.
///
/// It is refused, or can be explained, shown and drawn.
pub fn answers(data: &[u8]) {
    let mut refused = 0;
    let mut read = |error: serde_json::Error| {
        refused += 1;
        // What the reader says of it is made harmless where it is shown.
        assert!(!error.to_string().is_empty());
    };
    match serde_json::from_slice::<Report>(data) {
        Ok(report) => shown::report(&report),
        Err(error) => read(error),
    }
    match serde_json::from_slice::<Seen>(data) {
        Ok(seen) => {
            seen.summary();
            shown::moments(&seen.snapshot, &seen.snapshot, None);
        }
        Err(error) => read(error),
    }
    match serde_json::from_slice::<Description>(data) {
        Ok(about) => shown::drawn(&about),
        Err(error) => read(error),
    }
    match serde_json::from_slice::<Verdict>(data) {
        Ok(verdict) => drop(verdict.to_string()),
        Err(error) => read(error),
    }
    match serde_json::from_slice::<SignalLog>(data) {
        Ok(log) => drop(log.records),
        Err(error) => read(error),
    }
    assert!(refused <= 5);
}

//! Parts of the monitor that nobody reaches but through a socket or a clock; for the targets in `fuzz/`.

pub use crate::server::parts::Desk;

use crate::alerts::Alerts;
use tidegate::Snapshot;

/// Looks at `now` as [`Alerts::watch`] does once a second.
pub fn look(alerts: &mut Alerts, now: Snapshot) {
    alerts.look(now, &|_, _| None);
}

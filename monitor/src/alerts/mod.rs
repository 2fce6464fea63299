//! Alerts: what is to be told to people, and when.
//!
//! ```text
//!  snapshots, one a second ─▶ condition ─▶ alert: inactive ─▶ pending ─▶ firing ─▶ inactive
//!                                                                           │         │
//!                                                          notices: log, webhook (a thread of its own)
//! ```
//!
//! An alert fires once when its condition has been true for as long as it says, and resolves once when it is not true
//! any more. Time is the runtime's clock.

mod alert;
mod check;
mod condition;
mod expression;
mod history;
mod nearest;
mod notice;
mod options;
mod state;
mod webhook;

use alert::{Alert, Change};
use condition::Look;
use expression::Measures;
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tidegate::topology::Table;
use tidegate::{Handle, Outcome, Problems, Report, Snapshot, Topology};
use tokio::time::MissedTickBehavior;

pub use notice::{Notice, NoticeState};
pub use options::{AlertOptions, AlertsOptions, Channel, Kind, WebhookOptions};
pub use state::{AlertPhase, AlertState, AlertStates};
pub use webhook::{Delivered, Webhook};

/// The target of the log lines of alerts.
const TARGET: &str = "tidegate::alert";

/// How often the topology is looked at.
const EVERY: Duration = Duration::from_secs(1);

/// Rates and shares are those of so many seconds.
const WINDOW: usize = 5;

/// The alerts of a topology.
#[derive(Debug)]
pub struct Alerts {
    alerts: Vec<Alert>,
    states: AlertStates,
    webhook: Option<Webhook>,
    /// The last looks, the oldest first.
    looks: VecDeque<Snapshot>,
    /// What makes the ids of notices differ from those of other runs.
    run: u128,
    notices: u64,
}

impl Alerts {
    /// The alerts that `options` say, for `topology`; with `webhook` for those who are to be posted.
    ///
    /// # Errors
    /// All that is wrong with them.
    pub fn new(
        options: &AlertsOptions,
        webhook: Option<&WebhookOptions>,
        topology: &Topology,
    ) -> Result<Self, Problems> {
        let mut problems = options.unposted(webhook);
        problems.extend(webhook.iter().flat_map(|webhook| webhook.check(topology)));
        let alerts = match check::build(options, topology) {
            Ok(alerts) if problems.is_empty() => alerts,
            wrong => {
                problems.extend(wrong.err().into_iter().flatten());
                return Err(Problems(problems));
            }
        };
        let webhook = webhook.filter(|_| options.0.values().any(|options| options.tells(Channel::Webhook)));
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let states = AlertStates::default();
        states.set(alerts.iter().map(Alert::state).collect());
        Ok(Self {
            alerts,
            states,
            webhook: webhook.map(Webhook::start),
            looks: VecDeque::new(),
            run: since.as_nanos() ^ (u128::from(std::process::id()) << 96),
            notices: 0,
        })
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.alerts.is_empty()
    }

    /// How far each has come, kept up to date while [`watch`](Self::watch) runs.
    pub fn states(&self) -> AlertStates {
        self.states.clone()
    }

    /// What became of what was to be posted, if anything is.
    pub fn delivered(&self) -> Option<Delivered> {
        self.webhook.as_ref().map(Webhook::delivered)
    }

    /// Looks at the topology once a second, for ever. `verdict` says in words where the pressure between two snapshots
    /// comes from.
    pub async fn watch(&mut self, handle: &Handle, verdict: impl Fn(&Snapshot, &Snapshot) -> Option<String>) {
        // How long messages wait is measured only while somebody watches.
        let waits = self.alerts.iter().any(|alert| alert.condition.needs_waits());
        let _watch = waits.then(|| handle.watch());
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.look(handle.snapshot(), &verdict);
        }
    }

    /// The run has ended: what still fires is resolved, and what waits to be posted is, for at most `within`.
    ///
    /// Blocks the thread meanwhile.
    pub fn finish(mut self, report: &Report, within: Duration) -> Option<Delivered> {
        let how = match report.outcome {
            Outcome::Completed => "the run has completed",
            Outcome::Drained => "the run was drained",
            Outcome::Stopped => "the run was stopped",
            Outcome::Failed => "the run has failed",
        };
        for at in 0..self.alerts.len() {
            if let Some(change) = self.alerts[at].end(how) {
                self.tell(at, &report.topology, report.elapsed_seconds, change, None);
            }
        }
        self.states.set(self.alerts.iter().map(Alert::state).collect());
        self.webhook.map(|webhook| webhook.finish(within))
    }

    pub(crate) fn look(&mut self, now: Snapshot, verdict: &dyn Fn(&Snapshot, &Snapshot) -> Option<String>) {
        // At the first look there is no time to compare with.
        let earlier = self.looks.front().unwrap_or(&now);
        let measures = Measures::new(earlier, &now);
        let look = Look { measures: &measures, last: self.looks.back().unwrap_or(&now), now: &now };
        let changes: Vec<(usize, Change)> = self
            .alerts
            .iter_mut()
            .enumerate()
            .filter_map(|(at, alert)| alert.look(look).map(|change| (at, change)))
            .collect();
        let says = if changes.is_empty() { None } else { verdict(earlier, &now) };
        for (at, change) in changes {
            self.tell(at, &now.topology, now.elapsed_seconds, change, says.clone());
        }
        self.states.set(self.alerts.iter().map(Alert::state).collect());
        self.looks.push_back(now);
        if self.looks.len() > WINDOW {
            self.looks.pop_front();
        }
    }

    fn tell(&mut self, at: usize, topology: &str, now: f64, change: Change, verdict: Option<String>) {
        let alert = &self.alerts[at];
        let Change { firing, since, value, text } = change;
        let text = match &verdict {
            Some(verdict) => format!("{text}; {verdict}"),
            None => text,
        };
        if alert.notify.contains(&Channel::Log) {
            match firing {
                true => tracing::warn!(target: TARGET, alert = %alert.name, "firing: {text}"),
                false => tracing::info!(target: TARGET, alert = %alert.name, "resolved: {text}"),
            }
        }
        let Some(webhook) = self.webhook.as_ref().filter(|_| alert.notify.contains(&Channel::Webhook)) else {
            return;
        };
        self.notices += 1;
        let (clock, ago) = (SystemTime::now(), Duration::from_secs_f64((now - since).max(0.0)));
        webhook.post(Notice {
            alert: alert.name.clone(),
            state: if firing { NoticeState::Firing } else { NoticeState::Resolved },
            topology: topology.into(),
            since: time_of_day(clock, ago),
            at: time_of_day(clock, Duration::ZERO),
            value,
            text,
            verdict,
            id: id(self.run, &alert.name, self.notices),
        });
    }
}

/// The time that was `ago` before `clock`, as people write it. A clock that was set back to its beginning does not know that
/// time; then it is the beginning.
fn time_of_day(clock: SystemTime, ago: Duration) -> String {
    let time = clock.checked_sub(ago).filter(|time| *time >= UNIX_EPOCH).unwrap_or(UNIX_EPOCH);
    humantime::format_rfc3339_seconds(time).to_string()
}

/// A name for a notice that no other has.
fn id(run: u128, alert: &str, number: u64) -> String {
    let mut digest = Sha256::new();
    digest.update(run.to_le_bytes());
    digest.update(number.to_le_bytes());
    digest.update(alert.as_bytes());
    webhook::hex(&digest.finalize()[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_set_back_to_its_beginning_does_not_end_the_watch() {
        let minute = Duration::from_secs(60);
        assert_eq!(time_of_day(UNIX_EPOCH + 2 * minute, minute), "1970-01-01T00:01:00Z");
        for clock in [UNIX_EPOCH, UNIX_EPOCH + minute / 2, UNIX_EPOCH - minute] {
            assert_eq!(time_of_day(clock, minute), "1970-01-01T00:00:00Z");
        }
    }
}

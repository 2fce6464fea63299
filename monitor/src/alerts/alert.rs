//! One alert: inactive, pending while its condition has not lasted long enough, firing, and inactive again.

use super::condition::{Condition, Culprit, Look};
use super::options::Channel;
use super::state::{AlertPhase, AlertState};
use std::collections::HashMap;
use std::time::Duration;

/// Looks come once a second, and a little early or late: by less than this, in seconds.
const SLACK: f64 = 0.1;

/// An alert and how far it has come.
#[derive(Debug)]
pub(super) struct Alert {
    pub(super) name: String,
    pub(super) condition: Condition,
    pub(super) lasting: Duration,
    pub(super) notify: Vec<Channel>,
    /// Since when it is so of each actor, in seconds of the run.
    since: HashMap<String, f64>,
    /// Since when it fires: the beginning of the condition.
    firing: Option<f64>,
    culprits: Vec<Culprit>,
    fired: u64,
    resolved: u64,
}

/// An alert fires, or does no more.
#[derive(Debug, PartialEq)]
pub(super) struct Change {
    pub(super) firing: bool,
    /// Since when it was so, in seconds of the run.
    pub(super) since: f64,
    pub(super) value: Option<f64>,
    pub(super) text: String,
}

impl Alert {
    pub(super) fn new(name: &str, condition: Condition, lasting: Duration, notify: Vec<Channel>) -> Self {
        Self {
            name: name.into(),
            condition,
            lasting,
            notify,
            since: HashMap::new(),
            firing: None,
            culprits: Vec::new(),
            fired: 0,
            resolved: 0,
        }
    }

    /// Looks at the topology; what changes by that.
    pub(super) fn look(&mut self, look: Look<'_>) -> Option<Change> {
        let now = look.now.elapsed_seconds;
        let culprits = self.condition.look(&self.name, look);
        self.since.retain(|actor, _| culprits.iter().any(|culprit| culprit.actor == *actor));
        for culprit in &culprits {
            self.since.entry(culprit.actor.clone()).or_insert(now);
        }
        let lasting = self.lasting.as_secs_f64();
        let lasts = |culprit: &&Culprit| now - self.since[&culprit.actor] >= lasting - SLACK.min(lasting);
        let long_enough: Vec<Culprit> = culprits.iter().filter(lasts).cloned().collect();
        match self.firing {
            // Once it fires, it does until it is so of nobody: of one of them for a moment longer is no news.
            Some(since) if culprits.is_empty() => {
                self.firing = None;
                self.resolved += 1;
                let text = format!("no more, after {}: {}", ago(now - since), self.sentence());
                self.culprits = culprits;
                Some(Change { firing: false, since, value: None, text })
            }
            None if !long_enough.is_empty() => {
                let since = long_enough.iter().map(|culprit| self.since[&culprit.actor]).fold(now, f64::min);
                self.firing = Some(since);
                self.fired += 1;
                self.culprits = long_enough;
                Some(Change { firing: true, since, value: self.value(), text: self.sentence() })
            }
            _ => {
                self.culprits = culprits;
                None
            }
        }
    }

    /// The run has ended, as `how` says; what changes by that.
    pub(super) fn end(&mut self, how: &str) -> Option<Change> {
        let since = self.firing.take()?;
        self.resolved += 1;
        let text = format!("no longer looked at, because {how}: {}", self.sentence());
        self.since.clear();
        self.culprits.clear();
        Some(Change { firing: false, since, value: None, text })
    }

    pub(super) fn state(&self) -> AlertState {
        let pending = self.since.values().copied().reduce(f64::min);
        let phase = match (self.firing, pending) {
            (Some(_), _) => AlertPhase::Firing,
            (None, Some(_)) => AlertPhase::Pending,
            (None, None) => AlertPhase::Inactive,
        };
        let text = (phase != AlertPhase::Inactive).then(|| self.sentence());
        AlertState {
            name: self.name.clone(),
            state: phase,
            since_seconds: self.firing.or(pending),
            value: self.value(),
            actors: self.culprits.iter().map(|one| one.actor.clone()).filter(|one| !one.is_empty()).collect(),
            text,
            fired: self.fired,
            resolved: self.resolved,
        }
    }

    fn value(&self) -> Option<f64> {
        self.culprits.iter().filter_map(|culprit| culprit.value).reduce(f64::max)
    }

    fn sentence(&self) -> String {
        self.condition.sentence(&self.culprits, self.lasting)
    }
}

/// A time for people, in whole seconds.
fn ago(seconds: f64) -> String {
    let seconds = seconds.max(0.0).round();
    tidegate::settings::Span::from(Duration::from_secs_f64(seconds)).to_string()
}

//! Where the time of an actor goes, and how long messages wait.

use crate::ledger::{Activity, Hold, Spent};
use crate::topology::plan::PlannedNode;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// The time of an actor since it started, all its instances together: three parts that add up to the time the instances
/// have lived.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TimeReport {
    /// Waiting for messages, in seconds.
    pub idle_seconds: f64,
    /// In its handler, in seconds.
    pub busy_seconds: f64,
    /// Held up, in seconds.
    pub blocked_seconds: f64,
    /// By whom or what it was held up, and for how long; the longest first.
    pub blocked_by: Vec<BlockedReport>,
    /// What each living instance is doing now.
    pub now: Vec<ActivityReport>,
}

impl TimeReport {
    /// All of it, in seconds.
    pub fn total_seconds(&self) -> f64 {
        self.idle_seconds + self.busy_seconds + self.blocked_seconds
    }

    /// The time of an actor, so many nanoseconds after the topology began.
    pub(super) fn of(node: &PlannedNode, now: u64) -> Self {
        let (mut sum, mut by): (Spent, IndexMap<(Hold, Option<&str>), u64>) = Default::default();
        let mut report = Self::default();
        for (instance, tally) in node.tallies.iter().enumerate() {
            let outputs = node.outputs.get(instance).map_or(&[][..], Vec::as_slice);
            let look =
                || outputs.iter().map(|link| (link.holding().times(), link.holding().holds())).collect();
            let (spent, holding): (Spent, Vec<_>) = tally.times().read(now, look);
            sum.idle += spent.idle;
            sum.busy += spent.busy;
            let mut unnamed = spent.blocked;
            let mut holder = None;
            for (link, (times, holds)) in outputs.iter().zip(holding) {
                for (hold, mut time) in times {
                    if holds && spent.doing.hold() == Some(hold) {
                        time += spent.since;
                        holder = Some(link.to().to_string());
                    }
                    unnamed[hold as usize] = unnamed[hold as usize].saturating_sub(time);
                    *by.entry((hold, Some(link.to()))).or_default() += time;
                }
            }
            for hold in Hold::ALL {
                *by.entry((hold, None)).or_default() += unnamed[hold as usize];
                sum.blocked[hold as usize] += spent.blocked[hold as usize];
            }
            if let Some((activity, cause)) = spent.doing.activity() {
                let seconds = seconds(spent.since);
                report.now.push(ActivityReport { instance, activity, cause, actor: holder, seconds });
            }
        }
        by.retain(|_, time| *time > 0);
        by.sort_by(|_, one, _, other| other.cmp(one));
        let blocked = |((cause, actor), time): ((Hold, Option<&str>), u64)| BlockedReport {
            cause,
            actor: actor.map(Into::into),
            seconds: seconds(time),
        };
        report.blocked_by = by.into_iter().map(blocked).collect();
        report.idle_seconds = seconds(sum.idle);
        report.busy_seconds = seconds(sum.busy);
        report.blocked_seconds = seconds(sum.blocked.iter().sum());
        report
    }
}

fn seconds(nanoseconds: u64) -> f64 {
    std::time::Duration::from_nanos(nanoseconds).as_secs_f64()
}

/// How long an actor was held up by one thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BlockedReport {
    /// Why.
    pub cause: Hold,
    /// The downstream actor whose mailbox held it, if it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// For how long, in seconds; of several instances, together.
    pub seconds: f64,
}

/// What one instance is doing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ActivityReport {
    /// Its number, from 0.
    pub instance: usize,
    /// What it is doing.
    pub activity: Activity,
    /// Why it is blocked, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Hold>,
    /// The downstream actor whose mailbox blocks it, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// For how long already, in seconds.
    pub seconds: f64,
}

/// How long messages waited in a mailbox before their handler started, or the mailbox dropped them: samples of the last 10
/// to 20 seconds.
///
/// Taken only while somebody [watches](crate::Handle::watch).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WaitReport {
    /// How many samples there are.
    pub samples: u64,
    /// Half of them waited no longer than this, in seconds.
    pub p50_seconds: f64,
    /// Nine of ten waited no longer than this, in seconds.
    pub p90_seconds: f64,
    /// 99 of 100 waited no longer than this, in seconds.
    pub p99_seconds: f64,
    /// The longest of them, in seconds.
    pub max_seconds: f64,
    /// Samples since somebody watched first.
    pub total_samples: u64,
    /// What these add up to, in seconds.
    pub total_seconds: f64,
}

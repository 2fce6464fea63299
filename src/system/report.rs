//! What is known about a topology while it runs and after it ended.

use super::time_report::{TimeReport, WaitReport};
use crate::ledger::{ActorState, BreakerState, Dropped};
use crate::topology::Role;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The producers were done and everything was handled.
    Completed,
    /// Somebody asked to drain; what was in the mailboxes was handled.
    Drained,
    /// The end was forced; see what is `left`.
    Stopped,
    /// An actor failed.
    Failed,
}

/// How far a topology has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Not all actors have started.
    #[default]
    Starting,
    /// All have.
    Running,
    /// Somebody asked to drain, or an actor failed: producers stop, what is queued is handled.
    Draining,
    /// The end is forced.
    Stopping,
    /// It has ended.
    Ended,
}

impl Phase {
    /// The phase whose `as u8` is `number`.
    pub(super) fn from_number(number: u8) -> Self {
        let all = [Self::Starting, Self::Running, Self::Draining, Self::Stopping, Self::Ended];
        all.get(usize::from(number)).copied().unwrap_or_default()
    }
}

/// The final account of a run; serialises to the JSON of `--report`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// The name of the topology.
    pub topology: String,
    /// The threads that run actors, without those of blocking actors.
    #[serde(default)]
    pub arbiters: usize,
    /// How the run ended.
    pub outcome: Outcome,
    /// How long it took, in seconds.
    pub elapsed_seconds: f64,
    /// Whether every ledger balances: for each actor `received = handled + failed + dropped + left`, and what its mailboxes
    /// received is what its links say was emitted and not refused.
    pub balanced: bool,
    /// The first error, if there was one.
    pub error: Option<String>,
    /// The account of each actor, in the order of the topology.
    pub actors: IndexMap<String, ActorReport>,
    /// The account of each link.
    pub links: Vec<LinkReport>,
}

/// The counts of one actor; all its instances together.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ActorReport {
    /// The part it plays.
    pub role: Role,
    /// What it is made of.
    pub actor: String,
    /// How many copies of it there are; at the end, how many there were.
    pub instances: usize,
    /// How often there was one more, where their number follows the load.
    #[serde(default)]
    pub scaled_up: u64,
    /// How often there was one fewer.
    #[serde(default)]
    pub scaled_down: u64,
    /// Messages offered to its mailbox, those dropped on arrival included.
    pub received: u64,
    /// Messages handled without an error.
    pub handled: u64,
    /// Messages emitted, each once, whatever the number of targets.
    pub emitted: u64,
    /// Messages whose handling failed, dead letters included.
    pub failed: u64,
    /// Messages dropped, by reason.
    pub dropped: Dropped,
    /// Failed messages that went to a dead-letter port.
    pub dead_lettered: u64,
    /// Messages left behind, in the mailbox, in the handler or held, when the actor ended.
    pub left: u64,
    /// How often it was rebuilt after a failure.
    pub restarts: u64,
    /// Messages waiting in the mailbox now; 0 at the end.
    pub waiting: u64,
    /// Messages being handled now; 0 at the end.
    pub in_handler: u64,
    /// Messages it holds by design: a batch, a window.
    pub held: u64,
    /// Messages per second that a producer has come to which feels for its rate; of several instances, together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    /// What it is doing.
    pub state: ActorState,
    /// Where its time goes.
    #[serde(default)]
    pub time: TimeReport,
    /// Its mailbox; `None` for a producer.
    pub mailbox: Option<MailboxReport>,
    /// Its breaker, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breaker: Option<BreakerReport>,
}

/// A breaker at one moment; those of all instances together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BreakerReport {
    /// The state; of several instances, that of the one that is furthest from closed.
    pub state: BreakerState,
    /// How often it has opened.
    pub opened: u64,
}

/// A mailbox at one moment; the counts of all mailboxes of the actor together.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MailboxReport {
    /// The most messages it can hold.
    pub capacity: usize,
    /// The largest capacity it has had: it can be changed while the topology runs.
    #[serde(default)]
    pub largest_capacity: usize,
    /// The most it has held.
    pub peak: usize,
    /// How often it turned pressured.
    pub backpressure_signals: u64,
    /// How often it turned open again.
    pub resume_signals: u64,
    /// How long it was pressured, in seconds; of several mailboxes, on average.
    pub pressured_seconds: f64,
    /// Messages in it now, reserved places included.
    pub depth: usize,
    /// Whether it is pressured now.
    pub pressured: bool,
    /// The depth at which it turns pressured.
    #[serde(default)]
    pub high: usize,
    /// The depth at which it opens again.
    #[serde(default)]
    pub low: usize,
    /// What its messages weigh, places reserved for more included, in bytes; `None` where bytes are not limited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// The most they may weigh, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_bytes: Option<u64>,
}

/// The counts of one link.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LinkReport {
    /// The emitting end: `actor` or `actor.port`.
    pub from: String,
    /// The receiving actor.
    pub to: String,
    /// Messages put on the link.
    pub emitted: u64,
    /// Messages that reached the mailbox, dropped on arrival included.
    pub received: u64,
    /// Messages that did not, because the other end was gone.
    pub refused: u64,
    /// Whether it only listens.
    #[serde(default)]
    pub tap: bool,
    /// How often the mailbox at its end said `Backpressure` over it.
    #[serde(default)]
    pub backpressure_signals: u64,
    /// How often the mailbox said `Resume` over it.
    #[serde(default)]
    pub resume_signals: u64,
    /// How many of the `Backpressure`s the emitting actor paused for. Those that a newer signal overtook, and those that it
    /// reacts to otherwise, are not among them.
    #[serde(default)]
    pub obeyed_signals: u64,
    /// Whether the emitting actor is asked to hold now.
    #[serde(default)]
    pub held: bool,
    /// For how long it held up the emitting actor, in seconds; of several instances, together.
    #[serde(default)]
    pub blocked_seconds: f64,
    /// The mailbox that it leads to, which it may share with other links.
    #[serde(default)]
    pub mailbox: MailboxReport,
    /// How long its messages wait in that mailbox; `None` before the first sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<WaitReport>,
}

/// The state of a running topology at one moment.
///
/// Counts of different actors are read one after the other; they agree exactly once the topology is at rest.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Snapshot {
    /// The name of the topology.
    pub topology: String,
    /// The threads that run actors, without those of blocking actors.
    #[serde(default)]
    pub arbiters: usize,
    /// How far it has come.
    #[serde(default)]
    pub phase: Phase,
    /// How long it has been running, in seconds.
    pub elapsed_seconds: f64,
    /// Each actor, in the order of the topology.
    pub actors: IndexMap<String, ActorReport>,
    /// Each link.
    pub links: Vec<LinkReport>,
}

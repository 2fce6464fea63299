//! What the table says about each actor.

use tidegate::topology::Role;
use tidegate::{ActorState, Hold, Snapshot};
use tidegate_monitor::{ActorRates, HeldBy, Rates};

/// One actor.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) role: Role,
    pub(super) instances: usize,
    pub(super) state: ActorState,
    /// Messages a second.
    pub(super) rate: f64,
    /// The parts of its time, from 0 to 1.
    pub(super) idle: f64,
    pub(super) busy: f64,
    pub(super) blocked: f64,
    pub(super) mailbox: Option<Mailbox>,
    /// How long 99 of 100 messages wait at most, in seconds.
    pub(super) wait: Option<f64>,
    pub(super) held_by: Option<String>,
}

/// Its mailbox.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mailbox {
    pub(super) depth: usize,
    pub(super) capacity: usize,
    pub(super) high: usize,
    pub(super) pressured: bool,
}

impl Row {
    /// How full its mailbox is, from 0 to 1; nothing is less than an empty one.
    pub(super) fn fill(&self) -> f64 {
        self.mailbox.map_or(-1.0, |mailbox| mailbox.depth as f64 / mailbox.capacity.max(1) as f64)
    }
}

/// A row for each actor, in the order of the topology.
pub(super) fn rows(snapshot: &Snapshot, rates: &Rates) -> Vec<Row> {
    let none = ActorRates::default();
    let row = |(name, actor): (&String, &tidegate::ActorReport)| {
        let rates = rates.actors.get(name).unwrap_or(&none);
        let waits =
            snapshot.links.iter().filter(|link| link.to == *name).filter_map(|link| link.wait.as_ref());
        Row {
            name: name.clone(),
            role: actor.role,
            instances: actor.instances,
            state: actor.state,
            rate: rates.per_second,
            idle: rates.idle,
            busy: rates.busy,
            blocked: rates.blocked,
            mailbox: actor.mailbox.as_ref().map(|mailbox| Mailbox {
                depth: mailbox.depth,
                capacity: mailbox.capacity,
                high: mailbox.high,
                pressured: mailbox.pressured,
            }),
            wait: waits.map(|wait| wait.p99_seconds).max_by(f64::total_cmp),
            held_by: rates.held_by.as_ref().map(held_by),
        }
    };
    snapshot.actors.iter().map(row).collect()
}

/// An actor whose mailbox is full by its name alone, as that is how it mostly is; all else with its cause.
pub(super) fn held_by(by: &HeldBy) -> String {
    match &by.actor {
        Some(actor) if by.cause == Hold::Full => actor.clone(),
        Some(actor) => format!("{actor} ({})", by.cause),
        None => format!("({})", by.cause),
    }
}

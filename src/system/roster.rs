//! Who takes part in a topology, and what their counts come to.

use super::links::links;
use super::report::{
    ActorReport, BreakerReport, LinkReport, MailboxReport, Outcome, Phase, Report, Snapshot,
};
use super::time_report::TimeReport;
use crate::ledger::{ActorState, Counts, Dropped};
use crate::mailbox::MailboxFace;
use crate::signal::feed::Feed;
use crate::sync::{Arc, AtomicU8, Ordering};
use crate::topology::plan::{PlannedLink, PlannedNode};
use indexmap::IndexMap;
use std::collections::HashMap;

/// Everything there is to count in a running topology.
pub(crate) struct Roster {
    pub(super) name: String,
    pub(super) nodes: Vec<PlannedNode>,
    pub(super) links: Vec<PlannedLink>,
    pub(super) feed: Arc<Feed>,
    /// How far the topology has come; see [`Phase`].
    pub(super) phase: AtomicU8,
    /// Threads, without those of blocking actors.
    pub(super) arbiters: usize,
}

impl Roster {
    /// The number of the actor called `name`.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.nodes.iter().position(|node| node.name == name)
    }

    /// The topology has come so far.
    pub(super) fn enter(&self, phase: Phase) {
        // Relaxed: for people to read.
        self.phase.store(phase as u8, Ordering::Relaxed);
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        let elapsed = self.feed.since().elapsed();
        let now = elapsed.as_nanos() as u64;
        Snapshot {
            topology: self.name.clone(),
            phase: Phase::from_number(self.phase.load(Ordering::Relaxed)),
            arbiters: self.arbiters,
            elapsed_seconds: elapsed.as_secs_f64(),
            actors: self.actors(now),
            links: links(&self.links, now),
        }
    }

    pub(super) fn report(&self, outcome: Outcome, error: Option<String>) -> Report {
        let elapsed = self.feed.since().elapsed();
        let now = elapsed.as_nanos() as u64;
        let (actors, links) = (self.actors(now), links(&self.links, now));
        Report {
            topology: self.name.clone(),
            arbiters: self.arbiters,
            outcome,
            elapsed_seconds: elapsed.as_secs_f64(),
            balanced: balance(&actors, &links),
            error,
            actors,
            links,
        }
    }

    fn actors(&self, now: u64) -> IndexMap<String, ActorReport> {
        self.nodes.iter().map(|node| (node.name.clone(), actor(node, now))).collect()
    }
}

/// Whether what was counted at the links, at the mailboxes and at the instances agrees.
fn balance(actors: &IndexMap<String, ActorReport>, links: &[LinkReport]) -> bool {
    let mut arrived: HashMap<&str, u64> = HashMap::new();
    for link in links {
        *arrived.entry(&link.to).or_default() += link.received;
    }
    actors.iter().all(|(name, actor)| {
        actor.received == arrived.get(name.as_str()).copied().unwrap_or(0)
            && actor.received == actor.handled + actor.failed + actor.dropped.total() + actor.left
    })
}

fn actor(node: &PlannedNode, now: u64) -> ActorReport {
    let counts: Vec<Counts> = node.tallies.iter().map(|tally| tally.read()).collect();
    let sum = |count: fn(&Counts) -> u64| counts.iter().map(count).sum::<u64>();
    let at_mailboxes = |count: fn(&dyn MailboxFace) -> u64| -> u64 {
        node.mailboxes.iter().map(|mailbox| count(mailbox.as_ref())).sum()
    };
    let state = counts.iter().map(|counts| counts.state).max().unwrap_or_default();
    let mailbox =
        (!node.mailboxes.is_empty()).then(|| MailboxReport::of(node.mailboxes.iter().map(AsRef::as_ref)));
    let mut report = ActorReport {
        role: node.role,
        actor: node.actor.clone(),
        instances: node.scale.as_ref().map_or(counts.len(), |scale| scale.now.load(Ordering::Relaxed)),
        scaled_up: node.scale.as_ref().map_or(0, |scale| scale.ups.load(Ordering::Relaxed)),
        scaled_down: node.scale.as_ref().map_or(0, |scale| scale.downs.load(Ordering::Relaxed)),
        received: at_mailboxes(|mailbox| mailbox.received()),
        handled: sum(|counts| counts.handled.saturating_sub(counts.discarded)),
        emitted: node.emitted.iter().map(|count| count.load(Ordering::Relaxed)).sum(),
        failed: sum(|counts| counts.failed),
        dropped: Dropped {
            overflow: at_mailboxes(|mailbox| mailbox.overflow()),
            cancelled: at_mailboxes(|mailbox| mailbox.cancelled()),
            shed: at_mailboxes(|mailbox| mailbox.shed()),
            discarded: sum(|counts| counts.discarded.min(counts.handled)),
        },
        dead_lettered: sum(|counts| counts.dead_lettered),
        left: sum(|counts| counts.left) + at_mailboxes(|mailbox| mailbox.left()),
        restarts: sum(|counts| counts.restarts),
        waiting: at_mailboxes(|mailbox| mailbox.gate().waiting() as u64),
        in_handler: sum(|counts| counts.in_handler),
        held: sum(|counts| counts.held),
        rate: counts.iter().filter_map(|counts| counts.rate).reduce(|a, b| a + b),
        state,
        time: TimeReport::of(node, now),
        mailbox,
        breaker: counts
            .iter()
            .filter_map(|counts| counts.breaker)
            .max()
            .map(|state| BreakerReport { state, opened: sum(|counts| counts.opened) }),
    };
    if state == ActorState::Stuck {
        // It was given up with whatever it had: all that is not accounted for is left behind.
        let accounted = report.handled + report.failed + report.dropped.total() + report.left;
        report.left += report.received.saturating_sub(accounted);
        (report.waiting, report.in_handler) = (0, 0);
    }
    report
}

//! Who takes part in a topology, and what their counts come to.

use super::report::{ActorReport, BreakerReport, LinkReport, MailboxReport, Outcome, Report, Snapshot};
use crate::ledger::{ActorState, Counts, Dropped};
use crate::mailbox::{Link, MailboxFace};
use crate::sync::{Arc, Ordering};
use crate::time::{Duration, Instant};
use crate::topology::plan::PlannedNode;
use indexmap::IndexMap;
use std::collections::HashMap;

/// Everything there is to count in a running topology.
pub(crate) struct Roster {
    pub(super) name: String,
    pub(super) nodes: Vec<PlannedNode>,
    pub(super) links: Vec<Arc<Link>>,
    pub(super) since: Instant,
}

impl Roster {
    /// The number of the actor called `name`.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.nodes.iter().position(|node| node.name == name)
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        Snapshot {
            topology: self.name.clone(),
            elapsed_seconds: self.since.elapsed().as_secs_f64(),
            actors: self.actors(),
            links: self.links(),
        }
    }

    pub(super) fn report(&self, outcome: Outcome, error: Option<String>) -> Report {
        let (actors, links) = (self.actors(), self.links());
        Report {
            topology: self.name.clone(),
            outcome,
            elapsed_seconds: self.since.elapsed().as_secs_f64(),
            balanced: balance(&actors, &links),
            error,
            actors,
            links,
        }
    }

    fn actors(&self) -> IndexMap<String, ActorReport> {
        self.nodes.iter().map(|node| (node.name.clone(), actor(node))).collect()
    }

    /// The links of all instances of two actors, taken together.
    fn links(&self) -> Vec<LinkReport> {
        let mut reports: IndexMap<(&str, &str), LinkReport> = IndexMap::new();
        for link in &self.links {
            let report = reports.entry((link.from(), link.to())).or_insert_with(|| LinkReport {
                from: link.from().to_string(),
                to: link.to().to_string(),
                emitted: 0,
                received: 0,
                refused: 0,
            });
            let (emitted, refused) = link.counts();
            report.emitted += emitted;
            report.refused += refused;
            report.received = report.emitted - report.refused;
        }
        reports.into_values().collect()
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

fn actor(node: &PlannedNode) -> ActorReport {
    let counts: Vec<Counts> = node.tallies.iter().map(|tally| tally.read()).collect();
    let sum = |count: fn(&Counts) -> u64| counts.iter().map(count).sum::<u64>();
    let at_mailboxes = |count: fn(&dyn MailboxFace) -> u64| -> u64 {
        node.mailboxes.iter().map(|mailbox| count(mailbox.as_ref())).sum()
    };
    let state = counts.iter().map(|counts| counts.state).max().unwrap_or_default();
    let mailbox = (!node.mailboxes.is_empty()).then(|| mailbox(&node.mailboxes));
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

fn mailbox(mailboxes: &[Arc<dyn MailboxFace>]) -> MailboxReport {
    let mut report = MailboxReport::default();
    let mut pressured = Duration::ZERO;
    for gate in mailboxes.iter().map(|mailbox| mailbox.gate()) {
        let pressure = gate.pressure();
        report.capacity += gate.capacity();
        report.largest_capacity += gate.largest();
        report.peak += gate.peak();
        report.depth += gate.depth();
        report.backpressure_signals += pressure.backpressure_signals;
        report.resume_signals += pressure.resume_signals;
        report.pressured |= pressure.pressured;
        pressured += pressure.pressured_time;
    }
    report.pressured_seconds = pressured.as_secs_f64();
    report
}

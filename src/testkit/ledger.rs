//! A look at the books.

use crate::{ActorReport, ActorState, Report};

/// Checks that every ledger of `report` balances, and gives it back.
///
/// # Panics
/// When one does not; says which.
pub fn balanced(report: &Report) -> Report {
    if let Err(wrong) = audit(report) {
        panic!("{wrong}");
    }
    report.clone()
}

/// The first thing that is wrong with `report`.
pub(super) fn audit(report: &Report) -> Result<(), String> {
    for (name, actor) in &report.actors {
        let wrong = |what: String| Err(format!("{what}: {actor:#?}"));
        let accounted = actor.handled + actor.failed + actor.dropped.total() + actor.left;
        if actor.received != accounted {
            return wrong(format!("`{name}` received {} and accounts for {accounted}", actor.received));
        }
        if actor.dead_lettered > actor.failed {
            return wrong(format!("`{name}`: dead letters are failed messages"));
        }
        if (actor.waiting, actor.in_handler) != (0, 0) {
            return wrong(format!("`{name}` has ended, and something waits or is in its handler"));
        }
        let (lived, most) =
            (actor.time.total_seconds(), report.elapsed_seconds * most_instances(actor) as f64);
        // Sums of thousands of turns, each rounded to a nanosecond.
        if lived > most + 1e-3 {
            return wrong(format!("`{name}` accounts for more time than there was"));
        }
        if !actor.time.now.is_empty() && actor.state != ActorState::Stuck {
            return wrong(format!("`{name}` has ended, and does something now"));
        }
        let arrived: u64 =
            report.links.iter().filter(|link| link.to == *name).map(|link| link.received).sum();
        if actor.received != arrived {
            return wrong(format!("`{name}` received something else than the {arrived} of its links"));
        }
        if let Some(mailbox) = &actor.mailbox
            && mailbox.peak > mailbox.largest_capacity
        {
            return Err(format!("`{name}` held more than its mailbox can: {mailbox:#?}"));
        }
    }
    for link in &report.links {
        if link.emitted != link.received + link.refused {
            return Err(format!("{} -> {}: {link:#?}", link.from, link.to));
        }
    }
    if report.balanced { Ok(()) } else { Err("the report says that it does not balance".into()) }
}

/// As many instances as it may have had at once.
fn most_instances(actor: &ActorReport) -> usize {
    actor.instances + actor.scaled_up as usize + actor.scaled_down as usize
}

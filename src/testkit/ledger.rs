//! A look at the books.

use crate::{ActorReport, ActorState, Report};

/// Checks that every ledger of `report` balances, and gives it back.
///
/// # Panics
/// When one does not; says which.
pub fn balanced(report: &Report) -> Report {
    for (name, actor) in &report.actors {
        let accounted = actor.handled + actor.failed + actor.dropped.total() + actor.left;
        assert_eq!(
            actor.received, accounted,
            "`{name}` received {} and accounts for {accounted}: {actor:#?}",
            actor.received
        );
        assert!(
            actor.dead_lettered <= actor.failed,
            "`{name}`: dead letters are failed messages: {actor:#?}"
        );
        assert_eq!((actor.waiting, actor.in_handler), (0, 0), "`{name}` has ended: {actor:#?}");
        let (lived, most) =
            (actor.time.total_seconds(), report.elapsed_seconds * most_instances(actor) as f64);
        // Sums of thousands of turns, each rounded to a nanosecond.
        assert!(lived <= most + 1e-3, "`{name}` accounts for more time than there was: {actor:#?}");
        assert!(
            actor.time.now.is_empty() || actor.state == ActorState::Stuck,
            "`{name}` has ended: {actor:#?}"
        );
        let arrived: u64 =
            report.links.iter().filter(|link| link.to == *name).map(|link| link.received).sum();
        assert_eq!(actor.received, arrived, "`{name}` received what arrived over its links");
        if let Some(mailbox) = &actor.mailbox {
            assert!(
                mailbox.peak <= mailbox.largest_capacity,
                "`{name}` held more than its mailbox can: {mailbox:#?}"
            );
        }
    }
    for link in &report.links {
        assert_eq!(link.emitted, link.received + link.refused, "{} -> {}: {link:#?}", link.from, link.to);
    }
    assert!(report.balanced, "the report says so itself");
    report.clone()
}

/// As many instances as it may have had at once.
fn most_instances(actor: &ActorReport) -> usize {
    actor.instances + actor.scaled_up as usize + actor.scaled_down as usize
}

//! How a run ended and what became of its messages.

use crate::format::{counted, elapsed, grouped, list, rate};
use tidegate::topology::Role;
use tidegate::{ActorReport, Outcome, Report};

/// How the run ended and what became of the messages, one line each.
pub(crate) fn sentences(report: &Report) -> String {
    let mut lines = vec![outcome(report)];
    let mut tell = |what, count| lines.extend(share(report, what, count));
    tell("left behind", |actor| actor.left);
    tell(failed(report), |actor| actor.failed);
    tell("dropped by overflow policy", |actor| actor.dropped.overflow);
    tell("dropped while a breaker was open", |actor| actor.dropped.shed);
    tell("discarded by actors, as their settings say", |actor| actor.dropped.discarded);
    tell("not wanted any more by an actor that finished early", |actor| actor.dropped.cancelled);
    lines.extend(events(report, "restart", |actor| actor.restarts));
    lines.extend(events(report, "breaker opening", |actor| {
        actor.breaker.as_ref().map_or(0, |breaker| breaker.opened)
    }));
    let rates = report.actors.iter().filter_map(|(name, actor)| Some((name, actor.rate?)));
    lines
        .extend(rates.map(|(name, found)| format!("`{name}` came to a rate of {} messages/s.", rate(found))));
    if !report.balanced {
        lines.push("The ledger does not balance, which is a mistake in tidegate; please report it.".into());
    }
    lines.push(String::new());
    lines.join("\n")
}

fn outcome(report: &Report) -> String {
    let produced =
        report.actors.values().filter(|actor| actor.role == Role::Producer).map(|actor| actor.emitted).sum();
    let per_second =
        if report.elapsed_seconds > 0.0 { produced as f64 / report.elapsed_seconds } else { 0.0 };
    let verb = match report.outcome {
        Outcome::Completed => "Completed",
        Outcome::Drained => "Drained",
        Outcome::Stopped => "Stopped by force",
        Outcome::Failed => "Failed",
    };
    let end = match &report.error {
        Some(error) => format!(": {error}"),
        None if lost(report) == 0 && report.outcome != Outcome::Stopped => ", nothing lost.".into(),
        None => ".".into(),
    };
    format!(
        "{verb} after {}: {} produced ({}/s){end}",
        elapsed(report.elapsed_seconds),
        counted(produced, "message"),
        rate(per_second)
    )
}

/// Messages whose contents are gone, whether somebody chose that or not. A dead letter is not: its consumer has it.
fn lost(report: &Report) -> u64 {
    let of = |actor: &ActorReport| {
        actor.left
            + actor.dropped.overflow
            + actor.dropped.shed
            + actor.dropped.discarded
            + actor.failed.saturating_sub(actor.dead_lettered)
    };
    report.actors.values().map(of).sum()
}

/// What became of the messages that failed.
fn failed(report: &Report) -> &'static str {
    let sum = |count: fn(&ActorReport) -> u64| report.actors.values().map(count).sum::<u64>();
    match sum(|actor| actor.dead_lettered) {
        0 => "failed, and went to no dead-letter consumer",
        letters if letters < sum(|actor| actor.failed) => {
            "failed, and not all went to a dead-letter consumer"
        }
        _ => "failed, and went to a dead-letter consumer",
    }
}

/// `3 messages failed: 2 at parse and 1 at store.`; nothing if there are none.
fn share(report: &Report, what: &str, count: fn(&ActorReport) -> u64) -> Option<String> {
    let (total, shares) = by_actor(report, count)?;
    Some(format!("{} {what}: {shares}.", counted(total, "message")))
}

/// `3 restarts: 2 at parse and 1 at store.`; nothing if there are none.
fn events(report: &Report, noun: &str, count: fn(&ActorReport) -> u64) -> Option<String> {
    let (total, shares) = by_actor(report, count)?;
    Some(format!("{}: {shares}.", counted(total, noun)))
}

/// The sum, and the part of each actor that has one; `None` if that is nobody.
fn by_actor(report: &Report, count: fn(&ActorReport) -> u64) -> Option<(u64, String)> {
    let shares: Vec<(&String, u64)> = report
        .actors
        .iter()
        .map(|(name, actor)| (name, count(actor)))
        .filter(|(_, count)| *count > 0)
        .collect();
    let total = shares.iter().map(|(_, count)| count).sum();
    let shares: Vec<String> =
        shares.into_iter().map(|(name, count)| format!("{} at `{name}`", grouped(count))).collect();
    (!shares.is_empty()).then(|| (total, list(&shares)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::sample;

    #[test]
    fn a_run_that_went_well_is_one_sentence() {
        assert_eq!(
            sentences(&sample()),
            "Completed after 2.00 s: 3,000 messages produced (1.5k/s), nothing lost.\n"
        );
    }

    #[test]
    fn what_was_left_or_failed_is_told_by_actor() {
        let mut report = sample();
        report.outcome = Outcome::Stopped;
        report.actors["store"].left = 1204;
        report.actors["numbers"].left = 1;
        report.actors["store"].failed = 1;
        let expected = "Stopped by force after 2.00 s: 3,000 messages produced (1.5k/s).\n\
            1,205 messages left behind: 1 at `numbers` and 1,204 at `store`.\n\
            1 message failed, and went to no dead-letter consumer: 1 at `store`.\n";
        assert_eq!(sentences(&report), expected);
    }

    #[test]
    fn the_first_error_and_a_broken_ledger_are_told() {
        let mut report = sample();
        (report.outcome, report.balanced) = (Outcome::Failed, false);
        report.error = Some("actor `store` failed at message 7 of its input: no space".into());
        let text = sentences(&report);
        assert!(
            text.contains("(1.5k/s): actor `store` failed at message 7 of its input: no space\n"),
            "{text}"
        );
        assert!(text.contains("The ledger does not balance"), "{text}");
    }

    #[test]
    fn messages_dropped_by_choice_are_lost_and_told_with_the_reason() {
        let mut report = sample();
        report.actors["store"].dropped.overflow = 20;
        let text = sentences(&report);
        assert!(
            text.ends_with("(1.5k/s).\n20 messages dropped by overflow policy: 20 at `store`.\n"),
            "{text}"
        );
    }

    #[test]
    fn a_failed_message_is_lost_unless_it_went_to_a_dead_letter_consumer() {
        for (dead_lettered, end, became) in [
            (0, "(1.5k/s).", "went to no dead-letter consumer"),
            (2, "(1.5k/s).", "not all went to a dead-letter consumer"),
            (3, ", nothing lost.", "went to a dead-letter consumer"),
        ] {
            let mut report = sample();
            (report.actors["store"].failed, report.actors["store"].dead_lettered) = (3, dead_lettered);
            let text = sentences(&report);
            let expected = format!("{end}\n3 messages failed, and {became}: 3 at `store`.\n");
            assert!(text.ends_with(&expected), "{text}");
        }
    }

    #[test]
    fn restarts_breakers_and_what_they_shed_are_told_by_actor() {
        let mut report = sample();
        let store = &mut report.actors["store"];
        (store.restarts, store.dropped.shed) = (2, 7);
        let breaker = serde_json::json!({ "state": "closed", "opened": 1 });
        store.breaker = serde_json::from_value(breaker).unwrap();
        let expected = "(1.5k/s).\n7 messages dropped while a breaker was open: 7 at `store`.\n\
            2 restarts: 2 at `store`.\n1 breaker opening: 1 at `store`.\n";
        assert!(sentences(&report).ends_with(expected), "{}", sentences(&report));
    }
}

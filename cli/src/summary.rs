//! What happened in a run: a table of counts, and what they mean in sentences.

use crate::format::{counted, elapsed, grouped, list, rate};
use crate::screen::Screen;
use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, LineStyle, Table, TableStyle};
use tidegate::topology::Role;
use tidegate::{ActorReport, Outcome, Report};

const HEADER: [&str; 11] = [
    "actor",
    "role",
    "received",
    "handled",
    "emitted",
    "failed",
    "dropped",
    "left",
    "mailbox peak",
    "backpressure / resume",
    "pressured",
];

const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// The counts of every actor.
pub(crate) fn table(report: &Report, screen: &Screen) -> String {
    let mut table = Table::new();
    table.load_style(STYLE);
    if screen.is_terminal() {
        let (columns, _) = screen.size();
        table
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(u16::try_from(columns).unwrap_or(80));
    }
    if screen.has_colour() {
        table.enforce_styling();
    }
    table.set_header(HEADER.map(|name| Cell::new(name).add_attribute(Attribute::Bold)));
    for (name, actor) in &report.actors {
        table.add_row(row(name, actor));
    }
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    if !screen.has_colour() {
        table.force_no_tty();
    }
    format!("{}\n", table.trim_fmt())
}

fn row(name: &str, actor: &ActorReport) -> Vec<Cell> {
    let number = |number: u64| Cell::new(grouped(number));
    // What deserves a look stands out.
    let notable = |number: u64, colour| {
        let cell = Cell::new(grouped(number));
        if number > 0 { cell.fg(colour) } else { cell }
    };
    let or_blank = |cell: Option<Cell>| cell.unwrap_or_else(|| Cell::new(""));
    let receives = actor.role != Role::Producer;
    let name = if actor.instances > 1 {
        format!("{name} ({} instances)", actor.instances)
    } else {
        name.to_string()
    };
    let mailbox = actor.mailbox.as_ref();
    vec![
        Cell::new(name),
        Cell::new(actor.role),
        or_blank(receives.then(|| number(actor.received))),
        or_blank(receives.then(|| number(actor.handled))),
        or_blank((actor.role != Role::Consumer).then(|| number(actor.emitted))),
        notable(actor.failed, Color::Red),
        notable(actor.dropped.total(), Color::Yellow),
        notable(actor.left, Color::Red),
        or_blank(mailbox.map(|mailbox| {
            Cell::new(format!("{} / {}", grouped(mailbox.peak as u64), grouped(mailbox.capacity as u64)))
        })),
        or_blank(mailbox.map(|mailbox| {
            Cell::new(format!(
                "{} / {}",
                grouped(mailbox.backpressure_signals),
                grouped(mailbox.resume_signals)
            ))
        })),
        or_blank(mailbox.map(|mailbox| Cell::new(format!("{:.2} s", mailbox.pressured_seconds)))),
    ]
}

/// How the run ended and what became of the messages, one line each.
pub(crate) fn sentences(report: &Report) -> String {
    let mut lines = vec![outcome(report)];
    let mut tell = |what, count| lines.extend(share(report, what, count));
    tell("left behind", |actor| actor.left);
    tell("failed", |actor| actor.failed);
    tell("dropped by overflow policy", |actor| actor.dropped.overflow);
    tell("not wanted any more by an actor that finished early", |actor| actor.dropped.cancelled);
    if !report.balanced {
        lines.push("The ledger does not balance, which is a mistake in tidegate; please report it.".into());
    }
    lines.push(String::new());
    lines.join("\n")
}

fn outcome(report: &Report) -> String {
    let sum = |count: fn(&ActorReport) -> u64| report.actors.values().map(count).sum::<u64>();
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
    let lost = sum(|actor| actor.left);
    let end = match &report.error {
        Some(error) => format!(": {error}"),
        None if lost == 0 && report.outcome != Outcome::Stopped => ", nothing lost.".into(),
        None => ".".into(),
    };
    format!(
        "{verb} after {}: {} produced ({}/s){end}",
        elapsed(report.elapsed_seconds),
        counted(produced, "message"),
        rate(per_second)
    )
}

/// `3 messages failed: 2 at parse and 1 at store.`; nothing if there are none.
fn share(report: &Report, what: &str, count: fn(&ActorReport) -> u64) -> Option<String> {
    let shares: Vec<(&String, u64)> = report
        .actors
        .iter()
        .map(|(name, actor)| (name, count(actor)))
        .filter(|(_, count)| *count > 0)
        .collect();
    let total = shares.iter().map(|(_, count)| count).sum();
    let shares: Vec<String> =
        shares.into_iter().map(|(name, count)| format!("{} at `{name}`", grouped(count))).collect();
    (!shares.is_empty()).then(|| format!("{} {what}: {}.", counted(total, "message"), list(&shares)))
}

/// A run of two actors that went well.
#[cfg(test)]
pub(crate) fn sample() -> Report {
    let actor = |role: &str, received: u64, emitted: u64, mailbox: serde_json::Value| {
        serde_json::json!({
            "role": role, "actor": "counter", "instances": 1, "received": received, "handled": received,
            "emitted": emitted, "failed": 0, "dropped": {"overflow": 0, "cancelled": 0}, "dead_lettered": 0,
            "left": 0, "restarts": 0, "waiting": 0, "in_handler": 0, "held": 0, "state": "ended",
            "mailbox": mailbox,
        })
    };
    let mailbox = serde_json::json!({
        "capacity": 1024, "peak": 812, "backpressure_signals": 3, "resume_signals": 3,
        "pressured_seconds": 0.4, "depth": 0, "pressured": false,
    });
    serde_json::from_value(serde_json::json!({
        "topology": "sample", "outcome": "completed", "elapsed_seconds": 2.0, "balanced": true, "error": null,
        "actors": {
            "numbers": actor("producer", 0, 3000, serde_json::Value::Null),
            "store": actor("consumer", 3000, 0, mailbox),
        },
        "links": [{"from": "numbers", "to": "store", "emitted": 3000, "received": 3000, "refused": 0}],
    }))
    .unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

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
            1 message failed: 1 at `store`.\n";
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
    fn messages_dropped_by_choice_are_told_with_the_reason() {
        let mut report = sample();
        report.actors["store"].dropped.overflow = 20;
        let text = sentences(&report);
        assert!(
            text.ends_with("nothing lost.\n20 messages dropped by overflow policy: 20 at `store`.\n"),
            "{text}"
        );
    }
}

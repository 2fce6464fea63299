//! What happened in a run: a table of counts, and what they mean in sentences.

use crate::format::{counted, elapsed, grouped, list, rate};
use crate::screen::Screen;
use comfy_table::{Attribute, Cell, CellAlignment, Color, LineStyle, Table, TableStyle};
use console::measure_text_width;
use tidegate::topology::Role;
use tidegate::{ActorReport, Outcome, Report};

/// One column of the table.
struct Column {
    title: &'static str,
    /// Where the terminal is too narrow for all, the columns with the lowest number go first.
    keep: u8,
    /// Nothing where the count makes no sense, like what a producer received.
    cell: fn(&ActorReport) -> Option<String>,
    /// The colour of a count that deserves a look if it is not 0.
    alarm: Option<Color>,
}

const fn column(title: &'static str, keep: u8, cell: fn(&ActorReport) -> Option<String>) -> Column {
    Column { title, keep, cell, alarm: None }
}

const fn alarm(colour: Color, column: Column) -> Column {
    Column { alarm: Some(colour), ..column }
}

const COLUMNS: [Column; 10] = [
    column("role", 1, |actor| Some(actor.role.to_string())),
    column("received", 4, |actor| receives(actor).then(|| grouped(actor.received))),
    column("handled", 9, |actor| receives(actor).then(|| grouped(actor.handled))),
    column("emitted", 8, |actor| (actor.role != Role::Consumer).then(|| grouped(actor.emitted))),
    alarm(Color::Red, column("failed", 6, |actor| Some(grouped(actor.failed)))),
    alarm(Color::Yellow, column("dropped", 5, |actor| Some(grouped(actor.dropped.total())))),
    alarm(Color::Red, column("left", 7, |actor| Some(grouped(actor.left)))),
    column("mailbox\npeak", 3, |actor| {
        let mailbox = actor.mailbox.as_ref()?;
        Some(format!("{} / {}", grouped(mailbox.peak as u64), grouped(mailbox.capacity as u64)))
    }),
    column("backpressure\n/ resume", 2, |actor| {
        let mailbox = actor.mailbox.as_ref()?;
        Some(format!("{} / {}", grouped(mailbox.backpressure_signals), grouped(mailbox.resume_signals)))
    }),
    column("pressured", 0, |actor| Some(format!("{:.2} s", actor.mailbox.as_ref()?.pressured_seconds))),
];

fn receives(actor: &ActorReport) -> bool {
    actor.role != Role::Producer
}

const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// The counts of every actor, as many of them as there is room for.
pub(crate) fn table(report: &Report, screen: &Screen) -> String {
    let width = if screen.is_terminal() { screen.size().0 } else { usize::MAX };
    fitting(report, width, screen.has_colour())
}

fn fitting(report: &Report, width: usize, colour: bool) -> String {
    let mut columns: Vec<&Column> = COLUMNS.iter().collect();
    loop {
        let table = with(report, &columns, colour).trim_fmt();
        let needed = table.lines().map(measure_text_width).max().unwrap_or(0);
        match columns.iter().map(|column| column.keep).min() {
            Some(least) if needed > width => columns.retain(|column| column.keep != least),
            _ => return format!("{table}\n"),
        }
    }
}

fn with(report: &Report, columns: &[&Column], colour: bool) -> Table {
    let mut table = Table::new();
    table.load_style(STYLE);
    // Whether there is colour is decided already, and not by what standard output is.
    if colour {
        table.enforce_styling()
    } else {
        table.force_no_tty()
    };
    let titles = std::iter::once("actor").chain(columns.iter().map(|column| column.title));
    table.set_header(titles.map(|title| Cell::new(title).add_attribute(Attribute::Bold)));
    for (name, actor) in &report.actors {
        let name = match actor.instances {
            1 => name.clone(),
            instances => format!("{name} ({instances} instances)"),
        };
        table.add_row(
            std::iter::once(Cell::new(name)).chain(columns.iter().map(|column| cell(column, actor))),
        );
    }
    for (number, column) in table.column_iter_mut().enumerate() {
        let text = number == 0 || columns[number - 1].title == "role";
        column.set_cell_alignment(if text { CellAlignment::Left } else { CellAlignment::Right });
    }
    table
}

fn cell(column: &Column, actor: &ActorReport) -> Cell {
    let text = (column.cell)(actor).unwrap_or_default();
    match column.alarm {
        Some(colour) if text != "0" => Cell::new(text).fg(colour),
        _ => Cell::new(text),
    }
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
    fn the_table_has_every_count_where_there_is_room() {
        let expected = "
 actor     role       received   handled   emitted   failed   dropped   left       mailbox   backpressure   pressured
                                                                                      peak       / resume
──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
 numbers   producer                          3,000        0         0      0
 store     consumer      3,000     3,000                  0         0      0   812 / 1,024          3 / 3      0.40 s
";
        assert_eq!(fitting(&sample(), usize::MAX, false), &expected[1..]);
    }

    #[test]
    fn a_narrow_terminal_gets_fewer_columns_and_no_broken_numbers() {
        for width in 30..130 {
            for line in fitting(&sample(), width, false).lines() {
                assert!(measure_text_width(line) <= width, "{width}: {line:?}");
            }
        }
        let narrow = fitting(&sample(), 40, false);
        let header = narrow.lines().next().unwrap();
        assert_eq!(header.split_whitespace().collect::<Vec<_>>(), ["actor", "handled", "emitted", "left"]);
    }

    #[test]
    fn what_deserves_a_look_is_coloured_only_where_colour_is_wanted() {
        let mut report = sample();
        report.actors["store"].left = 7;
        assert!(fitting(&report, 200, true).contains("\u{1b}[38;5;9m"), "{}", fitting(&report, 200, true));
        assert!(!fitting(&report, 200, false).contains('\u{1b}'));
    }

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

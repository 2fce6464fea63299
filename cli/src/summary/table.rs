//! The counts of every actor, side by side.

use crate::format::grouped;
use crate::screen::Screen;
use comfy_table::{Attribute, Cell, CellAlignment, Color, LineStyle, Table, TableStyle};
use console::{measure_text_width, truncate_str};
use tidegate::topology::Role;
use tidegate::{ActorReport, Report};

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

/// The mailboxes are what a run is watched for, so they go late. What failed, was dropped or left is told in sentences
/// below the table as well.
const COLUMNS: [Column; 10] = [
    column("role", 0, |actor| Some(actor.role.to_string())),
    column("received", 4, |actor| receives(actor).then(|| grouped(actor.received))),
    column("handled", 9, |actor| receives(actor).then(|| grouped(actor.handled))),
    column("emitted", 6, |actor| (actor.role != Role::Consumer).then(|| grouped(actor.emitted))),
    alarm(Color::Red, column("failed", 3, |actor| Some(grouped(actor.failed)))),
    alarm(Color::Yellow, column("dropped", 2, |actor| Some(grouped(actor.dropped.total())))),
    alarm(Color::Red, column("left", 5, |actor| Some(grouped(actor.left)))),
    column("mailbox\npeak", 7, |actor| {
        let mailbox = actor.mailbox.as_ref()?;
        Some(format!("{} / {}", grouped(mailbox.peak as u64), grouped(mailbox.capacity as u64)))
    }),
    column("backpressure\n/ resume", 8, |actor| {
        let mailbox = actor.mailbox.as_ref()?;
        Some(format!("{} / {}", grouped(mailbox.backpressure_signals), grouped(mailbox.resume_signals)))
    }),
    column("pressured", 1, |actor| Some(format!("{:.2} s", actor.mailbox.as_ref()?.pressured_seconds))),
];

/// The widest name that is shown in full where there is no room for everything.
const NAME: usize = 15;

fn receives(actor: &ActorReport) -> bool {
    actor.role != Role::Producer
}

const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// The counts of every actor, as many of them as there is room for.
pub(crate) fn table(report: &Report, screen: &Screen) -> String {
    let width = if screen.is_terminal() { screen.size().0 } else { usize::MAX };
    fitting(report, width, screen.has_colour())
}

/// The counts of every actor, for a file or a pipe.
pub(crate) fn plain(report: &Report) -> String {
    fitting(report, usize::MAX, false)
}

fn fitting(report: &Report, width: usize, colour: bool) -> String {
    let mut columns: Vec<&Column> = COLUMNS.iter().collect();
    let mut name = usize::MAX;
    loop {
        let table = with(report, &columns, name, colour).trim_fmt();
        let needed = table.lines().map(measure_text_width).max().unwrap_or(0);
        match columns.iter().map(|column| column.keep).min() {
            Some(least) if needed > width => {
                columns.retain(|column| column.keep != least);
                name = NAME;
            }
            _ => return format!("{table}\n"),
        }
    }
}

/// The table of these columns, with names of at most `longest` characters.
fn with(report: &Report, columns: &[&Column], longest: usize, colour: bool) -> Table {
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
        let name = truncate_str(name, longest, "…");
        let name = match actor.instances {
            1 => name.into_owned(),
            instances => format!("{name} ×{instances}"),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::sample;

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
        assert_eq!(header.split_whitespace().collect::<Vec<_>>(), ["actor", "handled", "backpressure"]);
    }

    #[test]
    fn eighty_columns_have_room_for_peaks_and_signals_and_long_names_are_cut() {
        let mut report = sample();
        let mut store = report.actors["store"].clone();
        store.instances = 4;
        report.actors.insert("departures_of_every_airport".into(), store);
        let expected = "
 actor                handled   emitted   left       mailbox   backpressure
                                                        peak       / resume
────────────────────────────────────────────────────────────────────────────
 numbers                          3,000      0
 store                  3,000                0   812 / 1,024          3 / 3
 departures_of_… ×4     3,000                0   812 / 1,024          3 / 3
";
        assert_eq!(fitting(&report, 80, false), &expected[1..]);
    }

    #[test]
    fn what_deserves_a_look_is_coloured_only_where_colour_is_wanted() {
        let mut report = sample();
        report.actors["store"].left = 7;
        assert!(fitting(&report, 200, true).contains("\u{1b}[38;5;9m"), "{}", fitting(&report, 200, true));
        assert!(!fitting(&report, 200, false).contains('\u{1b}'));
    }
}

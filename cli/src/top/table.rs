//! The table of actors: as many columns as there is room for.

use super::rows::{Mailbox, Row};
use super::text::{clean, count, kind, state, wait};
use super::theme::Theme;
use crate::format::rate;
use console::measure_text_width;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// One column beside the names.
struct Column {
    title: &'static str,
    width: u16,
    /// Where there is no room for all, the columns with the lowest number go first.
    keep: u8,
    /// Numbers are aligned to the right.
    right: bool,
    cell: fn(&Row, usize, Theme) -> Line<'static>,
}

/// How wide the bars are, and how wide where there is little room.
const BAR: u16 = 10;
const SHORT_BAR: u16 = 5;

/// A terminal that is narrower has little room.
const NARROW: u16 = 60;

/// The least and the most that a name gets.
const NAME: (u16, u16) = (10, 32);

/// The least and the most that the name of who holds an actor gets.
const HELD_BY: (u16, u16) = (7, 24);

/// The columns of a table in `width` columns of text, whose longest name has `longest`; and what is left for names.
fn columns(width: u16, longest: u16) -> (Vec<Column>, u16) {
    let bar = if width < NARROW { SHORT_BAR } else { BAR };
    let held = longest.clamp(HELD_BY.0, if width < NARROW { HELD_BY.0 } else { HELD_BY.1 });
    let column = |title, width, keep, right, cell| Column { title, width, keep, right, cell };
    let mut columns = vec![
        column("kind", 8, 1, false, |row, _, _| kind(row.role).into()),
        column("state", 10, 4, false, |row, _, theme| Line::styled(state(row.state), theme.state(row.state))),
        column("rate/s", 6, 6, true, |row, _, _| rate(row.rate).into()),
        column("time", bar, 9, false, time),
        column("fill", bar + 1, 8, false, mailbox),
        column("depth", 9, 3, true, |row, _, _| row.mailbox.map(depth).unwrap_or_default().into()),
        column("p99", 5, 2, true, |row, _, _| row.wait.map(wait).unwrap_or_default().into()),
        column("held by", held, 7, false, |row, width, theme| {
            let by = clean(row.held_by.as_deref().unwrap_or_default());
            Line::styled(console::truncate_str(&by, width, "…").into_owned(), theme.blocked())
        }),
    ];
    let least = longest.min(NAME.0);
    let taken = |columns: &[Column]| columns.iter().map(|column| column.width + 1).sum::<u16>() + 1;
    while taken(&columns) + least > width && !columns.is_empty() {
        let first = columns.iter().map(|column| column.keep).min();
        columns.retain(|column| Some(column.keep) != first);
    }
    let name = width.saturating_sub(taken(&columns)).min(longest.min(NAME.1).max(5));
    (columns, name)
}

/// Draws the titles, and as many of `rows` as there is room for, the one at `place` among them.
pub(super) fn draw(rows: &[Row], place: Option<usize>, theme: Theme, area: Rect, buffer: &mut Buffer) {
    if area.height == 0 {
        return;
    }
    let longest = rows.iter().map(|row| measure_text_width(&name(row))).max().unwrap_or(0);
    let (columns, names) = columns(area.width, u16::try_from(longest).unwrap_or(u16::MAX));
    let titles: Vec<Line<'_>> = columns.iter().map(|column| Line::raw(column.title)).collect();
    line("actor".into(), &titles, &columns, names, Rect { height: 1, ..area }, buffer);
    buffer.set_style(Rect { height: 1, ..area }, theme.strong());
    let height = usize::from(area.height - 1);
    let first = place.map_or(0, |place| (place + 1).saturating_sub(height));
    for (number, row) in rows.iter().enumerate().skip(first).take(height) {
        let y = area.y + 1 + (number - first) as u16;
        let cells: Vec<Line<'_>> =
            columns.iter().map(|column| (column.cell)(row, column.width.into(), theme)).collect();
        let area = Rect { y, height: 1, ..area };
        line(name(row), &cells, &columns, names, area, buffer);
        if Some(number) == place {
            buffer.set_string(area.x, y, ">", Style::new());
            buffer.set_style(area, theme.selected());
        }
    }
}

/// One line: a name and cells.
fn line(name: String, cells: &[Line<'_>], columns: &[Column], names: u16, area: Rect, buffer: &mut Buffer) {
    let name = console::truncate_str(&name, names.into(), "…");
    buffer.set_stringn(area.x + 1, area.y, name, names.into(), Style::new());
    let mut x = area.x + 1 + names + 1;
    for (column, cell) in columns.iter().zip(cells) {
        let shift = if column.right { column.width.saturating_sub(cell.width() as u16) } else { 0 };
        if x + shift < area.right() {
            buffer.set_line(x + shift, area.y, cell, column.width.min(area.right() - x - shift));
        }
        x += column.width + 1;
    }
}

fn name(row: &Row) -> String {
    let name = clean(&row.name);
    if row.instances > 1 { format!("{name} ×{}", row.instances) } else { name }
}

fn depth(mailbox: Mailbox) -> String {
    format!("{}/{}", count(mailbox.depth), count(mailbox.capacity))
}

/// Where the time goes: `b` busy, `h` held up, `.` idle.
fn time(row: &Row, width: usize, theme: Theme) -> Line<'static> {
    let [busy, blocked, idle] = parts([row.busy, row.blocked, row.idle], width);
    Line::from(vec![
        Span::styled("b".repeat(busy), theme.busy()),
        Span::styled("h".repeat(blocked), theme.blocked()),
        Span::styled(".".repeat(idle), theme.faint()),
    ])
}

/// `width` cells shared out: what is not nothing is at least one, and all of them are there.
fn parts(shares: [f64; 3], width: usize) -> [usize; 3] {
    if shares.iter().sum::<f64>() <= 0.0 {
        return [0; 3];
    }
    let mut cells = shares.map(|share| match (share * width as f64).round() as usize {
        0 if share >= 0.01 => 1,
        cells => cells,
    });
    loop {
        let sum: usize = cells.iter().sum();
        let largest = (0..3).rev().max_by_key(|place| cells[*place]).unwrap_or(0);
        match sum.cmp(&width) {
            std::cmp::Ordering::Less => cells[largest] += 1,
            std::cmp::Ordering::Greater => cells[largest] -= 1,
            std::cmp::Ordering::Equal => return cells,
        }
    }
}

/// How full the mailbox is: `#` is taken, `|` the mark at which it turns pressured, `!` that it is.
fn mailbox(row: &Row, width: usize, theme: Theme) -> Line<'static> {
    let Some(mailbox) = row.mailbox else { return Line::default() };
    let width = width - 1;
    let capacity = mailbox.capacity.max(1);
    let taken = (mailbox.depth * width / capacity).max(usize::from(mailbox.depth > 0)).min(width);
    let mark = (mailbox.high * width).div_ceil(capacity).clamp(1, width) - 1;
    let free: String = (taken..width).map(|place| if place == mark { '|' } else { '.' }).collect();
    let sign = if mailbox.pressured { "!" } else { " " };
    Line::from(vec![
        Span::styled("#".repeat(taken), theme.mailbox(mailbox.pressured)),
        Span::styled(free, theme.faint()),
        Span::styled(sign, theme.alarm()),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_bar_fill_it_and_none_that_counts_is_lost() {
        assert_eq!(parts([1.0, 0.0, 0.0], 10), [10, 0, 0]);
        assert_eq!(parts([0.25, 0.5, 0.25], 10), [3, 4, 3]);
        assert_eq!(parts([0.98, 0.01, 0.01], 10), [8, 1, 1]);
        assert_eq!(parts([0.34, 0.33, 0.33], 10), [4, 3, 3]);
        assert_eq!(parts([0.0; 3], 10), [0; 3]);
    }

    #[test]
    fn columns_go_by_importance_and_fit_whatever_the_width() {
        for width in 1..200 {
            let (columns, name) = columns(width, 40);
            let taken: u16 = columns.iter().map(|column| column.width + 1).sum();
            assert!(taken + 1 + name <= width.max(1), "{width}");
        }
        let titles = |width| columns(width, 8).0.iter().map(|column| column.title).collect::<Vec<_>>();
        assert_eq!(titles(100), ["kind", "state", "rate/s", "time", "fill", "depth", "p99", "held by"]);
        assert_eq!(titles(80), ["state", "rate/s", "time", "fill", "depth", "p99", "held by"]);
        assert_eq!(titles(40), ["rate/s", "time", "fill", "held by"]);
        assert_eq!(titles(22), ["time", "fill"]);
    }
}

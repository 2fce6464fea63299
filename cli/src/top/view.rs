//! From the state to what is on the screen. Nothing here changes anything.

use super::details::details;
use super::state::{Mode, State};
use super::table;
use super::text::{clean, lines, phase};
use super::theme::Theme;
use crate::format::{counted, elapsed};
use console::measure_text_width;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use tidegate::{SignalKind, SignalRecord};

/// The keys, as the help tells them.
const HELP: [&str; 17] = [
    "Up, Down, k, j   select an actor",
    "Enter            all about it; Esc or Enter goes back",
    "b n r f          sort by time blocked or busy, name, rate, fill",
    "/                show only actors whose names contain what is typed",
    "PageUp, PageDown scroll the signals, or what is shown instead",
    "p R              pause and resume the selected actor",
    "d                drain the run: producers stop, what is queued is handled",
    "q, Ctrl-C        quit; the run goes on",
    "",
    "time     b busy, h held up, . idle, since the last look",
    "fill     # taken, . free, | the mark at which it turns pressured, ! it is",
    "depth    messages in the mailbox, and the most it can hold",
    "p99      99 of 100 messages wait no longer in the mailbox",
    "held by  the actor whose mailbox holds this one up, or the cause",
    "",
    "The actor that is busy and held by nobody is the one that holds the others up;",
    "the sentence under the title says which that is.",
];

/// A terminal that is lower has no room for signals, or for more than a line of the verdict.
const LOW: u16 = 12;

/// Draws everything into `area`.
pub(super) fn draw(state: &State, area: Rect, buffer: &mut Buffer) {
    let theme = Theme { colour: state.colour };
    if area.height == 0 || area.width < 2 {
        return;
    }
    let head = head(state, theme, area.width, if area.height < LOW { 1 } else { 2 });
    let used = put(&head, area, buffer);
    let footer = u16::from(area.height > used + 2);
    let body = Rect { y: area.y + used, height: area.height - used - footer, ..area };
    match state.mode {
        Mode::Help => page("keys and signs", &HELP.map(String::from), state, theme, body, buffer),
        Mode::Details => {
            let name = state.actor().unwrap_or_default();
            page(&clean(&name), &details(state, &name), state, theme, body, buffer);
        }
        Mode::Table | Mode::Filter | Mode::Confirm => main(state, theme, area.height, body, buffer),
    }
    if footer == 1 {
        let area = Rect { y: area.bottom() - 1, height: 1, ..area };
        put(&[foot(state, theme)], area, buffer);
    }
}

/// What there is to see, without keys and as long as need be: for a file or a pipe.
pub(super) fn text(state: &State, width: u16) -> String {
    let theme = Theme { colour: false };
    let rows = state.rows();
    let signals = &state.signals.iter().map(|signal| signal_line(signal, theme)).collect::<Vec<_>>();
    let last = &signals[signals.len().saturating_sub(10)..];
    let head = head(state, theme, width, 4);
    let height = head.len() + 1 + rows.len() + 1 + last.len();
    let area = Rect::new(0, 0, width, lines_of(height));
    let mut buffer = Buffer::empty(area);
    let used = put(&head, area, &mut buffer);
    let table = Rect { y: used, height: lines_of(rows.len() + 1).min(area.height - used), ..area };
    table::draw(&rows, None, theme, table, &mut buffer);
    let log = Rect { y: table.bottom(), height: area.height - table.bottom(), ..area };
    put(&[title(&signals_title(state), theme, width)], log, &mut buffer);
    put(last, Rect { y: log.y + 1, height: log.height.saturating_sub(1), ..log }, &mut buffer);
    plain(&buffer)
}

/// The characters of a buffer, line by line, without spaces at the ends.
pub(super) fn plain(buffer: &Buffer) -> String {
    let area = *buffer.area();
    let mut text = String::new();
    for y in area.top()..area.bottom() {
        let mut line = String::new();
        let mut covered = 0;
        for x in area.left()..area.right() {
            // A wide character covers the cell behind it.
            if covered > 0 {
                covered -= 1;
                continue;
            }
            let symbol = buffer[(x, y)].symbol();
            covered = measure_text_width(symbol).saturating_sub(1);
            line.push_str(symbol);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// The table, and the signals below it.
fn main(state: &State, theme: Theme, height: u16, area: Rect, buffer: &mut Buffer) {
    let rows = state.rows();
    // A line for the titles, and one for a word about it where there are none.
    let wanted = lines_of(rows.len().max(1) + 1);
    let log = if height < LOW { 0 } else { (area.height / 3).max(area.height.saturating_sub(wanted)) };
    let table = Rect { height: area.height - log, ..area };
    table::draw(&rows, (!rows.is_empty()).then(|| state.place(&rows)), theme, table, buffer);
    if state.snapshot.is_some() && rows.is_empty() && table.height > 1 {
        let text = format!(" no actor is called `{}`; Esc shows all", clean(&state.filter));
        put(&[Line::raw(text)], Rect { y: table.y + 1, height: 1, ..table }, buffer);
    }
    if log == 0 {
        return;
    }
    let area = Rect { y: table.bottom(), height: log, ..area };
    put(&[title(&signals_title(state), theme, area.width)], area, buffer);
    let shown = usize::from(log - 1);
    let end = state.signals.len().saturating_sub(state.scroll).max(shown.min(state.signals.len()));
    let lines = state.signals.iter().take(end).skip(end.saturating_sub(shown));
    let lines: Vec<Line<'_>> = lines.map(|signal| signal_line(signal, theme)).collect();
    put(&lines, Rect { y: area.y + 1, height: log - 1, ..area }, buffer);
}

/// A titled page of lines that can be scrolled.
fn page(name: &str, text: &[String], state: &State, theme: Theme, area: Rect, buffer: &mut Buffer) {
    put(&[title(name, theme, area.width)], area, buffer);
    let area = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let width = usize::from(area.width).saturating_sub(2).max(1);
    // A line that is too long goes on below, a little to the right.
    let folded = text.iter().flat_map(|line| {
        if measure_text_width(line) <= width {
            return vec![format!(" {line}")];
        }
        let folded = lines(line, width.saturating_sub(2).max(1), usize::MAX);
        let indent = |(number, line)| if number == 0 { format!(" {line}") } else { format!("   {line}") };
        folded.into_iter().enumerate().map(indent).collect()
    });
    let folded: Vec<Line<'_>> = folded.map(Line::raw).collect();
    let first = state.scroll.min(folded.len().saturating_sub(area.height.into()));
    put(&folded[first..], area, buffer);
}

/// What runs, how far it has come, and what holds it up: in at most so many lines beside the first.
fn head(state: &State, theme: Theme, width: u16, most: usize) -> Vec<Line<'static>> {
    let mut first = vec![Span::styled(" tidegate top", theme.strong())];
    if let Some(snapshot) = &state.snapshot {
        first.push(Span::styled(format!("  {}", clean(&snapshot.topology)), theme.strong()));
        let phase = if state.replayed { "replayed" } else { phase(snapshot.phase) };
        let actors = counted(snapshot.actors.len() as u64, "actor");
        first.push(Span::raw(format!("  {phase}  {}  {actors}", elapsed(snapshot.elapsed_seconds))));
    }
    first.push(Span::styled(format!("  {}", clean(&state.address)), theme.faint()));
    let width = usize::from(width).saturating_sub(2).max(1);
    let (text, style) = if state.has_ended() {
        let verdict = state.verdict.as_ref().map(|verdict| format!(" {verdict}")).unwrap_or_default();
        (format!("The run has ended; this is its last state, q quits.{verdict}"), theme.strong())
    } else if let Some(reason) = &state.lost {
        (format!("Connection lost: {reason}; trying again."), theme.alarm())
    } else {
        (state.verdict.clone().unwrap_or_else(|| "no verdict yet".into()), Style::new())
    };
    let rest = lines(&text, width, most).into_iter().map(|line| Line::styled(format!(" {line}"), style));
    std::iter::once(Line::from(first)).chain(rest).collect()
}

/// The keys, what is asked, or what came of it.
fn foot(state: &State, theme: Theme) -> Line<'static> {
    match (&state.mode, &state.note) {
        (Mode::Filter, _) => Line::raw(format!(" /{}_  Enter keeps it, Esc shows all", clean(&state.filter))),
        (Mode::Confirm, _) => {
            Line::styled(" drain the run: producers stop, what is queued is handled? y/n", theme.strong())
        }
        (_, Some(note)) => Line::styled(format!(" {}", clean(note)), theme.strong()),
        (Mode::Table, None) => {
            let filter =
                if state.filter.is_empty() { String::new() } else { format!(" /{}", clean(&state.filter)) };
            let sort = state.sort.name();
            Line::raw(format!(
                " q quit  ? help  Enter details  p pause  R resume  d drain  by {sort}{filter}"
            ))
        }
        _ => Line::raw(" q quit  Esc back  PageUp PageDown scroll  Up Down select  p pause  R resume"),
    }
}

fn signals_title(state: &State) -> String {
    match state.missed {
        0 => "signals".into(),
        missed => format!("signals, {} more came too fast to be shown", crate::format::grouped(missed)),
    }
}

fn title(text: &str, theme: Theme, width: u16) -> Line<'static> {
    let rest = usize::from(width).saturating_sub(measure_text_width(text) + 5);
    Line::styled(format!(" -- {text} {}", "-".repeat(rest)), theme.faint())
}

/// The mailbox that sends it is on the left, who hears it on the right.
fn signal_line(signal: &SignalRecord, theme: Theme) -> Line<'static> {
    let pressured = signal.kind == SignalKind::Backpressure;
    let causes =
        if signal.causes.is_empty() { String::new() } else { format!("  {}", signal.causes.join(", ")) };
    Line::from(vec![
        Span::raw(format!(" {:>10.3}  ", signal.at_seconds)),
        Span::styled(format!("{:<12}", signal.kind.to_string()), theme.mailbox(pressured)),
        Span::raw(format!(
            "  {} -> {}  {}/{}{causes}",
            clean(&signal.to),
            clean(&signal.from),
            signal.depth,
            signal.capacity
        )),
    ])
}

/// So many lines, as far as a screen can have them.
fn lines_of(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

/// Puts lines into `area`, as many as fit; how many these are.
fn put(lines: &[Line<'_>], area: Rect, buffer: &mut Buffer) -> u16 {
    let shown = lines.len().min(area.height.into());
    for (number, line) in lines[..shown].iter().enumerate() {
        buffer.set_line(area.x, area.y + number as u16, line, area.width);
    }
    shown as u16
}

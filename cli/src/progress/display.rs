//! The live display: one line per actor, as many as the terminal has room for.
//!
//! ```text
//! flight-delays  12.4 s  1,204,331 produced  98.2k/s
//!   lines   98.2k/s                                   paused
//!   parse   98.1k/s  [████████████▊   ]   820/1,024  pressured
//! ```

use super::History;
use super::history::done;
use crate::format::{counted, elapsed, fit, grouped, rate};
use console::{Style, measure_text_width, truncate_str};
use std::collections::HashMap;
use tidegate::topology::Role;
use tidegate::{ActorReport, ActorState, MailboxReport, Snapshot, Topology};

/// The widest name that is shown in full where others need room too.
const NAME: usize = 15;
const RATE: usize = 8;
const BAR: usize = 16;
/// Room for `pressured, waiting`, the longest state.
const STATE: usize = 18;

/// Parts of a character cell, from nothing to all of it.
const EIGHTHS: [char; 9] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
const MARK: char = '╎';

/// Draws moments of one topology.
pub(super) struct Display {
    /// The high watermark of each mailbox, as a share of its capacity.
    high: HashMap<String, f64>,
    colour: bool,
}

/// Which parts of a line there is room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Layout {
    name: usize,
    bar: bool,
    depth: usize,
}

impl Display {
    pub(super) fn new(topology: &Topology, colour: bool) -> Self {
        let high = topology.nodes().iter().map(|node| {
            let settings = topology.mailbox_of(node);
            (node.name.clone(), settings.marks().high as f64 / settings.capacity.max(1) as f64)
        });
        Self { high: high.collect(), colour }
    }

    /// The lines for a terminal of this many columns and rows.
    pub(super) fn frame(&self, snapshot: &Snapshot, history: &History, size: (usize, usize)) -> Vec<String> {
        let (columns, rows) = size;
        // A full last column would wrap; the last row is the cursor's.
        let (columns, rows) = (columns.saturating_sub(1).max(1), rows.saturating_sub(1).max(1));
        let room = rows.saturating_sub(1);
        let shown = choose(snapshot, room);
        let hidden = snapshot.actors.len() - shown.len();
        let layout = Layout::new(snapshot, columns);
        let mut lines = vec![truncate_str(&head(snapshot, history), columns, "…").into_owned()];
        lines.extend(shown.into_iter().map(|index| {
            let (name, actor) = snapshot.actors.get_index(index).expect("chosen among these");
            self.line(name, actor, history.rate(name), layout, columns)
        }));
        if hidden > 0 && room > 0 {
            let others = format!("  and {}", counted(hidden as u64, "other actor"));
            lines.push(truncate_str(&others, columns, "…").into_owned());
        }
        lines
    }

    fn line(&self, name: &str, actor: &ActorReport, rate: f64, layout: Layout, columns: usize) -> String {
        let mut text = format!("  {}  {:>RATE$}", fit(name, layout.name), format!("{}/s", self::rate(rate)));
        if layout.bar {
            text.push_str("  ");
            text.push_str(&match &actor.mailbox {
                Some(mailbox) => self.gauge(name, mailbox, layout.depth),
                None => " ".repeat(BAR + 3 + layout.depth),
            });
        }
        let (state, style) = state(actor);
        text.push_str(&format!("  {}", style.force_styling(self.colour).apply_to(state)));
        truncate_str(&text, columns, "…").into_owned()
    }

    /// How full a mailbox is: a bar with the high watermark in it, and numbers.
    fn gauge(&self, name: &str, mailbox: &MailboxReport, depth: usize) -> String {
        let high = self.high.get(name).copied().unwrap_or(1.0);
        let share = mailbox.depth as f64 / mailbox.capacity.max(1) as f64;
        let numbers = format!("{}/{}", grouped(mailbox.depth as u64), grouped(mailbox.capacity as u64));
        format!("[{}] {numbers:>depth$}", bar(share, high))
    }
}

impl Layout {
    fn new(snapshot: &Snapshot, columns: usize) -> Self {
        let name = snapshot.actors.keys().map(|name| measure_text_width(name)).max().unwrap_or(0);
        let widest = |mailbox: &MailboxReport| grouped(mailbox.capacity as u64).len() * 2 + 1;
        let depth = snapshot.actors.values().filter_map(|actor| actor.mailbox.as_ref()).map(widest).max();
        let depth = depth.unwrap_or(0);
        let fixed = 2 + 2 + RATE + 2 + STATE;
        let gauge = 2 + BAR + 3 + depth;
        let bar = fixed + gauge + name.min(NAME) <= columns;
        let others = if bar { fixed + gauge } else { fixed };
        Self { name: name.min(columns.saturating_sub(others).max(4)), bar, depth }
    }
}

/// The numbers of the actors to show in at most `room` lines: those that have most to say, in their own order.
fn choose(snapshot: &Snapshot, room: usize) -> Vec<usize> {
    let count = snapshot.actors.len();
    if count <= room {
        return (0..count).collect();
    }
    let mut by_interest: Vec<usize> = (0..count).collect();
    // The sort is stable: what is equally interesting stays in order.
    by_interest.sort_by(|a, b| interest(&snapshot.actors[*b]).total_cmp(&interest(&snapshot.actors[*a])));
    // One line says how many are not shown.
    by_interest.truncate(room.saturating_sub(1));
    by_interest.sort_unstable();
    by_interest
}

fn interest(actor: &ActorReport) -> f64 {
    let fill = actor.mailbox.as_ref().map_or(0.0, |mailbox| {
        mailbox.depth as f64 / mailbox.capacity.max(1) as f64 + f64::from(u8::from(mailbox.pressured))
    });
    match actor.state {
        ActorState::Failed | ActorState::Stuck | ActorState::Restarting => 10.0,
        ActorState::Ended => -1.0,
        _ => fill,
    }
}

fn head(snapshot: &Snapshot, history: &History) -> String {
    let producers = snapshot.actors.iter().filter(|(_, actor)| actor.role == Role::Producer);
    let produced: u64 = producers.clone().map(|(_, actor)| done(actor)).sum();
    let per_second: f64 = producers.map(|(name, _)| history.rate(name)).sum();
    format!(
        "{}  {}  {} produced  {}/s",
        snapshot.topology,
        elapsed(snapshot.elapsed_seconds),
        grouped(produced),
        rate(per_second)
    )
}

/// A bar filled up to `share`, with a mark at `high` where it is not filled that far.
fn bar(share: f64, high: f64) -> String {
    let eighths = (share.clamp(0.0, 1.0) * (BAR * 8) as f64).round() as usize;
    let mark = ((high * BAR as f64).ceil() as usize).clamp(1, BAR) - 1;
    let cell = |index: usize| match eighths.saturating_sub(index * 8).min(8) {
        0 if index == mark => MARK,
        filled => EIGHTHS[filled],
    };
    (0..BAR).map(cell).collect()
}

/// Whether the mailbox is open or pressured, and what the actor is doing if that is anything but its work.
fn state(actor: &ActorReport) -> (String, Style) {
    let pressured = actor.mailbox.as_ref().map(|mailbox| mailbox.pressured);
    let (doing, style) = match actor.state {
        ActorState::Failed => ("failed", Style::new().red().bold()),
        ActorState::Restarting => ("restarting", Style::new().red()),
        ActorState::Stuck => ("stuck", Style::new().red().bold()),
        ActorState::Ended => ("ended", Style::new().dim()),
        ActorState::Starting => ("starting", Style::new().dim()),
        ActorState::Paused => ("paused", Style::new().yellow()),
        ActorState::Waiting => ("waiting", Style::new().yellow()),
        ActorState::Running => ("running", Style::new().green()),
    };
    let mailbox = match (pressured, actor.state) {
        (_, ActorState::Ended | ActorState::Failed) | (None, _) => return (doing.into(), style),
        (Some(true), _) => "pressured",
        (Some(false), _) => "open",
    };
    let style = if pressured == Some(true) { Style::new().yellow().bold() } else { style };
    match actor.state {
        ActorState::Running => (mailbox.into(), style),
        _ => (format!("{mailbox}, {doing}"), style),
    }
}

#[cfg(test)]
mod tests {
    use super::super::history::snapshot;
    use super::*;

    fn display() -> Display {
        Display { high: [("store".to_string(), 0.8)].into(), colour: false }
    }

    fn many(count: usize) -> Snapshot {
        let mut many = snapshot(1.0, 1000, 0, false);
        let store = many.actors["store"].clone();
        many.actors
            .extend((many.actors.len()..count).map(|number| (format!("stage{number}"), store.clone())));
        many
    }

    #[test]
    fn each_actor_has_a_line_with_rate_fill_high_mark_and_state() {
        let mut history = History::default();
        history.add(&snapshot(0.0, 0, 0, false));
        let now = snapshot(2.0, 2400, 500, false);
        history.add(&now);
        let lines = display().frame(&now, &history, (80, 24));
        assert_eq!(lines[0], "sample  2.00 s  2,400 produced  1.2k/s");
        assert_eq!(lines[1], format!("  lines    1.2k/s{}running", " ".repeat(2 + 16 + 3 + 11 + 2)));
        assert_eq!(lines[2], "  store     950/s  [████████    ╎   ]   500/1,000  open");
    }

    #[test]
    fn a_pressured_mailbox_says_so_before_what_the_actor_does() {
        let full = snapshot(2.0, 2400, 1000, true);
        let frame = display().frame(&full, &History::default(), (80, 24));
        assert!(frame[2].contains("[████████████████] 1,000/1,000  pressured"), "{frame:?}");
    }

    #[test]
    fn an_actor_that_does_not_work_says_why() {
        let mut waiting = snapshot(2.0, 2400, 1000, true);
        waiting.actors["store"].state = ActorState::Waiting;
        assert_eq!(state(&waiting.actors["store"]).0, "pressured, waiting");
        waiting.actors["lines"].state = ActorState::Paused;
        assert_eq!(state(&waiting.actors["lines"]).0, "paused");
        waiting.actors["store"].state = ActorState::Ended;
        assert_eq!(state(&waiting.actors["store"]).0, "ended");
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_and_no_frame_higher() {
        for columns in 1..100 {
            for rows in 1..12 {
                let many = many(50);
                let lines = display().frame(&many, &History::default(), (columns, rows));
                assert!(lines.len() < rows.max(2), "{rows} rows: {}", lines.len());
                for line in lines {
                    assert!(measure_text_width(&line) < columns.max(2), "{columns} columns: {line:?}");
                }
            }
        }
    }

    #[test]
    fn where_there_is_no_room_for_all_the_pressured_are_shown_and_the_others_counted() {
        let mut many = many(50);
        many.actors["stage30"].mailbox.as_mut().unwrap().pressured = true;
        let lines = display().frame(&many, &History::default(), (80, 6));
        assert_eq!(lines.len(), 5);
        assert!(lines[1].starts_with("  lines") && lines[3].starts_with("  stage30"), "{lines:?}");
        assert!(lines[4].starts_with("  and 47 other actors"), "{lines:?}");
    }

    #[test]
    fn a_bar_fills_in_eighths_and_keeps_the_mark_until_it_is_reached() {
        assert_eq!(bar(0.0, 0.8), "            ╎   ");
        assert_eq!(bar(1.25 / 16.0, 1.0), "█▎             ╎");
        assert_eq!(bar(2.0, 0.8), "█".repeat(16));
    }
}

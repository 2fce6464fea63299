//! How a run is going: a live display on a terminal, a log line now and then elsewhere, and nothing where somebody
//! types the input.

mod display;
mod history;

use crate::format::{counted, grouped, list, rate};
use crate::screen::Screen;
use display::Display;
use history::History;
use std::io::{IsTerminal, stdin, stdout};
use std::time::Duration;
use tidegate::topology::Role;
use tidegate::{Snapshot, Topology};

/// How often the live display changes.
const FRAME: Duration = Duration::from_millis(200);

/// How often a log line says how it goes where there is no terminal.
const LINE: Duration = Duration::from_secs(10);

/// Watches a run.
pub(crate) struct Progress {
    screen: Screen,
    history: History,
    /// `None` where nobody watches a terminal.
    display: Option<Display>,
    quiet: bool,
    /// Whether what actors read from standard input is typed on a terminal.
    typed: bool,
}

impl Progress {
    /// `lines` says that there are to be log lines only.
    pub(crate) fn new(screen: &Screen, topology: &Topology, quiet: bool, lines: bool) -> Self {
        let display =
            (screen.is_terminal() && !quiet && !lines).then(|| Display::new(topology, screen.has_colour()));
        if display.is_some() && stdout().is_terminal() {
            // What actors print comes above the display, as log lines do.
            let screen = screen.clone();
            tidegate_actors::stdout_through(move |write| screen.aside(write));
        }
        let typed = stdin().is_terminal();
        Self { screen: screen.clone(), history: History::default(), display, quiet, typed }
    }

    /// How often [`show`](Self::show) wants to be called.
    pub(crate) fn every(&self) -> Duration {
        if self.display.is_some() { FRAME } else { LINE }
    }

    /// Shows the state of this moment.
    pub(crate) fn show(&mut self, snapshot: &Snapshot) {
        if self.quiet {
            return;
        }
        if self.typed && self.display.is_some() && tidegate_actors::stdin_is_read() {
            // What is typed and what is drawn would overwrite each other.
            self.screen.clear();
            self.display = None;
            self.quiet = true;
            return;
        }
        self.history.add(snapshot);
        match &self.display {
            Some(display) => self.screen.draw(display.frame(snapshot, &self.history, self.screen.size())),
            None => tracing::info!(target: "tidegate::run", "{}", line(snapshot, &self.history)),
        }
    }
}

/// The state of this moment in a sentence.
fn line(snapshot: &Snapshot, history: &History) -> String {
    let producers = snapshot.actors.iter().filter(|(_, actor)| actor.role == Role::Producer);
    let produced = producers.clone().map(|(_, actor)| actor.emitted).sum();
    let per_second = producers.map(|(name, _)| history.rate(name)).sum();
    let pressured: Vec<String> = snapshot
        .actors
        .iter()
        .filter_map(|(name, actor)| Some((name, actor.mailbox.as_ref()?)))
        .filter(|(_, mailbox)| mailbox.pressured)
        .map(|(name, mailbox)| {
            format!("`{name}` ({} of {})", grouped(mailbox.depth as u64), grouped(mailbox.capacity as u64))
        })
        .collect();
    let state = if pressured.is_empty() {
        "all mailboxes open".into()
    } else {
        format!("pressured: {}", list(&pressured))
    };
    format!("{} produced, {}/s now, {state}", counted(produced, "message"), rate(per_second))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::history::snapshot;

    #[test]
    fn a_line_says_how_much_how_fast_and_who_is_pressured() {
        let mut history = History::default();
        history.add(&snapshot(0.0, 0, 0, false));
        let now = snapshot(10.0, 12_000, 900, true);
        history.add(&now);
        let text = line(&now, &history);
        assert_eq!(text, "12,000 messages produced, 1.2k/s now, pressured: `store` (900 of 1,000)");
        let open = snapshot(20.0, 12_000, 0, false);
        history.add(&open);
        assert_eq!(line(&open, &history), "12,000 messages produced, 0/s now, all mailboxes open");
    }
}

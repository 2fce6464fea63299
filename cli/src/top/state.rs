//! What the screen shows, and how it changes; nothing here knows a terminal.

use super::rows::{Row, rows};
use std::collections::VecDeque;
use tidegate::{Phase, SignalLog, SignalRecord, Snapshot};
use tidegate_monitor::client::{Control, Seen};
use tidegate_monitor::{Description, Rates};

/// Signals that can be scrolled back to.
const MOST_SIGNALS: usize = 1000;

/// All there is to show.
#[derive(Debug)]
pub(super) struct State {
    /// Where the run listens.
    pub(super) address: String,
    /// Whether there may be colours.
    pub(super) colour: bool,
    pub(super) description: Option<Description>,
    /// The newest snapshot, and what has happened since the one before.
    pub(super) snapshot: Option<Snapshot>,
    pub(super) rates: Rates,
    pub(super) verdict: Option<String>,
    pub(super) replayed: bool,
    /// Why nothing comes any more, if nothing does.
    pub(super) lost: Option<String>,
    pub(super) signals: VecDeque<SignalRecord>,
    pub(super) missed: u64,
    pub(super) sort: Sort,
    /// Only actors whose names contain this are shown.
    pub(super) filter: String,
    /// The actor that is meant, by its name: it stays the same however they are sorted.
    pub(super) selected: Option<String>,
    pub(super) mode: Mode,
    /// How many lines the signals, the details or the help are scrolled back, or down.
    pub(super) scroll: usize,
    /// What came of the last thing that was asked for.
    pub(super) note: Option<String>,
}

/// The order of the actors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Sort {
    /// By how little they were idle; of two that were as little, the one that was busy longer.
    #[default]
    Pressure,
    Name,
    Rate,
    Fill,
}

/// What the keys mean now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Mode {
    #[default]
    Table,
    /// All about the selected actor.
    Details,
    /// A filter is being typed.
    Filter,
    /// Whether to drain.
    Confirm,
    Help,
}

/// What is to be done outside.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Action {
    Quit,
    Control(Control),
}

/// What has come from the run.
#[derive(Debug)]
pub(super) enum Update {
    Topology(Box<Description>),
    Seen(Box<Seen>, SignalLog),
    /// Why nothing came.
    Lost(String),
    /// What came of something that was asked for.
    Answer(String),
}

impl State {
    pub(super) fn new(address: &str, colour: bool) -> Self {
        Self {
            address: address.into(),
            colour,
            description: None,
            snapshot: None,
            rates: Rates::default(),
            verdict: None,
            replayed: false,
            lost: None,
            signals: VecDeque::new(),
            missed: 0,
            sort: Sort::default(),
            filter: String::new(),
            selected: None,
            mode: Mode::default(),
            scroll: 0,
            note: None,
        }
    }

    /// Takes in what has come.
    pub(super) fn update(&mut self, update: Update) {
        match update {
            Update::Topology(description) => self.description = Some(*description),
            Update::Seen(seen, log) => self.seen(*seen, log),
            Update::Lost(reason) => self.lost = Some(reason),
            Update::Answer(text) => self.note = Some(text),
        }
    }

    fn seen(&mut self, seen: Seen, log: SignalLog) {
        self.lost = None;
        self.replayed = seen.replayed;
        self.verdict = seen.summary().map(Into::into);
        match self.snapshot.take() {
            Some(before) if !Rates::is_another_run(&before, &seen.snapshot) => {
                // The same moment again, as of a replay that stands still: what was worked out holds.
                if seen.snapshot.elapsed_seconds > before.elapsed_seconds {
                    self.rates = Rates::between(&before, &seen.snapshot);
                }
            }
            before => {
                if before.is_some() {
                    self.signals.clear();
                    self.missed = 0;
                }
                self.rates = Rates::since_start(&seen.snapshot);
            }
        }
        self.snapshot = Some(seen.snapshot);
        self.missed += log.missed;
        // Who has scrolled back goes on seeing the same lines.
        if self.scroll > 0 && self.mode == Mode::Table {
            self.scroll = (self.scroll + log.records.len()).min(MOST_SIGNALS);
        }
        self.signals.extend(log.records);
        let surplus = self.signals.len().saturating_sub(MOST_SIGNALS);
        self.signals.drain(..surplus);
        self.pin();
    }

    /// Keeps to the actor that is shown as selected, before another comes to its place. Without any to show, to the one before.
    pub(super) fn pin(&mut self) {
        self.selected = self.actor().or_else(|| self.selected.take());
    }

    /// Whether the run has ended, as far as is known.
    pub(super) fn has_ended(&self) -> bool {
        self.snapshot.as_ref().is_some_and(|snapshot| snapshot.phase == Phase::Ended)
    }

    /// The actors to show, in order.
    pub(super) fn rows(&self) -> Vec<Row> {
        let Some(snapshot) = &self.snapshot else { return Vec::new() };
        let mut rows = rows(snapshot, &self.rates);
        let wanted = self.filter.to_lowercase();
        rows.retain(|row| row.name.to_lowercase().contains(&wanted));
        // Whole percents, so that actors that are much the same do not change places all the time.
        let percent = |share: f64| -((share * 100.0).round() as i64);
        match self.sort {
            Sort::Pressure => rows.sort_by_key(|row| (percent(row.busy + row.blocked), percent(row.busy))),
            Sort::Name => rows.sort_by(|one, other| one.name.cmp(&other.name)),
            Sort::Rate => rows.sort_by(|one, other| other.rate.total_cmp(&one.rate)),
            Sort::Fill => rows.sort_by_key(|row| percent(row.fill())),
        }
        rows
    }

    /// The place of the selected actor among `rows`: the first, if it is none of them.
    pub(super) fn place(&self, rows: &[Row]) -> usize {
        rows.iter().position(|row| Some(&row.name) == self.selected.as_ref()).unwrap_or(0)
    }

    /// The name of the selected actor, as the run knows it.
    pub(super) fn actor(&self) -> Option<String> {
        let rows = self.rows();
        rows.get(self.place(&rows)).map(|row| row.name.clone())
    }
}

impl Sort {
    /// What the actors are sorted by, in words.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Pressure => "blocked/busy",
            Self::Name => "name",
            Self::Rate => "rate",
            Self::Fill => "fill",
        }
    }
}

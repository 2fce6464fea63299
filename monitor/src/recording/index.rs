//! Where in a recording which minute is.

use super::MOST_MOMENTS;
use super::segment::Lines;
use serde::Deserialize;
use tidegate::Report;

/// Moments are found by halving, so they have to be in order.
const BACK: &str = "its time goes back";

const NO_TIME: &str = "a moment of it is before the start of the run";

const TOO_MANY: &str = "it has more moments than a recording can have";

/// One gzip member, which is a minute.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Where it begins in the file.
    pub(super) offset: usize,
    /// When its first and its last snapshot were taken, in seconds.
    pub(super) from: f64,
    pub(super) to: f64,
    /// How many snapshots it has.
    pub(super) snapshots: u64,
    /// The number of the first signal, if there is one.
    pub(super) first_signal: Option<u64>,
    /// How many signals it has.
    pub(super) signals: u64,
}

/// As much of a line as one needs to know to find it again.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Glance {
    Snapshot(Moment),
    Change(Moment),
    Signal(Number),
    Report(Box<Report>),
}

#[derive(Deserialize)]
struct Moment {
    elapsed_seconds: Option<f64>,
}

#[derive(Deserialize)]
struct Number {
    number: u64,
}

/// What a look at all lines gives.
#[derive(Debug, Default)]
pub(super) struct Index {
    pub(super) entries: Vec<Entry>,
    /// The number of the last signal.
    pub(super) last_signal: u64,
    pub(super) report: Option<Report>,
    /// What is wrong where it can be read no further.
    pub(super) torn: Option<String>,
}

impl Index {
    /// Goes through the member at `offset`, whose `lines` begin after the header, and all that follow.
    pub(super) fn read(bytes: &[u8], lines: Lines<'_>) -> Self {
        let mut index = Self::default();
        let mut lines = lines;
        let mut offset = 0;
        loop {
            if let Err(reason) = index.member(offset, &mut lines) {
                index.torn = Some(reason);
                return index;
            }
            let rest = lines.rest();
            if rest.is_empty() {
                return index;
            }
            offset = bytes.len() - rest.len();
            lines = Lines::new(rest);
        }
    }

    fn member(&mut self, offset: usize, lines: &mut Lines<'_>) -> Result<(), String> {
        let mut entry: Option<Entry> = None;
        let read = loop {
            let line = match lines.next() {
                Ok(Some(line)) => line,
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            };
            match serde_json::from_slice(line) {
                Ok(Glance::Snapshot(Moment { elapsed_seconds: Some(seconds) })) if entry.is_none() => {
                    if seconds < 0.0 {
                        break Err(NO_TIME.into());
                    }
                    if self.entries.last().is_some_and(|before| seconds < before.to) {
                        break Err(BACK.into());
                    }
                    entry = Some(Entry {
                        offset,
                        from: seconds,
                        to: seconds,
                        snapshots: 1,
                        first_signal: None,
                        signals: 0,
                    });
                }
                Ok(Glance::Snapshot(moment) | Glance::Change(moment)) => {
                    if let Some(entry) = &mut entry {
                        let seconds = moment.elapsed_seconds.unwrap_or(entry.to);
                        if seconds < entry.to {
                            break Err(BACK.into());
                        }
                        if entry.snapshots == MOST_MOMENTS {
                            break Err(TOO_MANY.into());
                        }
                        entry.to = seconds;
                        entry.snapshots += 1;
                    }
                }
                Ok(Glance::Signal(Number { number })) => {
                    self.last_signal = number;
                    if let Some(entry) = &mut entry {
                        entry.first_signal.get_or_insert(number);
                        entry.signals += 1;
                    }
                }
                Ok(Glance::Report(report)) => self.report = Some(*report),
                Err(error) => break Err(format!("a line cannot be read: {error}")),
            }
        };
        self.entries.extend(entry);
        read
    }
}

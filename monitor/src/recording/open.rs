//! Reads a recording.

use super::index::{Entry, Index};
use super::segment::{Lines, Segment};
use super::{Header, VERSION, Version};
use crate::Description;
use std::collections::VecDeque;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tidegate::{Report, SignalLog, Snapshot};

/// The most signals that are given at once, the newest; as a running topology does.
const MOST_SIGNALS: usize = 4096;

/// Where the calendar of reports ends, in seconds of Unix time.
const YEAR_10000: u64 = 253_402_300_800;

/// Minutes that are kept unpacked: the one that is shown, and its neighbours.
const KEPT: usize = 3;

/// Why a file is not shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// It cannot be read.
    #[error("the recording `{file}` cannot be read: {error}")]
    Unreadable {
        /// Its name.
        file: String,
        /// What the system says.
        error: std::io::Error,
    },
    /// There is nothing in it.
    #[error("the recording `{file}` is empty: the run ended before a moment of it was written")]
    Empty {
        /// Its name.
        file: String,
    },
    /// It is something else.
    #[error("`{file}` is no recording ({reason}); `tidegate run --record FILE` makes one")]
    Foreign {
        /// Its name.
        file: String,
        /// How one can tell.
        reason: &'static str,
    },
    /// It is newer than this program.
    #[error(
        "the recording `{file}` has version {version} of the format, and this program knows {VERSION}; use a newer one"
    )]
    TooNew {
        /// Its name.
        file: String,
        /// Its version.
        version: u64,
    },
}

/// A recording that can be looked at, at any moment.
///
/// It stays compressed in memory; a minute is unpacked when somebody looks at it.
pub struct Recording {
    description: Description,
    started: SystemTime,
    bytes: Vec<u8>,
    index: Index,
    /// Minutes that were looked at lately, by their places in the index.
    unpacked: Mutex<VecDeque<(usize, Arc<Segment>)>>,
}

impl Recording {
    /// Opens the recording `file`. If its end is missing, the rest is shown, and [`torn`](Self::torn) says so.
    ///
    /// # Errors
    /// When it is none, or has nothing to show.
    pub fn open(file: &Path) -> Result<Self, OpenError> {
        let name = file.display().to_string();
        // A pipe or a device may never end.
        let is_file = std::fs::metadata(file).and_then(|known| match known.is_file() {
            true => Ok(()),
            false => Err(std::io::Error::other("it is no regular file")),
        });
        match is_file.and_then(|()| std::fs::read(file)) {
            Ok(bytes) => Self::read(name, bytes),
            Err(error) => Err(OpenError::Unreadable { file: name, error }),
        }
    }

    /// The recording in `bytes`, which were read from `file`.
    ///
    /// # Errors
    /// When it is none, or has nothing to show.
    pub fn read(file: String, bytes: Vec<u8>) -> Result<Self, OpenError> {
        if bytes.is_empty() {
            return Err(OpenError::Empty { file });
        }
        if !bytes.starts_with(&[0x1f, 0x8b]) {
            return Err(OpenError::Foreign { file, reason: "it is not compressed with gzip" });
        }
        let mut lines = Lines::new(&bytes);
        // Whatever it was going to be.
        let Ok(Some(first)) = lines.next() else { return Err(OpenError::Empty { file }) };
        let reason = "its first line is not that of a recording";
        let Ok(Version { tidegate_recording: version }) = serde_json::from_slice(first) else {
            return Err(OpenError::Foreign { file, reason });
        };
        if version > VERSION {
            return Err(OpenError::TooNew { file, version });
        }
        let header = serde_json::from_slice::<Header>(first).ok();
        let Some(header) = header.filter(|header| header.started_unix_seconds < YEAR_10000) else {
            return Err(OpenError::Foreign { file, reason });
        };
        let index = Index::read(&bytes, lines);
        let recording = Self {
            description: header.description,
            started: UNIX_EPOCH + Duration::from_secs(header.started_unix_seconds),
            bytes,
            index,
            unpacked: Mutex::default(),
        };
        if recording.index.entries.is_empty() || recording.segment(0).snapshots.is_empty() {
            return Err(OpenError::Empty { file });
        }
        Ok(recording)
    }

    /// What the topology is made of.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// When the recording began.
    pub fn started(&self) -> SystemTime {
        self.started
    }

    /// The first and the last moment, in seconds since the start of the topology.
    pub fn span(&self) -> (f64, f64) {
        let entries = &self.index.entries;
        (entries.first().map_or(0.0, |entry| entry.from), entries.last().map_or(0.0, |entry| entry.to))
    }

    /// The final account, if the run came to its end.
    pub fn report(&self) -> Option<&Report> {
        self.index.report.as_ref()
    }

    /// What is wrong with the end of the file, if it is not as it should be: the run was killed, or still goes on.
    pub fn torn(&self) -> Option<&str> {
        self.index.torn.as_deref()
    }

    /// How many moments were recorded. Nothing is unpacked for it.
    pub fn snapshots(&self) -> u64 {
        self.index.entries.iter().map(|entry| entry.snapshots).sum()
    }

    /// How many signals were recorded, and how many were sent besides.
    pub fn signals(&self) -> (u64, u64) {
        let recorded = self.index.entries.iter().map(|entry| entry.signals).sum();
        (recorded, self.index.last_signal.saturating_sub(recorded))
    }

    /// The state at a moment, in seconds since the start of the topology: that of the last snapshot before it.
    pub fn snapshot_at(&self, seconds: f64) -> Snapshot {
        let mut place = self.place(seconds);
        loop {
            let segment = self.segment(place);
            let after = segment.snapshots.partition_point(|snapshot| snapshot.elapsed_seconds <= seconds);
            if let Some(snapshot) = segment.snapshots.get(after.saturating_sub(1)) {
                return snapshot.clone();
            }
            // A minute that cannot be read: the one before it is the last that is known. The first can.
            place -= 1;
        }
    }

    /// The states that were written from one moment to another, both included, in order.
    pub fn snapshots_between(&self, from: f64, to: f64) -> Vec<Snapshot> {
        let mut found = Vec::new();
        for place in self.place(from)..=self.place(to) {
            let segment = self.segment(place);
            let within = |snapshot: &&Snapshot| (from..=to).contains(&snapshot.elapsed_seconds);
            found.extend(segment.snapshots.iter().filter(within).cloned());
        }
        found
    }

    /// The signals up to a moment, after the one of this number; the newest 4096 of them.
    pub fn signals_after(&self, number: u64, seconds: f64) -> SignalLog {
        let mut log = SignalLog::default();
        let mut found = VecDeque::new();
        for place in (0..=self.place(seconds)).rev() {
            let entry = &self.index.entries[place];
            let Some(first) = entry.first_signal else { continue };
            let segment = self.segment(place);
            let until = segment.signals.partition_point(|signal| signal.at_seconds <= seconds);
            let known = segment.signals.partition_point(|signal| signal.number <= number).min(until);
            if let Some(last) = segment.signals[..until].last() {
                log.last = log.last.max(last.number);
            }
            segment.signals[known..until].iter().rev().for_each(|signal| found.push_front(signal.clone()));
            if found.len() >= MOST_SIGNALS || (log.last > 0 && first <= number.saturating_add(1)) {
                break;
            }
        }
        found.drain(..found.len().saturating_sub(MOST_SIGNALS));
        log.records = found.into();
        log.missed = log.last.saturating_sub(number).saturating_sub(log.records.len() as u64);
        log
    }

    /// The moments that were recorded, in seconds since the start of the topology. All of it is unpacked for that.
    pub fn moments(&self) -> Vec<f64> {
        let segments = (0..self.index.entries.len()).map(|place| self.segment(place));
        segments
            .flat_map(|segment| segment.snapshots.iter().map(|one| one.elapsed_seconds).collect::<Vec<_>>())
            .collect()
    }

    /// The place of the minute that a moment belongs to.
    fn place(&self, seconds: f64) -> usize {
        let entries: &[Entry] = &self.index.entries;
        entries.partition_point(|entry| entry.from <= seconds).saturating_sub(1)
    }

    fn segment(&self, place: usize) -> Arc<Segment> {
        let unpacked = || self.unpacked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, segment)) = unpacked().iter().find(|(other, _)| *other == place) {
            return segment.clone();
        }
        // Not under the lock: at worst a minute is unpacked twice, and nobody waits for a minute that is not theirs.
        let offset = self.index.entries[place].offset;
        let segment = Arc::new(Segment::read(&self.bytes[offset..], offset == 0));
        let mut unpacked = unpacked();
        if unpacked.len() == KEPT {
            unpacked.pop_front();
        }
        unpacked.push_back((place, segment.clone()));
        segment
    }
}

impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recording")
            .field("topology", &self.description.name)
            .field("span", &self.span())
            .finish_non_exhaustive()
    }
}

//! One minute of a recording.

use super::patch::{apply, by_place, whole};
use super::{LARGEST_MINUTE, LONGEST_LINE, Line, MOST_MOMENTS, MOST_VALUES};
use flate2::bufread::GzDecoder;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use tidegate::{SignalRecord, Snapshot};

/// Reads the lines of one gzip member.
pub(super) struct Lines<'a> {
    member: BufReader<GzDecoder<&'a [u8]>>,
    line: Vec<u8>,
    /// Bytes of this minute that may still come.
    left: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { member: BufReader::new(GzDecoder::new(bytes)), line: Vec::new(), left: LARGEST_MINUTE }
    }

    /// The next line; `None` at the end.
    ///
    /// # Errors
    /// What is wrong, when there is no whole line.
    pub(super) fn next(&mut self) -> Result<Option<&[u8]>, String> {
        self.line.clear();
        // One more than there may be, to see whether that is the end.
        let most = self.left.min(LONGEST_LINE) + 1;
        let read = std::io::Read::take(&mut self.member, most as u64).read_until(b'\n', &mut self.line);
        match read {
            Ok(0) => Ok(None),
            Ok(read) if read == most => Err("it unpacks to more than a recording can have".into()),
            Ok(read) if self.line.ends_with(b"\n") => {
                self.left -= read;
                // A comma in a text is one too many, which does no harm.
                if self.line.iter().filter(|byte| **byte == b',').count() > MOST_VALUES {
                    return Err("a line of it has more values than a recording can have".into());
                }
                Ok(Some(&self.line))
            }
            Ok(_) => Err("a line has no end".into()),
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Err("it is cut off".into()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// What comes behind the member, once its end was read.
    pub(super) fn rest(self) -> &'a [u8] {
        self.member.into_inner().into_inner()
    }
}

/// What happened in a minute.
#[derive(Debug, Default)]
pub(super) struct Segment {
    pub(super) snapshots: Vec<Snapshot>,
    pub(super) signals: Vec<SignalRecord>,
}

impl Segment {
    /// What is in the member at the start of `bytes`, as far as it can be read; without the header of the first one.
    pub(super) fn read(bytes: &[u8], has_header: bool) -> Self {
        let mut lines = Lines::new(bytes);
        let mut segment = Self::default();
        let mut state = Value::Null;
        if has_header {
            let _ = lines.next();
        }
        while let Ok(Some(line)) = lines.next() {
            match serde_json::from_slice(line) {
                Ok(Line::Snapshot(snapshot)) => state = by_place(snapshot),
                Ok(Line::Change(change)) => apply(&mut state, change),
                Ok(Line::Signal(signal)) => {
                    segment.signals.push(signal);
                    continue;
                }
                Ok(Line::Report(_)) => continue,
                Err(_) => break,
            }
            match serde_json::from_value(whole(state.clone())) {
                Ok(snapshot) if segment.is_followed_by(&snapshot) => segment.snapshots.push(snapshot),
                _ => break,
            }
        }
        segment
    }

    /// Whether `snapshot` is of no earlier moment than those before, and there may be one more.
    fn is_followed_by(&self, snapshot: &Snapshot) -> bool {
        let may_be_more = (self.snapshots.len() as u64) < MOST_MOMENTS;
        may_be_more
            && self.snapshots.last().is_none_or(|last| last.elapsed_seconds <= snapshot.elapsed_seconds)
    }
}

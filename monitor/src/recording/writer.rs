//! Writes a recording.

use super::patch::{canonical, change};
use super::{Header, LONGEST_LINE, Line, VERSION};
use crate::Description;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;
use serde_json::Value;
use std::fmt;
use std::io::{self, Write};
use std::time::{SystemTime, UNIX_EPOCH};
use tidegate::{Report, SignalRecord, Snapshot};

/// How many seconds a reader goes through, at most, to get to a moment.
const SPAN: f64 = 60.0;

/// Writes moments of a run to `W`, in their order.
pub struct Writer<W: Write> {
    /// The gzip member that is written; `None` after an error only.
    member: Option<GzEncoder<W>>,
    /// The last snapshot, and when the last whole one was, in seconds.
    last: Option<(Value, f64)>,
}

impl<W: Write> Writer<W> {
    /// Begins a recording of a topology.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(to: W, description: &Description) -> io::Result<Self> {
        let started = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut writer = Self { member: Some(member(to)), last: None };
        writer.line(&Header {
            tidegate_recording: VERSION,
            started_unix_seconds: started.as_secs(),
            description: description.clone(),
        })?;
        Ok(writer)
    }

    /// Writes the state of a moment.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn snapshot(&mut self, snapshot: &Snapshot) -> io::Result<()> {
        let now = canonical(snapshot);
        let seconds = snapshot.elapsed_seconds;
        match self.last.take() {
            Some((last, whole)) if (0.0..SPAN).contains(&(seconds - whole)) => {
                if let Some(change) = change(&last, &now) {
                    self.line(&Line::Change(change))?;
                }
                self.last = Some((now, whole));
            }
            last => {
                if last.is_some() {
                    self.member = Some(member(self.take()?));
                }
                self.line(&Line::Snapshot(super::patch::whole(now.clone())))?;
                self.last = Some((now, seconds));
            }
        }
        Ok(())
    }

    /// Writes a signal.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn signal(&mut self, signal: SignalRecord) -> io::Result<()> {
        self.line(&Line::Signal(signal))
    }

    /// Writes the final account.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn report(&mut self, report: &Report) -> io::Result<()> {
        self.line(&Line::Report(Box::new(report.clone())))
    }

    /// Makes sure that all of it can be read, even if nothing comes after.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.member()?.flush()
    }

    /// Ends the recording.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        let mut to = self.take()?;
        to.flush()?;
        Ok(to)
    }

    fn line(&mut self, line: &impl Serialize) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        if text.len() > LONGEST_LINE {
            return Err(io::Error::other("the topology has too many actors to be recorded"));
        }
        self.member()?.write_all(&text)
    }

    fn member(&mut self) -> io::Result<&mut GzEncoder<W>> {
        self.member.as_mut().ok_or_else(lost)
    }

    /// Ends the member, and gives what it was written to.
    fn take(&mut self) -> io::Result<W> {
        self.member.take().ok_or_else(lost)?.finish()
    }
}

fn lost() -> io::Error {
    io::Error::other("an earlier part could not be written")
}

fn member<W: Write>(to: W) -> GzEncoder<W> {
    GzEncoder::new(to, Compression::default())
}

impl<W: Write> fmt::Debug for Writer<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").finish_non_exhaustive()
    }
}

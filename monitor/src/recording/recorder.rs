//! Records a run while it runs, on a thread of its own.

use super::Writer;
use crate::Description;
use std::fmt;
use std::fs::File;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};
use tidegate::{Handle, Report, Watch};

/// How often the state is written.
const SNAPSHOTS: Duration = Duration::from_secs(1);

/// How often the signals are fetched: the runtime keeps the newest few thousand only.
const SIGNALS: Duration = Duration::from_millis(250);

/// The most signals that are written each time. A mailbox can turn pressured and open thousands of times a second; more than a
/// thousand signals a second tell nobody more. The others count as missed.
const MOST_SIGNALS: usize = 256;

/// Records a run into a file. Dropping it ends the recording without a final account.
pub struct Recorder {
    end: Sender<Report>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Recorder {
    /// Begins to record the topology of `handle` into `file`, which should be empty.
    ///
    /// The run is never held up by it. If the file cannot be written any more, the recording ends with a warning in the log.
    ///
    /// # Errors
    /// When the file cannot be written at all, or the machine has no room for one more thread.
    pub fn start(file: File, description: &Description, handle: &Handle) -> io::Result<Self> {
        let mut writer = Writer::new(file, description)?;
        let watch = handle.watch();
        // At once: so much is there from the start, and an error is told to who asked for the recording.
        writer.snapshot(&watch.snapshot())?;
        writer.flush()?;
        let (end, ended) = channel();
        let thread = Builder::new().name("tidegate-recorder".into()).spawn(move || {
            let recorded = record(writer, &watch, &ended);
            if let Err(error) = &recorded {
                tracing::warn!(target: "tidegate::record", "the recording ends here, as it cannot be written: {error}");
            }
            recorded
        })?;
        Ok(Self { end, thread: Some(thread) })
    }

    /// Ends the recording with the final account.
    ///
    /// # Errors
    /// When it could not be written, now or before.
    pub fn finish(mut self, report: &Report) -> io::Result<()> {
        // If nobody hears it, the thread has ended with an error.
        let _ = self.end.send(report.clone());
        self.join()
    }

    fn join(&mut self) -> io::Result<()> {
        let Some(thread) = self.thread.take() else { return Ok(()) };
        thread.join().unwrap_or_else(|_| Err(io::Error::other("the thread that wrote it panicked")))
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        // The thread ends when it cannot hear of an end any more.
        self.end = channel().0;
        let _ = self.join();
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").finish_non_exhaustive()
    }
}

fn record(mut writer: Writer<File>, watch: &Watch, ended: &Receiver<Report>) -> io::Result<()> {
    let mut next = Instant::now() + SNAPSHOTS;
    let mut known = 0;
    loop {
        let wait = next.saturating_duration_since(Instant::now()).min(SIGNALS);
        let end = match ended.recv_timeout(wait) {
            Err(RecvTimeoutError::Timeout) => None,
            Ok(report) => Some(Some(report)),
            Err(RecvTimeoutError::Disconnected) => Some(None),
        };
        let log = watch.signals_after(known);
        known = log.last;
        // The newest of them say how things are.
        let skipped = log.records.len().saturating_sub(MOST_SIGNALS);
        log.records.into_iter().skip(skipped).try_for_each(|signal| writer.signal(signal))?;
        let now = Instant::now();
        if now >= next || end.is_some() {
            writer.snapshot(&watch.snapshot())?;
            writer.flush()?;
            // What was missed is not made up for.
            next = (next + SNAPSHOTS).max(now);
        }
        if let Some(report) = end {
            if let Some(report) = report {
                writer.report(&report)?;
            }
            return writer.finish()?.sync_all();
        }
    }
}

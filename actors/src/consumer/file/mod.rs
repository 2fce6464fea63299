//! Messages into a file.

mod mend;
mod target;

use super::encoder::{Encoder, Format};
use super::written::Written;
use crate::paths::{identity, is_special, resource};
use crate::settings::{one_instance, settings};
use schemars::JsonSchema;
use serde::Deserialize;
use std::marker::PhantomData;
use std::path::PathBuf;
use target::{Target, WriteError};
use tidegate::time::Duration;
use tidegate::{Checks, Consumer, Now, Result};
use tokio::task::spawn_blocking;

/// Writes messages to a file, as JSON lines, CSV or plain lines.
///
/// The file appears under its name when it is complete: until then it is written under the same name with
/// `.partial` at the end. If the run is made to end before that, or an actor upstream fails, what was written stays
/// there, and a file of an earlier run is not touched. Pipes and devices are written directly. Missing directories
/// are made.
///
/// ```toml
/// [consumers.store]
/// actor = "file"
/// inputs = ["parse"]
/// path = "out/flights.jsonl"
/// ```
///
/// With `resume = true` it goes on where an earlier run left off, behind the last whole row, and a message counts as done
/// when the system has its row: that is safe if the program is killed, though not if the machine loses its power. So
/// `file_lines` with a `checkpoint` loses no line.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "file")]
pub struct FileSettings {
    /// The file. What was there before is replaced.
    pub path: PathBuf,
    /// The format. By default records are written as CSV if the path ends in `.csv` and as JSON lines otherwise;
    /// lines and numbers as they are.
    #[serde(default)]
    pub format: Option<Format>,
    /// The columns of CSV, in order; by default those of the first record. A record with any other field fails.
    #[serde(default)]
    pub columns: Option<Vec<String>>,
    /// Whether to add to what an earlier run has written, instead of beginning afresh: to the file with `.partial` at the
    /// end, after a row that is not whole is dropped from it, or else to the file itself. That one keeps its name until
    /// there is a row to be added, and gets it back when the run is complete. To start over, delete both.
    #[serde(default)]
    pub resume: bool,
}

/// How long rows stay in the buffer at most, so that whoever looks on sees progress.
const FLUSH_EVERY: Duration = Duration::from_secs(1);

/// The same where somebody waits to hear that they are safe.
const SETTLE_EVERY: Duration = Duration::from_millis(100);

/// A consumer that writes messages to a file; see [`FileSettings`].
///
/// ```
/// use tidegate::prelude::*;
/// use tidegate_actors::{Counter, File};
///
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("numbers.txt");
/// Topology::new("numbers").producer("n", Counter::<u64>::to(3)).consumer("file", File::<u64>::new(&path)).start()?.join();
/// assert_eq!(std::fs::read_to_string(&path)?, "1\n2\n3\n");
/// # Ok::<(), tidegate::BoxError>(())
/// ```
pub struct File<T> {
    settings: FileSettings,
    encoder: Encoder,
    /// Messages in the buffer.
    unwritten: usize,
    /// Open from the start until it is complete.
    target: Option<Target>,
    /// Why nothing more can be written: a gap would go unnoticed.
    broken: Option<String>,
    /// Whether there should have been more messages.
    incomplete: bool,
    messages: PhantomData<fn(T)>,
}

settings! { File<T: Written>: FileSettings }

impl<T: Written> File<T> {
    /// A consumer that writes the file at `path`, in the format its name implies.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        FileSettings { path: path.into(), format: None, columns: None, resume: false }.into()
    }

    /// The same in this format.
    #[must_use]
    pub fn format(self, format: Format) -> Self {
        FileSettings { format: Some(format), ..self.settings.clone() }.into()
    }

    /// The same with these columns, where the format is CSV.
    #[must_use]
    pub fn columns<N: Into<String>>(self, columns: impl IntoIterator<Item = N>) -> Self {
        let columns = Some(columns.into_iter().map(Into::into).collect());
        FileSettings { columns, ..self.settings.clone() }.into()
    }

    /// The same, adding to what an earlier run has written.
    #[must_use]
    pub fn resume(self) -> Self {
        FileSettings { resume: true, ..self.settings.clone() }.into()
    }

    fn resumes(&self) -> bool {
        self.settings.resume && !is_special(&self.settings.path)
    }

    /// Goes on behind what an earlier run has written. To find its end may mean to read all of it.
    async fn open_again(&mut self) -> Result {
        let (path, format) = (self.settings.path.clone(), self.encoder.format());
        let (target, header) = spawn_blocking(move || Target::resume(&path, format)).await??;
        self.target = Some(target);
        if let Some(header) = header {
            let names = String::from_utf8(header).map_err(|_| "is not UTF-8".to_owned());
            names.and_then(|names| self.encoder.resume(&names)).map_err(|problem| {
                // What is there stays as it is, and is no part of this run.
                self.target = None;
                WriteError::Header { path: self.settings.path.clone(), problem }
            })?;
        }
        Ok(())
    }

    /// Hands the buffer on.
    async fn flush(&mut self) -> Result {
        let written = match self.target.as_mut() {
            _ if self.broken.is_some() => Ok(()),
            Some(target) if !self.encoder.out().is_empty() => {
                target.write(self.encoder.out(), self.unwritten).await
            }
            _ => Ok(()),
        };
        self.unless_broken(written)
    }

    /// Puts `message` into the buffer, and hands that on if it is full and the file takes it at once.
    fn put(&mut self, message: &T) -> Result {
        self.encoder.write(message)?;
        self.unwritten += 1;
        let written = match self.target.as_mut() {
            Some(target) if self.encoder.is_full() && self.broken.is_none() => {
                target.write_now(self.encoder.out(), self.unwritten)
            }
            _ => return Ok(()),
        };
        self.unless_broken(written)
    }

    /// After a failure nothing more is written.
    fn unless_broken(&mut self, written: Result<(), WriteError>) -> Result {
        if let Err(error) = written {
            self.broken = Some(error.to_string());
        }
        if let Some(reason) = &self.broken {
            return Err(reason.clone().into());
        }
        if self.encoder.out().is_empty() {
            self.unwritten = 0;
        }
        Ok(())
    }
}

impl<T: Written> From<FileSettings> for File<T> {
    fn from(settings: FileSettings) -> Self {
        let format = settings.format.unwrap_or_else(|| Format::of::<T>(&settings.path.to_string_lossy()));
        let encoder = Encoder::new(format, settings.columns.as_deref());
        Self {
            settings,
            encoder,
            unwritten: 0,
            target: None,
            broken: None,
            incomplete: false,
            messages: PhantomData,
        }
    }
}

impl<T: Written> Consumer for File<T> {
    type In = T;

    async fn on_start(&mut self) -> Result {
        if self.resumes() {
            return self.open_again().await;
        }
        self.target = Some(Target::open(&self.settings.path)?);
        Ok(())
    }

    async fn handle(&mut self, message: T) -> Result {
        if self.encoder.is_full() {
            self.flush().await?;
        }
        self.put(&message)
    }

    #[inline]
    fn handle_now(&mut self, message: T) -> Now<T> {
        if self.encoder.is_full() { Now::Later(message) } else { Now::Done(self.put(&message)) }
    }

    fn tick_every(&self) -> Option<Duration> {
        Some(if self.settings.resume { SETTLE_EVERY } else { FLUSH_EVERY })
    }

    async fn on_tick(&mut self) -> Result {
        self.flush().await
    }

    /// What has not reached the system yet, would be lost with the program.
    fn unsettled(&self) -> usize {
        self.unwritten + self.target.as_ref().map_or(0, Target::unwritten)
    }

    fn on_input_failed(&mut self) {
        self.incomplete = true;
    }

    /// Once more, in case it ends early: then nobody has to do again what is written.
    async fn on_stop(&mut self) -> Result {
        if self.broken.is_some() { Ok(()) } else { self.flush().await }
    }

    async fn on_end(&mut self) -> Result {
        self.encoder.finish();
        self.flush().await?;
        if self.incomplete {
            // Dropping this leaves what there is beside the name it would have had.
            return Ok(());
        }
        if let Some(target) = &self.target {
            target.sync().await?;
        }
        match self.target.take() {
            Some(target) => {
                let on_their_way = target.unwritten();
                // If it fails, these are not safe.
                target.complete().await.inspect_err(|_| self.unwritten += on_their_way)?;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn check(&self, checks: &mut Checks) {
        one_instance(checks, "would write the same file");
        let begins_afresh = !self.settings.resume && !is_special(&self.settings.path);
        if let Some(key) = checks.restarted_by().filter(|_| begins_afresh) {
            checks.error(
                key,
                "made anew, it would begin its file afresh and lose what it wrote before; retry instead",
            );
        }
        if begins_afresh && checks.at_least_once() {
            checks.error(
                "resume",
                "messages are to be delivered at least once, and when the program is killed, the next run would begin this file \
                 afresh; set `resume = true`, or allow that with `allow_loss = true`",
            );
        }
        if self.settings.resume && is_special(&self.settings.path) {
            checks.error("resume", "only a regular file can be added to by a later run; leave it out");
        }
        if self.settings.path.as_os_str().is_empty() {
            checks.error("path", "no path is given");
        } else if checks.environment() {
            if let Err(error) = target::check(&self.settings.path) {
                checks.error("path", error.to_string());
            }
            if let Some(path) = identity(&self.settings.path) {
                checks.exclusive("path", resource(&path));
            }
        }
        if self.settings.format == Some(Format::Csv) && !T::RECORDS {
            checks.error(
                "format",
                "only records can be written as CSV; turn lines into records with `csv` or `json`",
            );
        }
        if self.settings.columns.as_ref().is_some_and(Vec::is_empty) {
            checks.error(
                "columns",
                "name at least one column, or leave it out to take those of the first record",
            );
        }
    }
}

/// The run was made to end, or failed: what is there is not the whole.
impl<T> Drop for File<T> {
    fn drop(&mut self) {
        if let Some(target) = self.target.take() {
            let rest = std::mem::take(self.encoder.out());
            target.abandon(if self.broken.is_none() { rest } else { Vec::new() });
        }
    }
}

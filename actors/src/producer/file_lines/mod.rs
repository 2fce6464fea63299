//! Lines of files.

mod checkpoint;
mod error;
mod paths;
mod progress;
mod reader;
mod splitter;
mod trail;

use crate::message::Line;
use crate::paths::{identity, resource};
use crate::settings::{Names, one_instance, settings};
use checkpoint::Checkpoint;
use error::ReadError;
use paths::{Input, STANDARD_INPUT};
use progress::{Progress, SAVE_EVERY};
use reader::Reader;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use tidegate::time::Duration;
use tidegate::{Checks, Next, Outlet, Producer, Result};

/// Emits the lines of text files, one after the other, files in the order given. Lines end with LF or CRLF; the
/// last one may do without. Files whose names end in `.gz` are unpacked.
///
/// ```toml
/// [producers.lines]
/// actor = "file_lines"
/// path = ["data/2013-*.csv.gz", "data/today.csv"]
/// ```
///
/// With a `checkpoint`, lines are delivered at least once: each is read again by the next run, unless all that came of it
/// has been handled. A run that was made to end, by whatever means, is so continued by the next one, with the numbers of
/// lines and the headers of CSV as they were; a few lines come twice. A further run after one that has come to the end emits
/// nothing, or the lines that have been added to the last file and the files that are new behind it. To start over, delete
/// the checkpoint, and what was written. A `file` that the lines lead to needs `resume = true`.
///
/// ```toml
/// [producers.lines]
/// actor = "file_lines"
/// path = "data/today.csv"
/// checkpoint = "out/today.checkpoint"
/// ```
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "file_lines")]
pub struct FileLinesSettings {
    /// The file or files: paths, patterns like `data/*.csv` (in alphabetical order), or `-` for standard input.
    pub path: Names,
    /// The most bytes of a line; a longer one ends the run with an error.
    #[serde(default = "default_max_line")]
    pub max_line: usize,
    /// What to do with a line that is not UTF-8.
    #[serde(default)]
    pub invalid_utf8: InvalidUtf8,
    /// The file that remembers which lines are done, so that the next run goes on behind them. It is made if it is missing,
    /// and says what is in it: JSON. Inputs must be regular files, which nobody changes but by adding lines.
    #[serde(default)]
    pub checkpoint: Option<PathBuf>,
}

fn default_max_line() -> usize {
    1024 * 1024
}

/// What to do with a line that is not UTF-8.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum InvalidUtf8 {
    /// End the run with an error that names path and line.
    #[default]
    Fail,
    /// Put U+FFFD in the place of what cannot be read.
    Replace,
}

/// A producer of the lines of text files; see [`FileLinesSettings`].
///
/// ```
/// use tidegate::prelude::*;
/// use tidegate_actors::{FileLines, Line};
///
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("tides.txt");
/// std::fs::write(&path, "high\nlow\n")?;
/// let report = Topology::new("tides")
///     .producer("lines", FileLines::new(path.display().to_string()))
///     .consumer("print", for_each(|line: Line| println!("{line}")))
///     .start()?
///     .join();
/// assert_eq!(report.actors["print"].handled, 2);
/// # Ok::<(), tidegate::BoxError>(())
/// ```
pub struct FileLines {
    settings: FileLinesSettings,
    /// What is still to be read.
    inputs: VecDeque<Input>,
    reader: Option<Reader>,
    /// What is done, where there is a checkpoint.
    progress: Option<Progress>,
}

settings! { FileLines: FileLinesSettings }

impl FileLines {
    /// A producer of the lines of the file at `path`, which may be a pattern, or `-` for standard input.
    pub fn new(path: impl Into<String>) -> Self {
        Self::all([path])
    }

    /// A producer of the lines of several files, in this order.
    pub fn all<P: Into<String>>(paths: impl IntoIterator<Item = P>) -> Self {
        Self::from(FileLinesSettings {
            path: paths.into_iter().collect(),
            max_line: default_max_line(),
            invalid_utf8: InvalidUtf8::default(),
            checkpoint: None,
        })
    }

    /// The same with another limit for the length of a line, in bytes.
    #[must_use]
    pub fn max_line(mut self, bytes: usize) -> Self {
        self.settings.max_line = bytes;
        self
    }

    /// The same with this treatment of lines that are not UTF-8.
    #[must_use]
    pub fn invalid_utf8(mut self, treatment: InvalidUtf8) -> Self {
        self.settings.invalid_utf8 = treatment;
        self
    }

    /// The same with a checkpoint at `path`: lines are delivered at least once.
    #[must_use]
    pub fn checkpoint(mut self, path: impl Into<PathBuf>) -> Self {
        self.settings.checkpoint = Some(path.into());
        self
    }

    /// The files that the settings name.
    fn expand(&self) -> Result<Vec<Input>, ReadError> {
        let mut inputs = Vec::new();
        for path in self.settings.path.iter() {
            inputs.extend(paths::expand(path)?);
        }
        if inputs.is_empty() {
            return Err(ReadError::NoPath);
        }
        if self.settings.checkpoint.is_some()
            && let Some(input) = inputs.iter().find(|input| !input.is_resumable())
        {
            return Err(ReadError::NotResumable { path: input.name().into() });
        }
        Ok(inputs)
    }

    /// Goes to where an earlier run left off.
    async fn resume(&mut self, checkpoint: PathBuf) -> Result<(), ReadError> {
        let inputs = self.inputs.iter().cloned().collect();
        let (progress, at) = Progress::begin(checkpoint.clone(), inputs)?;
        self.progress = Some(progress);
        self.inputs.drain(..at.input);
        if let Some(input) = self.inputs.pop_front() {
            self.reader = Some(Reader::resume(input, &at, &self.settings, &checkpoint).await?);
        }
        Ok(())
    }

    /// Passes over lines that an earlier run has read.
    #[cold]
    async fn catch_up(&mut self) -> Result<(), ReadError> {
        let (Some(reader), Some(checkpoint)) = (&mut self.reader, &self.settings.checkpoint) else {
            return Ok(());
        };
        match reader.catch_up().await? {
            true => Ok(()),
            false => Err(ReadError::changed(reader.path(), checkpoint)),
        }
    }

    fn check_checkpoint(&self, checkpoint: &Path, checks: &mut Checks) {
        if checkpoint.as_os_str().is_empty() {
            return checks.error("checkpoint", "no path is given");
        }
        if self.settings.path.iter().any(|path| path == STANDARD_INPUT) {
            checks.error("checkpoint", ReadError::NotResumable { path: STANDARD_INPUT.into() }.to_string());
        }
        if self.settings.path.iter().any(|path| Path::new(path) == checkpoint) {
            return checks.error("checkpoint", "this is an input; give it a path of its own");
        }
        if !checks.environment() {
            return;
        }
        let known = identity(checkpoint);
        checks.exclusive("checkpoint", resource(known.as_deref().unwrap_or(checkpoint)));
        // What is wrong with the inputs is told where they are named.
        let Ok(inputs) = self.expand() else { return };
        if inputs.iter().any(|input| identity(Path::new(input.name())) == known) {
            return checks.error("checkpoint", "this is an input; give it a path of its own");
        }
        let resumed = Checkpoint::load(checkpoint)
            .and_then(|known| known.map(|known| known.position(&inputs, checkpoint)).transpose());
        if let Err(error) = resumed {
            checks.error("checkpoint", error.to_string());
        }
    }
}

impl From<FileLinesSettings> for FileLines {
    fn from(settings: FileLinesSettings) -> Self {
        Self { settings, inputs: VecDeque::new(), reader: None, progress: None }
    }
}

impl Producer for FileLines {
    type Out = Outlet<Line>;

    async fn on_start(&mut self, _: &mut Outlet<Line>) -> Result {
        self.inputs = self.expand()?.into();
        match self.settings.checkpoint.clone() {
            Some(checkpoint) => Ok(self.resume(checkpoint).await?),
            None => Ok(()),
        }
    }

    async fn produce(&mut self, out: &mut Outlet<Line>) -> Result<Next> {
        loop {
            if let Some(reader) = &mut self.reader {
                if reader.is_behind() {
                    self.catch_up().await?;
                    return Ok(Next::More);
                }
                if let Some(progress) = &mut self.progress {
                    progress.note(reader);
                }
                if let Some(line) = reader.next(&self.settings).await? {
                    out.emit(line);
                    return Ok(Next::More);
                }
                if let Some(progress) = &mut self.progress {
                    progress.next_input(reader);
                }
                self.reader = None;
            }
            match self.inputs.pop_front() {
                Some(input) => self.reader = Some(Reader::open(input)?),
                None => {
                    self.progress.iter_mut().for_each(Progress::end);
                    return Ok(Next::Done);
                }
            }
        }
    }

    /// Lines that have been read wait for nothing.
    #[inline]
    fn produce_now(&mut self, out: &mut Outlet<Line>) -> Option<Result<Next>> {
        let line = self.reader.as_mut()?.next_now(&self.settings)?;
        Some(line.map(|line| out.emit(line)).map(|()| Next::More).map_err(Into::into))
    }

    /// What has been read is in the reader, whatever becomes of the call.
    fn is_cancel_safe(&self) -> bool {
        true
    }

    fn can_resume(&self) -> bool {
        self.settings.checkpoint.is_some()
    }

    fn on_acknowledged(&mut self, count: u64) {
        self.progress.iter_mut().for_each(|progress| progress.acknowledged(count));
    }

    fn tick_every(&self) -> Option<Duration> {
        self.can_resume().then_some(SAVE_EVERY)
    }

    async fn on_tick(&mut self, _: &mut Outlet<Line>) -> Result {
        Ok(self.progress.as_mut().map_or(Ok(()), Progress::save)?)
    }

    async fn on_stop(&mut self) -> Result {
        Ok(self.progress.as_mut().map_or(Ok(()), Progress::save)?)
    }

    fn check(&self, checks: &mut Checks) {
        one_instance(checks, "would emit all of the lines");
        if self.settings.path.0.is_empty() {
            checks.error("path", ReadError::NoPath.to_string());
        }
        if self.settings.max_line == 0 {
            checks.error("max_line", "a line may not have 0 bytes; leave it out for 1 MiB");
        }
        if self.settings.path.iter().filter(|path| *path == STANDARD_INPUT).count() > 1 {
            checks.error("path", "standard input (`-`) can be read only once");
        }
        if self.settings.path.iter().any(|path| path == STANDARD_INPUT) {
            checks.exclusive("path", "standard input");
        }
        for path in self.settings.path.iter() {
            // A file that is there may have a name that is no pattern.
            let checked = match checks.environment() {
                true => paths::check_files(path),
                false => paths::check_pattern(path),
            };
            if let Err(error) = checked {
                checks.error("path", error.to_string());
            }
        }
        if let Some(checkpoint) = &self.settings.checkpoint {
            self.check_checkpoint(checkpoint, checks);
        }
    }
}

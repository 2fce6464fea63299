//! Lines of files.

mod error;
mod paths;
mod reader;
mod splitter;

use crate::message::Line;
use crate::settings::{Names, one_instance, settings};
use error::ReadError;
use paths::{Input, STANDARD_INPUT};
use reader::Reader;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::VecDeque;
use tidegate::{Checks, Next, Outlet, Producer, Result};

/// Emits the lines of text files, one after the other, files in the order given. Lines end with LF or CRLF; the
/// last one may do without. Files whose names end in `.gz` are unpacked.
///
/// ```toml
/// [producers.lines]
/// actor = "file_lines"
/// path = ["data/2013-*.csv.gz", "data/today.csv"]
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
}

impl From<FileLinesSettings> for FileLines {
    fn from(settings: FileLinesSettings) -> Self {
        Self { settings, inputs: VecDeque::new(), reader: None }
    }
}

impl Producer for FileLines {
    type Out = Outlet<Line>;

    async fn on_start(&mut self, _: &mut Outlet<Line>) -> Result {
        for path in self.settings.path.iter() {
            self.inputs.extend(paths::expand(path)?);
        }
        if self.inputs.is_empty() {
            return Err(ReadError::NoPath.into());
        }
        Ok(())
    }

    async fn produce(&mut self, out: &mut Outlet<Line>) -> Result<Next> {
        loop {
            if let Some(reader) = &mut self.reader {
                if let Some(line) = reader.next(&self.settings).await? {
                    out.emit(line);
                    return Ok(Next::More);
                }
                self.reader = None;
            }
            match self.inputs.pop_front() {
                Some(input) => self.reader = Some(Reader::open(input)?),
                None => return Ok(Next::Done),
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
            let checked = match paths::check_pattern(path) {
                Ok(()) if checks.environment() => paths::check_files(path),
                checked => checked,
            };
            if let Err(error) = checked {
                checks.error("path", error.to_string());
            }
        }
    }
}

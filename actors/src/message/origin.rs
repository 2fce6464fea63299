//! Where a message was read, so that an error far downstream can name path and line.

use std::fmt;
use std::sync::{Arc, OnceLock};
use tidegate::printable;

/// A file, or another place that lines are read from. All its lines share one.
#[derive(Debug)]
pub struct Source {
    path: Box<str>,
    first_line: OnceLock<Arc<str>>,
}

impl Source {
    /// The source at `path`, as messages to people give it.
    pub fn new(path: impl Into<Box<str>>) -> Arc<Self> {
        Arc::new(Self { path: path.into(), first_line: OnceLock::new() })
    }

    /// The path, as it was given.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The text of line 1, once it has been read.
    ///
    /// A header is there for every reader of the lines this way: also for the second instance of a `csv` actor,
    /// which never gets to see the first line.
    pub fn first_line(&self) -> Option<&Arc<str>> {
        self.first_line.get()
    }

    /// Remembers the text of line 1; to be called before any line is emitted. Later calls change nothing.
    pub fn set_first_line(&self, text: Arc<str>) {
        let _ = self.first_line.set(text);
    }
}

/// A line of a [`Source`]; shown as `path:line`.
#[derive(Clone)]
pub struct Origin {
    source: Arc<Source>,
    line: u64,
}

impl Origin {
    /// Line `line` of `source`, counted from 1.
    pub fn new(source: Arc<Source>, line: u64) -> Self {
        Self { source, line }
    }

    /// The source.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// The path of the source.
    pub fn path(&self) -> &str {
        self.source.path()
    }

    /// The line, counted from 1.
    pub fn line(&self) -> u64 {
        self.line
    }
}

/// Origins are equal when they name the same path and line.
impl PartialEq for Origin {
    fn eq(&self, other: &Self) -> bool {
        self.line == other.line && self.path() == other.path()
    }
}

impl Eq for Origin {}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path(), self.line)
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// `problem`, with the place it was found at in front, if that is known.
///
/// What it says of the data has no characters that would move a cursor.
pub(crate) fn located(origin: Option<&Origin>, problem: impl fmt::Display) -> tidegate::BoxError {
    match origin {
        Some(origin) => printable(&format!("{origin}: {problem}")).into(),
        None => printable(&problem.to_string()).into(),
    }
}

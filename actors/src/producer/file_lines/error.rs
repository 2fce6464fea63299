//! Why lines cannot be read.

use crate::message::Origin;
use std::io;
use std::path::{Path, PathBuf};

/// Why [`FileLines`](super::FileLines) cannot go on.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    #[error("no path is given; name a file, or `-` for standard input")]
    NoPath,
    #[error("`{pattern}` is not a pattern for paths: {source}")]
    Pattern { pattern: String, source: glob::PatternError },
    #[error("`{pattern}` matches no file; relative paths start at the directory the program was started in")]
    NoMatch { pattern: String },
    #[error("`{path}` does not exist; relative paths start at the directory the program was started in")]
    Missing { path: String },
    #[error("`{path}` is a directory; for the files in it, write `{path}/*`")]
    Directory { path: String },
    #[error("cannot open `{path}`: {source}")]
    Open { path: String, source: io::Error },
    #[error("cannot read `{path}` after line {lines}: {source}")]
    Read { path: String, lines: u64, source: io::Error },
    #[error("{origin}: the line is longer than {most} bytes; raise `max_line` if it is meant to be")]
    TooLong { origin: Origin, most: usize },
    #[error(
        "{origin}: the line is not UTF-8; to go on with `\u{fffd}` in its place, set `invalid_utf8 = \"replace\"`"
    )]
    NotUtf8 { origin: Origin },
    #[error(
        "`{path}` is packed with gzip; unpack it on the way, as in `gunzip -c | ...`, or let the name of the file end in `.gz`"
    )]
    Packed { path: String },
    #[error("the checkpoint `{}` cannot be used: {problem}; delete it to start over, or name another", .checkpoint.display())]
    Unusable { checkpoint: PathBuf, problem: String },
    #[error(
        "the checkpoint `{}` is of other inputs: where it knows `{known}`, there is {found} now; delete it to start over, or name another",
        .checkpoint.display()
    )]
    OtherInputs { checkpoint: PathBuf, known: String, found: String },
    #[error(
        "`{path}` is not what the checkpoint `{}` was made for: the lines that were read are not there; delete the checkpoint to start over, or name another",
        .checkpoint.display()
    )]
    Changed { path: String, checkpoint: PathBuf },
    #[error("`{path}` cannot be read from the middle, so it can have no checkpoint; leave `checkpoint` out")]
    NotResumable { path: String },
    #[error("cannot write the checkpoint `{}`: {source}", .checkpoint.display())]
    Save { checkpoint: PathBuf, source: io::Error },
}

impl ReadError {
    /// The file at `path` is not what the checkpoint says.
    pub(super) fn changed(path: &str, checkpoint: &Path) -> Self {
        Self::Changed { path: path.into(), checkpoint: checkpoint.into() }
    }
}

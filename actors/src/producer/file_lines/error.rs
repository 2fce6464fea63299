//! Why lines cannot be read.

use crate::message::Origin;
use std::io;

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
}

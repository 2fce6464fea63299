//! From paths and patterns to files.

use super::error::ReadError;
use crate::handover::shared_stdin;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// The path that stands for standard input.
pub(super) const STANDARD_INPUT: &str = "-";

/// One file to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Input {
    Standard,
    /// A file that answers at once.
    Regular(String),
    /// A pipe, a terminal, a device: reading it may block.
    Special(String),
}

impl Input {
    /// The name that errors give.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Standard => "<stdin>",
            Self::Regular(path) | Self::Special(path) => path,
        }
    }

    /// Opens the file; unpacks it if its name says that it is packed.
    pub(super) fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        match self {
            Self::Standard => Ok(Box::new(shared_stdin())),
            Self::Regular(path) | Self::Special(path) => {
                let file = File::open(path)?;
                // A file may be several packed ones in a row, as `cat a.gz b.gz` makes it.
                Ok(match self.is_packed() {
                    true => Box::new(flate2::read::MultiGzDecoder::new(file)),
                    false => Box::new(file),
                })
            }
        }
    }

    /// Whether the name of the file says that it is packed.
    pub(super) fn is_packed(&self) -> bool {
        Path::new(self.name()).extension().is_some_and(|end| end.eq_ignore_ascii_case("gz"))
    }

    /// Whether a later run can begin where this one left off.
    pub(super) fn is_resumable(&self) -> bool {
        matches!(self, Self::Regular(_))
    }

    /// Opens a file that is not packed at `offset`, which is not 0; `None` if no line begins there.
    pub(super) fn open_at(&self, offset: u64) -> io::Result<Option<Box<dyn Read + Send>>> {
        let mut file = File::open(self.name())?;
        file.seek(SeekFrom::Start(offset - 1))?;
        let mut before = [0];
        let begins = file.read(&mut before)? == 1 && before == *b"\n";
        Ok(begins.then(|| Box::new(file) as _))
    }
}

/// The files that `path` stands for, patterns resolved and sorted.
pub(super) fn expand(path: &str) -> Result<Vec<Input>, ReadError> {
    if path == STANDARD_INPUT {
        return Ok(vec![Input::Standard]);
    }
    // A file that has such a name is meant, even if the name could be a pattern.
    if !is_pattern(path) || Path::new(path).exists() {
        return classify(path).map(|input| vec![input]);
    }
    let matches = glob::glob(path).map_err(|source| ReadError::Pattern { pattern: path.into(), source })?;
    let mut files = Vec::new();
    for found in matches {
        let found = found.map_err(|error| ReadError::Open {
            path: error.path().display().to_string(),
            source: error.into(),
        })?;
        if !found.is_dir() {
            files.push(classify(&found.to_string_lossy())?);
        }
    }
    if files.is_empty() {
        return Err(ReadError::NoMatch { pattern: path.into() });
    }
    files.sort_by(|a, b| a.name().cmp(b.name()));
    Ok(files)
}

/// Whether `path` is well formed; says nothing about the world.
pub(super) fn check_pattern(path: &str) -> Result<(), ReadError> {
    match glob::Pattern::new(path) {
        Err(source) if is_pattern(path) => Err(ReadError::Pattern { pattern: path.into(), source }),
        _ => Ok(()),
    }
}

/// Whether the files of `path` are there and can be opened. Opening a pipe would disturb it, so that is not tried.
pub(super) fn check_files(path: &str) -> Result<(), ReadError> {
    for input in expand(path)? {
        if let Input::Regular(path) = input {
            File::open(&path).map_err(|source| ReadError::Open { path, source })?;
        }
    }
    Ok(())
}

fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '['])
}

fn classify(path: &str) -> Result<Input, ReadError> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => Err(ReadError::Directory { path: path.into() }),
        Ok(metadata) if metadata.is_file() => Ok(Input::Regular(path.into())),
        Ok(_) => Ok(Input::Special(path.into())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(ReadError::Missing { path: path.into() })
        }
        Err(source) => Err(ReadError::Open { path: path.into(), source }),
    }
}

//! One file on its way to lines.

use super::error::ReadError;
use super::paths::Input;
use super::splitter::Splitter;
use super::trail::{Landmark, Position};
use super::{FileLinesSettings, InvalidUtf8};
use crate::handover::{BLOCK, Feed};
use crate::message::{Line, Origin, Source};
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

/// How a file that is packed with gzip begins: RFC 1952.
const GZIP: &[u8] = b"\x1f\x8b";

/// Reads one file line by line.
pub(super) struct Reader {
    source: Arc<Source>,
    bytes: Bytes,
    splitter: Splitter,
    /// Lines so far.
    lines: u64,
    /// Lines that an earlier run has read, and that are passed over.
    passed: u64,
    /// Bytes so far.
    read: u64,
    /// Whether the last line has come, and had no line feed: behind it no line begins.
    open_end: bool,
}

enum Bytes {
    Here(Box<dyn Read + Send>),
    Fed(Feed),
}

impl Reader {
    pub(super) fn open(input: Input) -> Result<Self, ReadError> {
        let source = Source::new(input.name());
        let bytes = match &input {
            Input::Regular(_) => input.open().map(Bytes::Here),
            Input::Standard | Input::Special(_) => Feed::start(move || input.open()).map(Bytes::Fed),
        };
        let bytes = bytes.map_err(|error| ReadError::Open { path: source.path().into(), source: error })?;
        Ok(Self {
            source,
            bytes,
            splitter: Splitter::default(),
            lines: 0,
            passed: 0,
            read: 0,
            open_end: false,
        })
    }

    /// Opens a file of which an earlier run has read a part; `checkpoint` says so. It [is behind](Self::is_behind) at first.
    pub(super) async fn resume(
        input: Input,
        at: &Position,
        settings: &FileLinesSettings,
        checkpoint: &Path,
    ) -> Result<Self, ReadError> {
        let mut reader = Self::open(input.clone())?;
        if at.lines == 0 {
            return Ok(reader);
        }
        // It may be a header, which those who read the lines get from their source.
        if reader.next(settings).await?.is_none() {
            return Err(ReadError::changed(reader.source.path(), checkpoint));
        }
        let Landmark { lines, offset } = at.landmark;
        if offset > 0 && !input.is_packed() {
            let path = || reader.source.path().into();
            let opened = input.open_at(offset).map_err(|source| ReadError::Open { path: path(), source })?;
            let Some(file) = opened else { return Err(ReadError::changed(reader.source.path(), checkpoint)) };
            reader.bytes = Bytes::Here(file);
            reader.splitter = Splitter::default();
            (reader.lines, reader.read) = (lines, offset);
        }
        reader.passed = at.lines;
        reader.pass_over();
        Ok(reader)
    }

    /// Whether there are lines to be passed over. Then all that has been read is.
    pub(super) fn is_behind(&self) -> bool {
        self.lines < self.passed
    }

    /// Passes over the lines of one more block; false if there is none.
    pub(super) async fn catch_up(&mut self) -> Result<bool, ReadError> {
        if !self.fill().await.map_err(|source| self.failure(source))? {
            if self.splitter.last_line().is_none() {
                return Ok(false);
            }
            self.lines += 1;
            self.open_end = true;
            self.splitter = Splitter::default();
        }
        self.pass_over();
        Ok(true)
    }

    fn pass_over(&mut self) {
        while self.lines < self.passed && self.splitter.next_line().is_some() {
            self.lines += 1;
        }
    }

    /// The path of the file.
    pub(super) fn path(&self) -> &str {
        self.source.path()
    }

    /// Lines that it has given out.
    pub(super) fn emitted(&self) -> u64 {
        self.lines - self.passed
    }

    /// Where the next line begins, if one may.
    pub(super) fn landmark(&self) -> Option<Landmark> {
        let offset = self.read - self.splitter.rest() as u64;
        (!self.open_end).then_some(Landmark { lines: self.lines, offset })
    }

    fn failure(&self, source: io::Error) -> ReadError {
        ReadError::Read { path: self.source.path().into(), lines: self.lines, source }
    }

    /// The next line; `None` at the end. Nothing is lost when the future is dropped.
    pub(super) async fn next(&mut self, settings: &FileLinesSettings) -> Result<Option<Line>, ReadError> {
        loop {
            if let Some(line) = self.next_now(settings) {
                return line.map(Some);
            }
            if self.splitter.begun() > settings.max_line.saturating_add(1) {
                // One more than allowed, as the last byte may be half of a line ending.
                let origin = Origin::new(self.source.clone(), self.lines + 1);
                return Err(ReadError::TooLong { origin, most: settings.max_line });
            }
            if !self.fill().await.map_err(|source| self.failure(source))? {
                let Some(bytes) = self.splitter.last_line() else { return Ok(None) };
                self.lines += 1;
                self.open_end = true;
                let last = line(&self.source, self.lines, bytes, settings);
                self.splitter = Splitter::default();
                return last.map(Some);
            }
        }
    }

    /// The next line, if it has been read.
    #[inline]
    pub(super) fn next_now(&mut self, settings: &FileLinesSettings) -> Option<Result<Line, ReadError>> {
        let bytes = self.splitter.next_line()?;
        self.lines += 1;
        Some(line(&self.source, self.lines, bytes, settings))
    }

    /// Gets the next block; false at the end.
    async fn fill(&mut self) -> io::Result<bool> {
        match &mut self.bytes {
            Bytes::Here(file) => {
                let mut block = self.splitter.put(Vec::new());
                block.resize(BLOCK, 0);
                let length = loop {
                    match file.read(&mut block) {
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        read => break read?,
                    }
                };
                block.truncate(length);
                self.read += length as u64;
                self.splitter.put(block);
                Ok(length > 0)
            }
            Bytes::Fed(feed) => match feed.next().await? {
                Some(block) => {
                    self.splitter.put(block);
                    Ok(true)
                }
                None => Ok(false),
            },
        }
    }
}

#[inline]
fn line(
    source: &Arc<Source>,
    number: u64,
    mut bytes: &[u8],
    settings: &FileLinesSettings,
) -> Result<Line, ReadError> {
    if number == 1 {
        // Some editors mark UTF-8 with an invisible character, which belongs to no line.
        bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    }
    bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    let line = match std::str::from_utf8(bytes) {
        _ if bytes.len() > settings.max_line => {
            let origin = Origin::new(source.clone(), number);
            return Err(ReadError::TooLong { origin, most: settings.max_line });
        }
        Ok(text) => Line::read(source, number, text),
        // Never UTF-8, and never meant to be taken for lines.
        Err(_) if number == 1 && bytes.starts_with(GZIP) => {
            return Err(ReadError::Packed { path: source.path().into() });
        }
        Err(_) if settings.invalid_utf8 == InvalidUtf8::Replace => {
            Line::read(source, number, String::from_utf8_lossy(bytes).into_owned())
        }
        Err(_) => return Err(ReadError::NotUtf8 { origin: Origin::new(source.clone(), number) }),
    };
    if number == 1 {
        source.set_first_line(line.shared_text().clone());
    }
    Ok(line)
}

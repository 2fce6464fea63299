//! Files of lines, packed or not.

use super::head;
use super::run::{block_on, file};
use crate::said::clear;
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use std::io::{Read, Write};
use std::path::Path;
use tidegate::{Next, Outlet, Producer};
use tidegate_actors::{FileLines, InvalidUtf8};

/// The most that is compared with what another reader says, in bytes; the rest of a bomb is only gone through.
const COMPARED: u64 = 1 << 20;

/// The most lines that are read: a bomb may have millions, and each call gives but one.
const MOST_LINES: usize = 50_000;

/// Letters in the first line say what the rest is: `z` the bytes of a `.gz` file, `p` what is to be packed into one, in
/// members of 100 bytes, of which the last is cut off if there is a `c`; else a plain file. With `r`, what is no UTF-8 is
/// replaced; with `s` lines may have 16 bytes at most.
///
/// The lines are those that are there, up to the first error.
pub fn lines(data: &[u8]) {
    let (head, bytes) = head(data);
    let has = |letter: u8| head.contains(&letter);
    let (ending, bytes) = match (has(b'z'), has(b'p')) {
        (true, _) => (".gz", bytes.to_vec()),
        (_, true) => (".gz", packed(bytes, has(b'c'))),
        _ => (".txt", bytes.to_vec()),
    };
    let replaced = if has(b'r') { InvalidUtf8::Replace } else { InvalidUtf8::Fail };
    let file = file(ending, &bytes);
    let mut reader = reader(file.path()).invalid_utf8(replaced);
    if has(b's') {
        reader = reader.max_line(16);
    }
    let mut there = Vec::new();
    match ending {
        // What comes before the first wrong byte.
        ".gz" => drop(MultiGzDecoder::new(&*bytes).take(COMPARED).read_to_end(&mut there)),
        _ => there = bytes,
    }
    let mut expected = there.split(|byte| *byte == b'\n');
    let mut compared = 0;
    let read = all(reader, |line| {
        compared += line.len() + 1;
        if compared < there.len() && !has(b'r') {
            let expected = expected.next().expect("a line, because they are not at the end");
            let expected = expected.strip_suffix(b"\r").unwrap_or(expected);
            // At the start of a file, a mark of UTF-8 may have been taken away.
            assert!(expected.ends_with(line.as_bytes()), "{line:?} is not what is there: {expected:?}");
        }
    });
    if let Err(error) = read {
        clear(error);
    }
}

pub(super) fn reader(path: &Path) -> FileLines {
    FileLines::new(path.display().to_string())
}

/// Reads all that `lines` emits; how much that was.
pub(super) fn all(mut lines: FileLines, mut each: impl FnMut(&str)) -> Result<usize, tidegate::BoxError> {
    let mut out = Outlet::collecting();
    let mut count = 0;
    block_on(async {
        lines.on_start(&mut out).await?;
        loop {
            let next = match lines.produce_now(&mut out) {
                Some(next) => next?,
                None => lines.produce(&mut out).await?,
            };
            for line in out.take() {
                count += 1;
                each(line.text());
            }
            if matches!(next, Next::Done) || count >= MOST_LINES {
                break;
            }
        }
        lines.on_stop().await?;
        Ok(count)
    })
}

/// `bytes` in members of gzip.
fn packed(bytes: &[u8], cut: bool) -> Vec<u8> {
    let mut packed = Vec::new();
    for part in bytes.chunks(100) {
        let mut member = GzEncoder::new(&mut packed, Compression::fast());
        member.write_all(part).and_then(|()| member.finish()).expect("memory takes everything");
    }
    if cut {
        packed.truncate(packed.len().saturating_sub(9));
    }
    packed
}

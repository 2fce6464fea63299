//! Checkpoints of files of lines.

use super::lines::{all, reader};
use super::run::file;
use crate::said::clear;

/// What stands in the checkpoint for the path of the file.
const INPUT: &str = "$INPUT";

/// What divides the two.
const THEN: &[u8] = b"\n---\n";

/// A checkpoint, a line of three dashes, and the file that it may be of.
///
/// It is refused; or the lines that are read are the last ones of the file, and the checkpoint that is left can be read.
pub fn checkpoint(data: &[u8]) {
    let at = data.windows(THEN.len()).position(|part| part == THEN);
    let (checkpoint, bytes) = match at {
        Some(at) => (&data[..at], &data[at + THEN.len()..]),
        None => (data, &b"one\ntwo\nthree\nfour\n"[..]),
    };
    let input = file(".txt", bytes);
    let path = input.path().display().to_string();
    // Not lossily: what is no UTF-8 must be refused, too.
    let checkpoint = match std::str::from_utf8(checkpoint) {
        Ok(text) => file(".checkpoint", text.replace(INPUT, &path).as_bytes()),
        Err(_) => file(".checkpoint", checkpoint),
    };
    let mut lines = Vec::new();
    let resumed = reader(input.path()).checkpoint(checkpoint.path());
    match all(resumed, |line| lines.push(line.to_string())) {
        Ok(count) => {
            let mut there = Vec::new();
            if all(reader(input.path()), |line| there.push(line.to_string())).is_ok() {
                assert!(count <= there.len(), "more lines than there are");
                assert_eq!(lines, there[there.len() - count..], "not the last lines");
            }
            let again = all(reader(input.path()).checkpoint(checkpoint.path()), |_| {});
            again.unwrap_or_else(|error| panic!("the checkpoint that was left is refused: {error}"));
        }
        Err(error) => drop(clear(error)),
    }
}

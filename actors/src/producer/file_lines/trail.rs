//! Which line a message was, for as long as it is under way.

use crate::handover::BLOCK;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// So many lines of an input are done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Position {
    /// Which input it is, counted from 0.
    pub input: usize,
    /// Lines of it that are done.
    pub lines: u64,
    /// A place at or before the line that comes next.
    pub landmark: Landmark,
}

/// Where a line begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Landmark {
    /// Lines before it.
    pub lines: u64,
    /// Bytes before it, of the unpacked file.
    pub offset: u64,
}

/// Bytes from one note to the next, at least.
const STRIDE: u64 = BLOCK as u64 / 2;

/// Notes of which message was which line, one for each block of the input and not for each line: between two of them
/// every line is a message. What is done is forgotten, so there are never more than blocks under way.
#[derive(Debug)]
pub(super) struct Trail {
    /// How many messages there were at each position. The first is at or before what is done, and never taken away.
    notes: VecDeque<(u64, Position)>,
    /// Messages that are done.
    done: u64,
}

impl Trail {
    /// The trail of messages that begin at `position`.
    pub(super) fn from(position: Position) -> Self {
        Self { notes: VecDeque::from([(0, position)]), done: 0 }
    }

    /// After so many `messages`, reading has come to `position`, where a line begins.
    pub(super) fn note(&mut self, messages: u64, position: Position) {
        let (at, last) = self.notes.back_mut().expect("a note, because the first is never taken away");
        if *at == messages {
            *last = position;
        } else if last.input != position.input || last.landmark.offset + STRIDE <= position.landmark.offset {
            self.notes.push_back((messages, position));
        }
    }

    /// The first so many `messages` are done.
    pub(super) fn done(&mut self, messages: u64) {
        self.done = messages;
        while self.notes.get(1).is_some_and(|(at, _)| *at <= messages) {
            self.notes.pop_front();
        }
    }

    /// Messages that are done.
    pub(super) fn messages(&self) -> u64 {
        self.done
    }

    /// The position up to which all is done.
    pub(super) fn position(&self) -> Position {
        let (at, position) = self.notes[0];
        Position { lines: position.lines + (self.done - at), ..position }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position(input: usize, lines: u64, offset: u64) -> Position {
        Position { input, lines, landmark: Landmark { lines, offset } }
    }

    #[test]
    fn lines_between_two_notes_are_counted() {
        let mut trail = Trail::from(position(0, 10, 0));
        trail.note(100, position(0, 110, STRIDE));
        trail.note(150, position(1, 0, 0));
        for (done, input, lines, offset) in [
            (0, 0, 10, 0),
            (99, 0, 109, 0),
            (100, 0, 110, STRIDE),
            (149, 0, 159, STRIDE),
            (150, 1, 0, 0),
            (160, 1, 10, 0),
        ] {
            trail.done(done);
            let now = trail.position();
            assert_eq!((now.input, now.lines, now.landmark.offset), (input, lines, offset), "{done}");
        }
        assert_eq!(trail.notes.len(), 1);
    }

    #[test]
    fn there_are_no_more_notes_than_blocks_and_files_with_lines() {
        let mut trail = Trail::from(Position::default());
        for line in 0..10_000 {
            trail.note(line, position(0, line, line * 100));
        }
        assert_eq!(trail.notes.len() as u64, 10_000 * 100 / (STRIDE + 36) + 1);
        for empty in 1..1000 {
            trail.note(10_000, position(empty, 0, 0));
        }
        trail.done(10_000);
        assert_eq!((trail.notes.len(), trail.position().input), (1, 999));
    }
}

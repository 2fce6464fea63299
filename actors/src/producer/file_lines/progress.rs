//! What a producer with a checkpoint knows of how far it has come.

use super::checkpoint::Checkpoint;
use super::error::ReadError;
use super::paths::Input;
use super::reader::Reader;
use super::trail::{Position, Trail};
use std::path::PathBuf;
use tidegate::time::{Duration, Instant};

/// How long what is done waits to be written down, at most while the actor runs.
pub(super) const SAVE_EVERY: Duration = Duration::from_millis(100);

/// Follows the lines from when they are read until they are done, and writes that down.
pub(super) struct Progress {
    checkpoint: PathBuf,
    inputs: Vec<Input>,
    trail: Trail,
    /// Messages of the files before the one that is being read.
    before: u64,
    /// The file that is being read, or will be next.
    input: usize,
    /// Whether an earlier run has left a checkpoint.
    resumed: bool,
    /// Whether there is nothing more to read.
    ended: bool,
    saved: Option<(Position, bool)>,
    saved_at: Instant,
}

impl Progress {
    /// Begins where the checkpoint says.
    pub(super) fn begin(checkpoint: PathBuf, inputs: Vec<Input>) -> Result<(Self, Position), ReadError> {
        let known = Checkpoint::load(&checkpoint)?;
        let position = match &known {
            Some(known) => known.position(&inputs, &checkpoint)?,
            None => Position::default(),
        };
        let mut progress = Self {
            checkpoint,
            inputs,
            trail: Trail::from(position),
            before: 0,
            input: position.input,
            resumed: known.is_some(),
            ended: false,
            saved: None,
            saved_at: Instant::now(),
        };
        if progress.resumed {
            tracing::info!(
                target: "tidegate::file_lines",
                "{} lines of `{}` were done in an earlier run, says `{}`: going on from there",
                position.lines,
                progress.inputs[position.input].name(),
                progress.checkpoint.display()
            );
        }
        // That it cannot be written had better show now.
        progress.save()?;
        Ok((progress, position))
    }

    /// Notes how far `reader` has come.
    pub(super) fn note(&mut self, reader: &Reader) {
        let Some(landmark) = reader.landmark() else { return };
        let position = Position { input: self.input, lines: landmark.lines, landmark };
        self.trail.note(self.before + reader.emitted(), position);
    }

    /// `reader` is at its end; the next file begins.
    pub(super) fn next_input(&mut self, reader: &Reader) {
        self.before += reader.emitted();
        if self.input + 1 < self.inputs.len() {
            self.input += 1;
            self.trail.note(self.before, Position { input: self.input, ..Position::default() });
        }
    }

    /// There is nothing more to read.
    pub(super) fn end(&mut self) {
        if self.resumed && self.before == 0 && !self.ended {
            tracing::info!(
                target: "tidegate::file_lines",
                "there was nothing to read: all lines were done in an earlier run; to start over, delete `{}` and what was \
                 written then",
                self.checkpoint.display()
            );
        }
        self.ended = true;
    }

    /// The first `count` messages are done.
    pub(super) fn acknowledged(&mut self, count: u64) {
        self.trail.done(count);
        if self.saved_at.elapsed() >= SAVE_EVERY {
            // At the end there are no ticks any more. If this fails, the next attempt tells.
            let _ = self.save();
        }
    }

    /// Writes down what is done, if that is not written yet.
    pub(super) fn save(&mut self) -> Result<(), ReadError> {
        let position = self.trail.position();
        let complete = self.ended && self.trail.messages() == self.before;
        if self.saved != Some((position, complete)) {
            Checkpoint::at(&position, &self.inputs, complete).save(&self.checkpoint)?;
            self.saved = Some((position, complete));
        }
        self.saved_at = Instant::now();
        Ok(())
    }
}

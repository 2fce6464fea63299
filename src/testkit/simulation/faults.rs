//! What may go wrong in a simulation, and how probable that is.

use crate::cell::Odds;
use crate::dice::Dice;
use std::time::Duration;

/// What goes wrong in a simulation: at each call of an actor, its hooks included, an error, a panic or a delay with the
/// probability given here.
///
/// A run is often calmer than that, by a factor that is drawn for it: so topologies come to their end, too, that stop at the
/// first error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Faults {
    pub(super) errors: f64,
    pub(super) panics: f64,
    pub(super) delays: f64,
    pub(super) longest: Duration,
}

impl Default for Faults {
    /// One call in 200 fails, one in 200 panics, one in 20 takes up to 20 ms.
    fn default() -> Self {
        Self { errors: 0.005, panics: 0.005, delays: 0.05, longest: Duration::from_millis(20) }
    }
}

impl Faults {
    /// Nothing goes wrong; the order in which actors have their turns is drawn all the same.
    pub fn none() -> Self {
        Self { errors: 0.0, panics: 0.0, delays: 0.0, longest: Duration::ZERO }
    }

    /// Calls fail with an error, with this probability from 0 to 1. The actor is not called then.
    #[must_use]
    pub fn errors(self, probability: f64) -> Self {
        Self { errors: clamped(probability), ..self }
    }

    /// Calls panic, with this probability from 0 to 1. The actor is not called then.
    #[must_use]
    pub fn panics(self, probability: f64) -> Self {
        Self { panics: clamped(probability), ..self }
    }

    /// Calls wait before the actor does anything, with this probability from 0 to 1, for `longest` at most.
    #[must_use]
    pub fn delays(self, probability: f64, longest: Duration) -> Self {
        Self { delays: clamped(probability), longest, ..self }
    }

    /// Those of a run that is calmer than this by a factor drawn from `dice`, with a hurry drawn from them for one cell.
    pub(super) fn odds(&self, calm: f64, dice: &Dice) -> Odds {
        Odds {
            errors: self.errors * calm,
            panics: self.panics * calm,
            delays: self.delays * calm,
            longest_delay: self.longest,
            skips: *dice.pick(&[0.0, 0.2, 0.5, 0.9]),
            pauses: *dice.pick(&[0.0, 0.0, 0.01, 0.1]),
        }
    }
}

fn clamped(probability: f64) -> f64 {
    if probability.is_nan() { 0.0 } else { probability.clamp(0.0, 1.0) }
}

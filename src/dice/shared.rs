//! Dice that several hands roll.

use super::{GAMMA, mixed, share};
use crate::sync::{Arc, AtomicU64, Ordering};
use crate::time::Duration;
use std::fmt;

/// Numbers that look random and follow from a seed. Cloning gives another hand on the same dice.
///
/// ```
/// use tidegate::testkit::Dice;
///
/// let (one, other) = (Dice::new(7), Dice::new(7));
/// let rolled: Vec<u64> = (0..10).map(|_| one.roll(6)).collect();
/// assert_eq!(rolled, (0..10).map(|_| other.roll(6)).collect::<Vec<_>>());
/// assert!(rolled.iter().all(|number| *number < 6));
/// ```
#[derive(Clone)]
pub struct Dice(Arc<AtomicU64>);

impl Dice {
    /// Dice whose rolls follow from `seed`.
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(AtomicU64::new(mixed(seed))))
    }

    /// The next number.
    pub(crate) fn next(&self) -> u64 {
        mixed(self.0.fetch_add(GAMMA, Ordering::Relaxed).wrapping_add(GAMMA))
    }

    /// A number below `sides`; 0 if that is 0.
    pub fn roll(&self, sides: u64) -> u64 {
        // The high half of a product is as even as a remainder, and has no division.
        ((u128::from(self.next()) * u128::from(sides)) >> 64) as u64
    }

    /// A number from `least` to `most`, both included.
    pub fn between(&self, least: usize, most: usize) -> usize {
        least + self.roll((most.saturating_sub(least) as u64).saturating_add(1)) as usize
    }

    /// Whether something happens that does once in `times`.
    pub fn one_in(&self, times: u64) -> bool {
        self.roll(times) == 0
    }

    /// Whether something happens that does with this probability, from 0 to 1.
    pub fn happens(&self, probability: f64) -> bool {
        self.share() < probability
    }

    /// One of `all`.
    ///
    /// # Panics
    /// When there is none.
    pub fn pick<'a, T>(&self, all: &'a [T]) -> &'a T {
        &all[self.roll(all.len() as u64) as usize]
    }

    /// A time from a microsecond to `longest`, a little longer than that at most where it is shorter.
    pub fn time(&self, longest: Duration) -> Duration {
        Duration::from_micros(1 + self.roll(longest.as_micros() as u64))
    }

    /// Whole milliseconds, up to `most` of them: some things happen at the same moment then.
    pub fn millis(&self, most: u64) -> Duration {
        Duration::from_millis(self.roll(most.saturating_add(1)))
    }

    /// A number from 0 to below 1.
    pub(crate) fn share(&self) -> f64 {
        share(self.next())
    }
}

impl fmt::Debug for Dice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dice").finish_non_exhaustive()
    }
}

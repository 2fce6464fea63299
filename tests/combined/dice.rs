//! Chance that follows from a seed. Not `testkit::Dice`: the seeds that are known mean what they do with these.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Numbers that follow from a seed.
#[derive(Clone)]
pub(crate) struct Dice(Arc<AtomicU64>);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Arc::new(AtomicU64::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))))
    }

    /// A number below `sides`.
    pub(crate) fn roll(&self, sides: u64) -> u64 {
        // Steele's splitmix64.
        let mut state = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (state ^ (state >> 31)) % sides
    }

    pub(crate) fn one_in(&self, sides: u64) -> bool {
        self.roll(sides) == 0
    }

    pub(crate) fn size(&self, most: u64) -> usize {
        self.roll(most) as usize + 1
    }

    pub(crate) fn millis(&self, most: u64) -> Duration {
        Duration::from_millis(self.roll(most + 1))
    }

    pub(crate) fn pick<'a, T>(&self, of: &'a [T]) -> &'a T {
        &of[self.roll(of.len() as u64) as usize]
    }
}

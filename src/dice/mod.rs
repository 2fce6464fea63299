//! Chance that follows from a seed: the generator `SplitMix64` (Steele, Lea and Flood, 2014). Its state grows by [`GAMMA`]; a
//! number is the state, [`mixed`].

#[cfg(feature = "testkit")]
mod shared;

#[cfg(feature = "testkit")]
pub use shared::Dice;

/// The step from one state to the next.
pub(crate) const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

/// The number of a state.
pub(crate) fn mixed(mut state: u64) -> u64 {
    state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}

/// A number as one from 0 to below 1.
pub(crate) fn share(number: u64) -> f64 {
    (number >> 11) as f64 / (1u64 << 53) as f64
}

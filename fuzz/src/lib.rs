//! Bad input for whatever in Tidegate reads something.
//!
//! A [target](targets) is a function of some bytes that must come to an end, whatever they are: with a result of which
//! something can be said, or with a clear error. libFuzzer drives it (`fuzz_targets/`), and so does a plain test on a
//! stable toolchain (`tests/corpus.rs`). `docs/fuzzing.md` says how.
#![forbid(unsafe_code)]

mod mutate;
mod said;
pub mod targets;

pub use mutate::Mutator;

//! Actors that emit: lines of files, numbers, ticks.

mod counter;
mod file_lines;
mod interval;

pub use counter::{Counted, Counter, CounterSettings};
pub use file_lines::{FileLines, FileLinesSettings, InvalidUtf8};
pub use interval::{Interval, IntervalSettings};

//! Faults and load: what goes wrong goes wrong alone, and what is too much is borne. Every test looks at exact numbers, and at
//! the books.

mod bomb;
mod clocks;
mod day;
mod hooks;
mod restarts;
mod saturated;
mod signals;
mod stuck;

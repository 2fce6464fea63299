//! The verdict on topologies that really run, in virtual time; where that cannot be, as work of the processor takes none of
//! it, on reports.

mod causes;
mod cycles;
mod holds;
mod operator;
mod quiet;
mod support;
mod threads;

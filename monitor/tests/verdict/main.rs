//! The verdict on topologies that really run, in virtual time; where that cannot be, as work of the processor takes none of
//! it, on reports.

mod causes;
mod holds;
mod quiet;
mod support;
mod threads;

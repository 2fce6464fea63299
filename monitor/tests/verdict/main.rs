//! The verdict on topologies that really run, in virtual time.

mod causes;
mod holds;
mod quiet;
mod support;

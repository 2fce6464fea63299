//! Actors that handle messages and emit none.

mod encoder;
mod file;
mod written;

pub use encoder::Format;
pub use file::{File, FileSettings};
pub use written::{Row, Written};

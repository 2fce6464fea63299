//! Actors that handle messages and emit none.

mod encoder;
mod file;
mod null;
mod stdout;
mod table;
mod written;

pub use encoder::Format;
pub use file::{File, FileSettings};
pub use null::{Null, NullSettings};
pub use stdout::{Stdout, StdoutSettings};
pub use table::{Table, TableSettings};
pub use written::{Row, Written};

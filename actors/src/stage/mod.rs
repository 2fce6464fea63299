//! Actors that handle messages and emit others.

mod csv;

pub use csv::{ColumnType, Csv, CsvSettings};

//! Ready-made producers, stages and consumers for Tidegate.

mod consumer;
mod handover;
mod message;
mod producer;
mod settings;
mod stage;
mod standard;

pub use consumer::{File, FileSettings, Format, Row, Written};
pub use message::{Fields, Line, Origin, Record, Source, Value};
pub use producer::{
    Counted, Counter, CounterSettings, FileLines, FileLinesSettings, Interval, IntervalSettings, InvalidUtf8,
};
pub use settings::Names;
pub use stage::{ColumnType, Csv, CsvSettings};
pub use standard::standard;

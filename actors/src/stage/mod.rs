//! Actors that handle messages and emit others.

mod aggregate;
mod batch;
mod concat;
mod csv;
mod filter;
mod inspect;
mod json;
mod map;
mod throttle;
mod zip;

pub use aggregate::{Aggregate, AggregateSettings};
pub use batch::{Batch, BatchSettings};
pub use concat::{Concat, ConcatSettings};
pub use csv::{ColumnType, Csv, CsvSettings};
pub use filter::{Filter, FilterSettings};
pub use inspect::{Inspect, InspectSettings};
pub use json::{Json, JsonSettings};
pub use map::{Map, MapSettings};
pub use throttle::{Rate, Throttle, ThrottleSettings};
pub use zip::{Zip, ZipSettings, Zipped};

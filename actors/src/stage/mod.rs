//! Actors that handle messages and emit others.

mod aggregate;
mod batch;
mod concat;
mod conflate;
mod csv;
mod debounce;
mod dedupe;
mod delay;
mod divert;
mod filter;
mod inspect;
mod json;
mod keep_alive;
mod map;
mod sample;
mod throttle;
mod timeout;
mod zip;

pub use aggregate::{Aggregate, AggregateSettings};
pub use batch::{Batch, BatchSettings};
pub use concat::{Concat, ConcatSettings};
pub use conflate::{Conflate, ConflateSettings};
pub use csv::{ColumnType, Csv, CsvSettings};
pub use debounce::{Debounce, DebounceSettings};
pub use dedupe::{Dedupe, DedupeSettings};
pub use delay::{Delay, DelaySettings};
pub use divert::{Divert, DivertSettings, Diverted};
pub use filter::{Filter, FilterSettings};
pub use inspect::{Inspect, InspectSettings};
pub use json::{Json, JsonSettings};
pub use keep_alive::{KeepAlive, KeepAliveSettings};
pub use map::{Map, MapSettings};
pub use sample::{Sample, SampleSettings};
pub use throttle::{Cost, Excess, Throttle, ThrottleMode, ThrottleSettings};
pub use timeout::{OnTimeout, Timeout, TimeoutSettings};
pub use zip::{Zip, ZipSettings, Zipped};

//! Ready-made producers, stages and consumers for Tidegate.

mod consumer;
mod expression;
mod handover;
mod message;
mod paths;
mod producer;
mod settings;
mod simulated;
mod stage;
mod standard;

pub use consumer::{
    File, FileSettings, Format, Null, NullSettings, Row, Stdout, StdoutSettings, Table, TableSettings,
    Written,
};
pub use handover::{stdin_is_read, stdout_through};
pub use message::{Content, Fields, Line, Origin, Record, Source, Value};
pub use producer::{
    Counted, Counter, CounterSettings, FileLines, FileLinesSettings, Interval, IntervalSettings, InvalidUtf8,
};
pub use settings::Names;
pub use stage::{
    Aggregate, AggregateSettings, Batch, BatchSettings, ColumnType, Concat, ConcatSettings, Conflate,
    ConflateSettings, Cost, Csv, CsvSettings, Debounce, DebounceSettings, Dedupe, DedupeSettings, Delay,
    DelaySettings, Divert, DivertSettings, Diverted, Excess, Filter, FilterSettings, Inspect,
    InspectSettings, Json, JsonSettings, KeepAlive, KeepAliveSettings, Map, MapSettings, OnTimeout, Sample,
    SampleSettings, Throttle, ThrottleMode, ThrottleSettings, Timeout, TimeoutSettings, Zip, ZipSettings,
    Zipped,
};
pub use standard::standard;
pub use tidegate::Rate;

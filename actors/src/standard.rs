//! The names of the ready-made actors.

use crate::consumer::{File, Null, Stdout, Table};
use crate::message::{Line, Record};
use crate::producer::{Counter, FileLines, Interval};
use crate::simulated::{FirstLines, Taken};
use crate::stage::{
    Aggregate, Batch, Concat, Conflate, Csv, Debounce, Dedupe, Delay, Divert, Filter, Inspect, Json,
    KeepAlive, Map, Sample, Throttle, Timeout, Zip,
};
use tidegate::{DeadLetter, Registry};

/// A registry of all ready-made actors; add your own to it.
///
/// ```
/// let registry = tidegate_actors::standard();
/// assert!(registry.find("file_lines")[0].summary().starts_with("Emits the lines of text files"));
/// ```
pub fn standard() -> Registry {
    let registry = Registry::new()
        .weighed::<Line>()
        .weighed::<Record>()
        .weighed::<DeadLetter>()
        .keyed::<Line>()
        .keyed::<Record>();
    simulated(consumers(stages(producers(registry))))
}

/// Registers a stage for records, lines and numbers.
macro_rules! for_data {
    ($registry:expr, $name:literal: $stage:ident) => {
        $registry.stage::<$stage<Record>>($name).stage::<$stage<Line>>($name).stage::<$stage<u64>>($name)
    };
}

/// The same, and for dead letters.
macro_rules! for_each_message {
    ($registry:expr, $name:literal: $stage:ident) => {
        for_data!($registry, $name: $stage).stage::<$stage<DeadLetter>>($name)
    };
}

fn producers(registry: Registry) -> Registry {
    registry
        .producer::<FileLines>("file_lines")
        .producer::<Counter<u64>>("counter")
        .producer::<Counter<Record>>("counter")
        .producer::<Interval<u64>>("interval")
        .producer::<Interval<Record>>("interval")
}

fn stages(registry: Registry) -> Registry {
    let registry = registry
        .stage::<Csv>("csv")
        .stage::<Json>("json")
        .stage::<Filter>("filter")
        .stage::<Map>("map")
        .stage::<Divert>("divert")
        .stage::<Aggregate>("aggregate")
        .stage::<Batch<Record>>("batch")
        .stage::<Batch<Line>>("batch")
        .stage::<Batch<u64>>("batch")
        .join::<Zip<Record>>("zip")
        .join::<Zip<Line>>("zip")
        .join::<Concat<Record>>("concat")
        .join::<Concat<Line>>("concat")
        .join::<Concat<u64>>("concat")
        .stage::<Inspect<Vec<Record>>>("inspect")
        .stage::<Inspect<Vec<Line>>>("inspect")
        .stage::<Inspect<Vec<u64>>>("inspect");
    let registry = for_data!(registry, "conflate": Conflate);
    let registry = for_data!(registry, "dedupe": Dedupe);
    let registry = for_data!(registry, "keep_alive": KeepAlive);
    let registry = for_each_message!(registry, "debounce": Debounce);
    let registry = for_each_message!(registry, "delay": Delay);
    let registry = for_each_message!(registry, "inspect": Inspect);
    let registry = for_each_message!(registry, "sample": Sample);
    let registry = for_each_message!(registry, "throttle": Throttle);
    for_each_message!(registry, "timeout": Timeout)
}

/// Registers a consumer, by this method, for every type of message that the ready-made actors emit.
macro_rules! for_every_message {
    ($registry:ident.$method:ident, $name:literal: $consumer:ident) => {
        $registry
            .$method::<$consumer<Record>>($name)
            .$method::<$consumer<Line>>($name)
            .$method::<$consumer<u64>>($name)
            .$method::<$consumer<DeadLetter>>($name)
            .$method::<$consumer<Vec<Record>>>($name)
            .$method::<$consumer<Vec<Line>>>($name)
            .$method::<$consumer<Vec<u64>>>($name)
    };
}

fn consumers(registry: Registry) -> Registry {
    let registry = for_every_message!(registry.consumer, "file": File);
    let registry = for_every_message!(registry.consumer, "stdout": Stdout);
    let registry = for_every_message!(registry.consumer, "table": Table);
    for_every_message!(registry.consumer, "null": Null)
}

/// What a simulation has in the place of actors that touch the world.
fn simulated(registry: Registry) -> Registry {
    type NoFile<T> = Taken<File<T>>;
    type NoStdout<T> = Taken<Stdout<T>>;
    type NoTable<T> = Taken<Table<T>>;
    let registry = registry.simulated_producer::<FirstLines>("file_lines");
    // It is read on another thread, which has a clock of its own.
    let registry = registry.simulated_settings("dedupe", |settings| drop(settings.remove("seen_in")));
    let registry = for_every_message!(registry.simulated_consumer, "file": NoFile);
    let registry = for_every_message!(registry.simulated_consumer, "stdout": NoStdout);
    for_every_message!(registry.simulated_consumer, "table": NoTable)
}

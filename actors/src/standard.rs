//! The names of the ready-made actors.

use crate::consumer::{File, Null, Stdout, Table};
use crate::message::{Line, Record};
use crate::producer::{Counter, FileLines, Interval};
use crate::stage::{Aggregate, Batch, Concat, Csv, Filter, Inspect, Json, Map, Throttle, Zip};
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
    consumers(stages(producers(registry)))
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
    registry
        .stage::<Csv>("csv")
        .stage::<Json>("json")
        .stage::<Filter>("filter")
        .stage::<Map>("map")
        .stage::<Throttle<Record>>("throttle")
        .stage::<Throttle<Line>>("throttle")
        .stage::<Throttle<u64>>("throttle")
        .stage::<Throttle<DeadLetter>>("throttle")
        .stage::<Batch<Record>>("batch")
        .stage::<Batch<Line>>("batch")
        .stage::<Batch<u64>>("batch")
        .stage::<Aggregate>("aggregate")
        .join::<Zip<Record>>("zip")
        .join::<Zip<Line>>("zip")
        .join::<Concat<Record>>("concat")
        .join::<Concat<Line>>("concat")
        .join::<Concat<u64>>("concat")
        .stage::<Inspect<Record>>("inspect")
        .stage::<Inspect<Line>>("inspect")
        .stage::<Inspect<u64>>("inspect")
        .stage::<Inspect<DeadLetter>>("inspect")
        .stage::<Inspect<Vec<Record>>>("inspect")
        .stage::<Inspect<Vec<Line>>>("inspect")
        .stage::<Inspect<Vec<u64>>>("inspect")
}

/// Registers a consumer for every type of message that the ready-made actors emit.
macro_rules! for_every_message {
    ($registry:expr, $name:literal: $consumer:ident) => {
        $registry
            .consumer::<$consumer<Record>>($name)
            .consumer::<$consumer<Line>>($name)
            .consumer::<$consumer<u64>>($name)
            .consumer::<$consumer<DeadLetter>>($name)
            .consumer::<$consumer<Vec<Record>>>($name)
            .consumer::<$consumer<Vec<Line>>>($name)
            .consumer::<$consumer<Vec<u64>>>($name)
    };
}

fn consumers(registry: Registry) -> Registry {
    let registry = for_every_message!(registry, "file": File);
    let registry = for_every_message!(registry, "stdout": Stdout);
    let registry = for_every_message!(registry, "table": Table);
    for_every_message!(registry, "null": Null)
}

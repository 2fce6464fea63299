//! The names of the ready-made actors.

use crate::consumer::File;
use crate::message::{Line, Record};
use crate::producer::{Counter, FileLines, Interval};
use crate::stage::Csv;
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
    registry.stage::<Csv>("csv")
}

fn consumers(registry: Registry) -> Registry {
    registry
        .consumer::<File<Record>>("file")
        .consumer::<File<Line>>("file")
        .consumer::<File<u64>>("file")
        .consumer::<File<DeadLetter>>("file")
        .consumer::<File<Vec<Record>>>("file")
        .consumer::<File<Vec<Line>>>("file")
        .consumer::<File<Vec<u64>>>("file")
}

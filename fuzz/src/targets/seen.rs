//! Rows that an earlier run has written.

use super::head;
use super::run::{block_on, file};
use crate::said::clear;
use serde_json::json;
use tidegate::{Outlet, Stage};
use tidegate_actors::{Dedupe, DedupeSettings, Line, Record};

/// The first line says what the rest is: `csv`, `jsonl` or `lines`, and then the fields of the key.
///
/// It is refused, or at most as many keys are known as there is room for.
pub fn seen(data: &[u8]) {
    let (head, bytes) = head(data);
    let head = String::from_utf8_lossy(head);
    let mut words = head.split_whitespace();
    let kind = words.next().unwrap_or("lines");
    let fields: Vec<&str> = words.take(20).collect();
    let file = file(if kind == "csv" { ".csv" } else { ".jsonl" }, bytes);
    let settings = json!({ "fields": fields, "max_keys": 10, "seen_in": file.path() });
    let settings: DedupeSettings = serde_json::from_value(settings).expect("settings");
    let known = match kind {
        "lines" => known(Dedupe::<Line>::from(settings)),
        _ => known(Dedupe::<Record>::from(settings)),
    };
    match known {
        Ok(known) => assert!(known <= 10, "{known} keys are known"),
        Err(error) => drop(clear(error)),
    }
}

/// How many keys are known at the start.
fn known<T: tidegate_actors::Content>(mut dedupe: Dedupe<T>) -> Result<usize, tidegate::BoxError>
where
    Dedupe<T>: Stage<In = T, Out = Outlet<T>>,
{
    let mut out = Outlet::collecting();
    block_on(dedupe.on_start(&mut out))?;
    Ok(dedupe.held())
}

//! Tidegate's ready-made actors, wired in TOML.

use super::row::Carriers;
use crate::peer::CAPACITY;
use crate::peer::tidegate::run as run_topology;
use std::path::Path;
use tidegate::Result;
use tidegate::topology::file::Source;

const TOPOLOGY: &str = r#"
[producers.lines]
actor = "file_lines"

[stages.parse]
actor = "csv"
inputs = ["lines"]
null = ["", "NA"]
types = { flight = "text" }

[stages.arrived]
actor = "filter"
inputs = ["parse"]
expr = "arr_delay != null"

[stages.per_carrier]
actor = "aggregate"
inputs = ["arrived"]
group_by = "carrier"
with = { flights = "count", delays = "sum(arr_delay)" }

[consumers.store]
actor = "file"
inputs = ["per_carrier"]
"#;

/// Runs it.
///
/// # Errors
/// When the file cannot be read, or is not what it should be.
pub fn run(path: &Path, arbiters: usize) -> Result<Carriers> {
    let directory = tempfile::tempdir()?;
    let result = directory.path().join("carriers.jsonl");
    let set = |key: &str, value: serde_json::Value| format!("{key}={value}");
    let loaded = Source::text("flights.toml", TOPOLOGY)
        .set(&set("runtime.arbiters", arbiters.into()))
        .set(&set("mailbox.capacity", CAPACITY.into()))
        .set(&set("producers.lines.path", path.display().to_string().into()))
        .set(&set("consumers.store.path", result.display().to_string().into()))
        .load(&tidegate_actors::standard())?;
    run_topology(loaded.topology)?;
    let text = std::fs::read_to_string(&result)?;
    text.lines().map(carrier).collect()
}

/// One line of the result.
fn carrier(line: &str) -> Result<(String, (u64, i64))> {
    #[derive(serde::Deserialize)]
    struct Carrier {
        carrier: String,
        flights: u64,
        delays: i64,
    }
    let Carrier { carrier, flights, delays } = serde_json::from_str(line)?;
    Ok((carrier, (flights, delays)))
}

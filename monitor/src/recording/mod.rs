//! Keeps what a run looked like, second by second, and shows it again.
//!
//! A recording is a file of JSON lines, compressed with gzip: `zcat FILE | jq .` shows it. The first line says what it is and
//! what the topology is made of, each of the others is one thing that happened:
//!
//! ```text
//! {"tidegate_recording":1,"started_unix_seconds":…,"description":{…}}
//! {"snapshot":{…}}      the counts and states of all actors and links
//! {"signal":{…}}        a Backpressure or a Resume
//! {"change":{…}}        a second later: what has changed, as a JSON merge patch (RFC 7386)
//! {"report":{…}}        the final account, if the run came to its end
//! ```
//!
//! In a change, the links are an object with their places in the list as keys, so that one of them can be named.
//!
//! Every minute begins with a whole snapshot, in a gzip member of its own. So a reader can start at any minute, and holds
//! no more than that; whatever tears the file off loses the last second of it, not the rest. Times are kept to a microsecond.

mod index;
mod open;
mod patch;
mod recorder;
mod replay;
mod segment;
#[cfg(test)]
mod tests;
mod writer;

pub use open::{OpenError, Recording};
pub use recorder::Recorder;
pub use replay::{Replay, ReplayRequest, ReplayState};
pub use writer::Writer;

use crate::Description;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tidegate::{Report, SignalRecord};

/// The version of the format that is written, and the newest that can be read.
const VERSION: u64 = 1;

/// The longest line, in bytes: the states of more than ten thousand actors. It takes many times as much when it is read.
const LONGEST_LINE: usize = 16 << 20;

/// The most values of a line. In a snapshot each has a name and so takes more than ten bytes; a line of nothing but values
/// takes fifty times its length when it is read.
const MOST_VALUES: usize = LONGEST_LINE / 10;

/// The most bytes of a minute, and the most moments of it: several times what there is in one that was recorded. So a small
/// file that unpacks to a large one, or says that nothing changed a million times, takes no more than others.
const LARGEST_MINUTE: usize = 64 << 20;
const MOST_MOMENTS: u64 = 240;

/// As much of the first line as says whether the rest of it can be read.
#[derive(Deserialize)]
struct Version {
    tidegate_recording: u64,
}

/// The first line.
#[derive(Serialize, Deserialize)]
struct Header {
    tidegate_recording: u64,
    started_unix_seconds: u64,
    description: Description,
}

/// Any other line.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Snapshot(Value),
    Change(Value),
    Signal(SignalRecord),
    Report(Box<Report>),
}

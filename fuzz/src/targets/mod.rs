//! What reads something, one target each.
//!
//! The bytes of an input are what a file, a command line or a client holds; where a reader has settings, the first line
//! of the input has them.

mod alert;
mod answers;
mod assignments;
mod checkpoint;
mod csv;
mod expression;
mod http;
mod json;
mod lines;
mod recording;
mod run;
mod seen;
mod shown;
mod topology;

pub use alert::alert;
pub use answers::answers;
pub use assignments::assignments;
pub use checkpoint::checkpoint;
pub use csv::csv;
pub use expression::expression;
pub use http::http;
pub use json::json;
pub use lines::lines;
pub use recording::{packed, recording};
pub use seen::seen;
pub use topology::topology;

/// One target.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, and that of its folder in `corpus`.
    pub name: &'static str,
    /// What it does with an input.
    pub run: fn(&[u8]),
}

/// All of them.
pub const TARGETS: [Target; 12] = [
    Target { name: "topology", run: topology },
    Target { name: "assignments", run: assignments },
    Target { name: "expression", run: expression },
    Target { name: "alert", run: alert },
    Target { name: "csv", run: csv },
    Target { name: "json", run: json },
    Target { name: "lines", run: lines },
    Target { name: "checkpoint", run: checkpoint },
    Target { name: "seen", run: seen },
    Target { name: "recording", run: recording },
    Target { name: "http", run: http },
    Target { name: "answers", run: answers },
];

/// The first line of an input, and the rest.
fn head(data: &[u8]) -> (&[u8], &[u8]) {
    match data.iter().position(|byte| *byte == b'\n') {
        Some(at) => (&data[..at], &data[at + 1..]),
        None => (data, &[]),
    }
}

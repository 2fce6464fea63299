//! A topology that was read, and what it was read from.

use super::{Diagnostic, Diagnostics, Origin};
use crate::{Problem, Topology};

/// A topology read from a file.
#[derive(Debug)]
pub struct Loaded {
    /// The topology.
    pub topology: Topology,
    /// Every value that is in effect, with its origin.
    pub settings: Vec<Effective>,
}

/// A value that is in effect.
#[derive(Clone, Debug, PartialEq)]
pub struct Effective {
    /// Its path in the file: `mailbox.capacity`.
    pub path: String,
    /// The value.
    pub value: serde_json::Value,
    /// Where it came from.
    pub origin: Origin,
}

impl Loaded {
    /// The places of `problems`, which [`Topology::check`] found, in the file.
    pub fn diagnose(&self, problems: Vec<Problem>) -> Diagnostics {
        Diagnostics(
            problems
                .into_iter()
                .map(|problem| Diagnostic {
                    severity: problem.severity,
                    message: problem.message,
                    help: problem.help,
                    origin: None,
                    snippet: None,
                })
                .collect(),
        )
    }
}

//! A topology that was read, and what it was read from.

use super::finding::{Finding, Mark};
use super::places::{self, Places};
use super::tables::Tables;
use super::{Configuration, Diagnostics, Origin};
use crate::topology::Table;
use crate::{Problem, Topology};

/// A topology read from a file.
#[derive(Debug)]
#[non_exhaustive]
pub struct Loaded {
    /// The topology.
    pub topology: Topology,
    /// Every value that is in effect, with its origin.
    pub settings: Vec<Effective>,
    pub(super) configuration: Configuration,
    pub(super) tables: Tables,
    pub(super) places: Places,
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
    /// Every value that is in effect, to be compared with another reading.
    pub fn configuration(&self) -> Configuration {
        self.configuration.clone()
    }

    /// The values of a [registered](crate::Registry::table) table; `None` if it was not given.
    pub fn table<T: Table>(&self) -> Option<&T> {
        self.tables.get()
    }

    /// The places of `problems`, which [`Topology::check`] found, in the file; and what is doubtful about registered
    /// tables. In the order of the file.
    pub fn diagnose(&self, problems: Vec<Problem>) -> Diagnostics {
        let problems = problems.into_iter().chain(self.tables.warnings().iter().cloned());
        let findings = problems.map(|problem| {
            let path = places::path_of(&self.topology, &problem.place);
            let Problem { severity, message, help, .. } = problem;
            Finding { path, mark: Mark::Value, severity, message, help }
        });
        let mut diagnostics: Vec<_> = findings.map(|finding| self.places.diagnose(finding)).collect();
        places::sort(&mut diagnostics);
        Diagnostics(diagnostics)
    }
}

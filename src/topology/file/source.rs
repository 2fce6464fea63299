//! Where a topology is read from.

use super::{Diagnostics, Loaded};
use crate::Registry;
use std::path::PathBuf;

/// A topology file and the layers above it.
///
/// The file is the lowest layer; the environment overrides it, and assignments override both.
#[derive(Clone, Debug)]
pub struct Source {
    file: File,
    environment: Vec<(String, String)>,
    assignments: Vec<String>,
}

#[derive(Clone, Debug)]
#[expect(dead_code, reason = "read by `load`")]
enum File {
    Path(PathBuf),
    Text { name: String, text: String },
}

impl Source {
    /// The file at `path`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { file: File::Path(path.into()), environment: Vec::new(), assignments: Vec::new() }
    }

    /// The text of a file that is called `name` in errors.
    pub fn text(name: &str, text: &str) -> Self {
        let file = File::Text { name: name.into(), text: text.into() };
        Self { file, environment: Vec::new(), assignments: Vec::new() }
    }

    /// The same with values from environment variables: `TIDEGATE__MAILBOX__CAPACITY` is `mailbox.capacity`.
    /// Variables that do not start with `TIDEGATE__` are ignored.
    #[must_use]
    pub fn environment(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        self.environment.extend(variables);
        self
    }

    /// The same with the assignment `mailbox.capacity=64`; later ones override earlier ones.
    #[must_use]
    pub fn set(mut self, assignment: &str) -> Self {
        self.assignments.push(assignment.into());
        self
    }

    /// Reads the topology.
    ///
    /// # Errors
    /// When the file cannot be read, or what it says is not a topology of the actors in `registry`; all that is
    /// wrong is reported at once.
    pub fn load(&self, registry: &Registry) -> Result<Loaded, Diagnostics> {
        let _ = (registry, &self.file, &self.environment, &self.assignments);
        Err(Diagnostics(Vec::new()))
    }
}

//! Where a value came from.

use std::fmt;

/// Where a value of a topology came from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// It was not given.
    Default,
    /// From the file.
    File {
        /// The name of the file, as it was given.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The column, in characters, from 1.
        column: usize,
    },
    /// From an environment variable of this name.
    Environment(String),
    /// From an assignment on the command line: its text.
    Set(String),
}

impl Origin {
    /// The same without what was assigned, which may be a secret.
    pub(super) fn without_value(self) -> Self {
        match self {
            Self::Set(mut assignment) => {
                assignment.truncate(assignment.find('=').unwrap_or(0));
                Self::Set(assignment)
            }
            other => other,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { file, line, .. } => write!(f, "{file}:{line}"),
            Self::Environment(variable) => write!(f, "environment {variable}"),
            Self::Set(_) => f.write_str("--set"),
        }
    }
}

//! What a check of a topology finds.

use crate::printable;
use std::fmt;

/// Whether a problem keeps the topology from starting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// The topology is not started.
    Error,
    /// The topology runs, but probably not as meant.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// Where in a topology a problem lies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Place {
    /// The actor, or `None` for the topology as a whole.
    pub actor: Option<String>,
    /// The key inside it, outermost first: `["mailbox", "capacity"]`; an element of a list is its index.
    pub key: Vec<String>,
}

impl Place {
    /// The actor called `actor`.
    pub fn actor(actor: &str) -> Self {
        Self { actor: Some(actor.into()), key: Vec::new() }
    }

    /// The key `key` inside this place.
    #[must_use]
    pub fn key(mut self, key: &str) -> Self {
        self.key.push(key.into());
        self
    }
}

/// One thing that is wrong with a topology, where it is, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// Whether it keeps the topology from starting.
    pub severity: Severity,
    /// Where it is.
    pub place: Place,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// What to do, if that is known.
    pub help: Option<String>,
}

impl Problem {
    /// An error at `place`.
    pub fn error(place: Place, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, place, message: printable(&message.into()), help: None }
    }

    /// A warning at `place`.
    pub fn warning(place: Place, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, place, message: printable(&message.into()), help: None }
    }

    /// The same problem with advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(printable(&help.into()));
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(actor) = &self.place.actor {
            write!(f, "actor `{actor}`")?;
            if !self.place.key.is_empty() {
                write!(f, ", `{}`", self.place.key.join("."))?;
            }
            f.write_str(": ")?;
        } else if !self.place.key.is_empty() {
            write!(f, "`{}`: ", self.place.key.join("."))?;
        }
        f.write_str(&self.message)?;
        match &self.help {
            Some(help) => write!(f, " ({help})"),
            None => Ok(()),
        }
    }
}

/// All that is wrong with a topology: what [`Topology::check`](crate::Topology::check) found.
#[derive(Clone, Debug, thiserror::Error)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

//! What is wrong, by the path of the key; where that is on the page is found later, all at once.

use crate::{Problem, Severity};
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Bound;

/// The path of a key in the file, outermost first; an element of a list is its index.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct KeyPath(pub(super) Vec<String>);

impl KeyPath {
    /// The path of the file itself.
    pub(super) fn root() -> Self {
        Self::default()
    }

    /// The path of `key` in the table or list this one leads to.
    pub(super) fn child(&self, key: impl fmt::Display) -> Self {
        let mut path = self.clone();
        path.0.push(key.to_string());
        path
    }

    /// The path of something deeper inside.
    pub(super) fn join(&self, keys: &[String]) -> Self {
        Self(self.0.iter().chain(keys).cloned().collect())
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&super::super::nearest::shown(&self.0.join(".")))
    }
}

/// What of an entry is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Key,
    Value,
    /// Its key; the line is not shown, nor is an assignment, as the value must not be.
    Secret,
}

/// One thing that is wrong, at a path.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    pub(super) path: KeyPath,
    pub(super) mark: Mark,
    pub(super) severity: Severity,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

/// All that was found so far.
#[derive(Debug, Default)]
pub(super) struct Findings(pub(super) Vec<Finding>);

impl Findings {
    /// An error about the key at `path`.
    pub(super) fn key(&mut self, path: KeyPath, message: impl Into<String>) -> &mut Finding {
        self.error(path, Mark::Key, message.into())
    }

    /// An error about the value at `path`.
    pub(super) fn value(&mut self, path: KeyPath, message: impl Into<String>) -> &mut Finding {
        self.error(path, Mark::Value, message.into())
    }

    /// An error about the value at `path`, which must not be shown.
    pub(super) fn secret(&mut self, path: KeyPath, message: impl Into<String>) -> &mut Finding {
        self.error(path, Mark::Secret, message.into())
    }

    /// Adds what a check of the topology found. Left out is what has an error already at its place or inside it: it
    /// would be a consequence. So is what is compared with a value that is wrong. Mistakes in the settings of an actor
    /// say nothing about the actor as a whole, though.
    pub(super) fn problems(&mut self, problems: impl IntoIterator<Item = (KeyPath, Problem)>) {
        let known: BTreeSet<Vec<String>> = self.0.iter().map(|finding| finding.path.0.clone()).collect();
        for (path, problem) in problems {
            let whole = path.0.len() <= 2;
            let next = known.range::<[String], _>((Bound::Included(&path.0[..]), Bound::Unbounded)).next();
            let consequence = next.is_some_and(|next| *next == path.0 || !whole && next.starts_with(&path.0));
            if consequence || compared_with(&path).is_some_and(|other| known.contains(&other.0)) {
                continue;
            }
            let Problem { severity, message, help, .. } = problem;
            self.0.push(Finding { path, mark: Mark::Value, severity, message, help });
        }
    }

    /// Whether anything was found at `path`.
    pub(super) fn has(&self, path: &KeyPath) -> bool {
        self.0.iter().any(|finding| finding.path == *path)
    }

    fn error(&mut self, path: KeyPath, mark: Mark, message: String) -> &mut Finding {
        let at = self.0.len();
        self.0.push(Finding { path, mark, severity: Severity::Error, message, help: None });
        &mut self.0[at]
    }
}

/// The other one of two keys of a mailbox whose values are compared.
fn compared_with(path: &KeyPath) -> Option<KeyPath> {
    let (last, parents) = path.0.split_last()?;
    let other = match last.as_str() {
        "low" => "high",
        "high" => "low",
        "max_bytes" => "max_message_bytes",
        "max_message_bytes" => "max_bytes",
        _ => return None,
    };
    (parents.last()? == "mailbox").then(|| KeyPath(parents.to_vec()).child(other))
}

impl Finding {
    /// Adds advice.
    pub(super) fn help(&mut self, help: impl Into<String>) {
        self.help = Some(help.into());
    }

    /// Adds advice, if there is any.
    pub(super) fn maybe_help(&mut self, help: Option<String>) {
        self.help = help;
    }
}

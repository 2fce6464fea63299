//! From paths to places: the file, line and column, the variable or the assignment an entry comes from.

use super::document::Document;
use super::finding::{Finding, KeyPath, Mark};
use super::layers::Tree;
use super::secrets::Secrets;
use super::{Diagnostic, Origin, Snippet, keys};
use crate::printable;
use crate::{Place, Topology};

/// Everything that has a path, and where it is.
#[derive(Debug)]
pub(super) struct Places {
    document: Document,
    tree: Tree,
    secrets: Secrets,
}

impl Places {
    pub(super) fn new(document: Document, tree: Tree, secrets: Secrets) -> Self {
        Self { document, tree, secrets }
    }

    /// Where the value at `path` was given; `None` if it was not.
    pub(super) fn given(&self, path: &KeyPath) -> Option<Origin> {
        self.find(path, Mark::Key).map(|(origin, _)| origin)
    }

    /// Whether the file itself has an entry at `path`.
    pub(super) fn in_file(&self, path: &KeyPath) -> bool {
        self.document.find(path, Mark::Key).is_some()
    }

    /// The entry at `path`, or the innermost table around it that the file has.
    fn innermost(&self, path: &KeyPath) -> KeyPath {
        let mut path = path.clone();
        while !path.0.is_empty() && !self.in_file(&path) {
            path.0.pop();
        }
        path
    }

    /// The place of an entry, or of the innermost table around it that was given.
    pub(super) fn place(&self, path: &KeyPath, mark: Mark) -> (Origin, Option<Snippet>) {
        let (mut path, mut mark) = (path.clone(), mark);
        while !path.0.is_empty() {
            if let Some(found) = self.find(&path, mark) {
                return found;
            }
            path.0.pop();
            // Not the value, of which the entry is no part: a table by its header, an inline table by its name.
            mark = match self.document.is_header(&path) {
                true => Mark::Value,
                false => Mark::Key,
            };
        }
        (Origin::File { file: self.document.name().into(), line: 1, column: 1 }, None)
    }

    /// The place of what was given at `path`. A table to which something was added from outside is still where the
    /// file has it; one that only exists outside is where its first value comes from.
    fn find(&self, path: &KeyPath, mark: Mark) -> Option<(Origin, Option<Snippet>)> {
        if let Some(origin) = self.tree.origin(path) {
            return Some((origin, None));
        }
        match self.document.find(path, mark) {
            Some(span) => {
                let (origin, snippet) = self.document.place(span);
                Some((origin, Some(snippet)))
            }
            None => self.tree.first_origin(path).map(|origin| (origin, None)),
        }
    }

    /// What entries are put in order by: where they are in the file; those that are not, come last.
    pub(super) fn order(&self, path: &KeyPath) -> usize {
        self.document.find(path, Mark::Key).map_or(usize::MAX, |span| span.start)
    }

    /// The finding, shown where it is; without the line or the value where that may be a secret.
    pub(super) fn diagnose(&self, finding: Finding) -> Diagnostic {
        let (mut origin, mut snippet) = self.place(&finding.path, finding.mark);
        let is_secret = finding.mark == Mark::Secret;
        if is_secret
            || self.secrets.hides(&self.innermost(&finding.path), |table| self.document.is_header(table))
        {
            snippet = None;
        }
        if is_secret || self.secrets.hides_assignment(&finding.path) {
            origin = origin.without_value();
        }
        let Finding { severity, message, help, .. } = finding;
        let (message, help) = (printable(&message), help.as_deref().map(printable));
        Diagnostic { severity, message, help, origin: Some(origin), snippet }
    }
}

/// Sorts by place; what is in no file comes last, in the order it was found.
pub(super) fn sort(diagnostics: &mut [Diagnostic]) {
    diagnostics.sort_by_key(Diagnostic::position);
}

/// The path in the file of what a check speaks of.
pub(super) fn path_of(topology: &Topology, place: &Place) -> KeyPath {
    let node =
        place.actor.as_ref().and_then(|actor| topology.nodes().iter().find(|node| node.name == *actor));
    match node {
        Some(node) => KeyPath(vec![keys::table_of(node.role).into(), node.name.clone()]).join(&place.key),
        None => KeyPath::root().join(&place.key),
    }
}

//! The spans of cells, which follow from one another as the links say.

use super::roster::Roster;
use crate::cell::Scope;
use std::collections::HashMap;

/// Those of the cells that run, by their numbers; empty where nobody looks.
#[derive(Default)]
pub(super) struct Spans(HashMap<usize, Open>);

struct Open {
    node: usize,
    scope: Scope,
}

impl Spans {
    /// Opens the span of cell `number`, an instance of `node`.
    pub(super) fn open(&mut self, roster: &Roster, number: usize, node: usize, instance: usize) -> Scope {
        let scope = Scope::open(&roster.nodes[node].name, instance);
        if scope.is_disabled() {
            return scope;
        }
        // Readers are launched before those who send to them, and more of either may come later.
        for open in self.0.values() {
            if sends(roster, open.node, node) {
                scope.follows(&roster.nodes[open.node].name, &open.scope);
            }
            if sends(roster, node, open.node) {
                open.scope.follows(&roster.nodes[node].name, &scope);
            }
        }
        self.0.insert(number, Open { node, scope: scope.clone() });
        scope
    }

    /// Closes the span of cell `number`, which has ended.
    pub(super) fn close(&mut self, number: usize) {
        let Some(ended) = self.0.remove(&number) else { return };
        self.0.values().for_each(|open| open.scope.forget(&ended.scope));
    }
}

/// Whether there is a link from an actor to another one.
fn sends(roster: &Roster, from: usize, to: usize) -> bool {
    let (from, to) = (&roster.nodes[from].name, &roster.nodes[to].name);
    roster.links.iter().any(|(link, _)| {
        let emitting = link.from().split('.').next().unwrap_or_default();
        emitting == from && **link.to() == **to
    })
}

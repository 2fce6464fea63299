//! The spans of cells, which follow from one another as the links say.

use super::roster::Roster;
use crate::cell::Scope;
use std::collections::{HashMap, HashSet};

/// Those of the cells that run; empty where nobody looks.
#[derive(Default)]
pub(super) struct Spans {
    /// By the numbers of actors, each with the number of its cell.
    open: HashMap<usize, Vec<(usize, Scope)>>,
    /// From which actor to which others there are links, and the other way round; found when it is needed first.
    readers: HashMap<usize, Vec<usize>>,
    senders: HashMap<usize, Vec<usize>>,
}

impl Spans {
    /// Opens the span of cell `number`, an instance of `node`.
    pub(super) fn open(&mut self, roster: &Roster, number: usize, node: usize, instance: usize) -> Scope {
        let scope = Scope::open(&roster.nodes[node].name, instance);
        if scope.is_disabled() {
            return scope;
        }
        if self.open.is_empty() && self.readers.is_empty() {
            self.learn(roster);
        }
        // Readers are launched before those who send to them, and more of either may come later.
        for (_, upstream) in self.all(self.senders.get(&node)) {
            scope.follows(upstream);
        }
        for (_, downstream) in self.all(self.readers.get(&node)) {
            downstream.follows(&scope);
        }
        self.open.entry(node).or_default().push((number, scope.clone()));
        scope
    }

    /// Closes the span of cell `number`, an instance of `node`, which has ended.
    pub(super) fn close(&mut self, number: usize, node: usize) {
        let Some(open) = self.open.get_mut(&node) else { return };
        let Some(at) = open.iter().position(|(other, _)| *other == number) else { return };
        let (_, ended) = open.swap_remove(at);
        self.all(self.readers.get(&node)).for_each(|(_, reader)| reader.forget(&ended));
    }

    fn all<'a>(&'a self, nodes: Option<&'a Vec<usize>>) -> impl Iterator<Item = &'a (usize, Scope)> {
        nodes.into_iter().flatten().filter_map(|node| self.open.get(node)).flatten()
    }

    fn learn(&mut self, roster: &Roster) {
        let names: HashMap<&str, usize> =
            roster.nodes.iter().enumerate().map(|(at, node)| (node.name.as_str(), at)).collect();
        let number = |name: &str| names.get(name.split('.').next().unwrap_or_default()).copied();
        let pairs =
            roster.links.iter().filter_map(|one| Some((number(one.link.from())?, number(one.link.to())?)));
        for (from, to) in pairs.collect::<HashSet<_>>() {
            self.readers.entry(from).or_default().push(to);
            self.senders.entry(to).or_default().push(from);
        }
    }
}

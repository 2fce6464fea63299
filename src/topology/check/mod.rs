//! What is wrong with a topology, found before it starts, all at once.
//!
//! Each family of rules has a file. A rule says what is wrong in one sentence, and what to do in another; where
//! one mistake would show at several places, it is reported at the one that has to change.

mod actors;
mod breakers;
mod bulkheads;
mod cycles;
mod delivery;
pub(crate) mod elastic;
mod inputs;
mod joins;
mod links;
pub(crate) mod mailboxes;
pub(super) mod names;
mod placement;
mod rates;
mod reach;
mod supervision;
mod threads;

use super::wires::Wires;
use crate::{Problem, Topology};
use std::collections::HashMap;

impl Topology {
    /// Everything that is wrong with this topology, in the order of its actors; errors keep it from starting.
    ///
    /// With `environment`, the world is looked at too: files that exist, addresses that can be reached.
    pub fn check(&self, environment: bool) -> Vec<Problem> {
        self.sorted(names::check(self).into_iter().chain(self.rules(environment)).collect())
    }

    /// The same, where the names are known to be right.
    pub(crate) fn check_but_names(&self, environment: bool) -> Vec<Problem> {
        self.sorted(self.rules(environment))
    }

    fn rules(&self, environment: bool) -> Vec<Problem> {
        let wires = Wires::of(self);
        let mut problems = self.misplaced.clone();
        problems.extend(links::check(self, &wires));
        problems.extend(reach::check(self, &wires));
        problems.extend(inputs::check(self, &wires));
        problems.extend(joins::check(self, &wires));
        problems.extend(mailboxes::check(self, &wires));
        problems.extend(placement::check(self));
        problems.extend(supervision::check(self));
        problems.extend(breakers::check(self));
        problems.extend(rates::check(self));
        problems.extend(bulkheads::check(self));
        problems.extend(elastic::check(self));
        problems.extend(cycles::check(self, &wires));
        problems.extend(delivery::check(self, &wires));
        problems.extend(actors::check(self, &wires, environment));
        if environment {
            problems.extend(threads::check(self));
        }
        problems
    }

    /// In the order of the actors; what is about none of them comes first.
    fn sorted(&self, mut problems: Vec<Problem>) -> Vec<Problem> {
        let order: HashMap<&str, usize> =
            self.nodes().iter().enumerate().rev().map(|(at, node)| (node.name.as_str(), at)).collect();
        problems
            .sort_by_key(|problem| problem.place.actor.as_deref().and_then(|name| order.get(name).copied()));
        problems
    }
}

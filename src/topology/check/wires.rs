//! Who is linked to whom, found once for all rules.

use crate::Topology;
use crate::topology::{InputOptions, Node, Role};
use std::collections::HashMap;

/// The links of a topology, by the numbers of its actors.
pub(super) struct Wires {
    pub(super) links: Vec<Wire>,
}

/// One link.
#[derive(Clone, Copy)]
pub(super) struct Wire {
    pub(super) from: usize,
    pub(super) to: usize,
    /// Which of the inputs of `to` it is.
    pub(super) input: usize,
}

impl Wires {
    /// The links of `topology`. Inputs that name no actor, or that a producer has, are none.
    pub(super) fn of(topology: &Topology) -> Self {
        let numbers: HashMap<&str, usize> =
            topology.nodes().iter().enumerate().rev().map(|(at, node)| (node.name.as_str(), at)).collect();
        let mut links = Vec::new();
        let readers = topology.nodes().iter().enumerate().filter(|(_, node)| node.role != Role::Producer);
        for (to, node) in readers {
            for (input, options) in node.options.inputs.iter().enumerate() {
                if let Some(from) = numbers.get(options.from.as_str()) {
                    links.push(Wire { from: *from, to, input });
                }
            }
        }
        Self { links }
    }

    /// The upstream actor of an input, if there is one.
    pub(super) fn from(&self, to: usize, input: usize) -> Option<usize> {
        // In the order in which they were made.
        let at = self.links.binary_search_by_key(&(to, input), |wire| (wire.to, wire.input)).ok()?;
        Some(self.links[at].from)
    }
}

impl Wire {
    /// What the downstream actor says about the input.
    pub(super) fn options<'a>(&self, topology: &'a Topology) -> &'a InputOptions {
        &self.reader(topology).options.inputs[self.input]
    }

    /// The downstream actor.
    pub(super) fn reader<'a>(&self, topology: &'a Topology) -> &'a Node {
        &topology.nodes()[self.to]
    }
}

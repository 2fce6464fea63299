//! Who is linked to whom, found once for all who ask.

use super::{InputOptions, Node, Role, Topology};
use std::collections::HashMap;

/// The links of a topology, by the numbers of its actors.
pub(crate) struct Wires {
    /// In the order of the actors they lead to, and of their inputs.
    links: Vec<Wire>,
    /// The numbers of the links that start at each actor.
    readers: Vec<Vec<usize>>,
}

/// One link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wire {
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// Which of the inputs of `to` it is.
    pub(crate) input: usize,
}

impl Wires {
    /// The links of `topology`. Inputs that name no actor, or that a producer has, are none.
    pub(crate) fn of(topology: &Topology) -> Self {
        let nodes = topology.nodes();
        // Of several actors of one name, which is an error, the first is meant.
        let numbers: HashMap<&str, usize> =
            nodes.iter().enumerate().rev().map(|(at, node)| (node.name.as_str(), at)).collect();
        let (mut links, mut readers) = (Vec::new(), vec![Vec::new(); nodes.len()]);
        for (to, node) in nodes.iter().enumerate().filter(|(_, node)| node.role != Role::Producer) {
            for (input, options) in node.options.inputs.iter().enumerate() {
                if let Some(from) = numbers.get(options.from.as_str()).copied() {
                    readers[from].push(links.len());
                    links.push(Wire { from, to, input });
                }
            }
        }
        Self { links, readers }
    }

    /// All links.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Wire> {
        self.links.iter()
    }

    /// The links that start at the actor `from`.
    pub(crate) fn readers(&self, from: usize) -> impl Iterator<Item = &Wire> {
        self.readers[from].iter().map(|number| &self.links[*number])
    }

    /// The upstream actor of an input, if there is one.
    pub(crate) fn from(&self, to: usize, input: usize) -> Option<usize> {
        let at = self.links.binary_search_by_key(&(to, input), |wire| (wire.to, wire.input)).ok()?;
        Some(self.links[at].from)
    }
}

impl Wire {
    /// What the downstream actor says about the input.
    pub(crate) fn options<'a>(&self, topology: &'a Topology) -> &'a InputOptions {
        &self.reader(topology).options.inputs[self.input]
    }

    /// The downstream actor.
    pub(crate) fn reader<'a>(&self, topology: &'a Topology) -> &'a Node {
        &topology.nodes()[self.to]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    #[test]
    fn links_are_found_from_both_ends_and_inputs_that_name_nobody_are_none() {
        let topology = Topology::new("wires")
            .producer("n", iter(0..3u64))
            .stage("a", map(|n: u64| n))
            .inputs(["n", "nobody", "a"])
            .consumer("end", for_each(|_: u64| {}))
            .inputs(["a", "n"]);
        let wires = Wires::of(&topology);
        let wire = |from, to, input| Wire { from, to, input };
        assert_eq!(wires.readers(0).copied().collect::<Vec<_>>(), [wire(0, 1, 0), wire(0, 2, 1)]);
        assert_eq!(wires.readers(1).copied().collect::<Vec<_>>(), [wire(1, 1, 2), wire(1, 2, 0)]);
        assert_eq!(wires.readers(2).count(), 0);
        assert_eq!([wires.from(1, 0), wires.from(1, 1), wires.from(1, 2)], [Some(0), None, Some(1)]);
    }
}

//! The shape of the graph: cycles, and who comes before whom.

use super::Topology;
use super::wires::Wires;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

/// Where an actor stands in the graph.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rank {
    /// The strongly connected part it belongs to; parts are numbered from the ends of the graph upstream.
    pub(crate) part: usize,
    /// Whether that part is a cycle.
    pub(crate) in_cycle: bool,
}

/// The rank of each node of `topology`, in their order. Inputs that name no actor are passed over.
pub(crate) fn ranks(topology: &Topology, wires: &Wires) -> Vec<Rank> {
    let graph = graph(topology, wires);
    let mut ranks = vec![Rank::default(); topology.nodes().len()];
    // Every part comes after all those that follow it. Tarjan's algorithm would do the same, but petgraph's recurses:
    // a chain of many thousand actors would overflow the stack.
    for (part, members) in kosaraju_scc(&graph).iter().enumerate() {
        let in_cycle = members.len() > 1 || graph.contains_edge(members[0], members[0]);
        for member in members {
            ranks[member.index()] = Rank { part, in_cycle };
        }
    }
    ranks
}

fn graph(topology: &Topology, wires: &Wires) -> DiGraph<(), ()> {
    let mut graph = DiGraph::new();
    let indices: Vec<NodeIndex> = topology.nodes().iter().map(|_| graph.add_node(())).collect();
    for wire in wires.iter() {
        graph.update_edge(indices[wire.from], indices[wire.to], ());
    }
    graph
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    #[test]
    fn parts_count_from_the_ends_and_cycles_are_one_part() {
        let topology = Topology::new("loop")
            .producer("source", iter(0..3u64))
            .stage("a", map(|n: u64| n))
            .inputs(["source", "b"])
            .stage("b", map(|n: u64| n))
            .consumer("end", for_each(|_: u64| {}));
        let ranks = ranks(&topology, &Wires::of(&topology));
        assert_eq!(ranks.iter().map(|rank| rank.in_cycle).collect::<Vec<_>>(), [false, true, true, false]);
        assert_eq!(ranks.iter().map(|rank| rank.part).collect::<Vec<_>>(), [2, 1, 1, 0]);
    }
}

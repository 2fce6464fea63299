//! Cycles: one whose mailboxes all make their upstream wait can come to stand still, each actor waiting for the next.

use super::super::wires::{Wire, Wires};
use super::links::message_of;
use crate::{Place, Problem, Topology};
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::{HashMap, HashSet, VecDeque};

pub(super) fn check(topology: &Topology, wires: &Wires) -> Vec<Problem> {
    let waits = |wire: &&Wire| {
        let (reader, input) = (wire.reader(topology), wire.options(topology));
        let upstream = &topology.nodes()[wire.from];
        if !upstream.unknown && message_of(upstream, &input.port).is_none() {
            return false;
        }
        topology.mailbox_of_input(reader, input).overflow.backpressures()
    };
    let mut graph = DiGraph::<(), Wire>::new();
    let nodes: Vec<NodeIndex> = topology.nodes().iter().map(|_| graph.add_node(())).collect();
    for wire in wires.iter().filter(waits) {
        graph.add_edge(nodes[wire.from], nodes[wire.to], *wire);
    }
    let depths = depths(topology, wires);
    let mut problems = Vec::new();
    for part in kosaraju_scc(&graph) {
        // The way in, seen from the producers; the input that leads back to it closes the circle.
        let Some(entry) = part.iter().copied().min_by_key(|node| (depths[node.index()], node.index())) else {
            continue;
        };
        if let Some(circle) = circle(&graph, &part, entry) {
            problems.push(problem(topology, &circle));
        }
    }
    problems
}

/// How many links each actor is away from a producer.
fn depths(topology: &Topology, wires: &Wires) -> Vec<usize> {
    let nodes = topology.nodes();
    let mut depths = vec![usize::MAX; nodes.len()];
    let mut next: VecDeque<usize> =
        (0..nodes.len()).filter(|at| nodes[*at].options.inputs.is_empty()).collect();
    next.iter().for_each(|start| depths[*start] = 0);
    while let Some(number) = next.pop_front() {
        for reader in wires.readers(number).map(|wire| wire.to) {
            if depths[reader] == usize::MAX {
                depths[reader] = depths[number] + 1;
                next.push_back(reader);
            }
        }
    }
    depths
}

/// The shortest circle through `entry`, which is in `part`, as the links that make it; `None` if there is none.
fn circle(graph: &DiGraph<(), Wire>, part: &[NodeIndex], entry: NodeIndex) -> Option<Vec<Wire>> {
    let part: HashSet<usize> = part.iter().map(|node| node.index()).collect();
    let mut came: HashMap<usize, Wire> = HashMap::new();
    let mut next = VecDeque::from([entry.index()]);
    while let Some(number) = next.pop_front() {
        // petgraph gives the links added last first.
        let mut out: Vec<Wire> = graph.edges(NodeIndex::new(number)).map(|edge| *edge.weight()).collect();
        out.reverse();
        for wire in out {
            if wire.to == entry.index() {
                let mut circle = vec![wire];
                while let Some(before) = came.get(&circle[circle.len() - 1].from) {
                    circle.push(*before);
                }
                circle.reverse();
                return Some(circle);
            }
            if part.contains(&wire.to) && !came.contains_key(&wire.to) {
                came.insert(wire.to, wire);
                next.push_back(wire.to);
            }
        }
    }
    None
}

fn problem(topology: &Topology, circle: &[Wire]) -> Problem {
    let last = circle[circle.len() - 1];
    let input = last.options(topology);
    let mut names: Vec<String> = circle.iter().map(|wire| wire.options(topology).to_string()).collect();
    names.push(last.reader(topology).name.clone());
    let place = Place::actor(&last.reader(topology).name).key("inputs").key(&last.input.to_string());
    let message = format!(
        "a cycle in which every mailbox makes its upstream wait can come to stand still: {}",
        names.join(" -> ")
    );
    Problem::error(place, message).help(format!(
        "let a mailbox on it drop: `{{ from = \"{input}\", mailbox = {{ overflow = \"drop_newest\" }} }}`; a cycle in \
         which messages circulate never ends by itself, and must be drained"
    ))
}

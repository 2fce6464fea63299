//! Actors that take two inputs apart: what they cannot have, and paths that part and meet again in them.
//!
//! While such an actor takes from one input, the other fills up and makes its upstream wait. Where both come from one actor,
//! that one waits, too, and what is wanted never comes: a deadlock without a cycle.

use super::super::wires::{Wire, Wires};
use super::links::message_of;
use crate::topology::Node;
use crate::{Place, Problem, Topology};
use std::collections::{HashMap, VecDeque};

pub(super) fn check(topology: &Topology, wires: &Wires) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (number, node) in topology.nodes().iter().enumerate() {
        if node.info().second_input.is_some() {
            problems.extend(instances(node));
            problems.extend(competing(node));
            problems.extend(meeting(topology, wires, number));
        }
    }
    problems
}

fn instances(node: &Node) -> Option<Problem> {
    let instances = node.options.instances;
    (instances > 1).then(|| {
        let message =
            format!("`{}` takes two inputs apart, which {instances} instances cannot do together", node.name);
        Problem::error(Place::actor(&node.name).key("instances"), message).help("leave it at 1")
    })
}

fn competing(node: &Node) -> Vec<Problem> {
    let inputs = node.options.inputs.iter().enumerate();
    let competing = inputs.filter_map(|(number, input)| {
        let key = match (input.weight, input.preferred) {
            (Some(_), _) => "weight",
            (None, true) => "preferred",
            (None, false) => return None,
        };
        let place = Place::actor(&node.name).key("inputs").key(&number.to_string()).key(key);
        let message = format!("`{}` chooses itself which input it takes from", node.name);
        Some(Problem::error(place, message).help(format!("remove `{key}`")))
    });
    competing.collect()
}

/// An actor that both inputs of the actor `join` come from, over mailboxes that make it wait.
fn meeting(topology: &Topology, wires: &Wires, join: usize) -> Option<Problem> {
    let waiting: Vec<Wire> = wires.iter().filter(|wire| waits(topology, wire)).copied().collect();
    let mut into: HashMap<usize, Vec<Wire>> = HashMap::new();
    for wire in waiting {
        into.entry(wire.to).or_default().push(wire);
    }
    let ways = [0, 1].map(|input| ways_to(&into, join, input));
    let common = ways[0].keys().filter(|start| ways[1].contains_key(start) && **start != join);
    let nearest = common
        .min_by_key(|start| (path(&ways[0], **start).len() + path(&ways[1], **start).len(), **start))?;
    let shown = |ways: &HashMap<usize, Wire>| -> String {
        let names = path(ways, *nearest).into_iter().map(|wire| wire.options(topology).to_string());
        names.chain([topology.nodes()[join].name.clone()]).collect::<Vec<_>>().join(" -> ")
    };
    let node = &topology.nodes()[join];
    let place = Place::actor(&node.name).key("inputs");
    let message = format!(
        "both inputs of `{}` come from `{}`: {} and {}",
        node.name,
        topology.nodes()[*nearest].name,
        shown(&ways[0]),
        shown(&ways[1])
    );
    Some(if node.info().one_after_the_other {
        Problem::error(
            place,
            format!("{message}; the second fills up and makes it wait, so the first never ends"),
        )
        .help("let them come from different producers, or let a mailbox on the way to the second drop")
    } else {
        Problem::warning(
            place,
            format!("{message}; if one way emits fewer messages, the other fills up and all stands still"),
        )
        .help("see to it that both ways emit one message for each, or let a mailbox on them drop")
    })
}

fn waits(topology: &Topology, wire: &Wire) -> bool {
    let (upstream, input) = (&topology.nodes()[wire.from], wire.options(topology));
    let leads = upstream.unknown || message_of(upstream, &input.port).is_some();
    leads && topology.mailbox_of_input(wire.reader(topology), input).overflow.backpressures()
}

/// The actors from which the input `input` of `join` is reached, each with the first link of the shortest way.
fn ways_to(into: &HashMap<usize, Vec<Wire>>, join: usize, input: usize) -> HashMap<usize, Wire> {
    let (mut ways, mut next) = (HashMap::new(), VecDeque::new());
    let last = into.get(&join).into_iter().flatten().find(|wire| wire.input == input);
    if let Some(last) = last {
        ways.insert(last.from, *last);
        next.push_back(last.from);
    }
    while let Some(number) = next.pop_front() {
        for wire in into.get(&number).into_iter().flatten() {
            if wire.from != join && !ways.contains_key(&wire.from) {
                ways.insert(wire.from, *wire);
                next.push_back(wire.from);
            }
        }
    }
    ways
}

/// The links of the way from `start`.
fn path(ways: &HashMap<usize, Wire>, start: usize) -> Vec<Wire> {
    let (mut path, mut at) = (Vec::new(), start);
    while let Some(wire) = ways.get(&at) {
        path.push(*wire);
        at = wire.to;
    }
    path
}

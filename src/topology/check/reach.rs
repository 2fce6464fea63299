//! Every actor is reached by messages, and somebody reads what it emits.

use super::super::nearest::nearest;
use super::super::wires::Wires;
use super::links::message_of;
use super::names;
use crate::dead_letter::DEAD_LETTERS;
use crate::topology::{Node, Role};
use crate::{Place, Problem, Topology};
use std::collections::HashSet;

pub(super) fn check(topology: &Topology, wires: &Wires) -> Vec<Problem> {
    let mut problems = Vec::new();
    if !topology.nodes().iter().any(|node| node.role == Role::Producer) {
        let problem = Problem::error(Place::default(), "there is no producer, so no message would ever flow");
        problems.push(problem.help("add a producer, which reads or makes the first messages"));
    } else {
        problems.extend(unreached(topology, wires));
    }
    let read: HashSet<(usize, &str)> =
        wires.iter().map(|wire| (wire.from, wire.options(topology).port.as_str())).collect();
    // An input with a wrong name, or without the port it needs, is an error of its own, and shows that somebody reads.
    let (misspelt, misread) = (misspelt(topology, wires), misread(topology, wires));
    let twice = names::used_twice(topology);
    for (number, node) in topology.nodes().iter().enumerate() {
        let name = node.name.as_str();
        // Of several actors of one name, nobody can say which is read before they are renamed.
        let blamed = misread.contains(&number) || misspelt.contains(name) || twice.contains(name);
        if !node.unknown && !blamed {
            problems.extend(unread(number, node, &read));
        }
    }
    problems
}

/// The actors that inputs with a wrong name probably mean: they have a reader, once the name is corrected.
fn misspelt<'a>(topology: &'a Topology, wires: &Wires) -> HashSet<&'a str> {
    let names = || topology.nodes().iter().map(|node| node.name.as_str());
    let readers = topology.nodes().iter().enumerate().filter(|(_, node)| node.role != Role::Producer);
    readers
        .flat_map(|(to, node)| node.options.inputs.iter().enumerate().map(move |(at, input)| (to, at, input)))
        .filter(|(to, at, _)| wires.from(*to, *at).is_none())
        .filter_map(|(_, _, input)| nearest(&input.from, names()))
        .collect()
}

/// The actors of which inputs name a port they do not have.
fn misread(topology: &Topology, wires: &Wires) -> HashSet<usize> {
    let wrong = wires.iter().filter(|wire| {
        let port = &wire.options(topology).port;
        port != DEAD_LETTERS && message_of(&topology.nodes()[wire.from], port).is_none()
    });
    wrong.map(|wire| wire.from).collect()
}

/// Ports that nobody reads. The port for dead letters may be left alone: then they are logged and counted.
fn unread(number: usize, node: &Node, read: &HashSet<(usize, &str)>) -> Vec<Problem> {
    let ports = &node.info().ports;
    let open: Vec<&str> =
        ports.iter().map(|port| port.name).filter(|port| !read.contains(&(number, port))).collect();
    if open.is_empty() {
        return Vec::new();
    }
    let (name, place) = (&node.name, || Place::actor(&node.name));
    if open.len() == ports.len() {
        let problem = Problem::error(place(), format!("nobody reads what `{name}` emits"));
        let input = ports.iter().find(|port| !port.name.is_empty()).map(|port| format!(".{}", port.name));
        let input = format!("{name}{}", input.unwrap_or_default());
        return vec![
            problem.help(format!("give a stage or consumer the input `{input}`, or remove `{name}`")),
        ];
    }
    let warn = |port: &str| {
        let problem = Problem::warning(place(), format!("nobody reads `{name}.{port}`"));
        problem.help("what is emitted there is gone; link a consumer to see it")
    };
    open.into_iter().map(warn).collect()
}

/// Actors that no message can reach: circles without a way in. An actor that lacks inputs, or has wrong ones, is
/// reported for that.
fn unreached(topology: &Topology, wires: &Wires) -> Vec<Problem> {
    let nodes = topology.nodes();
    let starts = |number: usize, node: &Node| {
        let inputs = &node.options.inputs;
        node.role == Role::Producer
            || node.unknown
            || inputs.is_empty()
            || (0..inputs.len()).any(|input| wires.from(number, input).is_none())
    };
    let mut reached: Vec<bool> =
        nodes.iter().enumerate().map(|(number, node)| starts(number, node)).collect();
    let mut next: Vec<usize> = (0..nodes.len()).filter(|number| reached[*number]).collect();
    while let Some(number) = next.pop() {
        for reader in wires.readers(number).map(|wire| wire.to) {
            if !std::mem::replace(&mut reached[reader], true) {
                next.push(reader);
            }
        }
    }
    let unreached = nodes.iter().zip(reached).filter(|(_, reached)| !reached);
    unreached
        .map(|(node, _)| {
            let place = Place::actor(&node.name).key("inputs");
            let message =
                format!("no message can reach `{}`: its inputs lead back to no producer", node.name);
            Problem::error(place, message).help("add an input that does")
        })
        .collect()
}

//! What inputs ask for beside each other: weights, preference, taps.

use super::super::mailboxes::may_tap;
use super::super::wires::Wires;
use crate::topology::{InputOptions, Node, Role};
use crate::{Place, Problem, Topology};

/// More than any ratio that anybody could tell from none.
const MOST_WEIGHT: u32 = 1_000_000;

pub(super) fn check(topology: &Topology, wires: &Wires) -> Vec<Problem> {
    let mut problems = Vec::new();
    for node in topology.nodes().iter().filter(|node| node.role != Role::Producer) {
        for (number, input) in node.options.inputs.iter().enumerate() {
            let place = || Place::actor(&node.name).key("inputs").key(&number.to_string());
            problems.extend(weight(node, input, &place));
            problems.extend(tap(node, input, &place));
        }
    }
    problems.extend(only_tapped(topology, wires));
    problems
}

fn weight(node: &Node, input: &InputOptions, place: &impl Fn() -> Place) -> Option<Problem> {
    match input.weight {
        Some(0) => {
            let problem = Problem::error(place().key("weight"), "an input of weight 0 is never taken");
            return Some(problem.help("the smallest weight is 1"));
        }
        Some(weight) if weight > MOST_WEIGHT => {
            let message = format!("a weight of {weight} is more than the {MOST_WEIGHT} that are allowed");
            return Some(
                Problem::error(place().key("weight"), message).help("divide all weights by the same number"),
            );
        }
        _ => {}
    }
    if node.options.inputs.len() > 1 {
        return None;
    }
    let (key, what) = match (input.weight, input.preferred) {
        (Some(_), _) => ("weight", "the weight"),
        (None, true) => ("preferred", "the preference"),
        (None, false) => return None,
    };
    let problem = Problem::warning(place().key(key), format!("{what} of the only input has no effect"));
    Some(problem.help("remove it, or add the inputs that it is meant to compete with"))
}

/// A tap that could hold or fail the actor it listens to is none.
fn tap(node: &Node, input: &InputOptions, place: &impl Fn() -> Place) -> Option<Problem> {
    if !input.tap {
        return None;
    }
    let own = input.mailbox.as_ref().and_then(|mailbox| mailbox.overflow);
    let (place, overflow) = match own {
        Some(own) => (place().key("mailbox").key("overflow"), own),
        None => (Place::actor(&node.name).key("mailbox").key("overflow"), node.options.mailbox.overflow?),
    };
    if may_tap(overflow) {
        return None;
    }
    let does = if overflow.backpressures() { "make it wait" } else { "fail its messages" };
    let message = format!("a tap must never slow `{}`, and a full mailbox would {does}", input.from);
    Some(Problem::error(place, message).help(format!(
        "let it drop: `{{ from = \"{input}\", tap = true, mailbox = {{ overflow = \"drop_oldest\" }} }}`"
    )))
}

/// Actors that only taps read: nothing sets their pace.
fn only_tapped(topology: &Topology, wires: &Wires) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (number, node) in topology.nodes().iter().enumerate().filter(|(_, node)| !node.unknown) {
        let mut readers = wires.readers(number).map(|wire| wire.options(topology)).peekable();
        if readers.peek().is_some() && readers.all(|input| input.tap) {
            let message = format!(
                "only taps read `{}`, so nothing sets its pace and all they cannot take is dropped",
                node.name
            );
            let problem = Problem::warning(Place::actor(&node.name), message);
            problems.push(problem.help("make one of the inputs an ordinary one, without `tap`"));
        }
    }
    problems
}

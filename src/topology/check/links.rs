//! Inputs: they name an actor and a port, once, and the messages of both ends are of one type.

use super::super::nearest::{list, nearest, shown, suggestion};
use super::super::wires::Wires;
use crate::dead_letter::DEAD_LETTERS;
use crate::message::MessageType;
use crate::topology::{InputOptions, Node, Role};
use crate::{DeadLetter, Place, Problem, Topology};
use std::collections::HashSet;

pub(super) fn check(topology: &Topology, wires: &Wires) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (to, node) in topology.nodes().iter().enumerate() {
        problems.extend(has_inputs(node));
        if node.role == Role::Producer {
            continue;
        }
        let mut seen = HashSet::new();
        for (number, input) in node.options.inputs.iter().enumerate() {
            let place = || Place::actor(&node.name).key("inputs").key(&number.to_string());
            if !seen.insert((&input.from, &input.port)) {
                let message = format!("the input `{}` is listed twice", shown(&input.to_string()));
                problems.push(Problem::error(place(), message).help("remove one of them"));
                continue;
            }
            let wrong = match wires.from(to, number).map(|from| &topology.nodes()[from]) {
                None => Some(no_actor(topology, node, input)),
                Some(upstream) if upstream.unknown => None,
                Some(upstream) => match message_of(upstream, &input.port) {
                    None => Some(no_port(upstream, input)),
                    Some(message) => mismatch(topology, node, number, input, message),
                },
            };
            problems.extend(wrong.map(|(message, help)| {
                let problem = Problem::error(place(), message);
                Problem { help, ..problem }
            }));
        }
        problems.extend(ports_that_meet(topology, node));
    }
    problems
}

/// Several ports of one actor that lead into one mailbox. A call needs room for both at once, and of two lines for the
/// same room one holds up the other; nor would messages keep their order from port to port.
fn ports_that_meet(topology: &Topology, node: &Node) -> Option<Problem> {
    if !topology.mailbox_of(node).overflow.backpressures() {
        return None;
    }
    // Inputs that lead nowhere are wrong for another reason.
    let shared = |input: &&InputOptions| {
        let upstream = topology.nodes().iter().find(|upstream| upstream.name == input.from);
        let message = upstream.and_then(|upstream| message_of(upstream, &input.port));
        !node.has_own_mailbox(input) && message.is_some() && message == node.info().input
    };
    let inputs: Vec<&InputOptions> = match node.options.inputs.len() {
        0 | 1 => return None,
        _ => node.options.inputs.iter().filter(shared).collect(),
    };
    inputs.iter().enumerate().find_map(|(number, input)| {
        let other =
            inputs[..number].iter().find(|other| other.from == input.from && other.port != input.port)?;
        let at = node.options.inputs.iter().position(|known| known == *input)?;
        let message = format!(
            "`{other}` and `{input}` are ports of one actor and cannot share the mailbox of `{}`",
            node.name
        );
        let help = format!("give one of them its own: `{{ from = \"{input}\", mailbox = {{}} }}`");
        let place = Place::actor(&node.name).key("inputs").key(&at.to_string());
        Some(Problem::error(place, message).help(help))
    })
}

/// What is wrong, and what to do about it.
type Wrong = (String, Option<String>);

fn has_inputs(node: &Node) -> Option<Problem> {
    match (node.role, node.options.inputs.is_empty()) {
        (Role::Producer, false) => {
            let place = Place::actor(&node.name).key("inputs");
            let problem =
                Problem::error(place, format!("`{}` is a producer, which takes no inputs", node.name));
            Some(problem.help("remove the inputs, or make it a stage"))
        }
        (Role::Stage | Role::Consumer, true) => {
            let message = format!("`{}` has no inputs, so it would never do anything", node.name);
            let problem = Problem::error(Place::actor(&node.name).key("inputs"), message);
            Some(problem.help("name the actors its messages come from: `inputs = [\"NAME\"]`"))
        }
        (_, false) if node.info().second_input.is_some() && node.options.inputs.len() != 2 => {
            let message =
                format!("`{}` takes two inputs apart, and has {}", node.name, node.options.inputs.len());
            let problem = Problem::error(Place::actor(&node.name).key("inputs"), message);
            Some(problem.help("name the first and the second: `inputs = [\"LEFT\", \"RIGHT\"]`"))
        }
        _ => None,
    }
}

/// What `node` emits through `port`.
pub(super) fn message_of(node: &Node, port: &str) -> Option<MessageType> {
    if port == DEAD_LETTERS && node.role != Role::Producer {
        return Some(MessageType::of::<DeadLetter>());
    }
    node.info().ports.iter().find(|known| known.name == port).map(|known| known.message)
}

fn no_actor(topology: &Topology, node: &Node, input: &InputOptions) -> Wrong {
    let others =
        topology.nodes().iter().filter(|other| other.role != Role::Consumer && other.name != node.name);
    let others = others.map(|other| other.name.as_str());
    let message = match input.from.is_empty() {
        true => "this input names no actor".into(),
        false => format!("there is no actor `{}`", shown(&input.from)),
    };
    (message, suggestion(&input.from, others, "the actors it could be are"))
}

fn no_port(upstream: &Node, input: &InputOptions) -> Wrong {
    let name = &upstream.name;
    let ports: Vec<&str> = upstream.info().ports.iter().map(|port| port.name).collect();
    match (ports.as_slice(), input.port.as_str()) {
        (_, DEAD_LETTERS) => (
            format!("`{name}` is a producer, which has no dead letters"),
            Some("only stages and consumers handle messages, and may fail to".into()),
        ),
        ([], "") => (
            format!("`{name}` is a consumer, which emits nothing"),
            Some(format!("make it a stage, or read what it cannot handle: `{name}.{DEAD_LETTERS}`")),
        ),
        (_, port) if nearest(port, [DEAD_LETTERS]).is_some() && upstream.role != Role::Producer => (
            format!("`{name}` has no port `{}`", shown(port)),
            Some(format!("did you mean `{name}.{DEAD_LETTERS}`?")),
        ),
        ([] | [""], port) => (
            format!("`{name}` has no port `{}`", shown(port)),
            Some(match ports.is_empty() {
                true => format!("its only port is `{name}.{DEAD_LETTERS}`"),
                false => format!("it has one outlet: write `{name}`"),
            }),
        ),
        (ports, "") => {
            let all: Vec<String> = ports.iter().map(|port| format!("{name}.{port}")).collect();
            (
                format!("`{name}` has several ports, so the input must name one"),
                Some(format!("write {}", or(&all))),
            )
        }
        (ports, port) => {
            let help = match nearest(port, ports.iter().copied()) {
                Some(near) => format!("did you mean `{name}.{near}`?"),
                None => format!("its ports are {}", list(ports)),
            };
            (format!("`{name}` has no port `{}`", shown(port)), Some(help))
        }
    }
}

fn or(names: &[String]) -> String {
    list(names).replace(" and ", " or ")
}

fn mismatch(
    topology: &Topology,
    node: &Node,
    number: usize,
    input: &InputOptions,
    given: MessageType,
) -> Option<Wrong> {
    let taken = node.info().input_of(number).filter(|taken| *taken != given)?;
    let (mut from, mut to) = (given.name(), taken.name());
    if from == to {
        // Types of the same name from different places.
        (from, to) = (given.path().into(), taken.path().into());
    }
    let message = format!("`{input}` emits `{from}`, but `{}` takes `{to}`", node.name);
    let between = topology.converters.iter().find(|between| between.from == given && between.to == taken);
    let help = between.map(|between| {
        format!("put a stage between them that turns `{from}` into `{to}`: `actor = \"{}\"`", between.actor)
    });
    Some((message, help))
}

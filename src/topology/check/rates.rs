//! Limits, and what producers do about `Backpressure`.

use crate::topology::nearest::suggestion;
use crate::topology::{Node, Role};
use crate::{Place, Problem, ProducerReaction, Topology};

pub(super) fn check(topology: &Topology) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (name, _) in topology.limits().iter().filter(|(_, limit)| limit.burst == 0) {
        let place = Place::default().key("rate_limits").key(name).key("burst");
        problems.push(
            Problem::error(place, "at least one message must pass at a time").help("the smallest burst is 1"),
        );
    }
    for node in topology.nodes() {
        problems.extend(reaction(node));
        problems.extend(rate_limit(topology, node));
    }
    problems
}

fn reaction(node: &Node) -> Option<Problem> {
    let place = || Place::actor(&node.name).key("reaction");
    let reaction = node.options.reaction?;
    if node.role != Role::Producer {
        let message = format!("a {} has no reaction: it passes pressure on", node.role);
        return Some(Problem::error(place(), message).help("set it for the producers, or remove it"));
    }
    let ProducerReaction::Aimd(aimd) = reaction else { return None };
    let (key, message, help) = aimd.problem()?;
    Some(Problem::error(place().key("aimd").key(key), message).help(help))
}

fn rate_limit(topology: &Topology, node: &Node) -> Option<Problem> {
    let name = node.options.rate_limit.as_ref()?;
    let place = || Place::actor(&node.name).key("rate_limit");
    if !topology.limits().contains_key(name) {
        let problem = Problem::error(place(), format!("there is no limit `{name}`"));
        let known = topology.limits().keys().map(String::as_str);
        let help = suggestion(name, known, "the limits are");
        return Some(
            problem
                .help(help.unwrap_or_else(|| format!("describe it: `[rate_limits.{name}]` with a `rate`"))),
        );
    }
    if node.unknown || node.info().takes_limit {
        return None;
    }
    let message = format!("`{}` cannot share a limit", node.actor);
    Some(Problem::error(place(), message).help("put a `throttle` in front of it that does"))
}

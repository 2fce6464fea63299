//! Instances, routing, and where actors run.

use crate::topology::{Node, Role, Routing};
use crate::{Place, Problem, Topology};

/// More instances than any machine runs; a larger number is a slip, and making them would take all memory.
const MOST_INSTANCES: usize = 1_000_000;

pub(super) fn check(topology: &Topology) -> Vec<Problem> {
    let mut problems = Vec::new();
    if topology.runtime().arbiters == Some(0) {
        let place = Place::default().key("runtime").key("arbiters");
        problems.push(Problem::error(place, "0 arbiters run nothing").help("the smallest number is 1"));
    }
    for node in topology.nodes() {
        problems.extend(instances(node));
        problems.extend(routing(topology, node));
        problems.extend(ordered(node));
        problems.extend(arbiter(topology, node));
    }
    problems
}

fn instances(node: &Node) -> Option<Problem> {
    let place = || Place::actor(&node.name).key("instances");
    match node.options.instances {
        0 => Some(Problem::error(place(), "0 instances do nothing").help("the smallest number is 1")),
        many if many > MOST_INSTANCES => {
            let message = format!("{many} instances are more than the {MOST_INSTANCES} that are allowed");
            Some(Problem::error(place(), message).help("a few for each core do the work as well"))
        }
        _ => None,
    }
}

fn routing(topology: &Topology, node: &Node) -> Option<Problem> {
    let place = || Place::actor(&node.name);
    let options = &node.options;
    if node.role == Role::Producer {
        return for_receivers(node);
    }
    match (options.routing, &options.key) {
        (Routing::Hash, None) => {
            let problem = Problem::error(place().key("routing"), "routing by hash needs to know the key");
            Some(problem.help("name the field that is the key: `key = \"FIELD\"`"))
        }
        (Routing::Hash, Some(_)) => {
            let input = node.info().input.filter(|input| !topology.facts().has_keys(*input))?;
            let message = format!("a `{}` has no keys, so it cannot be routed by hash", input.name());
            let help = format!("implement `Keyed` for `{}` and register it with `keyed`", input.name());
            Some(Problem::error(place().key("routing"), message).help(help))
        }
        (_, Some(_)) => {
            let problem = Problem::warning(place().key("key"), "the key has no effect");
            Some(problem.help("only `routing = \"hash\"` uses it; add that, or remove the key"))
        }
        _ => None,
    }
}

/// Order is restored where instances take their messages from one mailbox, and emit something.
fn ordered(node: &Node) -> Option<Problem> {
    let options = &node.options;
    if !options.ordered {
        return None;
    }
    let place = || Place::actor(&node.name).key("ordered");
    if node.role != Role::Stage {
        let emits = if node.role == Role::Producer { "takes no input" } else { "emits nothing" };
        let message =
            format!("`{}` is a {} and {emits}, so there is no order to restore", node.name, node.role);
        return Some(Problem::error(place(), message).help("remove `ordered`"));
    }
    if options.instances == 1 {
        let problem =
            Problem::warning(place(), "one instance keeps the order anyway, so `ordered` has no effect");
        return Some(problem.help("remove it, or set `instances` to more"));
    }
    if node.info().detached {
        let message = format!(
            "`{}` emits when it likes, not when a message comes, so there is no order to restore",
            node.name
        );
        return Some(Problem::error(place(), message).help("remove `ordered`, or set `instances` to 1"));
    }
    (options.routing != Routing::Shared).then(|| {
        let message = "order can be restored only behind instances that share their mailbox";
        let problem = Problem::error(place(), message);
        problem.help("use `routing = \"shared\"`: whoever is free takes the next message")
    })
}

/// What a producer is told in vain.
fn for_receivers(node: &Node) -> Option<Problem> {
    let options = &node.options;
    if options.key.is_none() && options.routing == Routing::default() {
        return None;
    }
    let key = if options.key.is_some() { "key" } else { "routing" };
    let message = format!("`{}` is a producer, to which nothing is routed", node.name);
    let help = "set the routing of the actor that reads from it";
    Some(Problem::error(Place::actor(&node.name).key(key), message).help(help))
}

fn arbiter(topology: &Topology, node: &Node) -> Option<Problem> {
    let (number, arbiters) = (node.options.arbiter?, topology.runtime().arbiters());
    let place = Place::actor(&node.name).key("arbiter");
    if node.options.blocking {
        let problem = Problem::error(place, "a blocking actor has a thread of its own, and is on no arbiter");
        return Some(problem.help("remove `arbiter` or `blocking`"));
    }
    (number >= arbiters && arbiters > 0).then(|| {
        let problem = Problem::error(place, format!("there is no arbiter {number}"));
        problem.help(match arbiters {
            1 => "there is one, with the number 0; set `runtime.arbiters` for more".into(),
            many => format!("they are numbered from 0 to {}; set `runtime.arbiters` for more", many - 1),
        })
    })
}

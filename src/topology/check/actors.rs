//! What actors find wrong with themselves, and what two of them cannot both have.

use crate::topology::delivery::tracked;
use crate::topology::wires::Wires;
use crate::topology::{Node, Routing};
use crate::{Checks, OnError, Place, Problem, Topology};
use std::collections::HashMap;

pub(super) fn check(topology: &Topology, wires: &Wires, environment: bool) -> Vec<Problem> {
    let (mut problems, mut owners) = (Vec::new(), HashMap::<String, &str>::new());
    for (node, tracked) in topology.nodes().iter().zip(tracked(topology, wires)) {
        let at_least_once = tracked && !node.options.allow_loss;
        let mut checks = checks(node, environment).with_at_least_once(at_least_once);
        node.maker.check(&mut checks);
        for (key, resource) in checks.claims() {
            let owner = *owners.entry(resource.into()).or_insert(&node.name);
            if owner != node.name {
                let place = Place::actor(&node.name).key(key);
                let problem = Problem::error(place, format!("{resource} is used by `{owner}` already"));
                problems.push(problem.help("only one actor can use it; give each one of its own"));
            }
        }
        problems.extend(checks.into_problems());
    }
    problems
}

fn checks(node: &Node, environment: bool) -> Checks {
    let options = &node.options;
    let restarts = |policy: Option<OnError>| policy.is_some_and(|policy| policy.restart().is_some());
    let restarted_by = match options.on_error.or(Some(node.info().on_error)) {
        policy if restarts(policy) => Some("on_error"),
        _ => restarts(options.on_panic).then_some("on_panic"),
    };
    let checks = Checks::new(&node.name, environment)
        .with_restarts(restarted_by)
        .with_limit(options.rate_limit.is_some());
    let key = options.key.as_deref().filter(|_| options.routing == Routing::Hash);
    if node.alike { checks.with_instances(options.instances, key) } else { checks }
}

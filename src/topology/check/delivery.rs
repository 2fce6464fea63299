//! Whether at-least-once delivery can be had where it is asked for.

use super::super::delivery::tracked;
use super::super::wires::Wires;
use super::super::{Delivery, Role};
use crate::{Place, Problem, Topology, WhileOpen};

pub(super) fn check(topology: &Topology, wires: &Wires) -> Vec<Problem> {
    let cannot = topology.nodes().iter().filter(|node| {
        node.options.delivery == Some(Delivery::AtLeastOnce)
            && (node.role != Role::Producer || node.info().can_resume == Some(false))
    });
    let cannot = cannot.map(|node| {
        let message = match node.role {
            Role::Producer => format!("`{}` cannot deliver at least once: it does not remember what is done", node.actor),
            role => format!("`delivery` is for producers, and this is a {role}"),
        };
        let help = match node.role {
            Role::Producer => "give it what it needs to go on where it left off, like `checkpoint` for `file_lines`, or leave `delivery` out",
            _ => "say it at the producer",
        };
        Problem::error(Place::actor(&node.name).key("delivery"), message).help(help)
    });
    let mut problems: Vec<Problem> = cannot.collect();
    for (node, tracked) in topology.nodes().iter().zip(tracked(topology, wires)) {
        if !tracked || node.options.allow_loss {
            continue;
        }
        let mut mailboxes = topology.mailboxes_of(node);
        mailboxes.retain(|(input, _)| !input.is_some_and(|input| node.options.inputs[input].tap));
        let mut lossy = |key: &[&str], message: &str, help: &str| {
            let place = key.iter().fold(Place::actor(&node.name), |place, key| place.key(key));
            let message =
                format!("messages that are to be delivered at least once can be lost here: {message}");
            let help = format!(
                "{help}, or say `allow_loss = true` at this actor: what is dropped counts as done then"
            );
            problems.push(Problem::error(place, message).help(help));
        };
        if mailboxes.iter().any(|(_, settings)| !settings.overflow.backpressures()) {
            lossy(&["mailbox", "overflow"], "the mailbox drops", "use `backpressure`");
        }
        if node.options.breaker.as_ref().is_some_and(|breaker| breaker.while_open == WhileOpen::Shed) {
            lossy(&["breaker", "while_open"], "an open breaker sheds", "use `hold`");
        }
    }
    problems
}

//! Breakers that can open, close, and be of use.

use super::supervision::takes_errors_as_the_end;
use crate::topology::{Node, Role};
use crate::{Breaker, Place, Problem, Topology, WhileOpen};

pub(super) fn check(topology: &Topology) -> Vec<Problem> {
    let mut problems = Vec::new();
    for node in topology.nodes() {
        let Some(breaker) = &node.options.breaker else { continue };
        let place = Place::actor(&node.name).key("breaker");
        if node.role == Role::Producer {
            let message = format!("`{}` is a producer, which handles no messages", node.name);
            let help = "a failing producer can be restarted: see `on_error`";
            problems.push(Problem::error(place, message).help(help));
            continue;
        }
        if node.info().detached {
            let message = format!(
                "`{}` takes messages whatever becomes of them, so there is nothing to hold",
                node.name
            );
            let help = "put the breaker in front of the actor that does the work";
            problems.push(Problem::error(place.clone(), message).help(help));
        }
        values(breaker, &place, &mut problems);
        problems.extend(in_vain(topology, node, breaker, &place));
    }
    problems
}

fn values(breaker: &Breaker, place: &Place, problems: &mut Vec<Problem>) {
    let mut wrong = |key: &str, message: String, help: &str| {
        problems.push(Problem::error(place.clone().key(key), message).help(help));
    };
    if breaker.failures == 0 {
        wrong("failures", "0 failures are none".into(), "the smallest number is 1");
    }
    let timeout = breaker.call_timeout.map(|timeout| ("call_timeout", timeout));
    for (key, span) in [("within", breaker.within), ("reset", breaker.reset)].into_iter().chain(timeout) {
        if span.duration().is_zero() {
            wrong(key, format!("`{key}` is no time"), "write a length of time, like \"10s\"");
        }
    }
    if breaker.backoff < 1.0 || !breaker.backoff.is_finite() {
        let message =
            format!("with each trial that fails, it would be open {} times as long", breaker.backoff);
        wrong("backoff", message, "the smallest factor is 1");
    }
    if breaker.reset > breaker.max_reset {
        let message =
            format!("the first reset {} is longer than the longest, {}", breaker.reset, breaker.max_reset);
        wrong("reset", message, "make `max_reset` at least as long as `reset`");
    }
}

fn in_vain(topology: &Topology, node: &Node, breaker: &Breaker, place: &Place) -> Option<Problem> {
    if takes_errors_as_the_end(topology, node) {
        let message = "the breaker never opens: the first failure stops the topology";
        return Some(
            Problem::warning(place.clone(), message).help(
                "say with `on_error` what becomes of a message that failed, like `on_error = \"skip\"`",
            ),
        );
    }
    let drops = topology.mailboxes_of(node).iter().any(|(_, mailbox)| !mailbox.overflow.backpressures());
    if drops && breaker.while_open == WhileOpen::Hold {
        let message =
            "a mailbox that drops asks nobody to hold: while the breaker is open, it drops once it is full";
        return Some(
            Problem::warning(place.clone(), message)
                .help("set `while_open = \"shed\"`, or let the mailbox backpressure"),
        );
    }
    (node.options.blocking && breaker.call_timeout.is_some()).then(|| {
        let message = "a call that blocks its thread cannot be dropped";
        Problem::warning(place.clone().key("call_timeout"), message)
            .help("it has an effect only where the call waits without blocking")
    })
}

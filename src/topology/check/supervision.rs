//! What failures do: policies that can work, for actors that can follow them.

use crate::dead_letter::DEAD_LETTERS;
use crate::settings::Span;
use crate::topology::{Node, Role};
use crate::{OnError, Place, Problem, Restart, Retry, Topology};

pub(super) fn check(topology: &Topology) -> Vec<Problem> {
    let mut problems = Vec::new();
    for node in topology.nodes().iter().filter(|node| !node.unknown) {
        // What the actor says by itself holds where the topology says nothing.
        let on_error = node.options.on_error.unwrap_or(node.info().on_error);
        let policies = [("on_error", Some(on_error)), ("on_panic", node.options.on_panic)];
        for (key, policy) in policies.into_iter().filter_map(|(key, policy)| Some((key, policy?))) {
            let place = Place::actor(&node.name).key(key);
            problems.extend(of_producer(node, policy, &place));
            problems.extend(renewal(node, policy, &place));
            match policy {
                OnError::Retry(retry) => retries(&retry, &place, &mut problems),
                OnError::Restart(restart) => restarts(&restart, &place, &mut problems),
                _ => {}
            }
        }
    }
    problems
}

/// A producer has no message in its hand.
fn of_producer(node: &Node, policy: OnError, place: &Place) -> Option<Problem> {
    if node.role != Role::Producer {
        return None;
    }
    let lacks = match policy {
        OnError::Skip => "which has no messages that could be passed over",
        OnError::DeadLetter => "which has no messages that could become dead letters",
        OnError::Retry(_) => "which has no messages that could be handled again",
        OnError::Stop | OnError::StopBranch | OnError::Restart(_) => return None,
    };
    let problem = Problem::error(place.clone(), format!("`{}` is a producer, {lacks}", node.name));
    Some(problem.help("a failure of a producer may restart it, or stop its branch or the topology"))
}

/// An actor that code gave by value exists once.
fn renewal(node: &Node, policy: OnError, place: &Place) -> Option<Problem> {
    policy.restart().filter(|_| node.single)?;
    let message = format!("`{}` was given by value, so it cannot be made anew", node.name);
    let help = format!("give a factory: `{}_each(\"{}\", 1, |_| ...)`", node.role, node.name);
    Some(Problem::error(place.clone(), message).help(help))
}

fn retries(retry: &Retry, place: &Place, problems: &mut Vec<Problem>) {
    if retry.retry == 0 {
        let problem = Problem::error(place.clone().key("retry"), "0 retries are none");
        problems.push(problem.help("the smallest number is 1; without retries, write what is to follow"));
    }
    waits(retry.backoff, retry.max_backoff, retry.jitter, place, problems);
    if let Some(restart) = OnError::from(*retry).restart() {
        restarts(&restart, &place.clone().key("then"), problems);
    }
}

fn restarts(restart: &Restart, place: &Place, problems: &mut Vec<Problem>) {
    if restart.restart == 0 {
        let problem = Problem::error(place.clone().key("restart"), "0 restarts are none");
        problems.push(problem.help("the smallest number is 1; write \"stop\" for none"));
    }
    if restart.within.duration().is_zero() {
        let message = "no restart is ever within no time, so there would be no limit to them";
        let problem = Problem::error(place.clone().key("within"), message);
        problems
            .push(problem.help("write how long the actor must run well to be given all its restarts anew"));
    }
    waits(restart.backoff, restart.max_backoff, restart.jitter, place, problems);
}

fn waits(first: Span, longest: Span, jitter: f64, place: &Place, problems: &mut Vec<Problem>) {
    if first > longest {
        let message = format!("the first wait {first} is longer than the longest, {longest}");
        let problem = Problem::error(place.clone().key("backoff"), message);
        problems.push(problem.help("make `max_backoff` at least as long as `backoff`"));
    }
    if !(0.0..=1.0).contains(&jitter) {
        let problem = Problem::error(place.clone().key("jitter"), format!("{jitter} is no share"));
        problems.push(problem.help("it is from 0 to 1: 0.2 makes a wait up to a fifth longer or shorter"));
    }
}

/// Whether errors and panics stop the topology, or at least the branch.
pub(super) fn takes_errors_as_the_end(topology: &Topology, node: &Node) -> bool {
    let mut inputs = topology.nodes().iter().flat_map(|reader| &reader.options.inputs);
    let letters = inputs.any(|input| input.from == node.name && input.port == DEAD_LETTERS);
    let default = if letters { OnError::DeadLetter } else { node.info().on_error };
    let ends = |policy| matches!(policy, OnError::Stop | OnError::StopBranch);
    ends(node.options.on_error.unwrap_or(default)) && ends(node.options.on_panic.unwrap_or_default())
}

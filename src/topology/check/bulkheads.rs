//! Bulkheads: groups of threads that exist, and can run somebody.

use super::super::nearest::{shown, suggestion};
use super::names::{self, bad_name};
use crate::topology::{BulkheadOptions, Node};
use crate::{Place, Problem, Topology};

pub(super) fn check(topology: &Topology) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (name, options) in topology.bulkheads() {
        let place = || Place::default().key("bulkheads").key(name);
        if bad_name(name).is_some() {
            let problem =
                Problem::error(place(), format!("`{}` cannot be the name of a bulkhead", shown(name)));
            problems.push(problem.help(names::HELP));
        }
        problems.extend(limits(place, name, options));
        if !topology.nodes().iter().any(|node| node.options.bulkhead.as_ref() == Some(name)) {
            let problem = Problem::warning(place(), format!("no actor is in the bulkhead `{}`", shown(name)));
            problems.push(problem.help(format!("write `bulkhead = \"{}\"` in those it is for", shown(name))));
        }
    }
    problems.extend(topology.nodes().iter().filter_map(|node| member(topology, node)));
    problems
}

/// Numbers of which the smallest is 1.
fn limits(place: impl Fn() -> Place, name: &str, options: &BulkheadOptions) -> Vec<Problem> {
    let name = shown(name);
    let limits = [
        ("threads", options.threads, format!("a bulkhead of 0 threads runs nobody: `{name}`")),
        ("max_in_flight", options.max_in_flight, format!("the bulkhead `{name}` would handle no message")),
        (
            "blocking_threads",
            options.blocking_threads,
            format!("0 threads run no blocking actor of `{name}`"),
        ),
    ];
    let wrong = limits.into_iter().filter(|(_, limit, _)| *limit == Some(0));
    wrong
        .map(|(key, _, message)| {
            let help = match key {
                "threads" => "the smallest number is 1",
                _ => "the smallest number is 1; leave it out for no limit",
            };
            Problem::error(place().key(key), message).help(help)
        })
        .collect()
}

fn member(topology: &Topology, node: &Node) -> Option<Problem> {
    let name = node.options.bulkhead.as_ref()?;
    let known = topology.bulkheads();
    if !known.contains_key(name) {
        let place = Place::actor(&node.name).key("bulkhead");
        let problem = Problem::error(place, format!("there is no bulkhead `{}`", shown(name)));
        let help =
            suggestion(name, known.keys().map(String::as_str).collect::<Vec<_>>(), "the bulkheads are");
        let add = || format!("add a table `[bulkheads.{}]`, or `bulkhead(..)` in code", shown(name));
        return Some(problem.help(help.unwrap_or_else(add)));
    }
    node.options.arbiter?;
    let place = Place::actor(&node.name).key("arbiter");
    let problem = Problem::error(place, "an actor in a bulkhead is laid out over the threads of that alone");
    Some(problem.help("remove `arbiter` or `bulkhead`"))
}

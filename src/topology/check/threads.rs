//! Whether this machine has the threads the topology asks for.

use crate::{Place, Problem, Topology};
use indexmap::IndexMap;
use std::fs::read_to_string;

/// Threads of the process beside arbiters and blocking actors: main, the coordinator, signals, and some to spare.
const OTHERS: usize = 8;

pub(super) fn check(topology: &Topology) -> Option<Problem> {
    enough(topology, limit()?)
}

/// An error if the topology needs more than `most` threads, at what needs most of them.
fn enough(topology: &Topology, most: usize) -> Option<Problem> {
    let bulkheads = topology.bulkheads();
    let arbiters = bulkheads
        .values()
        .fold(topology.runtime().arbiters(), |sum, bulkhead| sum.saturating_add(bulkhead.arbiters()));
    let blocking = topology.nodes().iter().filter(|node| node.options.blocking);
    let largest = blocking.clone().max_by_key(|node| node.options.instances);
    let mut by_bulkhead: IndexMap<Option<&String>, usize> = IndexMap::new();
    for node in blocking {
        let sum = by_bulkhead.entry(node.options.bulkhead.as_ref()).or_default();
        *sum = sum.saturating_add(node.options.instances);
    }
    let limit = |name: Option<&String>| bulkheads.get(name?)?.blocking_threads;
    let blocking = by_bulkhead.into_iter().fold(0usize, |sum, (name, instances)| {
        sum.saturating_add(instances.min(limit(name).unwrap_or(usize::MAX)))
    });
    let needed = arbiters.saturating_add(blocking).saturating_add(OTHERS);
    if needed <= most {
        return None;
    }
    let place = match largest {
        Some(node) if blocking > arbiters => Place::actor(&node.name).key("instances"),
        _ => Place::default().key("runtime").key("arbiters"),
    };
    let message = format!(
        "{arbiters} arbiters and {blocking} instances of blocking actors need about {needed} threads, and this \
         process may have {most}"
    );
    Some(Problem::error(place, message).help("ask for fewer, or raise the limit (see `ulimit -u`)"))
}

/// The most threads this process may have, where that is known: on Linux.
fn limit() -> Option<usize> {
    let machine = read_to_string("/proc/sys/kernel/threads-max").ok()?.trim().parse().ok()?;
    let limits = read_to_string("/proc/self/limits").unwrap_or_default();
    let own = limits.lines().find_map(|line| line.strip_prefix("Max processes"));
    // "unlimited" is no number, and leaves the limit of the machine.
    let own = own.and_then(|rest| rest.split_whitespace().next()?.parse::<usize>().ok());
    Some(own.map_or(machine, |own| own.min(machine)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    #[test]
    fn more_blocking_instances_than_threads_is_an_error_at_the_actor_with_most_of_them() {
        let topology = Topology::new("threads")
            .arbiters(2)
            .producer("n", iter(0..3u64))
            .consumer_each("slow", 90, |_| for_each(|_: u64| {}))
            .blocking();
        assert_eq!(enough(&topology, 100), None);
        let problem = enough(&topology, 99).unwrap();
        assert_eq!(problem.place, Place::actor("slow").key("instances"));
        assert_eq!(
            problem.message,
            "2 arbiters and 90 instances of blocking actors need about 100 threads, and this process may have 99"
        );
    }

    #[test]
    fn more_arbiters_than_threads_is_an_error_of_the_runtime() {
        let topology = Topology::new("threads").arbiters(1_000).producer("n", iter(0..3u64));
        let problem = enough(&topology, 99).unwrap();
        assert_eq!(problem.place, Place::default().key("runtime").key("arbiters"));
    }
}

//! The names of actors: fit for files, metrics and drawings, and each used once.

use super::super::nearest::shown;
use crate::{Place, Problem, Topology};
use std::collections::HashSet;

pub(super) fn check(topology: &Topology) -> Vec<Problem> {
    let (mut seen, mut problems) = (HashSet::new(), Vec::new());
    for node in topology.nodes() {
        if let Some((message, help)) = bad_name(&node.name) {
            problems.push(Problem::error(Place::actor(&node.name), message).help(help));
        }
        if !seen.insert(&node.name) {
            let message = format!("there are two actors called `{}`", shown(&node.name));
            problems.push(Problem::error(Place::actor(&node.name), message).help("rename one of them"));
        }
    }
    problems
}

/// The names that several actors have.
pub(super) fn used_twice(topology: &Topology) -> HashSet<&str> {
    let mut seen = HashSet::new();
    topology.nodes().iter().map(|node| node.name.as_str()).filter(|name| !seen.insert(*name)).collect()
}

/// What names look like.
pub(crate) const HELP: &str =
    "names are of lower-case letters, digits and `_`, and start with a letter: `flights_2013`";

/// What is wrong with a name, and what to do about it.
pub(crate) fn bad_name(name: &str) -> Option<(String, String)> {
    let mut chars = name.chars();
    let starts = chars.next().is_some_and(|first| first.is_ascii_lowercase());
    if starts && chars.all(|char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '_') {
        return None;
    }
    let message = match name.is_empty() {
        true => "the name of an actor is empty".into(),
        false => format!("`{}` cannot be the name of an actor", shown(name)),
    };
    Some((message, HELP.into()))
}

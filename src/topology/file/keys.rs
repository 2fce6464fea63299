//! The words of the file that belong to the runtime.

use super::super::nearest::{shown, suggestion};
use crate::topology::{Registry, Role};

/// The tables of actors, and the role each gives.
pub(super) const ROLES: [(&str, Role); 3] =
    [("producers", Role::Producer), ("stages", Role::Stage), ("consumers", Role::Consumer)];

/// The other tables of the runtime.
const TABLES: [&str; 5] = ["topology", "runtime", "mailbox", "bulkheads", "rate_limits"];

/// Keys of an actor that the runtime reads.
pub(super) const KEYS: [&str; 17] = [
    "actor",
    "inputs",
    "mailbox",
    "instances",
    "routing",
    "key",
    "ordered",
    "on_error",
    "reaction",
    "rate_limit",
    "bulkhead",
    "on_panic",
    "breaker",
    "blocking",
    "arbiter",
    "delivery",
    "allow_loss",
];

/// Those of them that mean nothing to a producer.
const FOR_RECEIVERS: [&str; 7] = ["inputs", "mailbox", "routing", "key", "ordered", "breaker", "allow_loss"];

/// Those that mean something to a producer only.
const FOR_PRODUCERS: [&str; 2] = ["delivery", "reaction"];

/// Keys of an actor in later versions: reserved likewise.
const LATER_KEYS: [&str; 5] = ["restart", "elastic", "priority", "max_in_flight", "enabled"];

/// Keys of an input that are often looked for at the actor; reserved there, so that a file that has them is no riddle.
const KEYS_OF_INPUTS: [&str; 2] = ["tap", "weight"];

/// Whether the runtime reads the outermost table `name`.
pub(in crate::topology) fn is_table(name: &str) -> bool {
    TABLES.contains(&name) || ROLES.iter().any(|(table, _)| *table == name)
}

/// Whether anybody reads the outermost table `name`.
pub(super) fn is_read(name: &str, registry: &Registry) -> bool {
    is_table(name) || registry.tables().any(|(table, _)| table == name)
}

/// What is wrong with the outermost table `name`.
pub(super) fn unknown_table(name: &str) -> String {
    format!("unknown table `{}`", shown(name))
}

/// What was perhaps meant by it.
pub(super) fn suggest_table(name: &str, registry: &Registry) -> Option<String> {
    let roles = ROLES.iter().map(|(table, _)| *table);
    let known = TABLES.iter().copied().chain(roles).chain(registry.tables().map(|(table, _)| table));
    suggestion(name, known, "the tables are")
}

/// The keys of an actor of `role` that the runtime reads.
pub(super) fn of(role: Role) -> Vec<&'static str> {
    let mean_nothing: &[&str] = if role == Role::Producer { &FOR_RECEIVERS } else { &FOR_PRODUCERS };
    let mean_something = |key: &&str| !mean_nothing.contains(key);
    KEYS.into_iter().filter(mean_something).collect()
}

/// Whether a key of an actor is kept for later.
pub(super) fn is_for_later(key: &str) -> bool {
    LATER_KEYS.contains(&key)
}

/// Whether a key is one of an input.
pub(super) fn is_of_inputs(key: &str) -> bool {
    KEYS_OF_INPUTS.contains(&key)
}

/// The table of the actors of `role`.
pub(super) fn table_of(role: Role) -> &'static str {
    match role {
        Role::Producer => "producers",
        Role::Stage => "stages",
        Role::Consumer => "consumers",
    }
}

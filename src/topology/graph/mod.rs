//! The graph of actors and links, to be drawn or put in words.

mod dot;
mod mermaid;
mod words;

use super::wires::Wires;
use super::{InputOptions, Role};
use crate::Topology;

/// The actors and links of a topology.
///
/// ```
/// use tidegate::prelude::*;
/// use tidegate::topology::graph::Graph;
///
/// let topology = Topology::new("numbers")
///     .producer("n", iter(1..=1000u64))
///     .consumer("print", for_each(|n: u64| println!("{n}")))
///     .mailbox(MailboxOptions::capacity(10));
/// assert_eq!(
///     Graph::of(&topology).describe(),
///     "\
/// n: a producer (Iter) that emits `u64` to print
/// print: a consumer (ForEach) of `u64` from n, capacity 10
/// "
/// );
/// ```
#[derive(Clone, Debug)]
pub struct Graph {
    name: String,
    actors: Vec<Actor>,
    links: Vec<Link>,
}

#[derive(Clone, Debug)]
struct Actor {
    name: String,
    /// What it is made of.
    actor: String,
    role: Role,
    /// "4", "1 to 8".
    instances: String,
    blocking: bool,
    /// The group of threads it runs on, if that is not the default one.
    bulkhead: Option<String>,
    /// What it receives.
    inputs: Vec<String>,
    /// What it emits, by port; the only outlet of an actor has no name.
    ports: Vec<(String, String)>,
    /// The capacity of the mailbox its inputs share, and what happens when that is full.
    mailbox: Option<Mailbox>,
    /// `shared`, `round_robin`...
    routing: String,
    ordered: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Mailbox {
    capacity: usize,
    /// The overflow policy, unless it is `backpressure`.
    drops: Option<String>,
}

#[derive(Clone, Debug)]
struct Link {
    /// The numbers of the actors.
    from: usize,
    to: usize,
    /// Empty for the only outlet of an actor.
    port: String,
    /// The mailbox this link leads to.
    mailbox: Mailbox,
    /// Whether no other input shares it.
    own: bool,
    /// "tap", "preferred", "weight 6": what the reader says about it.
    kind: Vec<String>,
}

impl Graph {
    /// The graph of `topology`. Inputs that name no actor are left out.
    pub fn of(topology: &Topology) -> Self {
        let nodes = topology.nodes();
        let actors = nodes.iter().map(|node| Actor {
            name: node.name.clone(),
            actor: node.actor.clone(),
            role: node.role,
            instances: match &node.options.elastic {
                Some(elastic) => format!("{} to {}", elastic.min, elastic.max),
                None => node.options.instances.to_string(),
            },
            blocking: node.options.blocking,
            bulkhead: node.options.bulkhead.clone(),
            inputs: [node.info().input, node.info().second_input]
                .into_iter()
                .flatten()
                .map(|input| input.name())
                .collect(),
            ports: node.info().ports.iter().map(|port| (port.name.into(), port.message.name())).collect(),
            mailbox: (node.role != Role::Producer).then(|| Mailbox::of(&topology.mailbox_of(node))),
            routing: word(&node.options.routing),
            ordered: node.options.ordered,
        });
        let wires = Wires::of(topology);
        let links = wires.iter().map(|wire| {
            let (node, input) = (wire.reader(topology), wire.options(topology));
            let mailbox = Mailbox::of(&topology.mailbox_of_input(node, input));
            let (port, own) = (input.port.clone(), node.has_own_mailbox(input));
            Link { from: wire.from, to: wire.to, port, mailbox, own, kind: kind(input) }
        });
        let links = links.collect();
        Self { name: topology.name().into(), actors: actors.collect(), links }
    }
}

impl Mailbox {
    fn of(settings: &crate::MailboxSettings) -> Self {
        let drops = (!settings.overflow.backpressures()).then(|| word(&settings.overflow));
        Self { capacity: settings.capacity, drops }
    }

    /// "capacity 10", "capacity 10, drop_oldest".
    fn label(&self) -> String {
        match &self.drops {
            Some(drops) => format!("capacity {}, {drops}", self.capacity),
            None => format!("capacity {}", self.capacity),
        }
    }
}

impl Actor {
    /// What is said about it below its name, in drawings.
    fn details(&self) -> Vec<String> {
        let mut details = vec![self.actor.clone()];
        if self.instances != "1" {
            let ordered = if self.ordered { ", ordered" } else { "" };
            details.push(format!("{} instances{ordered}", self.instances));
        }
        if self.blocking {
            details.push("blocking".into());
        }
        details.extend(self.bulkhead.as_ref().map(|name| format!("in {name}")));
        details
    }
}

impl Link {
    /// What is written on it: the port, and the mailbox it leads to.
    fn label(&self) -> String {
        let port = if self.port.is_empty() { String::new() } else { format!("{}: ", self.port) };
        format!("{port}{}", self.options())
    }

    /// "weight 6, capacity 10".
    fn options(&self) -> String {
        let kind: String = self.kind.iter().map(|word| format!("{word}, ")).collect();
        kind + &self.mailbox.label()
    }
}

/// What the reader says about an input beside its mailbox.
fn kind(input: &InputOptions) -> Vec<String> {
    let words = [input.tap.then(|| "tap".into()), input.preferred.then(|| "preferred".into())];
    words.into_iter().chain([input.weight.map(|weight| format!("weight {weight}"))]).flatten().collect()
}

/// A value as it is written in TOML.
fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        other => unreachable!("an enum of words is written as one: {other:?}"),
    }
}

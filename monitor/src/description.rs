//! What a topology is made of, for those who look at it from outside.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::num::NonZero;
use tidegate::topology::file::Effective;
use tidegate::topology::{Role, Routing};
use tidegate::{Overflow, Topology};

/// The actors and links of a topology; serialises to the JSON of `/api/topology`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Description {
    /// The name of the topology.
    pub name: String,
    /// The cores that its process may use, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cores: Option<usize>,
    /// The actors, in the order of the topology.
    pub actors: Vec<ActorDescription>,
    /// The links, those of all instances of two actors as one.
    pub links: Vec<LinkDescription>,
}

/// One actor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ActorDescription {
    /// Its name.
    pub name: String,
    /// The part it plays.
    pub role: Role,
    /// What it is made of.
    pub actor: String,
    /// How many copies of it there are: the least and the most, the same where that does not change.
    pub instances: (usize, usize),
    /// How messages are spread over these.
    pub routing: Routing,
    /// Whether it blocks its thread.
    pub blocking: bool,
    /// The group of threads it runs on, if that is not the default one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bulkhead: Option<String>,
    /// What happens when its mailbox is full; `None` for a producer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overflow: Option<Overflow>,
    /// The limit that it shares, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<String>,
    /// Its values in effect, as in the file: `mailbox.capacity`, `path`. Empty for a topology made in code.
    #[serde(default)]
    pub settings: IndexMap<String, Value>,
}

/// One link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LinkDescription {
    /// The emitting actor.
    pub from: String,
    /// Its port; empty for the only outlet of an actor.
    pub port: String,
    /// The receiving actor.
    pub to: String,
    /// Whether it only listens.
    pub tap: bool,
}

impl Description {
    /// Describes `topology`, which this process is going to run.
    pub fn of(topology: &Topology) -> Self {
        let nodes = topology.nodes();
        let actors = nodes.iter().map(|node| {
            let options = &node.options;
            let receives = node.role != Role::Producer;
            ActorDescription {
                name: node.name.clone(),
                role: node.role,
                actor: node.actor.clone(),
                instances: match &options.elastic {
                    Some(elastic) => (elastic.min, elastic.max),
                    None => (options.instances, options.instances),
                },
                routing: options.routing,
                blocking: options.blocking,
                bulkhead: options.bulkhead.clone(),
                overflow: receives.then(|| topology.mailbox_of(node).overflow),
                rate_limit: options.rate_limit.clone(),
                settings: IndexMap::new(),
            }
        });
        let links = nodes.iter().filter(|node| node.role != Role::Producer).flat_map(|node| {
            node.options.inputs.iter().map(|input| LinkDescription {
                from: input.from.clone(),
                port: input.port.clone(),
                to: node.name.clone(),
                tap: input.tap,
            })
        });
        let cores = std::thread::available_parallelism().ok().map(NonZero::get);
        Self { name: topology.name().into(), cores, actors: actors.collect(), links: links.collect() }
    }

    /// The same with the values that are in effect, as [`Loaded`](tidegate::topology::file::Loaded) has them.
    #[must_use]
    pub fn with_settings(mut self, settings: &[Effective]) -> Self {
        for Effective { path, value, .. } in settings {
            let mut parts = path.splitn(3, '.');
            let (Some("producers" | "stages" | "consumers"), Some(name), Some(key)) =
                (parts.next(), parts.next(), parts.next())
            else {
                continue;
            };
            if let Some(actor) = self.actors.iter_mut().find(|actor| actor.name == name) {
                actor.settings.insert(key.into(), value.clone());
            }
        }
        self
    }
}

//! One actor of a topology: its name, its place in the graph, and how to make it.

use super::elastic::ElasticOptions;
use super::maker::Maker;
use crate::actor::OnError;
use crate::mailbox::MailboxOptions;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The part an actor plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Emits.
    Producer,
    /// Handles and emits.
    Stage,
    /// Handles.
    Consumer,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Producer => "producer",
            Self::Stage => "stage",
            Self::Consumer => "consumer",
        })
    }
}

/// How messages are spread over the instances of an actor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Routing {
    /// All instances pull from one mailbox. The default.
    #[default]
    Shared,
    /// To one instance after the other, passing over those that are full or pressured.
    RoundRobin,
    /// To the instance with the fewest messages waiting.
    LeastLoaded,
    /// By the key of the message; order is kept per key.
    Hash,
}

/// One entry of `inputs`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct InputOptions {
    /// The upstream actor.
    pub from: String,
    /// Its port; empty for its only outlet.
    pub port: String,
    /// Options of a mailbox of its own for this input; `None` to share the actor's mailbox.
    pub mailbox: Option<MailboxOptions>,
}

impl InputOptions {
    /// An input from `name`, which is `actor` or `actor.port`.
    pub fn new(name: &str) -> Self {
        let (from, port) = name.split_once('.').unwrap_or((name, ""));
        Self { from: from.into(), port: port.into(), mailbox: None }
    }

    /// The same with a mailbox of its own.
    #[must_use]
    pub fn mailbox(mut self, options: MailboxOptions) -> Self {
        self.mailbox = Some(options);
        self
    }
}

impl From<&str> for InputOptions {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

impl fmt::Display for InputOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.from)?;
        if !self.port.is_empty() {
            write!(f, ".{}", self.port)?;
        }
        Ok(())
    }
}

/// What the runtime is told about one actor; all the rest are the actor's own settings.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NodeOptions {
    /// Where its messages come from.
    pub inputs: Vec<InputOptions>,
    /// Its mailbox.
    pub mailbox: MailboxOptions,
    /// How many copies of it run; at least 1. The most of them, where their number is [elastic](Self::elastic).
    pub instances: usize,
    /// Between which numbers that of the copies follows the load; `None` if it is fixed.
    pub elastic: Option<ElasticOptions>,
    /// How messages are spread over the copies.
    pub routing: Routing,
    /// The field that is the key, for [`Routing::Hash`].
    pub key: Option<String>,
    /// The arbiter it is pinned to, counted from 0.
    pub arbiter: Option<usize>,
    /// Whether each instance runs on a thread of its own, so that it may block.
    pub blocking: bool,
    /// The group of threads it runs on; `None` for those that all others share.
    pub bulkhead: Option<String>,
    /// What an error does; `None` for the actor's own default.
    pub on_error: Option<OnError>,
}

impl Default for NodeOptions {
    fn default() -> Self {
        Self {
            inputs: Vec::new(),
            mailbox: MailboxOptions::default(),
            instances: 1,
            elastic: None,
            routing: Routing::default(),
            key: None,
            arbiter: None,
            blocking: false,
            bulkhead: None,
            on_error: None,
        }
    }
}

/// One actor of a topology.
pub struct Node {
    /// Its name in the topology.
    pub name: String,
    /// What it is made of: the registered name, or the type of an actor given in code.
    pub actor: String,
    /// The part it plays.
    pub role: Role,
    /// What the runtime is told about it.
    pub options: NodeOptions,
    /// Whether its actor is not known, so that nothing can be said about its ports and messages.
    pub(crate) unknown: bool,
    /// Whether its instances are made of the same settings. Those that code makes, each by a call of its own, need not be.
    pub(crate) alike: bool,
    /// Whether it was given by value, so that there can be no further instance.
    pub(crate) single: bool,
    pub(crate) maker: Box<dyn Maker>,
}

impl Node {
    /// What the actor says about itself.
    pub fn info(&self) -> &super::ActorInfo {
        self.maker.info()
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node")
            .field("name", &self.name)
            .field("actor", &self.actor)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

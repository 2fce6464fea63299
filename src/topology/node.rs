//! One actor of a topology: its name, its place in the graph, and how to make it.

use super::elastic::ElasticOptions;
use super::maker::Maker;
use crate::actor::{Breaker, OnError, ProducerReaction};
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

/// How often a message of a producer is delivered, if the process dies and is started again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Delivery {
    /// What was in memory is gone. The default of most producers.
    AtMostOnce,
    /// The producer is told what is done, and goes on after that. What it was not told of is delivered again. The default
    /// of producers that [can resume](crate::Producer::can_resume), and possible with these only.
    AtLeastOnce,
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
    /// How many of its messages are taken for how many of other inputs, while all have some; 1 by default.
    pub weight: Option<u32>,
    /// Whether its messages are taken before those of other inputs.
    pub preferred: bool,
    /// Whether it only listens: it never makes the upstream actor wait, and what it has no room for is dropped.
    pub tap: bool,
}

impl InputOptions {
    /// An input from `name`, which is `actor` or `actor.port`.
    pub fn new(name: &str) -> Self {
        let (from, port) = name.split_once('.').unwrap_or((name, ""));
        Self {
            from: from.into(),
            port: port.into(),
            mailbox: None,
            weight: None,
            preferred: false,
            tap: false,
        }
    }

    /// The same with a mailbox of its own.
    #[must_use]
    pub fn mailbox(mut self, options: MailboxOptions) -> Self {
        self.mailbox = Some(options);
        self
    }

    /// The same with this weight: while all inputs have messages, so many of its are taken for how many the weights of the
    /// others say. It gets a mailbox of its own; those that share one weigh 1 each.
    ///
    /// ```
    /// use tidegate::prelude::*;
    ///
    /// let topology = Topology::new("weighted")
    ///     .producer("urgent", iter(0..60u64))
    ///     .producer("usual", iter(0..10u64))
    ///     .consumer("end", for_each(|n: u64| println!("{n}")))
    ///     .inputs([InputOptions::new("urgent").weight(6), InputOptions::new("usual")]);
    /// assert_eq!(topology.start()?.join().actors["end"].handled, 70);
    /// # Ok::<(), tidegate::StartError>(())
    /// ```
    #[must_use]
    pub fn weight(mut self, weight: u32) -> Self {
        self.weight = Some(weight);
        self
    }

    /// The same, taken before the others whenever it has a message; after a hundred in a row, one of another input is
    /// taken, so that nobody waits for ever. Several preferred inputs share by weight. It gets a mailbox of its own.
    #[must_use]
    pub fn preferred(mut self) -> Self {
        self.preferred = true;
        self
    }

    /// The same as a tap, which can never slow or stop the actor it reads from: it has a mailbox of its own, which drops
    /// what it has no room for (`drop_newest`, if it does not say otherwise), and its end is none of the other's business.
    #[must_use]
    pub fn tap(mut self) -> Self {
        self.tap = true;
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
    /// Whether what its copies emit is in the order of its input.
    pub ordered: bool,
    /// The arbiter it is pinned to, counted from 0.
    pub arbiter: Option<usize>,
    /// Whether each instance runs on a thread of its own, so that it may block.
    pub blocking: bool,
    /// The group of threads it runs on; `None` for those that all others share.
    pub bulkhead: Option<String>,
    /// What an error does; `None` for the actor's own default.
    pub on_error: Option<OnError>,
    /// How often its messages are delivered; `None` for the producer's own default.
    pub delivery: Option<Delivery>,
    /// Whether messages of an at-least-once producer may be dropped by its mailboxes, and count as done.
    pub allow_loss: bool,
    /// What a panic does; `None` to stop the topology.
    pub on_panic: Option<OnError>,
    /// The breaker in front of each instance.
    pub breaker: Option<Breaker>,
    /// What it does about `Backpressure`, if it is a producer; `None` for the actor's own way.
    pub reaction: Option<ProducerReaction>,
    /// The limit of the topology that it shares.
    pub rate_limit: Option<String>,
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
            ordered: false,
            arbiter: None,
            blocking: false,
            bulkhead: None,
            on_error: None,
            delivery: None,
            allow_loss: false,
            on_panic: None,
            breaker: None,
            reaction: None,
            rate_limit: None,
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
    /// Whether it is a producer whose messages are delivered at least once.
    pub fn delivers_at_least_once(&self) -> bool {
        match self.options.delivery {
            Some(delivery) => delivery == Delivery::AtLeastOnce,
            None => self.info().can_resume == Some(true),
        }
    }

    /// What the actor says about itself.
    pub fn info(&self) -> &super::ActorInfo {
        self.maker.info()
    }

    /// Whether `input`, which is one of this actor, has a mailbox that it shares with no other.
    pub(crate) fn has_own_mailbox(&self, input: &InputOptions) -> bool {
        let chooses = self.info().second_input.is_some();
        chooses || input.mailbox.is_some() || input.weight.is_some() || input.preferred || input.tap
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

//! The most messages a topology can hold, known before it starts.

use crate::Topology;

/// The most messages, and bytes where that is limited, that a topology can hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bound {
    /// Messages: waiting in mailboxes, in the hands of handlers, and held by design.
    pub messages: usize,
    /// Bytes of waiting messages, if every mailbox has a limit in bytes.
    pub bytes: Option<usize>,
    /// The share of each actor, in the order of the topology.
    pub actors: Vec<ActorBound>,
    /// Actors whose calls may emit past the room that was reserved.
    pub may_expand: Vec<String>,
}

/// The share of one actor in the [`Bound`]; all its instances together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActorBound {
    /// The actor.
    pub name: String,
    /// Messages waiting in its mailboxes.
    pub capacity: usize,
    /// Messages in its handlers: one per instance.
    pub in_hand: usize,
    /// Messages it holds by design.
    pub held: usize,
    /// Bytes waiting in its mailboxes, if each of them has a limit; 0 for a producer.
    pub bytes: Option<usize>,
}

impl ActorBound {
    /// All its messages together.
    pub fn messages(&self) -> usize {
        self.capacity + self.in_hand + self.held
    }
}

impl Topology {
    /// The most messages this topology can hold.
    pub fn bound(&self) -> Bound {
        Bound::default()
    }
}

//! The most messages a topology can hold, known before it starts.
//!
//! A message is in a mailbox, in the hand of an instance, or held by design, and nowhere else: an outlet has room
//! reserved before its actor is called, so what a call emits passes straight into that room.
//!
//! One thing can exceed this for a moment, and never by more than is known: an actor of which one call may emit
//! several messages has them in its outlet while there is no room. That happens to what it emits in `on_start`,
//! `on_tick` and `on_end`, which run without reserved room, and to a call that emits and then waits for something
//! else, as no room is kept meanwhile. Nothing further is handled until they are placed, so it is at most
//! `max_emit` messages per port and instance. `send` hands on one message at a time, whatever their number. An actor
//! that emits one message for one does not exceed it: while that waits, it is what the instance has in hand.

use super::wires::Wires;
use super::{Node, Routing};
use crate::Topology;
use crate::outlet::PortInfo;

/// The most messages, and bytes where that is limited, that a topology can hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bound {
    /// Messages: waiting in mailboxes, in the hands of instances, and held by design.
    pub messages: usize,
    /// Bytes of waiting messages, if every mailbox has a limit in bytes.
    pub bytes: Option<usize>,
    /// The share of each actor, in the order of the topology.
    pub actors: Vec<ActorBound>,
    /// Actors of which one call may emit several messages. In hooks, and while a call waits, these can be in an
    /// outlet before there is room for them: at most `max_emit` per port and instance.
    pub may_expand: Vec<String>,
}

/// The share of one actor in the [`Bound`]; all its instances together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActorBound {
    /// The actor.
    pub name: String,
    /// Messages waiting in its mailboxes.
    pub capacity: usize,
    /// Messages being handled, or by a producer, made: one per instance.
    pub in_hand: usize,
    /// Messages it holds by design.
    pub held: usize,
    /// Bytes waiting in its mailboxes, if each of them has a limit; 0 for a producer.
    pub bytes: Option<usize>,
}

impl ActorBound {
    /// All its messages together.
    pub fn messages(&self) -> usize {
        self.capacity.saturating_add(self.in_hand).saturating_add(self.held)
    }
}

impl Topology {
    /// The most messages this topology can hold.
    ///
    /// ```
    /// use tidegate::prelude::*;
    ///
    /// let topology = Topology::new("doubled")
    ///     .producer("n", iter(1..=1000u64))
    ///     .stage("double", map(|n: u64| n * 2))
    ///     .mailbox(MailboxOptions::capacity(10))
    ///     .consumer("sum", for_each(|_: u64| {}))
    ///     .mailbox(MailboxOptions::capacity(5));
    /// // Ten and five in the mailboxes, and one in each hand.
    /// assert_eq!(topology.bound().messages, 10 + 5 + 3);
    /// ```
    pub fn bound(&self) -> Bound {
        let actors: Vec<ActorBound> = self.nodes().iter().map(|node| self.share(node)).collect();
        let wires = Wires::of(self);
        let expanding = (0..self.nodes().len()).filter(|number| may_expand(self, &wires, *number));
        Bound {
            messages: actors.iter().fold(0, |sum, actor| sum.saturating_add(actor.messages())),
            bytes: actors.iter().try_fold(0usize, |sum, actor| Some(sum.saturating_add(actor.bytes?))),
            may_expand: expanding.map(|number| self.nodes()[number].name.clone()).collect(),
            actors,
        }
    }

    fn share(&self, node: &Node) -> ActorBound {
        let instances = node.options.instances;
        let copies = if node.options.routing == Routing::Shared { 1 } else { instances };
        let mailboxes = self.mailboxes_of(node);
        let bytes = mailboxes.iter().try_fold(0usize, |sum, (_, mailbox)| {
            Some(sum.saturating_add(mailbox.max_bytes?.saturating_mul(copies)))
        });
        let capacity =
            mailboxes.iter().fold(0usize, |sum, (_, mailbox)| sum.saturating_add(mailbox.capacity));
        ActorBound {
            name: node.name.clone(),
            capacity: capacity.saturating_mul(copies),
            in_hand: instances,
            held: node.info().max_held.saturating_mul(instances),
            bytes,
        }
    }
}

/// Whether one call of the actor `number` may emit several messages, over the ports that are read, that for dead letters
/// aside.
fn may_expand(topology: &Topology, wires: &Wires, number: usize) -> bool {
    let node = &topology.nodes()[number];
    let read = |port: &&PortInfo| wires.readers(number).any(|wire| wire.options(topology).port == port.name);
    node.info().max_emit.saturating_mul(node.info().ports.iter().filter(read).count()) > 1
}

//! The contenders: how each of them does the workloads.

pub mod actix;
pub mod channels;
pub mod elfo;
pub mod kameo;
pub mod ractor;
pub mod rings;
pub mod streams;
pub mod tasks;
pub mod threads;
pub mod tidegate;
pub mod toml;

/// Messages that may wait in front of every actor, whatever it is made of, unless a scenario says otherwise.
pub const CAPACITY: usize = 1024;

/// Producer, so many stages, consumer; so many messages from one end to the other.
#[derive(Clone, Copy, Debug)]
pub struct Chain {
    pub stages: usize,
    pub capacity: usize,
    pub messages: u64,
}

/// How the messages of one producer reach four consumers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// Every consumer gets every message.
    Broadcast,
    /// They take turns.
    RoundRobin,
    /// By the key of the message.
    Hash,
    /// They take from one mailbox.
    Shared,
}

impl Spread {
    /// How often each message arrives.
    pub fn copies(self) -> u64 {
        if self == Self::Broadcast { WIDTH as u64 } else { 1 }
    }
}

/// Producers of a fan-in, consumers of a fan-out.
pub const WIDTH: usize = 4;

/// Which consumer message `n` goes to, where each goes to one.
#[inline]
pub fn lane(spread: Spread, n: u64) -> usize {
    let key = if spread == Spread::Hash { crate::load::spread(n) } else { n };
    (key % WIDTH as u64) as usize
}

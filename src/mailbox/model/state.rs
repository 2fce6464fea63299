//! Everything there is at one moment.

use super::{Budget, Shape};

/// Causes, as in [`Causes`](crate::Causes).
pub(super) const FULL: u8 = 1;
pub(super) const BREAKER: u8 = 2;

/// The mailbox, those at its ends, and the signals on their way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct State {
    /// Places that are taken: reserved, or with a message that was not started.
    pub(super) used: u8,
    /// The upstream actor and the number of each message.
    pub(super) queue: Vec<(usize, u8)>,
    /// What `full` of the gate says, which is read without the lock.
    pub(super) flag: bool,
    pub(super) causes: u8,
    pub(super) epoch: u8,
    /// Who has the lock of the pressure.
    pub(super) lock: Option<Who>,
    /// Whether the reader is gone.
    pub(super) closed: bool,
    pub(super) reader: Reader,
    pub(super) upstreams: Vec<Upstream>,
    /// Signals on their way, sorted.
    pub(super) signals: Vec<Signal>,
    pub(super) ledger: Ledger,
    /// How often the mailbox turned pressured because it was full.
    pub(super) raised: u8,
    /// Places that were ever taken.
    pub(super) taken: u8,
    pub(super) left: Budget,
}

/// A thread that may settle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Who {
    Reader,
    Upstream(usize),
}

/// How far somebody has come with bringing the signalled state in line with the depth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Settling {
    /// It does not.
    No,
    /// It is about to free a place, and has read the flag: a mutation.
    Frees(bool),
    /// A place was freed, which left this depth.
    Freed(u8),
    /// It wants the lock.
    Wants,
    /// It has the lock, and looks.
    Looks,
    /// It has seen that the flag must be this.
    Decided(bool),
    /// The flag is set to this, and the signal comes next.
    Flagged(bool),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Reader {
    pub(super) settling: Settling,
    pub(super) hand: Option<(usize, u8)>,
    /// The last message of each upstream actor that was started, counted from 1.
    pub(super) seen: Vec<u8>,
    /// Whether one came that should have come before.
    pub(super) disorder: bool,
    pub(super) breaker_open: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Upstream {
    pub(super) settling: Settling,
    /// Messages that were sent.
    pub(super) sent: u8,
    pub(super) reserved: u8,
    /// The epoch of the newest signal it knows, and its causes.
    pub(super) known: u8,
    pub(super) held: u8,
    /// Whether it goes by a hold of the operator, and whether there is one.
    pub(super) paused: bool,
    pub(super) operator: bool,
    pub(super) ended: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Signal {
    pub(super) to: usize,
    pub(super) epoch: u8,
    pub(super) causes: u8,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Ledger {
    pub(super) received: u8,
    pub(super) handled: u8,
    pub(super) failed: u8,
    pub(super) dropped: u8,
    pub(super) left: u8,
}

impl State {
    /// Nothing has happened.
    pub(super) fn first(shape: &Shape) -> Self {
        let upstream = Upstream {
            settling: Settling::No,
            sent: 0,
            reserved: 0,
            known: 0,
            held: 0,
            paused: false,
            operator: false,
            ended: false,
        };
        Self {
            used: 0,
            queue: Vec::new(),
            flag: false,
            causes: 0,
            epoch: 0,
            lock: None,
            closed: false,
            reader: Reader {
                settling: Settling::No,
                hand: None,
                seen: vec![0; shape.upstreams],
                disorder: false,
                breaker_open: false,
            },
            upstreams: vec![upstream; shape.upstreams],
            signals: Vec::new(),
            ledger: Ledger::default(),
            raised: 0,
            taken: 0,
            left: shape.budget,
        }
    }

    pub(super) fn settling(&mut self, who: Who) -> &mut Settling {
        match who {
            Who::Reader => &mut self.reader.settling,
            Who::Upstream(at) => &mut self.upstreams[at].settling,
        }
    }

    /// Everybody who may settle, and how far they have come.
    pub(super) fn all(&self) -> impl Iterator<Item = (Who, Settling)> + '_ {
        let upstreams = self.upstreams.iter().enumerate();
        let upstreams = upstreams.map(|(at, upstream)| (Who::Upstream(at), upstream.settling));
        std::iter::once((Who::Reader, self.reader.settling)).chain(upstreams)
    }

    /// Tells all links the state, under the lock.
    pub(super) fn tell(&mut self) {
        self.epoch += 1;
        let (epoch, causes) = (self.epoch, self.causes);
        for to in 0..self.upstreams.len() {
            // The end of the reader has taken all links away.
            if self.upstreams[to].ended || self.closed {
                continue;
            }
            if self.signals.iter().any(|signal| signal.to == to) {
                match self.left.lates {
                    0 => self.signals.retain(|signal| signal.to != to),
                    _ => self.left.lates -= 1,
                }
            }
            self.signals.push(Signal { to, epoch, causes });
        }
        self.signals.sort_unstable();
    }
}

impl Upstream {
    /// Whether it calls its actor no more, for now.
    pub(super) fn pauses(&self) -> bool {
        self.held != 0 || self.paused
    }
}

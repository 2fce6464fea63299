//! Topologies as values that proptest makes up and shrinks.

mod build;
mod loops;
mod strategy;

use crate::actors::Kind;
use proptest::sample::Index;
use std::time::Duration;
use tidegate::prelude::*;
use tidegate::testkit::Faults;
use tidegate::{Stop, Then};

pub(crate) use strategy::shape;

/// A topology, what goes wrong in it, and the seed that all else follows from.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) seed: u64,
    faults: Trouble,
    /// Whether somebody may interfere.
    pub(crate) operator: bool,
    /// Whether messages are delivered at least once.
    acknowledged: bool,
    /// How many calls at once there are in a bulkhead that some share.
    in_flight: usize,
    sources: Vec<Origin>,
    stages: Vec<Reader>,
    /// Whoever nobody reads has one of these behind it.
    ends: Vec<Reader>,
    /// The share of what is read that has an end all the same.
    also_ends: bool,
}

/// A producer.
#[derive(Clone, Debug)]
struct Origin {
    instances: usize,
    end: u64,
    /// Whether it slows down where it is told to hold, instead of pausing.
    slows: bool,
}

/// A stage or consumer.
#[derive(Clone, Debug)]
struct Reader {
    kind: Kind,
    /// Whether it takes two inputs in turn, if they have no producer in common.
    joins: bool,
    from: Index,
    and: Option<(Index, Second)>,
    /// Whether it sends some of what it takes back to one of those before it, or to itself: to which, and through what.
    back: Option<(Index, Back)>,
    /// Whether it is in the bulkhead.
    confined: bool,
    instances: usize,
    share: Share,
    mailbox: Box,
    policies: Option<(Policy, Policy)>,
    breaker: Option<(u32, bool, bool)>,
    letters: bool,
    wants: Option<u64>,
}

#[derive(Clone, Debug)]
struct Box {
    capacity: usize,
    bytes: Option<usize>,
    overflow: Overflow,
}

#[derive(Clone, Copy, Debug)]
enum Trouble {
    None,
    Some,
    Much,
}

/// The mailbox through which a loop closes: there is no loop that nothing can leave.
#[derive(Clone, Copy, Debug)]
struct Back {
    capacity: usize,
    overflow: Overflow,
}

/// What a second input is beside the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Second {
    Equal,
    Weighs(u32),
    Preferred,
    Tap,
}

#[derive(Clone, Copy, Debug)]
enum Share {
    Shared,
    RoundRobin,
    LeastLoaded,
    Hash,
    Ordered,
    Elastic,
}

#[derive(Clone, Copy, Debug)]
enum Policy {
    Skip,
    DeadLetter,
    Retry,
    RetryThenDeadLetter,
    Restart,
    RetryThenRestart,
    StopBranch,
    Stop,
}

impl Policy {
    fn resolve(self) -> OnError {
        let millis = Duration::from_millis;
        let retry = Retry::times(2).backoff(millis(2)).max_backoff(millis(20));
        let restart = Restart::times(20).backoff(millis(3)).max_backoff(millis(20)).then(Stop::Branch);
        match self {
            Self::Skip => OnError::Skip,
            Self::DeadLetter => OnError::DeadLetter,
            Self::Retry => retry.then(Then::Skip).into(),
            Self::RetryThenDeadLetter => retry.then(Then::DeadLetter).into(),
            Self::Restart => restart.into(),
            Self::RetryThenRestart => retry.then(Then::Restart(restart)).into(),
            Self::StopBranch => OnError::StopBranch,
            Self::Stop => OnError::Stop,
        }
    }
}

impl Second {
    fn resolve(self, from: &str) -> InputOptions {
        let input = InputOptions::new(from);
        match self {
            Self::Equal => input,
            Self::Weighs(weight) => input.weight(weight),
            Self::Preferred => input.preferred(),
            Self::Tap => input.tap(),
        }
    }
}

impl Back {
    fn resolve(self, from: &str) -> InputOptions {
        InputOptions::new(from).mailbox(MailboxOptions::capacity(self.capacity).overflow(self.overflow))
    }
}

impl Box {
    fn resolve(&self) -> MailboxOptions {
        let options = MailboxOptions::capacity(self.capacity).overflow(self.overflow);
        match self.bytes {
            Some(bytes) => options.max_bytes(bytes).max_message_bytes(40),
            None => options,
        }
    }
}

impl Shape {
    pub(crate) fn faults(&self) -> Faults {
        let millis = Duration::from_millis;
        match self.faults {
            Trouble::None => Faults::none(),
            Trouble::Some => Faults::none().errors(0.01).panics(0.01).delays(0.05, millis(10)),
            Trouble::Much => Faults::none().errors(0.1).panics(0.05).delays(0.2, millis(30)),
        }
    }
}

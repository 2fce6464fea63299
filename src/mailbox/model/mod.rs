//! A model of the protocol, to be checked in every order of its steps.
//!
//! It has what the code of [`gate`](super::gate), [`pressure`](super::pressure) and [`link`](super::link) does, step by
//! step, wherever another thread may come in between; and signals that are worse than those of the runtime, where a newer
//! one overwrites the one that waits: some come late, out of order or twice. Operators hold, breakers open, actors stop, fail
//! and are made anew at any point.
//!
//! ```text
//!   upstream: reserve ─▶ (settle) ─▶ put          settle: lock ─▶ look ─▶ flag ─▶ tell ─▶ look ... ─▶ unlock
//!   reader:   start: release ─▶ look at the flag ─▶ (settle) ─▶ handle
//! ```
//!
//! [`rules`] says what must hold in each state. For each rule there is a [`Mutation`] of the model, a mistake that somebody
//! could make in the code, which the rule must catch: a checker that cannot fail proves nothing.

mod rules;
mod state;
mod steps;
mod tests;

use steps::Step;

/// What a model is of: the topology, and what may go wrong how often.
#[derive(Clone, Debug)]
struct Shape {
    upstreams: usize,
    /// Messages of each upstream actor.
    messages: u8,
    capacity: u8,
    high: u8,
    low: u8,
    policy: Policy,
    budget: Budget,
    mutation: Option<Mutation>,
}

/// What happens to a message offered to a full mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Policy {
    Backpressure,
    DropNewest,
    DropOldest,
}

/// How often each thing may happen from outside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Budget {
    /// An operator holds an upstream actor.
    holds: u8,
    /// The breaker of the reader opens.
    breaks: u8,
    /// An upstream actor stops or fails, with whatever it has reserved.
    stops: u8,
    /// The reader stops for good.
    ends: u8,
    /// The handler fails, and the reader is made anew.
    fails: u8,
    /// A signal comes once more.
    repeats: u8,
    /// A newer signal does not overwrite the one that waits, and either may come first.
    lates: u8,
    /// Room that was reserved ahead is given back unused.
    returns: u8,
}

/// Mistakes. Each must be found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mutation {
    /// A signal is believed though a newer one is known.
    EpochIgnored,
    /// The flag is set, and the lock given away, before the signal is sent.
    FlagBeforeSignal,
    /// Whoever settles looks at the depth once, and not again after the flag is set.
    NoSecondLook,
    /// A release looks at the flag before it frees the place.
    FlagReadBeforeRelease,
    /// A signal that takes one hold away takes all.
    OneReleasedForTwo,
    /// `Resume` ends the hold of an operator, too.
    ResumeReleasesOperator,
    /// Who stops keeps the place it reserved.
    StoppedKeepsRoom,
    /// The end of the reader leaves its hold in force.
    EndKeepsHold,
    /// A place is taken without a look at the capacity.
    BoundIgnored,
    /// There is one mark instead of two.
    OneMark,
    /// A message that is in hand when the handler fails is handled again, and counted twice.
    FailedCountsTwice,
    /// A message that the policy takes away is not counted.
    DropNotCounted,
}

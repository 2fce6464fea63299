//! What comes of simulations.

use std::fmt;
use std::ops::AddAssign;
use std::time::Duration;

/// What simulations came to that broke nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Simulated {
    /// Runs from a seed of their own each.
    pub runs: u64,
    /// Of these, those that completed: their producers were done and everything was handled.
    pub completed: u64,
    /// Turns of actors. After each of them the bounds and ledgers of all actors were looked at.
    pub steps: u64,
    /// Calls that failed because the seed said so.
    pub errors: u64,
    /// Calls that panicked because the seed said so.
    pub panics: u64,
    /// Calls that were delayed because the seed said so.
    pub delays: u64,
    /// What an operator did: pauses, changes of mailboxes, stops and the like.
    pub operations: u64,
    /// Messages that reached a mailbox.
    pub messages: u64,
    /// `Backpressure` and `Resume`, each change of a mailbox once.
    pub signals: u64,
    /// Actors that were made anew.
    pub restarts: u64,
    /// The virtual time that passed.
    pub time: Duration,
    /// Follows from all counts and states after each step: runs that are the same have the same trace.
    pub trace: u64,
}

impl AddAssign for Simulated {
    fn add_assign(&mut self, other: Self) {
        self.runs += other.runs;
        self.completed += other.completed;
        self.steps += other.steps;
        self.errors += other.errors;
        self.panics += other.panics;
        self.delays += other.delays;
        self.operations += other.operations;
        self.messages += other.messages;
        self.signals += other.signals;
        self.restarts += other.restarts;
        self.time += other.time;
        // A sum, so that it is the same whatever is added to what.
        self.trace = self.trace.wrapping_add(other.trace);
    }
}

/// A simulation found something that must not be.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub struct SimulationFailure {
    /// What the run followed from: it replays it.
    pub seed: u64,
    /// The turn of an actor after which it was found, from 1.
    pub step: u64,
    /// The virtual time that had passed.
    pub time: Duration,
    /// What was found.
    pub what: String,
    /// What the operator had done, with the step each time.
    pub operations: Vec<String>,
    /// The state and the counts of each actor, a line each.
    pub actors: Vec<String>,
}

impl fmt::Display for SimulationFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, step, time, what, operations, actors } = self;
        writeln!(f, "seed {seed}, step {step}, after {time:?} of virtual time: {what}")?;
        if !operations.is_empty() {
            writeln!(f, "  operator: {}", operations.join(", "))?;
        }
        for actor in actors {
            writeln!(f, "  {actor}")?;
        }
        write!(f, "  to replay it: the same topology and faults with seed({seed}) and runs(1)")
    }
}

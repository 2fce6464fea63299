//! The course of one simulated run: what is laid down for its cells, and what is seen after each step.

use super::faults::Faults;
use super::operator::Operator;
use super::outcome::{Simulated, SimulationFailure};
use crate::cell::{Disturbance, Fault, Simulator};
use crate::dice::Dice;
use crate::sync::{Arc, Mutex, OnceLock, lock};
use crate::system::{Scrutiny, digest};
use crate::time::Instant;
use crate::{Handle, Report};
use std::time::Duration;
use tokio::sync::Notify;

/// How long a drain may take, in virtual time, that comes because a run takes too many steps.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(60 * 60);

/// How many steps a run may take beside as many as before to end, once it has been drained.
const TO_END: u64 = 100_000;

/// What a course follows from.
pub(super) struct Plan {
    pub(super) seed: u64,
    pub(super) faults: Faults,
    pub(super) operator: bool,
    /// The most messages that a producer emits.
    pub(super) messages: Option<u64>,
    /// After so many steps it is drained.
    pub(super) steps: u64,
    /// For so long, in virtual time, nothing may happen.
    pub(super) patience: Duration,
}

pub(super) struct Course {
    plan: Plan,
    since: Instant,
    running: OnceLock<(Handle, Vec<String>)>,
    state: Mutex<State>,
    /// Told once something is wrong.
    pub(super) broken: Notify,
}

struct State {
    /// What is drawn for cells follows from this.
    dice: Dice,
    /// How much calmer the run is than the faults allow.
    calm: f64,
    operator: Operator,
    scrutiny: Scrutiny,
    /// Cells that are not polled for a while.
    paused: usize,
    /// All progress at the last look, and when there was the last.
    progress: (u64, Instant),
    /// When the last call goes on that was delayed because the seed said so.
    delayed: Instant,
    came: Simulated,
    failure: Option<SimulationFailure>,
}

impl Course {
    pub(super) fn new(plan: Plan) -> Arc<Self> {
        let dice = Dice::new(plan.seed);
        let calm = *dice.pick(&[0.0, 0.05, 0.3, 1.0]);
        let since = Instant::now();
        let state = State {
            operator: Operator::new(Dice::new(dice.next()), plan.operator),
            dice,
            calm,
            scrutiny: Scrutiny::default(),
            paused: 0,
            progress: (0, since),
            delayed: since,
            came: Simulated { runs: 1, ..Simulated::default() },
            failure: None,
        };
        Arc::new(Self {
            plan,
            since,
            running: OnceLock::new(),
            state: Mutex::new(state),
            broken: Notify::new(),
        })
    }

    /// The topology has been started.
    pub(super) fn follow(&self, running: &Handle) {
        let _ = self.running.set((running.clone(), running.actors()));
    }

    /// Turns of cells so far.
    pub(super) fn steps(&self) -> u64 {
        lock(&self.state).came.steps
    }

    /// Looks at a moment at which no cell can do anything; whether anything has happened since the last.
    pub(super) fn rests(&self) -> bool {
        let Some((running, actors)) = self.running.get() else { return false };
        let mut state = lock(&self.state);
        if state.paused == 0
            && let Err(wrong) = running.scrutinise_rest()
        {
            self.fails(&mut state, wrong);
        }
        let now = Instant::now();
        let progress = self.look(&mut state, running);
        let moved = progress != state.progress.0;
        if moved || state.operator.has_plans() {
            state.progress = (progress, now);
        } else if now.saturating_duration_since(state.progress.1.max(state.delayed)) > self.plan.patience {
            let phase = running.phase();
            let patience = humantime::format_duration(self.plan.patience);
            self.fails(&mut state, format!("nothing has happened for {patience}, while {phase:?}"));
        }
        if state.operator.has_plans() {
            let step = state.came.steps;
            state.operator.interfere(running, actors, step);
            state.came.operations += 1;
        }
        moved
    }

    /// Looks at bounds and ledgers; how much progress there has been.
    fn look(&self, state: &mut State, running: &Handle) -> u64 {
        match running.scrutinise(&mut state.scrutiny) {
            Ok(seen) => {
                state.came.trace = digest(state.came.trace, seen.digest);
                seen.progress
            }
            Err(wrong) => {
                self.fails(state, wrong);
                0
            }
        }
    }

    /// What came of it, with `report` at the end if it got there.
    pub(super) fn end(&self, report: Option<&Report>) -> Result<Simulated, SimulationFailure> {
        let mut state = lock(&self.state);
        if let Some(failure) = state.failure.take() {
            return Err(failure);
        }
        state.came.time = self.since.elapsed();
        if let Some(report) = report {
            let actors = report.actors.values();
            let mailboxes = actors.clone().filter_map(|actor| actor.mailbox.as_ref());
            let signals = mailboxes.map(|mailbox| mailbox.backpressure_signals + mailbox.resume_signals);
            state.came.signals = signals.sum();
            state.came.messages = actors.clone().map(|actor| actor.received).sum();
            state.came.restarts = actors.map(|actor| actor.restarts).sum();
            state.came.completed = u64::from(report.outcome == crate::Outcome::Completed);
        }
        Ok(state.came.clone())
    }

    /// What there is to say about `what`, which must not be.
    pub(super) fn failure(&self, what: String) -> SimulationFailure {
        self.describe(&lock(&self.state), what)
    }

    fn fails(&self, state: &mut State, what: String) {
        if state.failure.is_none() {
            state.failure = Some(self.describe(state, what));
            self.broken.notify_one();
        }
    }

    fn describe(&self, state: &State, what: String) -> SimulationFailure {
        SimulationFailure {
            seed: self.plan.seed,
            step: state.came.steps,
            time: self.since.elapsed(),
            what,
            operations: state.operator.told.clone(),
            actors: self.running.get().map_or_else(Vec::new, |(running, _)| states(running)),
        }
    }
}

impl Simulator for Course {
    fn disturbance(self: Arc<Self>, cell: usize) -> Disturbance {
        let (seed, odds) = {
            let state = lock(&self.state);
            (state.dice.next(), self.plan.faults.odds(state.calm, &state.dice))
        };
        Disturbance { cell, seed, odds, messages: self.plan.messages, simulator: self }
    }

    fn stepped(&self, cell: usize) {
        let Some((running, actors)) = self.running.get() else { return };
        let mut state = lock(&self.state);
        if state.failure.is_some() {
            return;
        }
        state.came.steps += 1;
        state.came.trace = digest(state.came.trace, cell as u64);
        self.look(&mut state, running);
        let step = state.came.steps;
        if state.operator.is_due(step) {
            state.operator.interfere(running, actors, step);
            state.came.operations += 1;
        }
        if step == self.plan.steps {
            running.resume_all();
            running.drain(DRAIN_TIMEOUT);
        } else if step > self.plan.steps.saturating_mul(2).saturating_add(TO_END) {
            self.fails(
                &mut state,
                format!("it was drained after {} steps and does not end", self.plan.steps),
            );
        }
    }

    fn struck(&self, fault: Fault) {
        let mut state = lock(&self.state);
        match fault {
            Fault::Error => state.came.errors += 1,
            Fault::Panic => state.came.panics += 1,
            Fault::Delay(time) => {
                state.came.delays += 1;
                state.delayed = state.delayed.max(Instant::now() + time);
            }
        }
    }

    fn paused(&self, paused: bool) {
        let mut state = lock(&self.state);
        state.paused = if paused { state.paused + 1 } else { state.paused.saturating_sub(1) };
    }
}

/// The state and the counts of each actor, a line each.
fn states(running: &Handle) -> Vec<String> {
    let snapshot = running.snapshot();
    let actors = snapshot.actors.iter().map(|(name, actor)| {
        let mailbox = actor.mailbox.as_ref().map_or_else(String::new, |mailbox| {
            let state = if mailbox.pressured { "pressured" } else { "open" };
            format!(", mailbox {} of {} {state}", mailbox.depth, mailbox.capacity)
        });
        format!(
            "{name}: {:?}, received {}, handled {}, emitted {}, failed {}, dropped {}, left {}, waiting {}, \
             in a handler {}, held {}{mailbox}",
            actor.state,
            actor.received,
            actor.handled,
            actor.emitted,
            actor.failed,
            actor.dropped.total(),
            actor.left,
            actor.waiting,
            actor.in_handler,
            actor.held
        )
    });
    actors.collect()
}

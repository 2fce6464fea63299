//! Whole topologies in virtual time, of which everything that happens follows from a seed.
//!
//! ```text
//!   seed ──▶ Course ── odds, seeds ──▶ cells: late, failing, slow        (cell::chance)
//!              │  ▲
//!              │  └── after each turn of a cell: bounds, ledgers, trace  (system::scrutiny)
//!              └── pauses, changes, drains, stops ──▶ Handle             (operator)
//! ```
//!
//! All actors run on one thread, and the clock stands still while any of them can do something. So nothing depends on the
//! machine, and the same seed takes the same course.

mod course;
mod faults;
mod operator;
mod outcome;
mod scene;

pub use faults::Faults;
pub use outcome::{Simulated, SimulationFailure};
pub use scene::Scene;

use super::ledger::audit;
use super::virtual_time;
use crate::dice::Dice;
use crate::sync::Arc;
use crate::time::sleep;
use crate::{ActorState, Report};
use course::{Course, Plan};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// How long the first wait is between two looks at a topology that rests.
const FIRST_LOOK: Duration = Duration::from_millis(1);

/// So many turns of all tasks in a row without a step: longer than a cell leaves its turns to others.
const TURNS_AT_REST: u32 = 24;

/// Runs topologies over and over, each time with another seed, in virtual time: which actor has its turn next, how long
/// calls take, which of them fail or panic, and what an operator does meanwhile, all of it follows from the seed.
///
/// After each turn of an actor it is checked that
///
/// - no mailbox holds more than its capacity, in messages and in bytes;
/// - `received = handled + failed + dropped + left + waiting + in_handler` for each actor;
/// - each mailbox has said `Backpressure` or `Resume` as its depth and its marks call for;
///
/// when no actor can do anything, that none is asked to hold by a mailbox that is open, and that something happens again
/// within the [patience](Self::patience); and at the end, that all ledgers [balance](super::balanced), that nobody had to be
/// left behind, and what the [`Scene`] checks.
///
/// ```
/// use tidegate::prelude::*;
/// use tidegate::testkit::Simulation;
///
/// let simulated = Simulation::new().seed(1).runs(20).run(|dice| {
///     Topology::new("squares")
///         .producer("numbers", iter(0..100u64))
///         .stage("square", map(|n: u64| n * n))
///         .on_error(OnError::Skip)
///         .mailbox(MailboxOptions::capacity(dice.between(1, 8)))
///         .consumer("end", for_each(|_: u64| {}))
/// })?;
/// assert_eq!(simulated.runs, 20);
/// # Ok::<(), tidegate::testkit::SimulationFailure>(())
/// ```
///
/// What actors do that depends on something else than their messages, the dice and the runtime's clock cannot be replayed:
/// other clocks, threads, the order of a `HashMap`, what is in a file.
#[derive(Clone, Debug)]
pub struct Simulation {
    seed: u64,
    runs: u64,
    faults: Faults,
    operator: bool,
    messages: Option<u64>,
    steps: u64,
    patience: Duration,
}

impl Default for Simulation {
    fn default() -> Self {
        Self {
            seed: 0,
            runs: 100,
            faults: Faults::default(),
            operator: true,
            messages: None,
            steps: 100_000,
            patience: Duration::from_secs(60 * 60),
        }
    }
}

impl Simulation {
    /// 100 runs from seed 0 on, with the default faults and an operator.
    pub fn new() -> Self {
        Self::default()
    }

    /// The seed of the first run; each further one has the next.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// So many runs.
    #[must_use]
    pub fn runs(self, runs: u64) -> Self {
        Self { runs, ..self }
    }

    /// What goes wrong.
    #[must_use]
    pub fn faults(self, faults: Faults) -> Self {
        Self { faults, ..self }
    }

    /// Nobody pauses, changes, drains or stops anything.
    #[must_use]
    pub fn without_operator(self) -> Self {
        Self { operator: false, ..self }
    }

    /// Each instance of a producer is done after so many messages, if it is not before.
    #[must_use]
    pub fn messages(self, messages: u64) -> Self {
        Self { messages: Some(messages), ..self }
    }

    /// A run that takes more turns of actors than this is drained, and must end within as many more and another
    /// 100,000. Default: 100,000.
    #[must_use]
    pub fn steps(self, steps: u64) -> Self {
        Self { steps: steps.max(1), ..self }
    }

    /// For how long nothing may happen, in virtual time, before that is a failure: longer than any actor of the topology
    /// waits by design. Default: an hour.
    #[must_use]
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Runs what `build` makes, from each seed in turn. It is called in virtual time; what it draws from the dice follows
    /// from the seed, too.
    ///
    /// # Errors
    /// When something is found that must not be, at the first run in which it is; or when a topology does not start. A panic
    /// of `build`, or of what a scene checks, counts as found.
    pub fn run<S: Into<Scene>>(
        &self,
        mut build: impl FnMut(&Dice) -> S,
    ) -> Result<Simulated, SimulationFailure> {
        let mut all = Simulated::default();
        for run in 0..self.runs {
            all += self.run_one(self.seed.wrapping_add(run), |dice| build(dice).into())?;
        }
        Ok(all)
    }

    fn run_one(&self, seed: u64, build: impl FnOnce(&Dice) -> Scene) -> Result<Simulated, SimulationFailure> {
        let ran = catch_unwind(AssertUnwindSafe(|| virtual_time(self.simulate(seed, build))));
        ran.unwrap_or_else(|panic| {
            Err(SimulationFailure {
                seed,
                step: 0,
                time: Duration::ZERO,
                what: text(&*panic),
                operations: Vec::new(),
                actors: Vec::new(),
            })
        })
    }

    async fn simulate(
        &self,
        seed: u64,
        build: impl FnOnce(&Dice) -> Scene,
    ) -> Result<Simulated, SimulationFailure> {
        let course = Course::new(Plan {
            seed,
            faults: self.faults,
            operator: self.operator,
            messages: self.messages,
            steps: self.steps,
            patience: self.patience,
        });
        // Not the numbers that the course is drawn from.
        let Scene { topology, verify } = build(&Dice::new(seed.rotate_left(32) ^ 0x5EED));
        let running = topology.seed(seed).start_here(Some(course.clone()));
        let running =
            running.map_err(|error| course.failure(format!("the topology does not start:\n{error}")))?;
        course.follow(&running);
        let mut wait = FIRST_LOOK;
        let report = loop {
            tokio::select! {
                biased;
                () = course.broken.notified() => break None,
                report = running.wait() => break Some(report),
                () = rest(&course, wait) => {
                    let longer = (wait * 2).min(self.patience / 8).max(FIRST_LOOK);
                    wait = if course.rests() { FIRST_LOOK } else { longer };
                }
            }
        };
        if let Some(report) = &report {
            judge(&course, report)?;
        }
        let simulated = course.end(report.as_ref())?;
        if let (Some(report), Some(verify)) = (&report, verify) {
            let verdict = catch_unwind(AssertUnwindSafe(|| verify(report)));
            let verdict = verdict.unwrap_or_else(|panic| Err(text(&*panic).into()));
            verdict.map_err(|error| course.failure(error.to_string()))?;
        }
        Ok(simulated)
    }
}

/// Waits for `wait`, and then until no cell has anything to do: timers of cells may fire at the same moment.
async fn rest(course: &Course, wait: Duration) {
    sleep(wait).await;
    let mut steps = course.steps();
    let mut turns = 0;
    while turns < TURNS_AT_REST {
        tokio::task::yield_now().await;
        turns += 1;
        let now = course.steps();
        if now != steps {
            (steps, turns) = (now, 0);
        }
    }
}

/// What must be so at the end of any run.
fn judge(course: &Arc<Course>, report: &Report) -> Result<(), SimulationFailure> {
    audit(report).map_err(|wrong| course.failure(wrong))?;
    match report.actors.iter().find(|(_, actor)| actor.state == ActorState::Stuck) {
        Some((name, _)) => Err(course.failure(format!("`{name}` did not end when it was stopped"))),
        None => Ok(()),
    }
}

fn text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic".into())
}

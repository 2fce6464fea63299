//! Whoever interferes with a simulated topology.

use crate::dice::Dice;
use crate::{Handle, MailboxOptions};
use std::time::Duration;

/// The most that an operator does in a run.
const MOST_OPERATIONS: u64 = 10;

/// The most steps between two operations.
const MOST_STEPS: u64 = 400;

/// An operator whose whims follow from a seed. What they hold they release in the end.
pub(super) struct Operator {
    dice: Dice,
    left: u64,
    /// The step after which they do something next.
    next: u64,
    /// What they did.
    pub(super) told: Vec<String>,
}

impl Operator {
    pub(super) fn new(dice: Dice, interferes: bool) -> Self {
        let left = if interferes && dice.one_in(2) { dice.roll(MOST_OPERATIONS) + 1 } else { 0 };
        let next = dice.roll(MOST_STEPS);
        Self { dice, left, next, told: Vec::new() }
    }

    /// Whether it is time, after `step`.
    pub(super) fn is_due(&self, step: u64) -> bool {
        self.left > 0 && step >= self.next
    }

    /// Whether there is something they will do yet.
    pub(super) fn has_plans(&self) -> bool {
        self.left > 0
    }

    /// Does the next thing.
    pub(super) fn interfere(&mut self, running: &Handle, actors: &[String], step: u64) {
        self.left -= 1;
        self.next = step + self.dice.roll(MOST_STEPS);
        let what = if self.left == 0 {
            running.resume_all();
            "resume all".into()
        } else {
            self.whim(running, self.dice.pick::<String>(actors))
        };
        self.told.push(format!("{what} after {step}"));
    }

    fn whim(&self, running: &Handle, actor: &str) -> String {
        let dice = &self.dice;
        match dice.roll(24) {
            0..5 => {
                running.pause(actor);
                format!("pause {actor}")
            }
            5..9 => {
                running.resume(actor);
                format!("resume {actor}")
            }
            9..11 => {
                running.pause_all();
                "pause all".into()
            }
            11..14 => {
                running.resume_all();
                "resume all".into()
            }
            14..18 => {
                let capacity = dice.between(1, 16);
                let done = running.set_mailbox(actor, &MailboxOptions::capacity(capacity));
                told(&format!("capacity of {actor} {capacity}"), done.is_ok())
            }
            18..20 => {
                let instances = dice.between(1, 4);
                let done = running.set_instances(actor, instances);
                told(&format!("instances of {actor} {instances}"), done.is_ok())
            }
            20 => told(&format!("drain {actor}"), running.drain_actor(actor).is_ok()),
            21 => told(&format!("stop {actor}"), running.stop_actor(actor).is_ok()),
            22 => {
                let timeout = dice.time(Duration::from_secs(2));
                running.drain(timeout);
                format!("drain within {timeout:?}")
            }
            _ if dice.one_in(2) => {
                running.stop();
                "stop".into()
            }
            _ => "nothing".into(),
        }
    }
}

/// What was done, or refused.
fn told(what: &str, done: bool) -> String {
    if done { what.into() } else { format!("{what} (refused)") }
}

//! What the runs of a simulation came to, in words.

use super::grouped;
use crate::format::{columns, counted, elapsed, rate};
use std::time::Instant;
use tidegate::Outcome;
use tidegate::testkit::Simulated;

/// Counts runs.
pub(super) struct Tally {
    began: Instant,
    /// How many there are to be.
    runs: u64,
    all: Simulated,
    drained: u64,
    stopped: u64,
    failed: u64,
}

impl Tally {
    /// Of none yet, and `runs` to come.
    pub(super) fn new(runs: u64) -> Self {
        let all = Simulated::default();
        Self { began: Instant::now(), runs, all, drained: 0, stopped: 0, failed: 0 }
    }

    pub(super) fn add(&mut self, one: Simulated, outcome: Outcome) {
        self.all += one;
        match outcome {
            Outcome::Completed => {}
            Outcome::Drained => self.drained += 1,
            Outcome::Stopped => self.stopped += 1,
            Outcome::Failed => self.failed += 1,
        }
    }

    /// Whether there was none.
    pub(super) fn is_empty(&self) -> bool {
        self.all.runs == 0
    }

    /// `120 of 1,000 runs, 85 a second`
    pub(super) fn progress(&self) -> String {
        format!("{} of {}, {} a second", grouped(self.all.runs), counted(self.runs, "run"), self.speed())
    }

    fn speed(&self) -> String {
        rate(self.all.runs as f64 / self.began.elapsed().as_secs_f64().max(1e-9))
    }

    /// All of it, in lines.
    pub(super) fn summary(&self) -> String {
        let all = &self.all;
        let of = if all.runs < self.runs { format!(" of {}", grouped(self.runs)) } else { String::new() };
        let runs = if all.runs == 1 { "run" } else { "runs" };
        let time = elapsed(all.time.as_secs_f64());
        let first = format!(
            "{}{of} {runs} kept all promises, {} a second, {time} of virtual time\n",
            grouped(all.runs),
            self.speed()
        );
        let ends = [
            ("completed", all.completed),
            ("drained", self.drained),
            ("stopped", self.stopped),
            ("failed by a fault", self.failed),
        ];
        let counts = [
            ("steps checked", all.steps),
            ("messages", all.messages),
            ("signals", all.signals),
            ("errors injected", all.errors),
            ("panics injected", all.panics),
            ("delays injected", all.delays),
            ("restarts", all.restarts),
            ("operations", all.operations),
        ];
        let row = |(name, count): &(&str, u64)| vec![(*name).to_string(), grouped(*count)];
        let rows: Vec<Vec<String>> = ends.iter().chain(&counts).map(row).collect();
        format!("{first}{}  trace {:016x}\n", columns("  ", &rows), all.trace)
    }
}

//! Scenarios and those who take part in them.

use serde::Serialize;
use std::time::Instant;
use tidegate::Result;

/// One workload, and everybody who does it.
pub struct Scenario {
    pub name: &'static str,
    /// The workload in words: what moves, how far, and when a run is over.
    pub workload: String,
    /// What each run measures; the first is what contenders are ranked by.
    pub metrics: Vec<Metric>,
    /// The first one is what all others are compared with.
    pub contenders: Vec<Contender>,
    /// Whether the number of messages is free to be chosen so that a run takes a given time.
    pub calibrated: bool,
    /// The number of messages of a run where it is not.
    pub messages: u64,
}

/// A figure that each run of a scenario gives.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Metric {
    pub name: &'static str,
    pub unit: &'static str,
    /// Whether a larger figure is the better one.
    pub more_is_better: bool,
}

impl Metric {
    /// A figure that should be high.
    pub const fn high(name: &'static str, unit: &'static str) -> Self {
        Self { name, unit, more_is_better: true }
    }

    /// A figure that should be low.
    pub const fn low(name: &'static str, unit: &'static str) -> Self {
        Self { name, unit, more_is_better: false }
    }
}

/// What a contender is to be compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Tidegate itself.
    Tidegate,
    /// Bounded queues, one message at a time: the peers that the targets speak of.
    Bounded,
    /// Bounded queues, taken from in batches.
    Batch,
    /// Bounded, but no per-message queue between actors: fused, or not an actor at all.
    Other,
    /// Cannot be bounded.
    Unbounded,
    /// A bare ring between busy threads: what there is to reach, not what anybody would use.
    Floor,
}

/// The figures of one run, in the order of the scenario's metrics; `None` where a contender has no such thing.
pub type Sample = Vec<Option<f64>>;

/// One way to do the workload.
pub struct Contender {
    pub name: String,
    /// On which threads.
    pub layout: String,
    pub class: Class,
    /// What a reader must know about its figure.
    pub note: Option<&'static str>,
    run: Box<dyn Fn(u64) -> Result<Sample>>,
}

impl Contender {
    /// A contender whose `run` does the workload with so many messages, checks the result, and measures.
    pub fn new(
        name: impl Into<String>,
        layout: impl Into<String>,
        class: Class,
        run: impl Fn(u64) -> Result<Sample> + 'static,
    ) -> Self {
        Self { name: name.into(), layout: layout.into(), class, note: None, run: Box::new(run) }
    }

    /// The same with something a reader must know.
    #[must_use]
    pub fn note(mut self, note: &'static str) -> Self {
        self.note = Some(note);
        self
    }

    /// The same with another way to do the workload.
    #[must_use]
    pub fn run_by(mut self, run: impl Fn(u64) -> Result<Sample> + 'static) -> Self {
        self.run = Box::new(run);
        self
    }

    /// Name and layout: what `--only` looks at.
    pub fn title(&self) -> String {
        if self.layout.is_empty() { self.name.clone() } else { format!("{}, {}", self.name, self.layout) }
    }

    /// Does the workload once.
    pub fn run(&self, messages: u64) -> Result<Sample> {
        (self.run)(messages)
    }
}

/// A contender measured by its throughput, in millions a second: the clock runs from before anything is made until
/// everything is gone, threads and runtimes included.
pub fn per_second(
    name: impl Into<String>,
    layout: impl Into<String>,
    class: Class,
    run: impl Fn(u64) -> Result + 'static,
) -> Contender {
    Contender::new(name, layout, class, move |messages| {
        let since = Instant::now();
        run(messages)?;
        Ok(vec![at_rate(messages, since)])
    })
}

/// Millions a second since then.
pub fn at_rate(messages: u64, since: Instant) -> Option<f64> {
    Some(messages as f64 / since.elapsed().as_secs_f64() / 1e6)
}

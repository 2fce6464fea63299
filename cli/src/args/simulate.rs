//! The arguments of `simulate`.

use super::{Source, duration};
use clap::Args;
use std::time::Duration;

pub(super) const HELP: &str = "\
All actors run on one thread, in virtual time. Which has its turn next, how long calls take,
which of them fail or panic, and what an operator does meanwhile follow from the seed. After each
step, bounds and ledgers are checked. A first run without any of that, which is not counted, shows
that the topology does not fail by itself.

Nothing is written: `file`, `stdout` and `table` take what comes and drop it, and `file_lines`
emits lines that are read once, a thousand at most. Other actors do what they do.

Ctrl-C ends it after the run that goes on.

Examples:
  tidegate simulate flights.toml
  tidegate simulate flights.toml --seed 4711 --runs 1       the run that failed
  tidegate simulate flights.toml --runs 100000 --errors 0.05";

#[derive(Args, Debug)]
pub(crate) struct Simulate {
    #[command(flatten)]
    pub(crate) source: Source,
    /// What the first run follows from; each further one has the next
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    /// How many runs
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub(crate) runs: u64,
    /// The most messages that each instance of a producer emits
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub(crate) messages: u64,
    /// The probability that a call fails, from 0 to 1
    #[arg(long, value_name = "P", value_parser = probability, default_value_t = 0.005)]
    pub(crate) errors: f64,
    /// The probability that a call panics, from 0 to 1
    #[arg(long, value_name = "P", value_parser = probability, default_value_t = 0.005)]
    pub(crate) panics: f64,
    /// The probability that a call is delayed, from 0 to 1
    #[arg(long, value_name = "P", value_parser = probability, default_value_t = 0.05)]
    pub(crate) delays: f64,
    /// For how long it is delayed at most
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "20ms")]
    pub(crate) longest_delay: Duration,
    /// For how long nothing may happen, in virtual time: longer than any actor waits by design
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "1h")]
    pub(crate) patience: Duration,
    /// Nobody pauses, changes, drains or stops anything
    #[arg(long)]
    pub(crate) no_operator: bool,
    /// Say nothing but what came of it
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

fn probability(text: &str) -> Result<f64, String> {
    let probability: Option<f64> = text.parse().ok();
    let known = probability.filter(|probability| (0.0..=1.0).contains(probability));
    known.ok_or_else(|| "write a number from 0 to 1, like `0.01`".into())
}

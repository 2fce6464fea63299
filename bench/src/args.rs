//! The command line.

use clap::Parser;
use std::path::PathBuf;
use std::time::Duration;

/// Measures Tidegate beside its peers.
#[derive(Clone, Debug, Parser)]
#[command(version, max_term_width = 110)]
pub struct Args {
    /// The scenarios to run, or `all`; without any, their names are listed
    #[arg(value_name = "SCENARIO")]
    pub scenarios: Vec<String>,

    /// Print everything as JSON, every sample included
    #[arg(long, conflicts_with = "markdown")]
    pub json: bool,

    /// Print tables for docs/performance.md
    #[arg(long)]
    pub markdown: bool,

    /// How often each contender runs
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: u32,

    /// Messages of one run, the same for every contender; by default, as many as fill `--seconds`
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    pub messages: Option<u64>,

    /// How long one run is meant to take
    #[arg(long, default_value_t = 0.4)]
    pub seconds: f64,

    /// Only contenders whose name contains this
    #[arg(long, value_name = "CONTENDER")]
    pub only: Vec<String>,

    /// Let the scenarios that watch memory over time run for 30 seconds instead of 3
    #[arg(long)]
    pub long: bool,

    /// The file of the scenario `flights`: CSV, not compressed; by default the slice that comes with the project
    #[arg(long, value_name = "FILE")]
    pub flights: Option<PathBuf>,

    /// Run one contender once, in this process, and print its figures: what the scenarios that look at the memory of
    /// a process start
    #[arg(long, hide = true, value_name = "CONTENDER")]
    pub child: Option<String>,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A table for each scenario as soon as it has run.
    Text,
    /// One JSON document at the end.
    Json,
    /// One Markdown document at the end.
    Markdown,
}

impl Args {
    /// How results are printed.
    pub fn format(&self) -> Format {
        match (self.json, self.markdown) {
            (true, _) => Format::Json,
            (false, true) => Format::Markdown,
            (false, false) => Format::Text,
        }
    }

    /// Whether `--only` leaves this contender in.
    pub fn wants(&self, contender: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|part| contender.contains(part))
    }

    /// How long one run is meant to take.
    pub fn span(&self) -> Duration {
        Duration::from_secs_f64(self.seconds.clamp(0.001, 3_600.0))
    }

    /// How long memory is watched.
    pub fn watch(&self) -> Duration {
        if self.long { Duration::from_secs(30) } else { Duration::from_secs(3) }
    }
}

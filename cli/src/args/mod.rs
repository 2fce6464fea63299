//! The command line.

mod simulate;

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;
use tidegate::settings::Span;

pub(crate) use simulate::Simulate;

/// Runs data pipelines of actors whose mailboxes say Backpressure when they fill up and Resume when they drain.
///
/// A topology file in TOML names the actors and links them. Without a command, the topology in `config.toml` runs.
#[derive(Debug, Parser)]
#[command(name = "tidegate", version, after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

const AFTER_HELP: &str = "\
Values come in layers, each overriding the one before: the file, environment variables like
TIDEGATE__MAILBOX__CAPACITY=64, and --set mailbox.capacity=64.

Exit codes:
  0  completed or drained, with nothing left behind
  1  the run failed, or messages were left behind; a simulation found something
  2  the command line, the file or a setting is wrong; nothing was started";

const RUN_HELP: &str = "\
Ctrl-C or SIGTERM drains: producers stop, what is queued is handled. A second one forces the end.
SIGHUP reads the file again and takes over what can change while it runs, all of it or nothing.
SIGUSR1 pauses all actors, SIGUSR2 resumes them.

RUST_LOG says what is logged, `info` if it is not set. To watch every Backpressure and Resume:
  RUST_LOG=info,tidegate::signal=debug tidegate run

Examples:
  tidegate run flights.toml --set mailbox.capacity=64
  tidegate run --for 10s --report report.json
  tidegate run --quiet --report report.json && jq .actors.store.handled report.json
  tidegate run --record run.tide && tidegate replay run.tide";

const CHECK_HELP: &str = "\
Examples:
  tidegate check flights.toml
  tidegate check --set mailbox.capacity=64 --show-config
  tidegate check --no-environment      on a machine without the files the topology reads";

const GRAPH_HELP: &str = "\
Examples:
  tidegate graph > topology.mmd
  tidegate graph --format dot | dot -Tsvg > topology.svg";

const EXPLAIN_HELP: &str = "\
A server that wants a token gets that of the environment variable TIDEGATE_MONITOR_TOKEN.

Examples:
  tidegate explain                             the run that is watched at http://127.0.0.1:9090
  tidegate explain http://build-3:9090 --json
  tidegate run --report report.json && tidegate explain --report report.json";
const TOP_HELP: &str = "\
Where standard output is no terminal, it prints what there is to see once, and ends.
The token for pausing and the like is read from TIDEGATE_MONITOR_TOKEN, where one is asked for.

Examples:
  tidegate run --monitor 127.0.0.1:9090 &
  tidegate top
  tidegate top 127.0.0.1:9090 | head";

const REPLAY_HELP: &str = "\
Examples:
  tidegate run --record run.tide
  tidegate replay run.tide --print
  tidegate replay run.tide --speed 10      at http://127.0.0.1:9090/";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a topology until its producers are done
    #[command(after_help = RUN_HELP)]
    Run(Run),
    /// Say what a topology is and how much it can hold, or all that is wrong with it, without running it
    #[command(after_help = CHECK_HELP)]
    Check(Check),
    /// Draw a topology
    #[command(after_help = GRAPH_HELP)]
    Graph(Graph),
    /// List the actors a topology may name, or explain one of them
    Actors(Actors),
    /// Say which actor holds everything up, and why: in a run that goes on, or in one that has ended
    #[command(after_help = EXPLAIN_HELP)]
    Explain(Explain),
    /// Watch a run that was started with `--monitor`, in this terminal
    #[command(after_help = TOP_HELP)]
    Top(Top),
    /// Show a run that was recorded with `run --record`
    #[command(after_help = REPLAY_HELP)]
    Replay(Replay),
    /// Run a topology over and over in virtual time, with faults drawn from a seed, and check it at every step
    #[command(after_help = simulate::HELP)]
    Simulate(Simulate),
}

impl Default for Command {
    fn default() -> Self {
        Self::Run(Run::parse_from([""]))
    }
}

// A parser of its own too, so that its defaults are written once.
#[derive(Debug, Parser)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) source: Source,
    /// Drain after this long
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    pub(crate) limit: Option<Duration>,
    /// How long a drain may take before the end is forced
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "30s")]
    pub(crate) drain_timeout: Duration,
    /// Write the final account as JSON to this file, or to standard output if it is `-` and no actor prints there
    #[arg(long, value_name = "FILE|-")]
    pub(crate) report: Option<PathBuf>,
    /// Show the run over HTTP at this address, like `127.0.0.1:9090`; port 0 takes any that is free
    #[arg(long, value_name = "ADDR")]
    pub(crate) monitor: Option<tidegate_monitor::Listen>,
    /// Record what happens into this file, for `replay`; one that is there is overwritten
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
    /// Only errors: no progress, no log lines below `error`, no summary
    #[arg(long, short)]
    pub(crate) quiet: bool,
    /// How log lines are written; `text` if neither this nor TIDEGATE_LOG_FORMAT says
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) log_format: Option<LogFormat>,
    /// Send spans to the OpenTelemetry collector at this address, like `http://localhost:4318`; if it is not given, to that
    /// in OTEL_EXPORTER_OTLP_ENDPOINT
    #[cfg(feature = "otlp")]
    #[arg(long, value_name = "URL")]
    pub(crate) otlp: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) source: Source,
    /// Show every value that is in effect, and where it came from
    #[arg(long)]
    pub(crate) show_config: bool,
    /// Do not look at the world: whether inputs exist, whether outputs can be written
    #[arg(long)]
    pub(crate) no_environment: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Graph {
    /// The topology file
    #[arg(default_value = DEFAULT_FILE)]
    pub(crate) file: PathBuf,
    /// The language to draw in
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people: when, how bad, who, what
    #[default]
    Text,
    /// For programs: one JSON object on each line, and nothing else on standard error while it runs
    Json,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum Format {
    /// A Mermaid flowchart, which many Markdown viewers draw
    #[default]
    Mermaid,
    /// The language of Graphviz
    Dot,
    /// A picture that stands alone, for browsers and documents
    Svg,
}

#[derive(Args, Debug)]
pub(crate) struct Actors {
    /// The actor to explain: its message types, its settings, and an example to paste
    pub(crate) name: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct Explain {
    /// Where the run is watched
    #[arg(default_value = "http://127.0.0.1:9090")]
    pub(crate) url: String,
    /// Explain a run that has ended, from what `run --report` wrote to this file; `-` is standard input
    #[arg(long, value_name = "FILE|-", conflicts_with = "url")]
    pub(crate) report: Option<PathBuf>,
    /// Print the verdict as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Top {
    /// Where the run listens
    #[arg(value_name = "URL", default_value = DEFAULT_MONITOR)]
    pub(crate) address: String,
    /// How often to look
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "1s")]
    pub(crate) interval: Duration,
}

#[derive(Args, Debug)]
pub(crate) struct Replay {
    /// The recording
    pub(crate) file: PathBuf,
    /// Where to serve the dashboard
    #[arg(long, value_name = "ADDR", default_value = DEFAULT_MONITOR)]
    pub(crate) listen: tidegate_monitor::Listen,
    /// Recorded seconds in a second
    #[arg(long, value_name = "N", default_value_t = 1.0)]
    pub(crate) speed: f64,
    /// Print what was recorded, in words and counts, and end
    #[arg(long)]
    pub(crate) print: bool,
}

/// Where a run is watched that does not say otherwise.
const DEFAULT_MONITOR: &str = "127.0.0.1:9090";

#[derive(Args, Debug)]
pub(crate) struct Source {
    /// The topology file
    #[arg(default_value = DEFAULT_FILE)]
    pub(crate) file: PathBuf,
    /// Override a value, like `mailbox.capacity=64` or `producers.lines.path=other.csv`; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub(crate) assignments: Vec<String>,
}

/// The file that is meant when none is named.
pub(crate) const DEFAULT_FILE: &str = "config.toml";

/// What this program was called: messages that say what to type must fit a user's own binary too.
pub(crate) fn program() -> String {
    let path = std::env::args_os().next().map(PathBuf::from).unwrap_or_default();
    path.file_stem().map_or_else(|| "tidegate".into(), |name| name.to_string_lossy().into_owned())
}

/// Longer than anybody waits, and short enough for every clock to add it to its time.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

fn duration(text: &str) -> Result<Duration, String> {
    let span: Result<Span, _> = text.parse();
    span.map(|span| span.duration().min(LONGEST))
        .map_err(|error| format!("{error}; write a number with a unit, like `250ms`, `30s` or `1h 30m`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn without_a_command_the_default_file_runs_with_the_defaults_of_run() {
        let Command::Run(run) = Command::default() else { panic!("not run") };
        assert_eq!(run.source.file, PathBuf::from("config.toml"));
        assert_eq!(run.drain_timeout, Duration::from_secs(30));
        assert!(run.limit.is_none() && run.report.is_none() && !run.quiet);
    }

    #[test]
    fn a_duration_without_a_unit_is_refused_with_what_to_write() {
        let error = Arguments::try_parse_from(["tidegate", "run", "--for", "10"]).unwrap_err().to_string();
        assert!(error.contains("write a number with a unit, like `250ms`"), "{error}");
    }
}

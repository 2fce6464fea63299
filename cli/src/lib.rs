//! The `tidegate` command line, as a library.
//!
//! The binary `tidegate` is this crate with the ready-made actors. A program with actors of its own gets every
//! command by handing over a registry that knows them too:
//!
//! ```no_run
//! use std::process::ExitCode;
//! use tidegate::prelude::*;
//!
//! /// Multiplies each number.
//! #[derive(serde::Deserialize, schemars::JsonSchema)]
//! struct Multiply {
//!     /// The factor.
//!     by: u64,
//! }
//!
//! impl Stage for Multiply {
//!     type In = u64;
//!     type Out = Outlet<u64>;
//!
//!     async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
//!         out.emit(n * self.by);
//!         Ok(())
//!     }
//! }
//!
//! fn main() -> ExitCode {
//!     tidegate_cli::run(tidegate_cli::standard().stage::<Multiply>("multiply"))
//! }
//! ```
//!
//! Standard output belongs to the actors, and to what a command was asked for. All that is told to people beside
//! that, log lines, progress, summary and errors, goes to standard error.

mod actors;
mod alerts;
mod args;
mod check;
mod claims;
mod diagnostics;
mod exit;
mod explain;
mod format;
mod graph;
mod load;
mod log;
mod monitor;
mod observers;
#[cfg(feature = "otlp")]
mod otlp;
mod output;
mod progress;
mod record;
mod reload;
mod replay;
mod report;
mod run;
mod screen;
mod signals;
mod simulate;
mod summary;
mod toml;
mod top;

use args::{Arguments, Command};
use clap::Parser;
use std::process::ExitCode;
use tidegate::Registry;

pub use tidegate_actors::standard;

/// Does what the arguments of this process say, with the actors in `registry`.
///
/// The exit code is 0 when a run completed, or was drained, with nothing left behind, and when a check found no error;
/// 1 when a run failed or left messages behind, or a simulation found something; 2 when the command line, the file or a setting is wrong.
pub fn run(registry: Registry) -> ExitCode {
    let registry = alerts::register(registry.table::<tidegate_monitor::MonitorOptions>());
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version come this way too, with code 0. Nobody may be listening: that is no error.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let exit = match arguments.command.unwrap_or_default() {
        Command::Run(run) => run::run(&run, &registry),
        Command::Check(check) => check::check(&check, &registry),
        Command::Graph(graph) => graph::graph(&graph, &registry),
        Command::Actors(actors) => actors::actors(&actors, &registry),
        Command::Explain(explain) => explain::explain(&explain),
        Command::Top(top) => top::top(&top),
        Command::Replay(replay) => replay::replay(&replay),
        Command::Simulate(simulate) => simulate::simulate(&simulate, &registry),
    };
    exit.into()
}

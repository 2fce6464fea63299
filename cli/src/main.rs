//! Runs, checks and draws topologies made of the ready-made actors.

use std::process::ExitCode;

fn main() -> ExitCode {
    tidegate_cli::run(tidegate_cli::standard())
}

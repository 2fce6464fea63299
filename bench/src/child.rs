//! Runs in a process of their own, for scenarios that look at the memory of a process.

use crate::args::Args;
use crate::harness::Sample;
use crate::scenario;
use std::process::Command;
use tidegate::Result;

/// Runs `contender` of `scenario` once in a new process of this program, which measures with the given function.
///
/// # Errors
/// When the process cannot be started or fails; its message is handed on.
pub fn ask(scenario: &str, contender: &str, messages: u64, args: &Args) -> Result<Sample> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args([scenario, "--child", contender, "--messages", &messages.to_string()]);
    if args.long {
        command.arg("--long");
    }
    let output = command.output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_string().into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Is that process: runs the contender, and prints what it measured.
///
/// # Errors
/// When there is no such contender, or it fails.
pub fn answer(args: &Args, contender: &str) -> Result {
    let scenarios = scenario::chosen(args)?;
    let mut all = scenarios.iter().flat_map(|scenario| &scenario.contenders);
    let chosen = all.find(|one| one.title() == contender);
    let sample = chosen.ok_or("there is no such contender")?.run(args.messages.unwrap_or(1))?;
    println!("{}", serde_json::to_string(&sample)?);
    Ok(())
}

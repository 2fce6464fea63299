//! Runs in a process of their own, for scenarios that look at the memory of a process.

use crate::args::Args;
use crate::harness::{Contender, Sample};
use crate::scenario;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tidegate::Result;

/// How long a process may take: some contenders come to no end in any sensible time.
const PATIENCE: Duration = Duration::from_secs(120);

/// The same contender, but each run is a new process of this program. Where this is that process, it is left as it is.
pub fn isolated(contender: Contender, scenario: &'static str, args: &Args) -> Contender {
    if args.child.is_some() {
        return contender;
    }
    let (title, long) = (contender.title(), args.long);
    contender.run_by(move |messages| ask(scenario, &title, messages, long))
}

fn ask(scenario: &str, contender: &str, messages: u64, long: bool) -> Result<Sample> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args([scenario, "--child", contender, "--messages", &messages.to_string()]);
    if long {
        command.arg("--long");
    }
    let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let since = Instant::now();
    while process.try_wait()?.is_none() {
        if since.elapsed() > PATIENCE {
            process.kill()?;
            process.wait()?;
            return Err(format!("it was not done after {} seconds", PATIENCE.as_secs()).into());
        }
        thread::sleep(Duration::from_millis(5));
    }
    // What it prints is a line or an error message: less than a pipe holds, so it never waits for its reader.
    let output = process.wait_with_output()?;
    if !output.status.success() {
        let error = String::from_utf8_lossy(&output.stderr);
        let error = error.trim();
        return Err(format!("its process ended with {}: {error}", output.status).into());
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

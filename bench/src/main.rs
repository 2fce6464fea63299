//! Side-by-side benchmarks of Tidegate against what else a Rust user would pick.
//!
//! Every scenario states its workload, gives each contender the same one, checks the result, interleaves the
//! contenders over several rounds, and reports median, spread and how many times better Tidegate is.
//!
//! `cargo run --release --manifest-path bench/Cargo.toml -- chain3`

mod args;
mod child;
mod harness;
mod load;
mod peer;
mod scenario;

use args::{Args, Format};
use clap::Parser;
use harness::{Machine, Report};
use std::process::ExitCode;
use tidegate::Result;

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// Runs what was asked for; false if a contender failed or came to a wrong result.
fn run(args: &Args) -> Result<bool> {
    if let Some(contender) = &args.child {
        child::answer(args, contender)?;
        return Ok(true);
    }
    let format = args.format();
    let mut report = Report { machine: Machine::this(), rounds: args.rounds, scenarios: Vec::new() };
    if format == Format::Text {
        println!("{}\n", report.machine);
    }
    for scenario in scenario::chosen(args)? {
        let account = harness::run(&scenario, args);
        if format == Format::Text {
            println!("{}", account.text());
        }
        report.scenarios.push(account);
    }
    match format {
        Format::Text => {}
        Format::Json => println!("{}", serde_json::to_string_pretty(&report)?),
        Format::Markdown => print!("{}", report.markdown()),
    }
    Ok(report.scenarios.iter().all(|scenario| scenario.is_sound()))
}

//! Everything at once: random topologies whose actors fail, wait, hold and end as they like, while an operator interferes.
//!
//! `COMBINED_ROUNDS` says how many topologies are tried, `COMBINED_SEED` from which number on.

mod actors;
mod dice;
mod operator;
mod random;
mod world;

use crate::operator::{judge, operate};
use crate::random::{Round, round};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tidegate::testkit;
use tidegate::{ActorReport, Severity};

const ROUNDS: u64 = 300;
const ROUNDS_ON_THREADS: u64 = 20;

fn attempt(seed: u64, threads: bool) -> bool {
    let Round { topology, world, told, actors, is_path } = round(seed);
    let errors: Vec<String> = topology
        .check(false)
        .iter()
        .filter(|problem| problem.severity == Severity::Error)
        .map(ToString::to_string)
        .collect();
    if !errors.is_empty() {
        if std::env::var("COMBINED_SHOW").is_ok() {
            eprintln!("{seed}: {errors:?}");
        }
        return false;
    }
    if std::env::var("COMBINED_SHOW").is_ok() {
        eprintln!("{seed}:{told}");
    }
    let dice = world.dice.clone();
    let run = || {
        let (operator, report) = if threads {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let running = topology.start().expect("it was checked");
                operate(running, &actors, is_path, &dice, Duration::from_secs(20)).await
            })
        } else {
            testkit::virtual_time(async {
                operate(testkit::start(topology), &actors, is_path, &dice, Duration::from_secs(3600)).await
            })
        };
        if let Err(panic) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            judge(&report, &world, is_path, operator.contains(" stop "))
        })) {
            let actors: String = report.actors.iter().map(short).collect();
            panic!(
                "{}{operator}\n{:?} {:?}{actors}\n{:?}",
                text(&*panic),
                report.outcome,
                report.error,
                report.links
            );
        }
    };
    if let Err(panic) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)) {
        panic!("seed {seed}:{told}\n{}", text(&*panic));
    }
    true
}

fn text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string)).unwrap_or_else(|| "a panic".into())
}

/// The state and counts of an actor in a line.
fn short((name, actor): (&String, &ActorReport)) -> String {
    format!(
        "\n  {name} {:?} {}: received {} handled {} emitted {} failed {} {:?} left {} waiting {} in hand {} held {}",
        actor.state,
        actor.instances,
        actor.received,
        actor.handled,
        actor.emitted,
        actor.failed,
        actor.dropped,
        actor.left,
        actor.waiting,
        actor.in_handler,
        actor.held
    )
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// In the place of a seed: there is none any more.
const OVER: u64 = u64::MAX;

/// Seeds that stood still once, and are not among the first.
const KNOWN: [u64; 1] = [827];

fn attempts(rounds: u64, threads: bool) {
    if std::env::var("COMBINED_SHOW").is_err() {
        std::panic::set_hook(Box::new(|_| {}));
    }
    let (first, rounds) = (number("COMBINED_SEED", 0), number("COMBINED_ROUNDS", rounds));
    let (mut failures, mut valid) = (Vec::new(), 0);
    // Where all stands still without a timer, virtual time does not pass: the seed is told at least.
    let current = Arc::new(AtomicU64::new(first));
    let at = current.clone();
    std::thread::spawn(move || {
        let mut last = OVER;
        loop {
            std::thread::sleep(Duration::from_secs(40));
            let now = at.load(Ordering::Relaxed);
            if now == OVER {
                return;
            }
            if now == last {
                eprintln!("seed {now} does not end (on threads: {threads})");
                std::process::exit(1);
            }
            last = now;
        }
    });
    for seed in (first..first + rounds).chain(KNOWN) {
        current.store(seed, Ordering::Relaxed);
        match std::panic::catch_unwind(|| attempt(seed, threads)) {
            Ok(is_valid) => valid += u64::from(is_valid),
            Err(panic) => failures.push((seed, text(&*panic))),
        }
    }
    current.store(OVER, Ordering::Relaxed);
    drop(std::panic::take_hook());
    for (_, failure) in failures.iter().take(number("COMBINED_TELL", 1) as usize) {
        eprintln!("{failure}\n");
    }
    let seeds: Vec<u64> = failures.iter().map(|(seed, _)| *seed).collect();
    assert!(seeds.is_empty(), "{} of {rounds} failed: {seeds:?}", seeds.len());
    assert!(rounds < 20 || valid > rounds / 2, "{valid} of {rounds} topologies could run");
}

#[test]
fn whatever_meets_in_a_topology_it_ends_and_keeps_its_promises() {
    attempts(ROUNDS, false);
}

#[test]
fn so_it_does_on_several_threads() {
    attempts(ROUNDS_ON_THREADS, true);
}

//! Who runs when: one round after the other, everybody once in each.

use super::contender::{Contender, Sample, Scenario};
use super::report::{ContenderReport, ScenarioReport};
use crate::args::Args;
use std::io::IsTerminal;
use std::time::{Duration, Instant};
use tidegate::Result;

/// Messages of the first run that finds out how fast a contender is; few, for some of them go through 1000 actors.
const FIRST: u64 = 500;
/// No run has more: with them, the fastest contender takes some seconds.
const MOST: u64 = 1_000_000_000;

/// Everything there is of one contender.
struct Lane<'a> {
    contender: &'a Contender,
    messages: u64,
    samples: Vec<Sample>,
    error: Option<String>,
}

/// Runs a scenario.
///
/// The rounds are interleaved, so that what disturbs the machine for a while disturbs all alike, and each round
/// starts with another contender, so that nobody always comes after the same one.
pub fn run(scenario: &Scenario, args: &Args) -> ScenarioReport {
    let wanted = scenario.contenders.iter().filter(|contender| args.wants(&contender.title()));
    let mut lanes: Vec<Lane<'_>> = wanted
        .map(|contender| {
            tell(scenario, "warming up", contender);
            let messages = match (args.messages, scenario.calibrated) {
                (Some(messages), _) => Ok(messages),
                (None, true) => calibrate(contender, args.span()),
                (None, false) => Ok(scenario.messages),
            };
            let error = messages.as_ref().err().map(ToString::to_string);
            Lane { contender, messages: messages.unwrap_or(0), samples: Vec::new(), error }
        })
        .collect();
    for round in 0..args.rounds as usize {
        let first = round * lanes.len() / args.rounds as usize;
        for turn in 0..lanes.len() {
            let at = (first + turn) % lanes.len();
            let lane = &mut lanes[at];
            if lane.error.is_some() {
                continue;
            }
            tell(scenario, &format!("round {} of {}", round + 1, args.rounds), lane.contender);
            match lane.contender.run(lane.messages) {
                Ok(sample) => lane.samples.push(sample),
                Err(error) => lane.error = Some(error.to_string()),
            }
        }
    }
    clear();
    let contenders = lanes.into_iter().map(|lane| {
        ContenderReport::new(lane.contender, lane.messages, lane.samples, lane.error, &scenario.metrics)
    });
    ScenarioReport::new(scenario, contenders.collect())
}

/// How many messages a contender moves in about `span`.
fn calibrate(contender: &Contender, span: Duration) -> Result<u64> {
    let mut messages = FIRST;
    loop {
        let since = Instant::now();
        contender.run(messages)?;
        let share = span.as_secs_f64() / since.elapsed().as_secs_f64();
        // Half the time tells enough; less, and what it takes to start and stop would count for too much.
        if share < 2.0 || messages >= MOST {
            return Ok(((messages as f64 * share) as u64).clamp(1, MOST));
        }
        messages = ((messages as f64 * share.min(32.0)) as u64).min(MOST);
    }
}

/// A line about what goes on, for people who wait.
fn tell(scenario: &Scenario, what: &str, contender: &Contender) {
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[K{}: {what}: {}", scenario.name, contender.title());
    }
}

fn clear() {
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[K");
    }
}

#[cfg(test)]
mod tests {
    use super::super::contender::{Class, Metric};
    use super::*;
    use clap::Parser;
    use std::cell::{Cell, RefCell};
    use std::rc::Rc;

    fn scenario(contenders: Vec<Contender>) -> Scenario {
        Scenario {
            name: "test",
            workload: "none".into(),
            metrics: vec![Metric::high("rate", "M/s")],
            contenders,
            calibrated: false,
            messages: 5,
        }
    }

    #[test]
    fn every_round_has_everybody_once_and_starts_with_another() {
        let order = Rc::new(RefCell::new(Vec::new()));
        let contender = |name: &'static str| {
            let order = order.clone();
            Contender::new(name, "", Class::Bounded, move |messages| {
                assert_eq!(messages, 5);
                order.borrow_mut().push(name);
                Ok(vec![Some(1.0)])
            })
        };
        let scenario = scenario(vec![contender("a"), contender("b"), contender("c")]);
        let report = run(&scenario, &Args::parse_from(["bench", "--rounds", "3"]));
        assert_eq!(*order.borrow(), ["a", "b", "c", "b", "c", "a", "c", "a", "b"]);
        assert!(report.is_sound());
    }

    #[test]
    fn a_wrong_result_ends_the_contender_and_is_reported() {
        let runs = Rc::new(Cell::new(0));
        let counted = runs.clone();
        let wrong = Contender::new("wrong", "", Class::Bounded, move |_| {
            counted.set(counted.get() + 1);
            Err("the sum is 3".into())
        });
        let report = run(&scenario(vec![wrong]), &Args::parse_from(["bench", "--rounds", "3"]));
        assert_eq!(runs.get(), 1);
        assert!(!report.is_sound());
        assert!(report.text().contains("the sum is 3"));
    }

    #[test]
    fn the_number_of_messages_is_found_that_fills_the_time() {
        let slow = Contender::new("slow", "", Class::Bounded, |messages| {
            std::thread::sleep(Duration::from_micros(20 * messages));
            Ok(vec![Some(1.0)])
        });
        // 500 messages take 10 ms at least, which is half of the time: nobody needs to run again.
        let messages = calibrate(&slow, Duration::from_millis(15)).expect("no error");
        assert!((1..=750).contains(&messages), "{messages}");
    }
}

//! A recording in words and counts.

use crate::format::{columns, counted, elapsed, grouped};
use crate::summary;
use std::fmt::Write;
use tidegate::{Outcome, Report, Snapshot};
use tidegate_monitor::recording::Recording;
use tidegate_monitor::{ActorRates, Rates};

/// What was recorded, who held everything up, where the time of the actors went, and their counts in the end.
pub(super) fn account(recording: &Recording) -> String {
    let (from, to) = recording.span();
    let last = recording.snapshot_at(to);
    let name = &last.topology;
    let started = humantime::format_rfc3339_seconds(recording.started());
    let mut text = format!("`{name}`, recorded from {started} on: {}", elapsed(to - from));
    let (signals, missed) = recording.signals();
    let _ =
        write!(text, " in {}, {}", counted(recording.snapshots(), "snapshot"), counted(signals, "signal"));
    if missed > 0 {
        let _ = write!(text, " ({} more came too fast to be kept)", grouped(missed));
    }
    let ending = match recording.report() {
        Some(report) => match &report.error {
            Some(error) => format!("The run ended after {}: {error}", elapsed(report.elapsed_seconds)),
            None => format!("The run {} after {}.", ended(report.outcome), elapsed(report.elapsed_seconds)),
        },
        None => format!("How the run ended was not recorded; this is how it was after {}.", elapsed(to)),
    };
    let description = recording.description();
    let held_up = match recording.report() {
        Some(report) => summary::held_up(report, description),
        None => summary::held_up_until(&last, description),
    };
    let _ = write!(
        text,
        ".\n{ending}\n{}\nWhere the time went, those that were busy longest first:\n{}\n",
        held_up.unwrap_or_default(),
        times(&last)
    );
    text.push_str(&summary::plain(&recording.report().cloned().unwrap_or_else(|| report(last))));
    text
}

fn ended(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Completed => "completed",
        Outcome::Drained => "was drained",
        Outcome::Stopped => "was stopped",
        Outcome::Failed => "failed",
    }
}

/// A line for each actor.
fn times(last: &Snapshot) -> String {
    let rates = Rates::since_start(last);
    let mut actors: Vec<_> = rates.actors.iter().collect();
    actors.sort_by(|(_, one), (_, other)| other.busy.total_cmp(&one.busy));
    let rows: Vec<Vec<String>> = actors.into_iter().map(|(name, rates)| row(name, rates)).collect();
    columns("  ", &rows)
}

fn row(name: &str, rates: &ActorRates) -> Vec<String> {
    let percent = |word: &str, share: f64| format!("{word} {:3.0} %", share * 100.0);
    let held = rates.held_by.as_ref().map(|by| match &by.actor {
        Some(actor) => format!("held by `{actor}` ({})", by.cause),
        None => format!("held by {}", by.cause),
    });
    vec![
        name.into(),
        percent("busy", rates.busy),
        percent("blocked", rates.blocked),
        percent("idle", rates.idle),
        held.unwrap_or_default(),
    ]
}

/// The counts of a run that did not come to its end.
fn report(last: Snapshot) -> Report {
    Report {
        topology: last.topology,
        arbiters: last.arbiters,
        outcome: Outcome::Stopped,
        elapsed_seconds: last.elapsed_seconds,
        balanced: false,
        error: None,
        actors: last.actors,
        links: last.links,
    }
}

//! The catalogue, written with values and without.

use super::catalogue::{CATALOGUE, Read};
use super::format::Format;
use super::process::Process;
use super::samples::{Clients, Samples};
use crate::alerts::AlertState;
use std::fmt::Write;
use tidegate::Snapshot;

/// All metrics of a moment, in `format`; without those of the server where there are no `clients`.
pub fn exposition(
    format: Format,
    snapshot: &Snapshot,
    alerts: &[AlertState],
    clients: Option<&Clients>,
) -> String {
    let mut text = String::new();
    let process = Process::now();
    let name = snapshot.topology.as_str();
    for family in CATALOGUE {
        let mut samples = Samples::new(&mut text, family, format);
        match family.read {
            Read::Topology(read) => read(snapshot, samples.about(&[name])),
            Read::Actor(read) => {
                snapshot
                    .actors
                    .iter()
                    .for_each(|(actor, report)| read(report, samples.about(&[name, actor])));
            }
            Read::Mailbox(read) => {
                for (actor, report) in &snapshot.actors {
                    if let Some(mailbox) = &report.mailbox {
                        read(mailbox, samples.about(&[name, actor]));
                    }
                }
            }
            Read::Link(read) => {
                snapshot
                    .links
                    .iter()
                    .for_each(|link| read(link, samples.about(&[name, &link.from, &link.to])));
            }
            Read::Alert(read) => {
                alerts.iter().for_each(|alert| read(alert, samples.about(&[name, &alert.name])));
            }
            Read::Clients(read) => {
                if let Some(clients) = clients {
                    read(clients, samples.about(&[name]));
                }
            }
            Read::Process(read) => {
                if let Some(process) = &process {
                    samples.add(&[], read(process));
                }
            }
        }
    }
    if format == Format::OpenMetrics {
        text.push_str("# EOF\n");
    }
    text
}

/// The page of the documentation that lists them: Markdown.
pub fn page() -> String {
    let mut text = String::from(PAGE);
    for family in CATALOGUE {
        let labels: Vec<String> = family.labels.iter().map(|label| format!("`{label}`")).collect();
        let (name, kind) = (family.name, family.kind.name());
        let _ = writeln!(text, "| `{name}` | {kind} | {} | {} |", labels.join(", "), family.help);
    }
    text
}

const PAGE: &str = "\
# Metrics

What `/metrics` says, in the order in which it says it. The page [monitoring](monitoring.md) has how to get it.

This page is written from the table in `monitor/src/metrics/catalogue.rs`; a test compares them.

| name | kind | labels | what it says |
|---|---|---|---|
";

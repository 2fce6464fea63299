//! All about one actor.

use super::rows::held_by;
use super::state::State;
use super::text::{clean, kind, state, wait};
use crate::format::{elapsed, grouped, rate};
use tidegate::{ActorReport, LinkReport, Snapshot};

/// What there is to say about the actor called `name`, in lines.
pub(super) fn details(shown: &State, name: &str) -> Vec<String> {
    let Some((snapshot, actor)) = shown.snapshot.as_ref().and_then(|all| Some((all, all.actors.get(name)?)))
    else {
        return vec!["no such actor".into()];
    };
    let mut lines = vec![format!(
        "{}, made of {}, {}, {}",
        kind(actor.role),
        clean(&actor.actor),
        crate::format::counted(actor.instances as u64, "instance"),
        state(actor.state)
    )];
    time(shown, name, actor, &mut lines);
    counts(actor, &mut lines);
    mailbox(actor, &mut lines);
    links(snapshot, name, &mut lines);
    settings(shown, name, &mut lines);
    lines
}

fn time(shown: &State, name: &str, actor: &ActorReport, lines: &mut Vec<String>) {
    if let Some(rates) = shown.rates.actors.get(name) {
        let percent = |share: f64| format!("{:.0} %", share * 100.0);
        let mut line = format!(
            "now: busy {}, held up {}, idle {}; {}/s handled, {}/s emitted",
            percent(rates.busy),
            percent(rates.blocked),
            percent(rates.idle),
            rate(rates.per_second),
            rate(rates.emitted_per_second)
        );
        if let Some(by) = &rates.held_by {
            line = format!("{line}; held by {}", clean(&held_by(by)));
        }
        lines.push(line);
    }
    let time = &actor.time;
    lines.push(format!(
        "since the start: busy {}, held up {}, idle {}",
        elapsed(time.busy_seconds),
        elapsed(time.blocked_seconds),
        elapsed(time.idle_seconds)
    ));
    for by in &time.blocked_by {
        let actor = by.actor.as_ref().map(|actor| format!(" by {}", clean(actor))).unwrap_or_default();
        lines.push(format!("  held up{actor}: {}, {}", by.cause, elapsed(by.seconds)));
    }
    for now in &time.now {
        let cause = now.cause.map(|cause| format!(" ({cause})")).unwrap_or_default();
        let by = now.actor.as_ref().map(|actor| format!(" by {}", clean(actor))).unwrap_or_default();
        lines.push(format!(
            "  instance {}: {}{cause}{by} for {}",
            now.instance,
            now.activity,
            elapsed(now.seconds)
        ));
    }
}

fn counts(actor: &ActorReport, lines: &mut Vec<String>) {
    let counts = [
        ("received", actor.received),
        ("handled", actor.handled),
        ("emitted", actor.emitted),
        ("failed", actor.failed),
        ("dead-lettered", actor.dead_lettered),
        ("dropped", actor.dropped.total()),
        ("left", actor.left),
        ("restarts", actor.restarts),
        ("waiting", actor.waiting),
        ("in the handler", actor.in_handler),
        ("held", actor.held),
    ];
    let told = counts.iter().filter(|(_, count)| *count > 0);
    let told: Vec<String> = told.map(|(word, count)| format!("{} {word}", grouped(*count))).collect();
    lines.push(if told.is_empty() {
        "no messages yet".into()
    } else {
        format!("messages: {}", told.join(", "))
    });
    if let Some(breaker) = &actor.breaker {
        lines.push(format!("breaker: {}, opened {} times", breaker.state, grouped(breaker.opened)));
    }
}

fn mailbox(actor: &ActorReport, lines: &mut Vec<String>) {
    let Some(mailbox) = &actor.mailbox else { return };
    lines.push(format!(
        "mailbox: {} of {}, {}; pressured at {}, open at {}; peak {}; pressured for {}, {} Backpressure, {} Resume",
        grouped(mailbox.depth as u64),
        grouped(mailbox.capacity as u64),
        if mailbox.pressured { "pressured" } else { "open" },
        grouped(mailbox.high as u64),
        grouped(mailbox.low as u64),
        grouped(mailbox.peak as u64),
        elapsed(mailbox.pressured_seconds),
        grouped(mailbox.backpressure_signals),
        grouped(mailbox.resume_signals)
    ));
}

fn links(snapshot: &Snapshot, name: &str, lines: &mut Vec<String>) {
    // The emitting end is an actor, or one of its ports.
    let emits = |link: &LinkReport| {
        link.from == name || link.from.strip_prefix(name).is_some_and(|port| port.starts_with('.'))
    };
    for link in snapshot.links.iter().filter(|link| link.to == name || emits(link)) {
        let mut line =
            format!("link {} -> {}: {}", clean(&link.from), clean(&link.to), grouped(link.received));
        line.push_str(if link.held { ", held" } else { ", flows" });
        if let Some(waits) = &link.wait {
            let parts =
                [waits.p50_seconds, waits.p90_seconds, waits.p99_seconds, waits.max_seconds].map(wait);
            line = format!(
                "{line}; waits p50 {}, p90 {}, p99 {}, max {}",
                parts[0], parts[1], parts[2], parts[3]
            );
        }
        lines.push(line);
    }
}

fn settings(shown: &State, name: &str, lines: &mut Vec<String>) {
    let actors = shown.description.iter().flat_map(|description| &description.actors);
    for actor in actors.filter(|actor| actor.name == name) {
        for (key, value) in &actor.settings {
            lines.push(format!("{} = {}", clean(key), clean(&value.to_string())));
        }
    }
}

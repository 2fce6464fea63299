//! `tidegate explain`: which actor holds everything up, and why, in plain words.

mod live;

use crate::args;
use crate::exit::Exit;
use crate::format::{columns, elapsed, wrapped};
use crate::output::print;
use crate::screen::Screen;
use std::fs;
use std::io::{Read, stdin};
use std::path::Path;
use tidegate::{Report, printable};
use tidegate_monitor::verdict::{ActorWindow, Root, Verdict, Window, verdict};

/// The verdict, and what it was made of where that is known here.
struct Explained {
    verdict: Verdict,
    window: Option<Window>,
}

/// Explains a run, one that goes on or one that has ended.
pub(crate) fn explain(arguments: &args::Explain) -> Exit {
    let screen = Screen::new();
    let explained = match &arguments.report {
        Some(file) => finished(file).map_err(|message| (message, Exit::Usage)),
        None => live::explain(&arguments.url),
    };
    match explained {
        Ok(explained) if arguments.json => {
            let text = serde_json::to_string_pretty(&explained.verdict);
            print(&screen, &format!("{}\n", text.expect("a verdict is JSON, because it has string keys")))
        }
        // Names may be those of a report or a server that nobody checked.
        Ok(explained) => print(&screen, &printable(&text(&explained))),
        Err((message, exit)) => {
            screen.error(&message);
            exit
        }
    }
}

/// A run that has ended, from its report.
fn finished(file: &Path) -> Result<Explained, String> {
    let shown =
        if file == Path::new("-") { "standard input".into() } else { format!("`{}`", file.display()) };
    let text = match file == Path::new("-") {
        true => {
            let mut text = String::new();
            stdin().read_to_string(&mut text).map(|_| text)
        }
        false => fs::read_to_string(file),
    };
    let text = text.map_err(|error| format!("the report in {shown} cannot be read: {error}"))?;
    let report: Report = serde_json::from_str(&text).map_err(|error| {
        format!("there is no report of a run in {shown}: {error} (`tidegate run --report FILE` writes one)")
    })?;
    let window = Window::whole(&report);
    if !window.has_times() {
        return Err(format!(
            "the report in {shown} does not say where the time of the actors went, because an older version wrote it; run \
             the topology again with `--report`"
        ));
    }
    Ok(Explained { verdict: verdict(&window), window: Some(window) })
}

fn text(explained: &Explained) -> String {
    let mut text = wrapped("", &explained.verdict.summary);
    let roots: Vec<Vec<String>> = explained.verdict.roots.iter().filter_map(row).collect();
    if !roots.is_empty() {
        text.push('\n');
        text.push_str(&columns("  ", &roots));
    }
    if let Some(window) = explained.window.as_ref().filter(|_| !explained.verdict.is_empty()) {
        text.push('\n');
        text.push_str(&times(window));
    }
    text
}

/// Whom a root holds, all of them, and since when.
fn row(root: &Root) -> Option<Vec<String>> {
    if root.holds.is_empty() {
        return None;
    }
    let since = root.since_seconds.map(|since| format!("since {} after the start", elapsed(since)));
    Some(vec![root.actor.clone(), format!("holds {}", root.holds.join(", ")), since.unwrap_or_default()])
}

/// Where the time of each actor went.
fn times(window: &Window) -> String {
    let header = ["actor", "busy", "idle", "blocked", "by"].map(String::from).to_vec();
    let rows = window.actors.iter().filter(|(_, actor)| actor.lived_seconds > 0.0).map(|(name, actor)| {
        let share = |share: f64| format!("{:>3.0} %", share * 100.0);
        vec![name.clone(), share(actor.busy), share(actor.idle), share(actor.blocked), by(actor)]
    });
    let rows: Vec<Vec<String>> = [header].into_iter().chain(rows).collect();
    columns("  ", &rows)
}

/// What held an actor up most.
fn by(actor: &ActorWindow) -> String {
    let Some(most) = actor.blocked_by.first().filter(|most| most.share >= 0.005) else {
        return String::new();
    };
    match &most.actor {
        Some(holder) => format!("{holder} ({})", most.cause),
        None => most.cause.to_string(),
    }
}

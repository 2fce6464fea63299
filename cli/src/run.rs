//! `tidegate run`: from a file to an exit code.

use crate::args;
use crate::diagnostics;
use crate::exit::Exit;
use crate::format::counted;
use crate::load::load;
use crate::log;
use crate::progress::Progress;
use crate::record::Record;
use crate::reload::Reloader;
use crate::report::Destination;
use crate::screen::Screen;
use crate::signals::{Asked, Signals};
use crate::summary;
use std::pin::pin;
use std::time::Duration;
use tidegate::topology::file::{Diagnostics, Loaded};
use tidegate::{Handle, Outcome, Registry, Report, StartError, Topology};
use tokio::sync::mpsc::unbounded_channel;
use tokio::time::{interval, sleep};

/// The target of the log lines of this command.
const TARGET: &str = "tidegate::run";

/// Runs the topology in the file, and says how it went.
pub(crate) fn run(arguments: &args::Run, registry: &Registry) -> Exit {
    let screen = Screen::new();
    match prepare(&screen, arguments, registry) {
        Ok((loaded, destination, mut record)) => {
            let reloader = Reloader::new(&screen, arguments, registry, loaded.configuration());
            let report = execute(&screen, arguments, loaded.topology, reloader, record.as_mut());
            let exit =
                report.map_or_else(|exit| exit, |report| finish(&screen, arguments, destination, &report));
            record.map_or(exit, |record| record.exit(&screen, exit))
        }
        Err(exit) => exit,
    }
}

/// Everything that can be found wrong before anything is started.
fn prepare(
    screen: &Screen,
    arguments: &args::Run,
    registry: &Registry,
) -> Result<(Loaded, Option<Destination>, Option<Record>), Exit> {
    let usage = |message: String| {
        screen.error(&message);
        Exit::Usage
    };
    log::start(screen, arguments.quiet).map_err(usage)?;
    let file = &arguments.source.file;
    let loaded = load(screen, file, &arguments.source.assignments, registry)?;
    let problems = check(&loaded);
    if diagnostics::has_errors(&problems) || !(arguments.quiet || problems.0.is_empty()) {
        diagnostics::show(screen, file, &problems);
    }
    if diagnostics::has_errors(&problems) {
        return Err(Exit::Usage);
    }
    let destination = arguments.report.as_deref().map(Destination::new).transpose().map_err(usage)?;
    let record = Record::prepare(arguments, &loaded).map_err(usage)?;
    Ok((loaded, destination, record))
}

fn check(loaded: &Loaded) -> Diagnostics {
    loaded.diagnose(loaded.topology.check(true))
}

/// Runs `topology` to its end.
fn execute(
    screen: &Screen,
    arguments: &args::Run,
    topology: Topology,
    reloader: Reloader<'_>,
    mut record: Option<&mut Record>,
) -> Result<Report, Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| {
        screen.error(&format!("cannot start the runtime that watches the run: {error}"));
        Exit::Failure
    })?;
    runtime.block_on(async {
        let signals = Signals::listen().map_err(|error| {
            screen.error(&format!("cannot listen to signals: {error}"));
            Exit::Failure
        })?;
        log::panics();
        let progress = Progress::new(screen, &topology, arguments.quiet);
        tracing::info!(
            target: TARGET,
            "running `{}` from {}: {}, at most {} in it at any moment",
            topology.name(),
            arguments.source.file.display(),
            counted(topology.nodes().len() as u64, "actor"),
            counted(topology.bound().messages as u64, "message"),
        );
        let running = topology.start().map_err(|error| refused(screen, &error))?;
        if let Some(record) = &mut record {
            record.start(&running);
        }
        let report = watch(&running, arguments, signals, progress, reloader).await;
        if let Some(record) = record {
            record.finish(&report);
        }
        screen.clear();
        Ok(report)
    })
}

/// Nothing was started: either the world changed since the check, or the machine has no room.
fn refused(screen: &Screen, error: &StartError) -> Exit {
    screen.error(&error.to_string());
    match error {
        StartError::Thread(_) => Exit::Failure,
        _ => Exit::Usage,
    }
}

/// Waits for the end, and brings it about when somebody asks for it.
async fn watch(
    running: &Handle,
    arguments: &args::Run,
    mut signals: Signals,
    mut progress: Progress,
    reloader: Reloader<'_>,
) -> Report {
    let timeout = arguments.drain_timeout;
    let mut end = pin!(running.wait());
    let mut limit = pin!(sleep(arguments.limit.unwrap_or(Duration::MAX)));
    let mut limited = arguments.limit.is_some();
    let mut asked = 0;
    let (reload, mut wanted) = unbounded_channel();
    let mut reloads = pin!(reloader.serve(running, &mut wanted));
    let mut frames = interval(progress.every());
    // The first tick comes at once, when there is nothing to see.
    frames.reset();
    loop {
        tokio::select! {
            biased;
            report = &mut end => return report,
            asked_for = signals.next() => match asked_for {
                Asked::End(signal) => {
                    asked += 1;
                    ask(running, signal, asked, timeout);
                }
                // It is heard as long as this function runs.
                Asked::Reload => drop(reload.send(())),
                Asked::Pause => running.pause_all(),
                Asked::Resume => running.resume_all(),
            },
            () = &mut reloads => {}
            () = &mut limit, if limited => {
                limited = false;
                tracing::info!(target: TARGET, "time is up: draining, for at most {}", humantime::format_duration(timeout));
                running.drain(timeout);
            }
            _ = frames.tick() => progress.show(&running.snapshot()),
        }
    }
}

/// The first signal drains, the second forces the end; more change nothing.
fn ask(running: &Handle, signal: &str, times: u32, timeout: Duration) {
    match times {
        1 => {
            tracing::info!(
            target: TARGET,
                "{signal}: draining, for at most {}; a second one forces the end",
                humantime::format_duration(timeout)
            );
            running.drain(timeout);
        }
        2 => {
            tracing::warn!(target: TARGET, "{signal} again: forcing the end");
            running.stop();
        }
        _ => {}
    }
}

fn finish(screen: &Screen, arguments: &args::Run, destination: Option<Destination>, report: &Report) -> Exit {
    let mut exit = verdict(report);
    if !arguments.quiet {
        screen.write(&summary::table(report, screen));
    }
    if !arguments.quiet || exit != Exit::Success {
        screen.write(&summary::sentences(report));
    }
    if let Some(Err(error)) = destination.map(|destination| destination.write(report)) {
        screen.error(&error);
        exit = Exit::Failure;
    }
    exit
}

/// What somebody chose to lose is no failure: by a policy that drops, by errors that do not stop; neither is what a reader that finished early did not want.
fn verdict(report: &Report) -> Exit {
    let ended_well =
        matches!(report.outcome, Outcome::Completed | Outcome::Drained) && report.error.is_none();
    let nothing_left = report.actors.values().all(|actor| actor.left == 0);
    if ended_well && nothing_left && report.balanced { Exit::Success } else { Exit::Failure }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::sample;

    #[test]
    fn only_an_end_in_good_order_with_nothing_left_is_a_success() {
        assert_eq!(verdict(&sample()), Exit::Success);
        let drained = Report { outcome: Outcome::Drained, ..sample() };
        assert_eq!(verdict(&drained), Exit::Success);
        for outcome in [Outcome::Stopped, Outcome::Failed] {
            assert_eq!(verdict(&Report { outcome, ..sample() }), Exit::Failure);
        }
        assert_eq!(verdict(&Report { balanced: false, ..sample() }), Exit::Failure);
        assert_eq!(verdict(&Report { error: Some("stuck".into()), ..sample() }), Exit::Failure);
    }

    #[test]
    fn messages_left_are_a_failure_and_messages_dropped_by_choice_are_not() {
        let mut report = sample();
        report.actors["store"].dropped.overflow = 3;
        report.actors["store"].dropped.cancelled = 4;
        assert_eq!(verdict(&report), Exit::Success);
        report.actors["store"].left = 1;
        assert_eq!(verdict(&report), Exit::Failure);
    }
}

//! `tidegate run`: from a file to an exit code.

use crate::alerts;
use crate::args::{self, LogFormat};
use crate::claims;
use crate::diagnostics;
use crate::exit::Exit;
use crate::format::counted;
use crate::load::load;
use crate::log;
use crate::observers::Observers;
use crate::progress::Progress;
use crate::reload::Reloader;
use crate::report::Destination;
use crate::screen::Screen;
use crate::signals::{Asked, Signals};
use crate::summary;
use std::pin::pin;
use std::time::Duration;
use tidegate::topology::file::{Diagnostics, Loaded};
use tidegate::{Handle, Outcome, Registry, Report, StartError, Topology, printable};
use tidegate_monitor::Description;
use tokio::sync::mpsc::unbounded_channel;
use tokio::time::{interval, sleep};

/// The target of the log lines of this command.
const TARGET: &str = "tidegate::run";

/// Runs the topology in the file, and says how it went.
pub(crate) fn run(arguments: &args::Run, registry: &Registry) -> Exit {
    let screen = Screen::new();
    // Whatever is open to the end of this function is closed before what is left is sent.
    let _export = match begin(&screen, arguments) {
        Ok(export) => export,
        Err(message) => {
            screen.error(&message);
            return Exit::Usage;
        }
    };
    match prepare(&screen, arguments, registry) {
        Ok((loaded, destination, mut observers)) => {
            let reloader = Reloader::new(&screen, arguments, registry, loaded.configuration());
            let description = Description::of(&loaded.topology);
            let report = execute(&screen, arguments, loaded.topology, &mut observers, reloader);
            let exit = report.map_or_else(
                |exit| exit,
                |report| finish(&screen, arguments, destination, &report, &description),
            );
            observers.exit(&screen, exit)
        }
        Err(exit) => exit,
    }
}

/// Begins to log, and to send spans where that is asked for.
#[cfg(feature = "otlp")]
fn begin(screen: &Screen, arguments: &args::Run) -> Result<Option<crate::otlp::Export>, String> {
    let format = log::format(arguments.log_format)?;
    let (export, also) = crate::otlp::start(arguments.otlp.as_deref())?.unzip();
    log::start(screen, arguments.quiet, format, also)?;
    Ok(export)
}

/// Nothing is sent anywhere.
#[cfg(not(feature = "otlp"))]
struct NoExport;

/// Begins to log.
#[cfg(not(feature = "otlp"))]
fn begin(screen: &Screen, arguments: &args::Run) -> Result<NoExport, String> {
    let format = log::format(arguments.log_format)?;
    log::start(screen, arguments.quiet, format, None)?;
    Ok(NoExport)
}

/// Everything that can be found wrong before anything is started.
fn prepare(
    screen: &Screen,
    arguments: &args::Run,
    registry: &Registry,
) -> Result<(Loaded, Option<Destination>, Observers), Exit> {
    let usage = |message: String| {
        screen.error(&message);
        Exit::Usage
    };
    let file = &arguments.source.file;
    let loaded = load(screen, file, &arguments.source.assignments, registry)?;
    let problems = check(&loaded);
    if diagnostics::has_errors(&problems) || !(arguments.quiet || problems.0.is_empty()) {
        diagnostics::show(screen, file, &problems);
    }
    if diagnostics::has_errors(&problems) {
        return Err(Exit::Usage);
    }
    claims::check(arguments, &loaded).map_err(usage)?;
    let destination = arguments.report.as_deref().map(Destination::new).transpose().map_err(usage)?;
    let observers = Observers::prepare(screen, arguments, &loaded)?;
    Ok((loaded, destination, observers))
}

fn check(loaded: &Loaded) -> Diagnostics {
    let mut problems = loaded.topology.check(true);
    problems.extend(alerts::check(loaded));
    loaded.diagnose(problems)
}

/// Runs `topology` to its end.
fn execute(
    screen: &Screen,
    arguments: &args::Run,
    topology: Topology,
    observers: &mut Observers,
    reloader: Reloader<'_>,
) -> Result<Report, Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| {
        screen.error(&format!("cannot start the runtime that watches the run: {error}"));
        Exit::Failure
    })?;
    runtime.block_on(async {
        let mut signals = Signals::listen().map_err(|error| {
            screen.error(&format!("cannot listen to signals: {error}"));
            Exit::Failure
        })?;
        log::panics();
        let lines = log::format(arguments.log_format) == Ok(LogFormat::Json);
        let progress = Progress::new(screen, &topology, arguments.quiet, lines);
        tracing::info!(
            target: TARGET,
            "running `{}` from {}: {}, at most {} in it at any moment",
            topology.name(),
            arguments.source.file.display(),
            counted(topology.nodes().len() as u64, "actor"),
            counted(topology.bound().messages as u64, "message"),
        );
        let running = topology.start().map_err(|error| refused(screen, &error))?;
        observers.start(&running);
        let report = watch(&running, arguments, &mut signals, progress, observers, reloader).await;
        observers.finish(&report, signals.end()).await;
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
    signals: &mut Signals,
    mut progress: Progress,
    observers: &mut Observers,
    reloader: Reloader<'_>,
) -> Report {
    let timeout = arguments.drain_timeout;
    let mut end = pin!(running.wait());
    let mut limit = pin!(sleep(arguments.limit.unwrap_or(Duration::MAX)));
    let mut limited = arguments.limit.is_some();
    let mut asked = 0;
    let (reload, mut wanted) = unbounded_channel();
    let mut reloads = pin!(reloader.serve(running, &mut wanted));
    let mut observed = pin!(observers.watch(running));
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
            () = &mut observed => {}
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

fn finish(
    screen: &Screen,
    arguments: &args::Run,
    destination: Option<Destination>,
    report: &Report,
    description: &Description,
) -> Exit {
    let mut exit = verdict(report);
    if log::format(arguments.log_format) == Ok(LogFormat::Json) {
        summarise(report, exit, description);
    } else {
        if !arguments.quiet {
            screen.write(&summary::table(report, screen));
        }
        if !arguments.quiet || exit != Exit::Success {
            screen.write(&printable(&summary::sentences(report)));
        }
        if !arguments.quiet {
            summary::held_up(report, description).iter().for_each(|sentence| screen.write(sentence));
        }
    }
    if let Some(Err(error)) = destination.map(|destination| destination.write(report)) {
        screen.error(&error);
        exit = Exit::Failure;
    }
    exit
}

/// Says how the run ended, and who held everything up, in log lines, for programs that read them.
fn summarise(report: &Report, exit: Exit, description: &Description) {
    for sentence in summary::sentences(report).lines() {
        match exit {
            Exit::Success => tracing::info!(target: TARGET, "{sentence}"),
            _ => tracing::error!(target: TARGET, "{sentence}"),
        }
    }
    if let Some(sentence) = summary::held_up(report, description) {
        tracing::info!(target: TARGET, "{}", sentence.trim_end());
    }
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

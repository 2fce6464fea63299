//! `tidegate replay`: a run that was recorded.

mod account;

use crate::args;
use crate::exit::Exit;
use crate::format::elapsed;
use crate::output::print;
use crate::screen::Screen;
use crate::signals::{Asked, Signals};
use std::sync::Arc;
use tidegate::printable;
use tidegate_monitor::recording::{Recording, Replay, ReplayRequest};
use tidegate_monitor::{Listen, Listener, MonitorOptions, TOKEN_VARIABLE};

/// Shows a recording.
pub(crate) fn replay(arguments: &args::Replay) -> Exit {
    let screen = Screen::new();
    let usage = |message: String| {
        screen.error(&message);
        Exit::Usage
    };
    let recording = match Recording::open(&arguments.file) {
        Ok(recording) => recording,
        Err(error) => return usage(error.to_string()),
    };
    if let Some(reason) = recording.torn() {
        let (_, to) = recording.span();
        let file = arguments.file.display();
        screen.write(&format!(
            "warning: the end of `{file}` is missing ({reason}); it goes up to {}\n",
            elapsed(to)
        ));
    }
    if arguments.print {
        return print(&screen, &printable(&account::account(&recording)));
    }
    let replay = Replay::new(recording);
    let speed = ReplayRequest { speed: Some(arguments.speed), ..ReplayRequest::default() };
    match replay.change(&speed) {
        Ok(_) => serve(&screen, Arc::new(replay), arguments.listen),
        Err(error) => usage(error),
    }
}

/// Serves the dashboard from a recording, until somebody ends the process.
fn serve(screen: &Screen, replay: Arc<Replay>, listen: Listen) -> Exit {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let signals = runtime.and_then(|runtime| {
        // Before anybody is told that it can be ended.
        let signals = runtime.block_on(async { Signals::listen() })?;
        Ok((runtime, signals))
    });
    let (runtime, mut signals) = match signals {
        Ok(signals) => signals,
        Err(error) => {
            screen.error(&format!("cannot listen to signals: {error}"));
            return Exit::Failure;
        }
    };
    let served = MonitorOptions::default()
        .with_token(std::env::var(TOKEN_VARIABLE).ok())
        .and_then(|options| Listener::bind(listen, &options).map_err(|error| error.to_string()))
        .and_then(|listener| {
            listener.serve(replay).map_err(|error| format!("the dashboard cannot be served: {error}"))
        });
    let server = match served {
        Ok(server) => server,
        Err(error) => {
            screen.error(&error);
            return Exit::Usage;
        }
    };
    screen.write(&format!("replaying at http://{}; Ctrl-C ends it\n", server.address()));
    // SIGHUP too: the terminal is gone, and there is no file to read again.
    runtime.block_on(async { while !matches!(signals.next().await, Asked::End(_) | Asked::Reload) {} });
    server.close();
    Exit::Success
}

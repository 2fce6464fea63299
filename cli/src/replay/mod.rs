//! `tidegate replay`: a run that was recorded.

mod account;

use crate::args;
use crate::exit::Exit;
use crate::format::elapsed;
use crate::output::print;
use crate::screen::Screen;
use std::sync::Arc;
use tidegate_monitor::recording::{Recording, Replay, ReplayRequest};

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
        return print(&screen, &account::account(&recording));
    }
    let replay = Replay::new(recording);
    let speed = ReplayRequest { speed: Some(arguments.speed), ..ReplayRequest::default() };
    match replay.change(&speed) {
        Ok(_) => serve(&screen, Arc::new(replay), &arguments.listen),
        Err(error) => usage(error),
    }
}

/// Serves the dashboard from a recording, until somebody ends the process.
fn serve(screen: &Screen, _replay: Arc<Replay>, _listen: &str) -> Exit {
    screen.error("there is no dashboard to show it in; add `--print` to have it in words");
    Exit::Usage
}

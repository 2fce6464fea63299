//! `tidegate top`: where the pressure comes from, in a terminal.

mod details;
mod feed;
mod input;
mod rows;
#[cfg(test)]
mod sample;
mod state;
mod table;
mod terminal;
#[cfg(test)]
mod tests;
mod text;
mod theme;
mod view;

use crate::args;
use crate::exit::Exit;
use crate::output::print;
use crate::screen::Screen;
use feed::Feed;
use state::State;
use std::env::var_os;
use std::io::{IsTerminal, stdout};
use std::sync::mpsc::channel;
use std::time::Duration;
use tidegate_monitor::client::{Client, ClientError};

/// The shortest time between two looks: more often tells nobody more.
const SHORTEST: Duration = Duration::from_millis(100);

/// How wide the text is that goes to a file or a pipe.
const WIDTH: u16 = 110;

/// Watches a run until somebody quits, or prints what there is to see where nobody can.
pub(crate) fn top(arguments: &args::Top) -> Exit {
    let screen = Screen::new();
    match watch(arguments, &screen) {
        Ok(exit) => exit,
        Err(error) => {
            screen.error(&error.to_string());
            if matches!(error, ClientError::Address { .. }) { Exit::Usage } else { Exit::Failure }
        }
    }
}

fn watch(arguments: &args::Top, screen: &Screen) -> Result<Exit, ClientError> {
    let client = Client::from_environment(&arguments.address)?;
    let every = arguments.interval.max(SHORTEST);
    let usable = var_os("TERM").is_none_or(|term| term != "dumb");
    let terminal = stdout().is_terminal() && usable;
    let colour = terminal && var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let mut state = State::new(client.address(), colour);
    let mut feed = Feed::new(client);
    // The first look is made before the screen is taken: what is wrong then is told where it can be read afterwards.
    feed.look(&mut |update| state.update(update))?;
    if !terminal {
        // Rates are those between two looks.
        std::thread::sleep(every);
        feed.look(&mut |update| state.update(update))?;
        return Ok(print(screen, &view::text(&state, WIDTH)));
    }
    let (updates, updated) = channel();
    let (controls, controlled) = channel();
    let feeding = std::thread::Builder::new().name("tidegate-top".into());
    let feeding = feeding.spawn(move || feed.run(every, &updates, &controlled));
    // The thread is not waited for: it may be in the middle of a question.
    let shown = feeding.and_then(|_| terminal::show(&mut state, &updated, &controls));
    Ok(match shown {
        Ok(()) => Exit::Success,
        Err(error) => {
            screen.error(&format!("the terminal cannot be used: {error}"));
            Exit::Failure
        }
    })
}

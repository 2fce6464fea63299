//! The terminal: taken over for a while, and given back as it was, whatever happens.

use super::state::{Action, State, Update};
use super::view::draw;
use crate::signals::{Asked, Signals};
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event};
use std::io::{self, IsTerminal, stdout};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError};
use std::time::Duration;
use tidegate_monitor::client::Control;
use tokio::time::timeout;

/// How long a key or a new state may wait until it is seen.
const FRAME: Duration = Duration::from_millis(50);

/// How long it may take until it is noticed that the terminal is gone.
const LOOK: Duration = Duration::from_secs(1);

/// Shows `state` until somebody wants no more of it.
pub(super) fn show(
    state: &mut State,
    updates: &Receiver<Update>,
    controls: &Sender<Control>,
) -> io::Result<()> {
    let ended = Arc::new(AtomicBool::new(false));
    listen(&ended)?;
    // A panic gives the terminal back before it is told.
    let shown = match ratatui::try_init() {
        Ok(mut terminal) => until_quit(&mut terminal, state, updates, controls, &ended),
        Err(error) => Err(error),
    };
    let restored = ratatui::try_restore();
    shown.and(restored)
}

fn until_quit(
    terminal: &mut DefaultTerminal,
    state: &mut State,
    updates: &Receiver<Update>,
    controls: &Sender<Control>,
    ended: &AtomicBool,
) -> io::Result<()> {
    let mut changed = true;
    while !ended.load(Ordering::Relaxed) {
        loop {
            match updates.try_recv() {
                Ok(update) => state.update(update),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    return Err(io::Error::other("the thread that asks the run died"));
                }
            }
            changed = true;
        }
        if changed {
            terminal.draw(|frame| draw(state, frame.area(), frame.buffer_mut()))?;
            changed = false;
        }
        if !event::poll(FRAME)? {
            continue;
        }
        changed = true;
        if let Event::Key(key) = event::read()? {
            match state.key(key) {
                Some(Action::Quit) => return Ok(()),
                // If nobody hears it, the loop above ends.
                Some(Action::Control(control)) => drop(controls.send(control)),
                None => {}
            }
        }
    }
    Ok(())
}

/// Says in `ended` when somebody outside wants the end. Ctrl-C is a key here, and comes the other way.
fn listen(ended: &Arc<AtomicBool>) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut signals = runtime.block_on(async { Signals::listen() })?;
    let ended = ended.clone();
    std::thread::Builder::new().name("tidegate-signals".into()).spawn(move || {
        // SIGHUP comes when the terminal is gone, if this leads its session.
        let asked = || runtime.block_on(async { timeout(LOOK, signals.next()).await });
        let over = |asked| matches!(asked, Ok(Asked::End(_) | Asked::Reload)) || !stdout().is_terminal();
        std::iter::repeat_with(asked).any(over);
        ended.store(true, Ordering::Relaxed);
        std::thread::sleep(LOOK);
        // Whoever reads from a terminal that is gone may read for ever. There is nothing left to give back.
        if !stdout().is_terminal() {
            std::process::exit(0);
        }
    })?;
    Ok(())
}

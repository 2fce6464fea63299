//! Asks the run for its state again and again, on a thread of its own: a run that does not answer leaves the keys alive.

use super::state::Update;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::Duration;
use tidegate_monitor::client::{Client, ClientError, Control};

/// What is known of the run.
pub(super) struct Feed {
    client: Client,
    /// The last signal that was seen, and when the last snapshot was taken.
    signal: u64,
    seconds: f64,
    described: bool,
}

impl Feed {
    pub(super) fn new(client: Client) -> Self {
        Self { client, signal: 0, seconds: 0.0, described: false }
    }

    /// Asks once, and hands on what comes.
    ///
    /// # Errors
    /// When the run does not answer.
    pub(super) fn look(&mut self, updates: &mut impl FnMut(Update)) -> Result<(), ClientError> {
        let seen = self.client.snapshot()?;
        let elapsed = seen.snapshot.elapsed_seconds;
        if elapsed < self.seconds && !seen.replayed {
            // Another run.
            (self.signal, self.described) = (0, false);
        }
        if !self.described {
            updates(Update::Topology(Box::new(self.client.topology()?)));
            self.described = true;
        }
        let mut log = self.client.signals_after(self.signal)?;
        if log.last < self.signal {
            // Another run, or a replay that went back.
            log = self.client.signals_after(0)?;
        }
        (self.signal, self.seconds) = (log.last, elapsed);
        updates(Update::Seen(Box::new(seen), log));
        Ok(())
    }

    /// Goes on until nobody wants to know any more.
    pub(super) fn run(mut self, every: Duration, updates: &Sender<Update>, controls: &Receiver<Control>) {
        let mut wait = every;
        loop {
            match controls.recv_timeout(wait) {
                Ok(control) => {
                    let answer = match self.client.control(&control) {
                        Ok(said) if said.is_empty() => done(&control),
                        Ok(said) => said,
                        Err(error) => error.to_string(),
                    };
                    let _ = updates.send(Update::Answer(answer));
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            let mut gone = false;
            let looked = self.look(&mut |update| gone |= updates.send(update).is_err());
            if let Err(error) = looked {
                gone |= updates.send(Update::Lost(reason(&error))).is_err();
            }
            if gone {
                return;
            }
            wait = every;
        }
    }
}

/// Why nothing comes, said to somebody who has seen it work.
fn reason(error: &ClientError) -> String {
    match error {
        ClientError::NothingListens { .. } => "nobody listens there any more, the run may have ended".into(),
        error => error.to_string(),
    }
}

fn done(control: &Control) -> String {
    let whom =
        |actor: &Option<String>| actor.as_ref().map_or("everything".into(), |actor| format!("`{actor}`"));
    match control {
        Control::Pause(actor) => format!("{} is paused", whom(actor)),
        Control::Resume(actor) => format!("{} is resumed", whom(actor)),
        _ => "done".into(),
    }
}

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

#[cfg(test)]
#[path = "../../../monitor/tests/support/stub.rs"]
mod stub;

#[cfg(test)]
mod tests {
    use super::stub::Stub;
    use super::*;
    use crate::top::sample::chain;
    use crate::top::state::State;
    use serde_json::json;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::channel;

    /// Says how the run is after each of these moments in turn, in seconds: in each of them four signals more.
    fn monitor(moments: &'static [f64]) -> Stub {
        let turn = AtomicUsize::new(0);
        Stub::new(move |asked| {
            let now = turn.load(Ordering::Relaxed);
            let body = match asked.line.split_once("after=") {
                None if asked.line == "GET /api/snapshot" => {
                    let now = turn.fetch_add(1, Ordering::Relaxed);
                    let Some(seconds) = moments.get(now) else { return (503, "no more".into()) };
                    serde_json::to_string(&chain(*seconds, 0).0).unwrap()
                }
                None => json!({"name": "flights", "actors": [], "links": []}).to_string(),
                Some((_, after)) => {
                    let after: u64 = after.parse().unwrap();
                    // Four in each moment since the run began.
                    let began =
                        (1..now).rev().find(|place| moments[*place] < moments[place - 1]).unwrap_or(0);
                    let last = 4 * (now - began) as u64;
                    let mut log = chain(moments[now - 1], after).1;
                    log.records.truncate(last.saturating_sub(after) as usize);
                    log.last = last;
                    serde_json::to_string(&log).unwrap()
                }
            };
            (200, body)
        })
    }

    fn signals_asked_for(stub: &Stub) -> Vec<String> {
        let asked = stub.asked().into_iter().map(|asked| asked.line);
        asked.filter_map(|line| line.split_once("after=").map(|(_, after)| after.into())).collect()
    }

    #[test]
    fn a_run_that_was_started_again_is_looked_at_from_its_start() {
        let stub = monitor(&[10.0, 11.0, 2.0, 3.0]);
        let mut state = State::new(&stub.address, false);
        let mut feed = Feed::new(Client::new(&stub.address, None).unwrap());
        for _ in 0..4 {
            feed.look(&mut |update| state.update(update)).unwrap();
        }
        assert_eq!(signals_asked_for(&stub), ["0", "4", "0", "4"]);
        let topologies = stub.asked().into_iter().filter(|asked| asked.line == "GET /api/topology").count();
        assert_eq!((topologies, state.signals.len(), state.rates.seconds), (2, 8, 1.0));
        let error = feed.look(&mut |_| {}).unwrap_err().to_string();
        assert!(error.ends_with("refuses this: no more"), "{error}");
    }

    #[test]
    fn what_came_of_a_request_and_a_run_that_is_gone_are_told() {
        let stub = Stub::new(|asked| match asked.line.as_str() {
            "POST /api/actors/parse/pause" => (200, json!({"done": "pause"}).to_string()),
            _ => (503, "gone".into()),
        });
        let feed = Feed::new(Client::new(&stub.address, None).unwrap());
        let (updates, updated) = channel();
        let (controls, controlled) = channel();
        controls.send(Control::Pause(Some("parse".into()))).unwrap();
        drop(controls);
        feed.run(Duration::from_secs(3600), &updates, &controlled);
        drop(updates);
        let told: Vec<String> = updated
            .iter()
            .map(|update| match update {
                Update::Answer(text) | Update::Lost(text) => text,
                other => panic!("{other:?}"),
            })
            .collect();
        let refused = format!("http://{} refuses this: gone", stub.address);
        assert_eq!(told, ["`parse` is paused".to_string(), refused]);
    }
}

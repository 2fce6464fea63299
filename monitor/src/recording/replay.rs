//! Shows a recording as if it happened now.

use super::Recording;
use crate::{Description, Source};
use serde::{Deserialize, Serialize};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tidegate::{Handle, SignalLog, Snapshot};

/// The fastest a recording is played.
const FASTEST: f64 = 1000.0;

/// A recording that is being played; the [`Source`] of whoever shows it.
#[derive(Debug)]
pub struct Replay {
    recording: Recording,
    head: Mutex<Head>,
}

/// How far a replay has come; what `/api/replay` says.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReplayState {
    /// The first moment that was recorded, in seconds since the start of the topology.
    pub from: f64,
    /// The last one.
    pub to: f64,
    /// The one that is shown.
    pub at: f64,
    /// Recorded seconds in a second.
    pub speed: f64,
    /// Whether it stands still: somebody asked for it, or it is at its end.
    pub paused: bool,
}

/// What is to change about a replay; the body of a POST to `/api/replay`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplayRequest {
    /// The moment to go to, in seconds since the start of the topology.
    #[serde(default)]
    pub at: Option<f64>,
    /// The speed to go on with.
    #[serde(default)]
    pub speed: Option<f64>,
    /// Whether to stand still.
    #[serde(default)]
    pub paused: Option<bool>,
}

/// The place in a recording that moves with time.
#[derive(Clone, Copy, Debug)]
struct Head {
    /// Where it was, and when that was.
    position: f64,
    since: Instant,
    speed: f64,
    paused: bool,
}

impl Head {
    fn at(&self, now: Instant, to: f64) -> f64 {
        let moved = if self.paused {
            0.0
        } else {
            now.saturating_duration_since(self.since).as_secs_f64() * self.speed
        };
        (self.position + moved).min(to)
    }
}

impl Replay {
    /// Plays `recording` from its start, as fast as it happened.
    pub fn new(recording: Recording) -> Self {
        let (from, _) = recording.span();
        let head = Head { position: from, since: Instant::now(), speed: 1.0, paused: false };
        Self { recording, head: Mutex::new(head) }
    }

    /// What is played.
    pub fn recording(&self) -> &Recording {
        &self.recording
    }

    /// How far it has come.
    pub fn state(&self) -> ReplayState {
        self.state_at(Instant::now())
    }

    fn state_at(&self, now: Instant) -> ReplayState {
        let (from, to) = self.recording.span();
        let head = *self.lock();
        let at = head.at(now, to);
        ReplayState { from, to, at, speed: head.speed, paused: head.paused || at >= to }
    }

    /// Goes somewhere else, faster or slower, stands still or goes on. A moment outside the recording is its start or its end;
    /// going on from the end is starting over.
    ///
    /// # Errors
    /// What is wrong with the request; then nothing has changed.
    pub fn change(&self, request: &ReplayRequest) -> Result<ReplayState, String> {
        self.change_at(Instant::now(), request)
    }

    fn change_at(&self, now: Instant, request: &ReplayRequest) -> Result<ReplayState, String> {
        if let Some(speed) = request.speed
            && !(speed > 0.0 && speed <= FASTEST)
        {
            return Err(format!(
                "a speed of {speed} is not possible; it is more than 0 and at most {FASTEST}"
            ));
        }
        if let Some(at) = request.at
            && !at.is_finite()
        {
            return Err("the moment to go to is no number".into());
        }
        let (from, to) = self.recording.span();
        let mut head = self.lock();
        let position = match (request.at, head.at(now, to)) {
            (Some(at), _) => at.clamp(from, to),
            (None, at) if at >= to && request.paused == Some(false) => from,
            (None, at) => at,
        };
        *head = Head {
            position,
            since: now,
            speed: request.speed.unwrap_or(head.speed),
            paused: request.paused.unwrap_or(head.paused),
        };
        drop(head);
        Ok(self.state_at(now))
    }

    /// The states of so many seconds before the one that is shown, that one included, in order: where it comes from, for who
    /// shows curves and has just been taken elsewhere.
    pub fn history(&self, seconds: f64) -> Vec<Snapshot> {
        let at = self.state().at;
        self.recording.snapshots_between(at - seconds, at)
    }

    fn lock(&self) -> MutexGuard<'_, Head> {
        // It is replaced as a whole.
        self.head.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Source for Replay {
    fn description(&self) -> &Description {
        self.recording.description()
    }

    fn snapshot(&self) -> Snapshot {
        self.recording.snapshot_at(self.state().at)
    }

    fn signals_after(&self, number: u64, most: usize) -> SignalLog {
        let mut log = self.recording.signals_after(number, self.state().at);
        if log.records.len() > most {
            log.records.truncate(most);
            log.last = log.records.last().map_or(number, |record| record.number);
            log.missed = (log.last - number).saturating_sub(most as u64);
        }
        log
    }

    fn handle(&self) -> Option<&Handle> {
        None
    }

    fn replay(&self) -> Option<&Replay> {
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Writer;
    use super::*;
    use crate::samples::snapshot;
    use std::time::Duration;

    fn replay() -> (Replay, Instant) {
        let mut writer = Writer::new(Vec::new(), &Description::default()).unwrap();
        (10..=30).for_each(|second| writer.snapshot(&snapshot(f64::from(second))).unwrap());
        let recording = Recording::read("sample".into(), writer.finish().unwrap()).unwrap();
        let replay = Replay::new(recording);
        let since = replay.lock().since;
        (replay, since)
    }

    #[test]
    fn it_plays_at_its_speed_until_the_end() {
        let (replay, start) = replay();
        let at = |seconds: u64| replay.state_at(start + Duration::from_secs(seconds));
        assert_eq!(at(0), ReplayState { from: 10.0, to: 30.0, at: 10.0, speed: 1.0, paused: false });
        assert_eq!(at(5).at, 15.0);
        let faster = ReplayRequest { speed: Some(2.0), ..ReplayRequest::default() };
        replay.change_at(start + Duration::from_secs(5), &faster).unwrap();
        assert_eq!((at(7).at, at(7).paused), (19.0, false));
        assert_eq!((at(60).at, at(60).paused), (30.0, true));
        let again = ReplayRequest { paused: Some(false), ..ReplayRequest::default() };
        assert_eq!(replay.change_at(start + Duration::from_secs(60), &again).unwrap().at, 10.0);
    }

    #[test]
    fn it_stands_still_and_goes_where_it_is_told_but_not_outside() {
        let (replay, start) = replay();
        let still = ReplayRequest { at: Some(20.0), paused: Some(true), ..ReplayRequest::default() };
        assert_eq!(replay.change_at(start, &still).unwrap().at, 20.0);
        assert_eq!(replay.state_at(start + Duration::from_secs(9)).at, 20.0);
        assert_eq!(replay.snapshot().elapsed_seconds, 20.0);
        let history: Vec<f64> = replay.history(2.5).iter().map(|one| one.elapsed_seconds).collect();
        assert_eq!(history, [18.0, 19.0, 20.0]);
        for (to, at) in [(-5.0, 10.0), (99.0, 30.0)] {
            let request = ReplayRequest { at: Some(to), ..ReplayRequest::default() };
            assert_eq!(replay.change_at(start, &request).unwrap().at, at);
        }
    }

    #[test]
    fn what_makes_no_sense_changes_nothing() {
        let (replay, start) = replay();
        for speed in [0.0, -1.0, f64::NAN, f64::INFINITY, 1001.0] {
            let request = ReplayRequest { speed: Some(speed), at: Some(20.0), paused: None };
            assert!(replay.change_at(start, &request).unwrap_err().contains("more than 0 and at most 1000"));
        }
        let nowhere = ReplayRequest { at: Some(f64::NAN), ..ReplayRequest::default() };
        assert!(replay.change_at(start, &nowhere).is_err());
        assert_eq!(replay.state_at(start).at, 10.0);
    }
}

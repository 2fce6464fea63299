//! What the routes share.

use super::guard::Guard;
use super::history::History;
use super::limits::Limits;
use crate::Source;
use crate::metrics::Clients;
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tidegate::{Phase, Snapshot};
use tokio::sync::{Semaphore, watch};

/// Says what holds everything up, from two snapshots.
pub type Judge = Arc<dyn Fn(&Snapshot, &Snapshot) -> Option<Value> + Send + Sync>;

/// A snapshot is used again for so long: many clients that ask at once cost the topology no more than one.
const FRESH: Duration = Duration::from_millis(100);

/// What is said about a run looks back so far, in seconds.
const WINDOW: f64 = 5.0;

/// Snapshots that are kept to look back to: one a second, and some to spare.
const MOST_SAMPLES: usize = 8;

/// What the routes share.
pub(super) struct State {
    pub(super) source: Arc<dyn Source>,
    pub(super) guard: Guard,
    pub(super) limits: Limits,
    /// How long a drain may take that a client asks for.
    pub(super) drain_timeout: Duration,
    /// Places for streams of events.
    pub(super) streams: Arc<Semaphore>,
    /// Places for connections.
    pub(super) places: Arc<Semaphore>,
    max_connections: usize,
    refused: AtomicU64,
    judge: Judge,
    closing: watch::Receiver<bool>,
    newest: Mutex<Option<(Instant, Arc<Snapshot>)>>,
    seen: Mutex<Seen>,
}

/// What was seen before.
#[derive(Default)]
struct Seen {
    samples: VecDeque<Arc<Snapshot>>,
    history: History,
}

impl State {
    pub(super) fn new(
        source: Arc<dyn Source>,
        guard: Guard,
        limits: Limits,
        max_connections: usize,
        drain_timeout: Duration,
        judge: Judge,
        closing: watch::Receiver<bool>,
    ) -> Self {
        Self {
            source,
            guard,
            drain_timeout,
            streams: Arc::new(Semaphore::new(limits.streams)),
            places: Arc::new(Semaphore::new(max_connections)),
            limits,
            max_connections,
            refused: AtomicU64::new(0),
            judge,
            closing,
            newest: Mutex::default(),
            seen: Mutex::default(),
        }
    }

    /// Becomes true when the server is to end.
    pub(super) fn closing(&self) -> watch::Receiver<bool> {
        self.closing.clone()
    }

    /// Counts a client for whom there was no place.
    pub(super) fn refuse(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    /// The clients of the server.
    pub(super) fn clients(&self) -> Clients {
        Clients {
            connections: self.max_connections - self.places.available_permits(),
            max_connections: self.max_connections,
            streams: self.limits.streams - self.streams.available_permits(),
            refused: self.refused.load(Ordering::Relaxed),
        }
    }

    /// The counts and states of this moment, or of one not long ago.
    pub(super) fn snapshot(&self) -> Arc<Snapshot> {
        let mut newest = lock(&self.newest);
        match &*newest {
            Some((at, snapshot)) if at.elapsed() < FRESH => snapshot.clone(),
            _ => {
                let snapshot = Arc::new(self.source.snapshot());
                *newest = Some((Instant::now(), snapshot.clone()));
                snapshot
            }
        }
    }

    /// How far the topology has come.
    pub(super) fn phase(&self) -> Phase {
        self.snapshot().phase
    }

    /// Takes down the state of this moment; done once a second.
    pub(super) fn sample(&self) {
        let now = Arc::new(self.source.snapshot());
        *lock(&self.newest) = Some((Instant::now(), now.clone()));
        let mut seen = lock(&self.seen);
        let Seen { samples, history } = &mut *seen;
        match samples.back() {
            // In a recording time can go back: then the past is not what led here.
            Some(before) if now.elapsed_seconds < before.elapsed_seconds => {
                samples.clear();
                *history = History::default();
            }
            Some(before) if now.elapsed_seconds > before.elapsed_seconds => history.add(before, &now),
            Some(_) => return,
            None => {}
        }
        if samples.len() == MOST_SAMPLES {
            samples.pop_front();
        }
        samples.push_back(now);
    }

    /// What holds everything up, as far as the last seconds say.
    pub(super) fn verdict(&self, now: &Snapshot) -> Option<Value> {
        let earlier = {
            let seen = lock(&self.seen);
            let before = |sample: &&Arc<Snapshot>| sample.elapsed_seconds < now.elapsed_seconds;
            let within =
                |sample: &&Arc<Snapshot>| now.elapsed_seconds - sample.elapsed_seconds <= WINDOW + 0.5;
            let mut oldest = seen.samples.iter().filter(before).filter(within);
            oldest.next().or_else(|| seen.samples.iter().rev().find(before)).cloned()
        };
        (self.judge)(earlier.as_deref()?, now)
    }

    /// What the history says.
    pub(super) fn history<T>(&self, read: impl FnOnce(&History) -> T) -> T {
        read(&lock(&self.seen).history)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is behind it is replaced as a whole: it is right after a panic, too.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

//! What the routes share.

use super::guard::Guard;
use super::history::History;
use super::limits::Limits;
use crate::metrics::Clients;
use crate::verdict::{Verdict, Window, verdict};
use crate::{Layout, Source};
use std::collections::VecDeque;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tidegate::{Phase, Snapshot};
use tokio::sync::{Semaphore, watch};

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
    /// Where the actors are drawn.
    pub(super) layout: Layout,
    closing: watch::Receiver<bool>,
    /// The place for who looks into a recording, which may have to be unpacked.
    unpacking: Arc<Semaphore>,
    newest: Mutex<Option<(Instant, Arc<Snapshot>)>>,
    seen: Mutex<Seen>,
}

/// What was seen before.
#[derive(Default)]
struct Seen {
    samples: VecDeque<Arc<Snapshot>>,
    history: History,
    verdict: Option<Verdict>,
}

impl State {
    pub(super) fn new(
        source: Arc<dyn Source>,
        guard: Guard,
        limits: Limits,
        max_connections: usize,
        drain_timeout: Duration,
        closing: watch::Receiver<bool>,
    ) -> Self {
        Self {
            layout: Layout::of(source.description()),
            source,
            guard,
            drain_timeout,
            streams: Arc::new(Semaphore::new(limits.streams)),
            places: Arc::new(Semaphore::new(max_connections)),
            limits,
            max_connections,
            refused: AtomicU64::new(0),
            closing,
            unpacking: Arc::new(Semaphore::new(1)),
            newest: Mutex::default(),
            seen: Mutex::default(),
        }
    }

    /// Does what looks at the source. A recording is looked into on another thread, by one at a time: to unpack minutes of it
    /// takes long, and the thread of the server has other clients.
    pub(super) async fn look<T: Send + 'static>(
        self: Arc<Self>,
        what: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> T {
        if self.source.replay().is_none() {
            return what(&self);
        }
        // Nobody closes it. The place is taken until this is done, if its client waits for it or not.
        let place = self.unpacking.clone().acquire_owned().await;
        let done = tokio::task::spawn_blocking(move || {
            let done = what(&self);
            drop(place);
            done
        });
        done.await.unwrap_or_else(|error| resume_unwind(error.into_panic()))
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

    /// The next snapshot is a new one.
    pub(super) fn forget(&self) {
        *lock(&self.newest) = None;
    }

    /// How far the topology has come.
    pub(super) fn phase(&self) -> Phase {
        self.snapshot().phase
    }

    /// Takes down the state of this moment; done once a second.
    pub(super) fn sample(&self) {
        let now = Arc::new(self.source.snapshot());
        *lock(&self.newest) = Some((Instant::now(), now.clone()));
        if let Some(replay) = self.source.replay() {
            // A recording may have been taken elsewhere: the past is what was recorded before, not what was shown.
            let past = replay.history(WINDOW);
            let verdict = past.first().and_then(|earlier| self.judge(earlier, &now, None));
            lock(&self.seen).verdict = verdict;
            return;
        }
        let mut seen = lock(&self.seen);
        let Seen { samples, history, verdict } = &mut *seen;
        if let Some(before) = samples.back() {
            if now.elapsed_seconds <= before.elapsed_seconds {
                return;
            }
            history.add(before, &now);
        }
        let within = |sample: &&Arc<Snapshot>| now.elapsed_seconds - sample.elapsed_seconds <= WINDOW + 0.5;
        if let Some(earlier) = samples.iter().find(within).or(samples.back()) {
            *verdict = self.judge(earlier, &now, verdict.as_ref());
        }
        if samples.len() == MOST_SAMPLES {
            samples.pop_front();
        }
        samples.push_back(now);
    }

    /// What held everything up between two snapshots, or in a run that has ended, from its start on; `previous` was said
    /// of the time before.
    fn judge(&self, earlier: &Snapshot, now: &Snapshot, previous: Option<&Verdict>) -> Option<Verdict> {
        if now.elapsed_seconds <= earlier.elapsed_seconds {
            return None;
        }
        let about = self.source.description();
        if now.phase == Phase::Ended {
            return Some(verdict(&Window::since_start(now).described(about)));
        }
        let verdict = verdict(&Window::between(earlier, now).described(about));
        Some(match previous {
            Some(previous) => verdict.following(previous),
            None => verdict,
        })
    }

    /// What holds everything up, as far as the last seconds say.
    pub(super) fn verdict(&self) -> Option<Verdict> {
        lock(&self.seen).verdict.clone()
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

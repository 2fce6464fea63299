//! The signals of a whole topology, for whoever watches it.
//!
//! Nothing is kept while nobody watches: then a signal costs one look at a counter. A reader asks for what came after the
//! last record it knows, so a slow one delays nobody, and learns how many records it missed.

use super::{Signal, SignalKind};
use crate::sync::{Arc, AtomicUsize, Mutex, Ordering, lock};
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Records that are kept for readers that come late: the oldest go first.
const MOST_RECORDS: usize = 4096;

/// A signal that was sent over a link.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SignalRecord {
    /// Its place in the order of all signals that were recorded, from 1.
    pub number: u64,
    /// When, in seconds since the start of the topology.
    pub at_seconds: f64,
    /// Which way it points.
    pub kind: SignalKind,
    /// The emitting end of the link, which is told: `actor` or `actor.port`.
    pub from: String,
    /// The actor whose mailbox it is about.
    pub to: String,
    /// Everything that holds the link now: `full`, `breaker_open`.
    pub causes: Vec<String>,
    /// Messages in the mailbox, reserved places included.
    pub depth: usize,
    /// The most messages the mailbox can hold.
    pub capacity: usize,
    /// Grows by one at each change of the mailbox.
    pub epoch: u64,
}

/// What was recorded after a given record.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SignalLog {
    /// The records, in order.
    pub records: Vec<SignalRecord>,
    /// What to ask for next: the number of the last record there is.
    pub last: u64,
    /// Records that came after the one that was named and are kept no more.
    pub missed: u64,
}

/// Takes down signals while somebody watches.
pub(crate) struct Feed {
    watchers: AtomicUsize,
    since: Instant,
    log: Mutex<Log>,
}

#[derive(Default)]
struct Log {
    last: u64,
    records: VecDeque<SignalRecord>,
}

impl Default for Feed {
    fn default() -> Self {
        Self { watchers: AtomicUsize::new(0), since: Instant::now(), log: Mutex::default() }
    }
}

impl Feed {
    /// When the topology began.
    pub(crate) fn since(&self) -> Instant {
        self.since
    }

    /// Whether anybody watches. Relaxed: a watcher need not see what happens at the moment it comes.
    #[inline]
    pub(crate) fn is_watched(&self) -> bool {
        self.watchers.load(Ordering::Relaxed) > 0
    }

    pub(crate) fn record(&self, signal: &Signal) {
        if self.is_watched() {
            self.write(signal);
        }
    }

    #[cold]
    fn write(&self, signal: &Signal) {
        let causes = signal.causes.names().map(String::from).collect();
        let mut log = lock(&self.log);
        log.last += 1;
        if log.records.len() == MOST_RECORDS {
            log.records.pop_front();
        }
        let record = SignalRecord {
            number: log.last,
            // Read under the lock, so that times are in order, too.
            at_seconds: self.since.elapsed().as_secs_f64(),
            kind: signal.kind(),
            from: signal.from.to_string(),
            to: signal.to.to_string(),
            causes,
            depth: signal.depth,
            capacity: signal.capacity,
            epoch: signal.epoch,
        };
        log.records.push_back(record);
    }

    /// What came after the record of this number.
    pub(crate) fn after(&self, number: u64) -> SignalLog {
        let log = lock(&self.log);
        let first = log.last + 1 - log.records.len() as u64;
        let known = number.min(log.last);
        let missed = first.saturating_sub(known + 1);
        let skipped = (known + 1).saturating_sub(first) as usize;
        SignalLog { records: log.records.iter().skip(skipped).cloned().collect(), last: log.last, missed }
    }
}

/// Keeps a feed going.
pub(crate) struct Watcher(Arc<Feed>);

impl Watcher {
    pub(crate) fn new(feed: Arc<Feed>) -> Self {
        feed.watchers.fetch_add(1, Ordering::Relaxed);
        Self(feed)
    }

    pub(crate) fn feed(&self) -> &Feed {
        &self.0
    }
}

impl Clone for Watcher {
    fn clone(&self) -> Self {
        Self::new(self.0.clone())
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.0.watchers.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Causes;

    fn signal(epoch: u64) -> Signal {
        let causes = if epoch % 2 == 1 { Causes::FULL } else { Causes::NONE };
        Signal {
            from: "a".into(),
            to: "b".into(),
            incarnation: 0,
            epoch,
            causes,
            depth: 8,
            capacity: 10,
            high: 8,
            low: 5,
        }
    }

    #[test]
    fn nothing_is_kept_while_nobody_watches() {
        let feed = Arc::new(Feed::default());
        feed.record(&signal(1));
        let watcher = Watcher::new(feed.clone());
        feed.record(&signal(2));
        let second = watcher.clone();
        drop(watcher);
        feed.record(&signal(3));
        drop(second);
        feed.record(&signal(4));
        let log = feed.after(0);
        assert_eq!(log.records.iter().map(|record| record.epoch).collect::<Vec<_>>(), [2, 3]);
        assert_eq!((log.last, log.missed), (2, 0));
    }

    #[test]
    fn a_reader_gets_what_came_after_the_last_record_it_knows() {
        let watcher = Watcher::new(Arc::default());
        let feed = watcher.feed();
        assert_eq!(feed.after(0), SignalLog::default());
        (1..=3).for_each(|epoch| feed.record(&signal(epoch)));
        let numbers =
            |after| feed.after(after).records.iter().map(|record| record.number).collect::<Vec<_>>();
        assert_eq!((numbers(0), numbers(2), numbers(3)), (vec![1, 2, 3], vec![3], vec![]));
        assert!(numbers(99).is_empty(), "a number from another run is no reason to say anything twice");
        let first = &feed.after(0).records[0];
        assert_eq!((first.kind, &first.causes[..]), (SignalKind::Backpressure, &["full".to_string()][..]));
    }

    #[test]
    fn a_reader_that_comes_late_learns_how_much_it_missed() {
        let watcher = Watcher::new(Arc::default());
        let feed = watcher.feed();
        (1..=MOST_RECORDS as u64 + 10).for_each(|epoch| feed.record(&signal(epoch)));
        let log = feed.after(4);
        assert_eq!((log.missed, log.records.len()), (6, MOST_RECORDS));
        assert_eq!(log.records[0].number, 11);
    }
}

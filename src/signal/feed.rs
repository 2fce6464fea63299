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

/// Records that are taken out of the log at once: whoever sends a signal waits as long.
const BATCH: usize = 256;

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
    /// What to ask for next: the number of the last record there is; of the last one in here, if there are more than were
    /// asked for.
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
    records: VecDeque<Kept>,
}

/// A record as it is kept: nothing of it is allocated. Its number is its place.
#[derive(Clone)]
struct Kept {
    at_seconds: f64,
    signal: Signal,
}

impl Kept {
    fn numbered(self, number: u64) -> SignalRecord {
        let Self { at_seconds, signal } = self;
        SignalRecord {
            number,
            at_seconds,
            kind: signal.kind(),
            from: signal.from.to_string(),
            to: signal.to.to_string(),
            causes: signal.causes.names().map(String::from).collect(),
            depth: signal.depth,
            capacity: signal.capacity,
            epoch: signal.epoch,
        }
    }
}

impl Log {
    /// The number of the first record that is kept.
    fn first(&self) -> u64 {
        self.last + 1 - self.records.len() as u64
    }
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
        let mut log = lock(&self.log);
        log.last += 1;
        if log.records.len() == MOST_RECORDS {
            log.records.pop_front();
        }
        // Read under the lock, so that times are in order, too.
        let at_seconds = self.since.elapsed().as_secs_f64();
        log.records.push_back(Kept { at_seconds, signal: signal.clone() });
    }

    /// The first `most` of what came after the record of this number.
    pub(crate) fn after(&self, number: u64, most: usize) -> SignalLog {
        let end = lock(&self.log).last;
        let mut all = SignalLog { last: number.min(end), ..SignalLog::default() };
        while all.last < end && all.records.len() < most {
            let (first, kept) = self.batch(all.last, BATCH.min(most - all.records.len()));
            all.missed += first - all.last - 1;
            all.last = first + kept.len() as u64 - 1;
            all.records.extend((first..).zip(kept).map(|(number, kept)| kept.numbered(number)));
        }
        all
    }

    /// What there is after the record of this number, `most` at the most, and the number of the first of them.
    fn batch(&self, number: u64, most: usize) -> (u64, Vec<Kept>) {
        let log = lock(&self.log);
        let first = log.first().max(number + 1);
        let skipped = (first - log.first()) as usize;
        (first, log.records.iter().skip(skipped).take(most).cloned().collect())
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
        let log = feed.after(0, usize::MAX);
        assert_eq!(log.records.iter().map(|record| record.epoch).collect::<Vec<_>>(), [2, 3]);
        assert_eq!((log.last, log.missed), (2, 0));
    }

    #[test]
    fn a_reader_gets_what_came_after_the_last_record_it_knows() {
        let watcher = Watcher::new(Arc::default());
        let feed = watcher.feed();
        assert_eq!(feed.after(0, usize::MAX), SignalLog::default());
        (1..=3).for_each(|epoch| feed.record(&signal(epoch)));
        let numbers = |after| {
            feed.after(after, usize::MAX).records.iter().map(|record| record.number).collect::<Vec<_>>()
        };
        assert_eq!((numbers(0), numbers(2), numbers(3)), (vec![1, 2, 3], vec![3], vec![]));
        assert!(numbers(99).is_empty(), "a number from another run is no reason to say anything twice");
        let first = &feed.after(0, usize::MAX).records[0];
        assert_eq!((first.kind, &first.causes[..]), (SignalKind::Backpressure, &["full".to_string()][..]));
    }

    #[test]
    fn a_reader_that_comes_late_learns_how_much_it_missed() {
        let watcher = Watcher::new(Arc::default());
        let feed = watcher.feed();
        (1..=MOST_RECORDS as u64 + 10).for_each(|epoch| feed.record(&signal(epoch)));
        let log = feed.after(4, usize::MAX);
        assert_eq!((log.missed, log.records.len()), (6, MOST_RECORDS));
        assert_eq!(log.records[0].number, 11);
    }

    #[test]
    fn a_reader_that_takes_a_few_at_a_time_gets_all_and_knows_where_to_go_on() {
        let watcher = Watcher::new(Arc::default());
        let feed = watcher.feed();
        (1..=MOST_RECORDS as u64 + 10).for_each(|epoch| feed.record(&signal(epoch)));
        let log = feed.after(4, 300);
        assert_eq!((log.missed, log.records.len(), log.last), (6, 300, 310));
        let mut numbers: Vec<u64> = log.records.iter().map(|record| record.number).collect();
        let mut last = log.last;
        while let log = feed.after(last, 1000)
            && !log.records.is_empty()
        {
            assert_eq!(log.missed, 0);
            last = log.last;
            numbers.extend(log.records.iter().map(|record| record.number));
        }
        assert_eq!(numbers, (11..=MOST_RECORDS as u64 + 10).collect::<Vec<_>>());
        assert_eq!(feed.after(20, 0), SignalLog { last: 20, ..SignalLog::default() });
    }

    #[test]
    fn what_is_kept_shares_the_names_of_the_link() {
        let watcher = Watcher::new(Arc::default());
        let signal = signal(1);
        watcher.feed().record(&signal);
        let (number, kept) = watcher.feed().batch(0, 1);
        assert_eq!(number, 1);
        assert!(
            Arc::ptr_eq(&kept[0].signal.from, &signal.from) && Arc::ptr_eq(&kept[0].signal.to, &signal.to)
        );
    }
}

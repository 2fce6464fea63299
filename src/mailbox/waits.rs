//! How long messages wait in a mailbox, by samples.
//!
//! One message at a time is followed, and only while somebody watches: when a chunk is put, one of its messages, and the
//! number of those that will be started up to it. Each release counts that number down. So nothing travels with the
//! messages, and a mailbox pays one look at a counter per release.

use super::link::Link;
use crate::sync::{Arc, AtomicUsize, Mutex, Ordering, lock};
use crate::time::{Duration, Instant};
use hdrhistogram::Histogram;

/// No more often than this a message is followed.
const PAUSE: Duration = Duration::from_micros(100);

/// So many puts, at most, go by without a look at the clock where they come so fast that one of them looked too early.
const MOST_SKIPPED: usize = 15;

/// Percentiles are those of the last one to two of these.
const SPAN: Duration = Duration::from_secs(10);

/// The longest wait that is told from others, in nanoseconds: some eleven days.
const MOST: u64 = 1_000_000_000_000_000;

/// Follows messages of one mailbox.
#[derive(Default)]
pub(super) struct Follower {
    /// Messages that are released up to the one that is followed, itself included; 0 if none is. Changed under the lock.
    ahead: AtomicUsize,
    /// Puts that do not look at the clock before the next one does.
    skipped: AtomicUsize,
    followed: Mutex<Followed>,
}

#[derive(Default)]
struct Followed {
    link: Option<Arc<Link>>,
    since: Option<Instant>,
    /// How many puts went by after the last one that looked too early; fewer each time one looks late enough.
    skips: usize,
    /// Which message of a chunk is followed: another one each time.
    turn: usize,
}

impl Follower {
    /// `count` messages were put on `link`, the last of those that wait.
    #[cold]
    pub(super) fn put(&self, link: &Arc<Link>, count: usize, waiting: impl Fn() -> usize) {
        // Relaxed: a hint, looked at again under the lock. What was released between a put and the note of it was not counted
        // down: one that is further behind than all that waited before has gone unseen.
        let follows = |waiting: usize| {
            let ahead = self.ahead.load(Ordering::Relaxed);
            ahead > 0 && ahead <= waiting.saturating_sub(count)
        };
        if follows(waiting()) {
            return;
        }
        // Relaxed, and not in one step: with several upstream actors a put may count for two.
        let skipped = self.skipped.load(Ordering::Relaxed);
        if skipped > 0 {
            self.skipped.store(skipped - 1, Ordering::Relaxed);
            return;
        }
        let mut followed = lock(&self.followed);
        let (now, waiting) = (Instant::now(), waiting());
        if follows(waiting) {
            return;
        }
        if followed.since.is_some_and(|since| now - since < PAUSE) {
            followed.skips = (followed.skips * 2 + 1).min(MOST_SKIPPED);
            self.skipped.store(followed.skips, Ordering::Relaxed);
            return;
        }
        followed.skips /= 2;
        // A step that has no factor in common with usual sizes of chunks comes to all places in turn.
        followed.turn = followed.turn.wrapping_add(61);
        let after = followed.turn % count.max(1);
        // Those that were faster are gone.
        self.ahead.store(waiting.saturating_sub(after), Ordering::Relaxed);
        (followed.link, followed.since) = (Some(link.clone()), Some(now));
    }

    /// So many messages were started, or went otherwise.
    #[inline]
    pub(super) fn release(&self, messages: usize) {
        // Relaxed: to miss the first release after a put on another thread is to start the count a little late.
        if self.ahead.load(Ordering::Relaxed) > 0 {
            self.count(messages);
        }
    }

    #[cold]
    fn count(&self, messages: usize) {
        let mut followed = lock(&self.followed);
        let ahead = self.ahead.load(Ordering::Relaxed).saturating_sub(messages);
        self.ahead.store(ahead, Ordering::Relaxed);
        if ahead == 0
            && let (Some(link), Some(since)) = (followed.link.take(), followed.since)
        {
            link.waits().record(since.elapsed());
        }
    }
}

/// The waits of the messages of one link. Nothing is allocated before the first.
#[derive(Default)]
pub(crate) struct Waits(Mutex<Option<Box<Samples>>>);

struct Samples {
    /// Since when `now` is filled; `before` is of the span before that.
    since: Instant,
    now: Histogram<u32>,
    before: Histogram<u32>,
    total: u64,
    sum: Duration,
}

/// The waits of some links, taken together.
#[derive(Default)]
pub(crate) struct AllWaits {
    /// In nanoseconds.
    pub(crate) recent: Option<Histogram<u32>>,
    pub(crate) total: u64,
    pub(crate) sum: Duration,
}

impl Waits {
    fn record(&self, wait: Duration) {
        let mut samples = lock(&self.0);
        let samples = samples.get_or_insert_with(Samples::new);
        samples.turn();
        // No wait counts as the shortest: a histogram begins with 1.
        let nanoseconds = u64::try_from(wait.as_nanos()).map_or(MOST, |wait| wait.clamp(1, MOST));
        samples.now.record(nanoseconds).expect("a histogram that grows takes any value");
        samples.total += 1;
        samples.sum += wait;
    }

    /// Adds the samples to those of other links.
    pub(crate) fn add_to(&self, all: &mut AllWaits) {
        let mut samples = lock(&self.0);
        let Some(samples) = samples.as_mut() else { return };
        samples.turn();
        let recent = all.recent.get_or_insert_with(histogram);
        for part in [&samples.now, &samples.before] {
            recent.add(part).expect("a histogram that grows takes any value");
        }
        all.total += samples.total;
        all.sum += samples.sum;
    }
}

impl Samples {
    fn new() -> Box<Self> {
        let (now, before) = (histogram(), histogram());
        Box::new(Self { since: Instant::now(), now, before, total: 0, sum: Duration::ZERO })
    }

    /// Lets go what is older than it may be.
    fn turn(&mut self) {
        let elapsed = self.since.elapsed();
        if elapsed < SPAN {
            return;
        }
        std::mem::swap(&mut self.now, &mut self.before);
        self.now.reset();
        if elapsed >= SPAN * 2 {
            self.before.reset();
        }
        self.since = Instant::now();
    }
}

/// Of nanoseconds, right to 1 %; it grows with what it is shown.
fn histogram() -> Histogram<u32> {
    Histogram::new(2).expect("two digits are within what it allows")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recent(waits: &Waits) -> (u64, u64) {
        let mut all = AllWaits::default();
        waits.add_to(&mut all);
        (all.recent.map_or(0, |recent| recent.len()), all.total)
    }

    #[tokio::test(start_paused = true)]
    async fn samples_are_kept_for_one_to_two_spans_and_counted_for_ever() {
        let waits = Waits::default();
        assert_eq!(recent(&waits), (0, 0));
        waits.record(Duration::from_millis(1));
        tokio::time::advance(Duration::from_secs(9)).await;
        waits.record(Duration::ZERO);
        assert_eq!(recent(&waits), (2, 2));
        tokio::time::advance(Duration::from_secs(2)).await;
        waits.record(Duration::from_hours(1));
        assert_eq!(recent(&waits), (3, 3));
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(recent(&waits), (1, 3));
        tokio::time::advance(Duration::from_secs(20)).await;
        assert_eq!(recent(&waits), (0, 3));
    }

    #[tokio::test(start_paused = true)]
    async fn a_message_is_followed_until_it_is_released() {
        let link = Link::new("a".into(), "b".into(), false, None, Arc::default());
        let follower = Follower::default();
        follower.release(5);
        // Of three that were put behind seven, the second: 61 % 3 is 1, counted from the end.
        follower.put(&link, 3, || 10);
        follower.put(&link, 1, || 11);
        tokio::time::advance(Duration::from_secs(1)).await;
        follower.release(8);
        assert_eq!(recent(link.waits()), (0, 0));
        tokio::time::advance(Duration::from_secs(1)).await;
        follower.release(1);
        assert_eq!(recent(link.waits()), (1, 1));
        let mut all = AllWaits::default();
        link.waits().add_to(&mut all);
        assert_eq!(all.sum, Duration::from_secs(2));
        follower.release(1);
        assert_eq!(recent(link.waits()), (1, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn fast_messages_are_followed_now_and_then_and_slow_ones_each() {
        let link = Link::new("a".into(), "b".into(), false, None, Arc::default());
        let follower = Follower::default();
        let message = || {
            follower.put(&link, 1, || 1);
            follower.release(1);
            recent(link.waits()).1
        };
        // All at the same moment: the first is followed, and after the second and each that looks too early 1, 3, 7, then
        // 15 go by unseen.
        assert!((0..100).all(|_| message() == 1));
        // Then one an hour: those that are still to be skipped go by, and after them each is followed.
        let mut seen = Vec::new();
        for _ in 0..MOST_SKIPPED + 4 {
            tokio::time::advance(Duration::from_hours(1)).await;
            seen.push(message());
        }
        let first = seen.iter().position(|&count| count == 2).expect("followed again");
        assert!(first <= MOST_SKIPPED, "{seen:?}");
        assert!(seen[first..].iter().zip(2..).all(|(&count, expected)| count == expected), "{seen:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_was_gone_before_it_was_noted_is_not_waited_for() {
        let link = Link::new("a".into(), "b".into(), false, None, Arc::default());
        let follower = Follower::default();
        follower.put(&link, 1, || 1);
        // It was started before that was noted, so nothing counted it down. The next one comes an hour later.
        tokio::time::advance(Duration::from_hours(1)).await;
        follower.put(&link, 1, || 1);
        tokio::time::advance(Duration::from_secs(1)).await;
        follower.release(1);
        let mut all = AllWaits::default();
        link.waits().add_to(&mut all);
        assert_eq!((all.total, all.sum), (1, Duration::from_secs(1)));
    }

    #[tokio::test(start_paused = true)]
    async fn the_faster_they_come_the_more_go_by_between_two_looks_at_the_clock() {
        let link = Link::new("a".into(), "b".into(), false, None, Arc::default());
        let follower = Follower::default();
        // Those that go by before the next look, after each of so many messages.
        let skipped = |messages: usize| {
            let message = |_| {
                follower.put(&link, 1, || 1);
                follower.release(1);
                follower.skipped.load(Ordering::Relaxed)
            };
            (0..messages).map(message).collect::<Vec<usize>>()
        };
        assert_eq!(skipped(9), [0, 1, 0, 3, 2, 1, 0, 7, 6]);
        assert_eq!((skipped(6)[5], skipped(1), skipped(15)[14], skipped(1)), (0, vec![15], 0, vec![15]));
        skipped(15);
        // One that looks late enough is followed, and half as many go by after the next that does not.
        tokio::time::advance(PAUSE).await;
        assert_eq!((skipped(1), recent(link.waits()).1), (vec![0], 2));
        assert_eq!((skipped(1), skipped(15)[14]), (vec![15], 0));
        for followed in [3, 4] {
            tokio::time::advance(PAUSE).await;
            assert_eq!((skipped(1), recent(link.waits()).1), (vec![0], followed));
        }
        assert_eq!(skipped(1), [7]);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_is_followed_is_followed_to_its_end() {
        let link = Link::new("a".into(), "b".into(), false, None, Arc::default());
        let follower = Follower::default();
        follower.put(&link, 1, || 3);
        tokio::time::advance(Duration::from_secs(1)).await;
        follower.put(&link, 1, || 4);
        follower.release(3);
        let mut all = AllWaits::default();
        link.waits().add_to(&mut all);
        assert_eq!((all.total, all.sum), (1, Duration::from_secs(1)));
    }
}

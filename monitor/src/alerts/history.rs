//! How much counts have grown within a time.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

/// The counts of some actors at the looks within a time.
#[derive(Debug)]
pub(super) struct History {
    within: Duration,
    actors: HashMap<String, VecDeque<(f64, u64)>>,
}

impl History {
    pub(super) fn new(within: Duration) -> Self {
        Self { within, actors: HashMap::new() }
    }

    pub(super) fn within(&self) -> Duration {
        self.within
    }

    /// Adds counts at the time `now`, in seconds; by how much each has grown within the time. They begin at 0.
    ///
    /// Of looks with the same count only the first is kept, so it costs what happens.
    pub(super) fn add<'a>(
        &mut self,
        now: f64,
        counts: impl Iterator<Item = (&'a str, u64)>,
    ) -> Vec<(String, u64)> {
        let begin = now - self.within.as_secs_f64();
        let grown = counts.map(|(name, count)| {
            if !self.actors.contains_key(name) {
                self.actors.insert(name.into(), VecDeque::from([(f64::MIN, 0)]));
            }
            let looks = self.actors.get_mut(name).expect("an entry, because it is there or was made");
            if looks.back().is_none_or(|(_, last)| *last != count) {
                looks.push_back((now, count));
            }
            // The newest from before the time is what it has grown from.
            while looks.get(1).is_some_and(|(at, _)| *at <= begin + 1e-6) {
                looks.pop_front();
            }
            let from = looks.front().map_or(0, |(_, count)| *count);
            (name.to_string(), count.saturating_sub(from))
        });
        grown.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happened_longer_ago_than_the_time_counts_no_more() {
        let mut history = History::new(Duration::from_secs(10));
        let mut grown = |now: f64, count| history.add(now, [("a", count)].into_iter())[0].1;
        assert_eq!([grown(0.0, 2), grown(1.0, 5), grown(9.0, 5)], [2, 5, 5]);
        assert_eq!([grown(10.0, 5), grown(11.0, 5), grown(12.0, 6)], [3, 0, 1]);
    }
}

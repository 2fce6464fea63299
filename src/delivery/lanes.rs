//! How much of what went out over each link is done.

use std::collections::BTreeMap;

/// The links of one actor instance, in the order of its ports, as far as anything is done.
#[derive(Default)]
pub(super) struct Lanes(Vec<Lane>);

#[derive(Default)]
struct Lane {
    /// So many messages are done, from the first on.
    done: u64,
    /// Later ones that are done, by the first of each row: instances that share a mailbox overtake each other. There are never
    /// more rows than messages in that mailbox and in the hands of its readers.
    early: BTreeMap<u64, u64>,
}

impl Lanes {
    /// The messages from `first` to `last` of a link are done.
    pub(super) fn done(&mut self, lane: usize, first: u64, last: u64) {
        if lane >= self.0.len() {
            self.0.resize_with(lane + 1, Lane::default);
        }
        let lane = &mut self.0[lane];
        if first > lane.done + 1 {
            lane.early.insert(first, last);
            return;
        }
        lane.done = lane.done.max(last);
        while let Some(row) = lane.early.first_entry()
            && *row.key() <= lane.done + 1
        {
            lane.done = lane.done.max(row.remove());
        }
    }

    /// Whether everything up to these counts, one for each link, is done.
    pub(super) fn reach(&self, counts: &[u64]) -> bool {
        counts.iter().enumerate().all(|(lane, count)| self.of(lane) >= *count)
    }

    /// How much is done of what went out over `lane`.
    fn of(&self, lane: usize) -> u64 {
        self.0.get(lane).map_or(0, |lane| lane.done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_that_are_done_early_count_once_those_before_them_are() {
        let mut lanes = Lanes::default();
        for ((first, last), done) in
            [((3, 3), 0), ((5, 7), 0), ((1, 1), 1), ((2, 2), 3), ((4, 4), 7), ((8, 9), 9)]
        {
            lanes.done(0, first, last);
            assert_eq!(lanes.of(0), done, "after {first} to {last}");
        }
    }

    #[test]
    fn a_message_is_done_when_it_is_on_every_link() {
        let mut lanes = Lanes::default();
        lanes.done(0, 1, 5);
        assert!(!lanes.reach(&[5, 1]) && lanes.reach(&[5, 0]));
        lanes.done(1, 1, 1);
        assert!(lanes.reach(&[5, 1]) && !lanes.reach(&[6, 1]));
    }
}

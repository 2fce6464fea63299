//! What one actor instance has emitted for what part of its input.

use super::Mark;
use super::lanes::Lanes;
use crate::sync::{Arc, AtomicU64, AtomicWaker, Mutex, Ordering, lock};
use std::collections::VecDeque;
use std::task::Waker;

/// What was received and emitted by one actor instance, as far as it is not done.
pub(crate) struct Tracker {
    inner: Mutex<Inner>,
    /// Messages of a producer that are done.
    acknowledged: AtomicU64,
    waker: AtomicWaker,
}

struct Inner {
    lanes: Lanes,
    /// In the order of the input.
    notes: VecDeque<Note>,
}

struct Note {
    input: Input,
    /// What had been emitted over each link.
    emitted: Box<[u64]>,
}

enum Input {
    /// Messages that came over a link.
    Received(Mark),
    /// Messages that a producer made: so many in all.
    Produced(u64),
}

impl Tracker {
    /// A tracker that knows of nothing yet.
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            inner: Mutex::new(Inner { lanes: Lanes::default(), notes: VecDeque::new() }),
            acknowledged: AtomicU64::new(0),
            waker: AtomicWaker::new(),
        })
    }

    /// Notes that messages are dealt with, when so much had been `emitted` over each link.
    pub(crate) fn received(&self, messages: Mark, emitted: &[u64]) {
        self.note(Input::Received(messages), emitted);
    }

    /// Notes that a producer has made so many messages in all, and `emitted` so much over each link.
    pub(crate) fn produced(&self, count: u64, emitted: &[u64]) {
        self.note(Input::Produced(count), emitted);
    }

    fn note(&self, input: Input, emitted: &[u64]) {
        let mut told = Vec::new();
        {
            let mut inner = lock(&self.inner);
            inner.notes.push_back(Note { input, emitted: emitted.into() });
            self.settle(&mut inner, &mut told);
        }
        told.into_iter().for_each(Mark::done);
    }

    pub(super) fn hear(&self, lane: usize, first: u64, last: u64, told: &mut Vec<Mark>) {
        let mut inner = lock(&self.inner);
        inner.lanes.done(lane, first, last);
        self.settle(&mut inner, told);
    }

    /// Takes the notes that are done off the front.
    fn settle(&self, inner: &mut Inner, told: &mut Vec<Mark>) {
        let mut produced = None;
        while let Some(note) = inner.notes.front()
            && inner.lanes.reach(&note.emitted)
            && let Some(note) = inner.notes.pop_front()
        {
            match note.input {
                Input::Received(messages) => told.push(messages),
                Input::Produced(count) => produced = Some(count),
            }
        }
        if let Some(count) = produced {
            // Release: who sees the count sees what was done for it.
            self.acknowledged.store(count, Ordering::Release);
            self.waker.wake();
        }
    }

    /// How many messages of a producer are done, from the first on.
    pub(crate) fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::Acquire)
    }

    /// Wakes `waker` when more are. Look again after this.
    pub(crate) fn listen(&self, waker: &Waker) {
        self.waker.register(waker);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Origin;
    use super::*;

    /// A producer with a link to a stage, and that with two to consumers.
    struct Line {
        producer: Arc<Tracker>,
        stage: Arc<Tracker>,
    }

    impl Line {
        fn new() -> Self {
            Self { producer: Tracker::new(), stage: Tracker::new() }
        }

        fn handled(&self, first: u64, last: u64, emitted: [u64; 2]) {
            self.stage.received(mark(&self.producer, 0, first, last), &emitted);
        }

        fn consumed(&self, lane: usize, first: u64, last: u64) {
            mark(&self.stage, lane, first, last).done();
        }
    }

    fn mark(tracker: &Arc<Tracker>, lane: usize, first: u64, last: u64) -> Mark {
        Origin::new(tracker.clone(), lane).mark(first - 1, (last + 1 - first) as usize)
    }

    #[test]
    fn what_came_of_a_message_is_done_before_the_message_is() {
        let line = Line::new();
        line.producer.produced(4, &[4]);
        line.producer.produced(9, &[9]);
        line.handled(1, 2, [2, 1]);
        line.handled(3, 4, [4, 1]);
        line.consumed(0, 1, 4);
        assert_eq!(line.producer.acknowledged(), 0, "the other consumer has had nothing");
        line.consumed(1, 1, 1);
        assert_eq!(line.producer.acknowledged(), 4);
        line.handled(5, 9, [4, 1]);
        assert_eq!(line.producer.acknowledged(), 9, "nothing came of these");
    }

    #[test]
    fn a_message_that_is_lost_holds_up_all_after_it() {
        let line = Line::new();
        line.producer.produced(4, &[4]);
        line.handled(1, 1, [1, 0]);
        line.handled(3, 4, [3, 0]);
        line.consumed(0, 1, 3);
        assert_eq!(line.producer.acknowledged(), 0);
        line.handled(2, 2, [3, 0]);
        assert_eq!(line.producer.acknowledged(), 4);
    }

    #[test]
    fn a_long_chain_needs_no_deep_stack() {
        let trackers: Vec<_> = (0..100_000).map(|_| Tracker::new()).collect();
        trackers[0].produced(1, &[1]);
        for pair in trackers.windows(2) {
            pair[1].received(mark(&pair[0], 0, 1, 1), &[1]);
        }
        assert_eq!(trackers[0].acknowledged(), 0);
        mark(trackers.last().expect("there are some"), 0, 1, 1).done();
        assert_eq!(trackers[0].acknowledged(), 1);
    }
}

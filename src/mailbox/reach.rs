//! The queue of a mailbox that several readers share, or whose policy takes queued messages away.
//!
//! A lock around a deque: here exactness beats speed. A reader takes one message at a time. Several at once would have
//! to go back when it waits, lest it lock up work that another could do, and the other would see them after later ones.

use super::Overflow;
use super::chunk::Chunk;
use crate::delivery::{Mark, Trail};
use crate::sync::{Mutex, lock};
use std::collections::VecDeque;
use std::task::Waker;

pub(super) struct Reach<T> {
    inner: Mutex<Inner<T>>,
}

struct Inner<T> {
    items: VecDeque<T>,
    /// Where they came from; kept as soon as one of them has a mark.
    trail: Option<Trail>,
    /// Readers that found nothing, each once.
    sleepers: VecDeque<(usize, Waker)>,
}

/// What an offer to a full queue did.
pub(super) struct Offered<T> {
    /// False if the incoming message was not taken.
    pub(super) accepted: bool,
    /// What went by the policy, the incoming message included.
    pub(super) gone: Vec<T>,
    /// The marks of what went.
    pub(super) marks: Vec<Mark>,
}

impl<T: Clone> Reach<T> {
    pub(super) fn new() -> Self {
        Self { inner: Mutex::new(Inner { items: VecDeque::new(), trail: None, sleepers: VecDeque::new() }) }
    }

    /// Puts all of `staged`, for which room was reserved.
    pub(super) fn put(&self, staged: &mut Vec<T>, mark: Option<Mark>) {
        let mut inner = lock(&self.inner);
        let count = staged.len();
        inner.note(count, mark);
        inner.items.extend(staged.drain(..));
        inner.wake(count);
    }

    /// Offers one message. `fits` says whether it has room, given what has gone so far; if not, the policy decides.
    pub(super) fn offer(
        &self,
        message: T,
        mark: Option<Mark>,
        policy: Overflow,
        mut fits: impl FnMut(&[T]) -> bool,
    ) -> Offered<T> {
        let mut inner = lock(&self.inner);
        let (mut gone, mut marks) = (Vec::new(), Vec::new());
        while !fits(&gone) {
            let victim = match policy {
                Overflow::DropOldest => {
                    marks.extend(inner.trail.as_mut().map(|trail| trail.take(1)).into_iter().flatten());
                    inner.items.pop_front()
                }
                Overflow::DropYoungest => {
                    marks.extend(inner.trail.as_mut().and_then(Trail::take_last));
                    inner.items.pop_back()
                }
                Overflow::DropAll if !inner.items.is_empty() => {
                    let count = inner.items.len() as u64;
                    marks.extend(inner.trail.as_mut().map(|trail| trail.take(count)).into_iter().flatten());
                    gone.extend(inner.items.drain(..));
                    continue;
                }
                _ => None,
            };
            let Some(victim) = victim else {
                gone.push(message);
                marks.extend(mark);
                return Offered { accepted: false, gone, marks };
            };
            gone.push(victim);
        }
        inner.note(1, mark);
        inner.items.push_back(message);
        inner.wake(1);
        Offered { accepted: true, gone, marks }
    }

    /// Takes the next message into `into`; how many that are. A `reader` that takes does not sleep.
    pub(super) fn take(&self, reader: usize, into: &mut Chunk<T>) -> usize {
        self.take_with(reader, into, || {})
    }

    /// The same; `taken` is called at once, before anybody takes the next.
    pub(super) fn take_with(&self, reader: usize, into: &mut Chunk<T>, taken: impl FnOnce()) -> usize {
        let mut inner = lock(&self.inner);
        let Some(message) = inner.items.pop_front() else { return 0 };
        taken();
        let mark = inner.trail.as_mut().and_then(|trail| trail.take(1).pop());
        into.refill_one(message, mark.map(Box::new));
        inner.sleepers.retain(|(other, _)| *other != reader);
        1
    }

    /// Whether there is a message. A `reader` that finds one does not sleep.
    pub(super) fn has_waiting(&self, reader: usize) -> bool {
        let mut inner = lock(&self.inner);
        let waiting = !inner.items.is_empty();
        if waiting {
            inner.sleepers.retain(|(other, _)| *other != reader);
        }
        waiting
    }

    /// Puts back, in front, what a reader took and did not start.
    pub(super) fn put_back(&self, mut unstarted: VecDeque<T>, trail: Trail) {
        let mut inner = lock(&self.inner);
        let count = unstarted.len();
        if let Some(known) = inner.trail.as_mut() {
            known.put_back(trail);
        }
        while let Some(message) = unstarted.pop_back() {
            inner.items.push_front(message);
        }
        inner.wake(count);
    }

    /// Says that `reader` is about to sleep; it must look again before it does.
    pub(super) fn sleep(&self, reader: usize, waker: &Waker) {
        let mut inner = lock(&self.inner);
        match inner.sleepers.iter_mut().find(|(other, _)| *other == reader) {
            Some((_, known)) => known.clone_from(waker),
            None => inner.sleepers.push_back((reader, waker.clone())),
        }
    }

    /// `reader` does not sleep; a wake that was meant for it goes to another.
    pub(super) fn leave(&self, reader: usize) {
        let mut inner = lock(&self.inner);
        inner.sleepers.retain(|(other, _)| *other != reader);
        let waiting = inner.items.len();
        inner.wake(waiting);
    }

    /// How many readers wait for messages.
    pub(super) fn sleepers(&self) -> usize {
        lock(&self.inner).sleepers.len()
    }

    /// Wakes every reader.
    pub(super) fn ring_all(&self) {
        lock(&self.inner).wake(usize::MAX);
    }
}

impl<T> Inner<T> {
    /// `count` messages are about to join at the end.
    fn note(&mut self, count: usize, mark: Option<Mark>) {
        if self.trail.is_none() && mark.is_some() {
            let mut trail = Trail::default();
            trail.push(self.items.len(), None);
            self.trail = Some(trail);
        }
        if let Some(trail) = self.trail.as_mut() {
            trail.push(count, mark);
        }
    }

    fn wake(&mut self, count: usize) {
        let count = count.min(self.sleepers.len());
        for (_, waker) in self.sleepers.drain(..count) {
            waker.wake();
        }
    }
}

#[cfg(all(test, not(any(tidegate_loom, tidegate_shuttle))))]
mod tests {
    use super::*;

    #[test]
    fn what_a_reader_gives_back_comes_before_what_waits_in_the_order_in_which_it_was_taken() {
        let reach = Reach::new();
        reach.put(&mut (1..=5).collect(), None);
        let mut chunk = Chunk::new();
        let mut take = || {
            assert_eq!(reach.take(0, &mut chunk), 1);
            chunk.pop().unwrap()
        };
        let taken = VecDeque::from([take(), take()]);
        reach.put_back(taken, Trail::default());
        assert_eq!([(); 5].map(|()| take()), [1, 2, 3, 4, 5]);
        assert!(!reach.has_waiting(0));
    }
}

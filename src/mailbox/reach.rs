//! The queue of a mailbox that several readers share, or whose policy takes queued messages away.
//!
//! A lock around a deque: here exactness beats speed. A reader takes one message at a time. Several at once would have
//! to go back when it waits, lest it lock up work that another could do, and the other would see them after later ones.

use super::Overflow;
use super::chunk::Chunk;
use crate::sync::{Mutex, lock};
use std::collections::VecDeque;
use std::task::Waker;

pub(super) struct Reach<T> {
    inner: Mutex<Inner<T>>,
}

struct Inner<T> {
    items: VecDeque<T>,
    /// Readers that found nothing, each once.
    sleepers: VecDeque<(usize, Waker)>,
}

/// What an offer to a full queue did.
pub(super) struct Offered<T> {
    /// False if the incoming message was not taken.
    pub(super) accepted: bool,
    /// What went by the policy, the incoming message included.
    pub(super) gone: Vec<T>,
}

impl<T: Clone> Reach<T> {
    pub(super) fn new() -> Self {
        Self { inner: Mutex::new(Inner { items: VecDeque::new(), sleepers: VecDeque::new() }) }
    }

    /// Puts all of `staged`, for which room was reserved.
    pub(super) fn put(&self, staged: &mut Vec<T>) {
        let mut inner = lock(&self.inner);
        let count = staged.len();
        inner.items.extend(staged.drain(..));
        inner.wake(count);
    }

    /// Offers one message. `fits` says whether it has room, given what has gone so far; if not, the policy decides.
    pub(super) fn offer(
        &self,
        message: T,
        policy: Overflow,
        mut fits: impl FnMut(&[T]) -> bool,
    ) -> Offered<T> {
        let mut inner = lock(&self.inner);
        let mut gone = Vec::new();
        while !fits(&gone) {
            let victim = match policy {
                Overflow::DropOldest => inner.items.pop_front(),
                Overflow::DropYoungest => inner.items.pop_back(),
                Overflow::DropAll if !inner.items.is_empty() => {
                    gone.extend(inner.items.drain(..));
                    continue;
                }
                _ => None,
            };
            let Some(victim) = victim else {
                gone.push(message);
                return Offered { accepted: false, gone };
            };
            gone.push(victim);
        }
        inner.items.push_back(message);
        inner.wake(1);
        Offered { accepted: true, gone }
    }

    /// Takes the next message into `into`; how many that are. A `reader` that takes does not sleep.
    pub(super) fn take(&self, reader: usize, into: &mut Chunk<T>) -> usize {
        let mut inner = lock(&self.inner);
        let Some(message) = inner.items.pop_front() else { return 0 };
        into.refill_one(message);
        inner.sleepers.retain(|(other, _)| *other != reader);
        1
    }

    /// Puts back, in front, what a reader took and did not start.
    pub(super) fn put_back(&self, mut unstarted: VecDeque<T>) {
        let mut inner = lock(&self.inner);
        let count = unstarted.len();
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
    fn wake(&mut self, count: usize) {
        let count = count.min(self.sleepers.len());
        for (_, waker) in self.sleepers.drain(..count) {
            waker.wake();
        }
    }
}

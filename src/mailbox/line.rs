//! The queue of those who wait for room: first come, first served.
//!
//! Whoever leaves the line without having been served, because it was paused, keeps its ticket: with it, it goes
//! before all who came later. Without that, the one upstream actor that is never caught by a `Backpressure` would
//! stay in line alone and starve the others.

use crate::sync::{AtomicUsize, Mutex, Ordering, lock};
use std::collections::VecDeque;
use std::task::Waker;

/// A place in the line; a smaller number came earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ticket(u64);

/// Who waits for room in one mailbox, in the order they came.
#[derive(Default)]
pub(super) struct WaitLine {
    /// How many wait; read without the lock on every release and reservation.
    length: AtomicUsize,
    waiters: Mutex<Waiters>,
}

#[derive(Default)]
struct Waiters {
    next: u64,
    /// In the order of the tickets.
    queue: VecDeque<(Ticket, Waker)>,
}

impl WaitLine {
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.length.load(Ordering::SeqCst) == 0
    }

    /// Joins the line, in the place of `ticket` if there is one, or renews its waker.
    pub(super) fn join(&self, ticket: Option<Ticket>, waker: &Waker) -> Ticket {
        let mut waiters = lock(&self.waiters);
        let ticket = ticket.unwrap_or_else(|| waiters.issue());
        match waiters.queue.binary_search_by_key(&ticket, |(other, _)| *other) {
            Ok(at) => waiters.queue[at].1.clone_from(waker),
            Err(at) => waiters.queue.insert(at, (ticket, waker.clone())),
        }
        self.length.store(waiters.queue.len(), Ordering::SeqCst);
        ticket
    }

    /// Whether nobody in line came before `ticket`.
    pub(super) fn is_next(&self, ticket: Ticket) -> bool {
        lock(&self.waiters).queue.front().is_none_or(|(front, _)| ticket <= *front)
    }

    /// Leaves the line and wakes whoever is next, who may have room now.
    pub(super) fn leave(&self, ticket: Ticket) {
        let mut waiters = lock(&self.waiters);
        if let Ok(at) = waiters.queue.binary_search_by_key(&ticket, |(other, _)| *other) {
            waiters.queue.remove(at);
        }
        self.length.store(waiters.queue.len(), Ordering::SeqCst);
        if let Some((_, waker)) = waiters.queue.front() {
            waker.wake_by_ref();
        }
    }

    /// Wakes the first in line.
    #[cold]
    pub(super) fn wake_front(&self) {
        if let Some((_, waker)) = lock(&self.waiters).queue.front() {
            waker.wake_by_ref();
        }
    }

    /// Wakes the first in line, unless that is who has `ticket`.
    pub(super) fn wake_front_unless(&self, ticket: Option<Ticket>) {
        if let Some((front, waker)) = lock(&self.waiters).queue.front()
            && Some(*front) != ticket
        {
            waker.wake_by_ref();
        }
    }

    /// Wakes all: the mailbox is closed.
    pub(super) fn wake_all(&self) {
        for (_, waker) in &lock(&self.waiters).queue {
            waker.wake_by_ref();
        }
    }
}

impl Waiters {
    fn issue(&mut self) -> Ticket {
        self.next += 1;
        Ticket(self.next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_left_unserved_comes_back_to_its_place() {
        let line = WaitLine::default();
        let waker = Waker::noop();
        let [first, second, third] = [(); 3].map(|()| line.join(None, waker));
        assert!(line.is_next(first) && !line.is_next(second));
        line.leave(first);
        assert!(line.is_next(first), "outside the line, too");
        assert!(line.is_next(second) && !line.is_next(third));
        assert_eq!(line.join(Some(first), waker), first);
        assert!(!line.is_next(second));
        for ticket in [first, second, third] {
            line.leave(ticket);
        }
        assert!(line.is_empty());
    }
}

//! The queue of those who wait for room: first come, first served.

use crate::sync::{AtomicUsize, Mutex, Ordering, lock};
use std::collections::VecDeque;
use std::task::Waker;

/// A place in the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    queue: VecDeque<(Ticket, Waker)>,
}

impl WaitLine {
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.length.load(Ordering::SeqCst) == 0
    }

    /// Joins the line, or renews the waker of `ticket`.
    pub(super) fn join(&self, ticket: Option<Ticket>, waker: &Waker) -> Ticket {
        let mut waiters = lock(&self.waiters);
        if let Some(ticket) = ticket
            && let Some((_, known)) = waiters.queue.iter_mut().find(|(other, _)| *other == ticket)
        {
            known.clone_from(waker);
            return ticket;
        }
        let ticket = Ticket(waiters.next);
        waiters.next += 1;
        waiters.queue.push_back((ticket, waker.clone()));
        self.length.store(waiters.queue.len(), Ordering::SeqCst);
        ticket
    }

    /// Whether `ticket` is the next to be served.
    pub(super) fn is_front(&self, ticket: Ticket) -> bool {
        lock(&self.waiters).queue.front().is_some_and(|(front, _)| *front == ticket)
    }

    /// Leaves the line and wakes whoever is next, who may have room now.
    pub(super) fn leave(&self, ticket: Ticket) {
        let mut waiters = lock(&self.waiters);
        waiters.queue.retain(|(other, _)| *other != ticket);
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

    /// Wakes all: the mailbox is closed.
    pub(super) fn wake_all(&self) {
        for (_, waker) in &lock(&self.waiters).queue {
            waker.wake_by_ref();
        }
    }
}

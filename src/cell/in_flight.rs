//! How many calls of the actors of a bulkhead may be under way at once.

use crate::sync::{Arc, Mutex, lock};
use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};

/// A number of calls that the cells of one bulkhead have in common; first come, first served.
pub(crate) struct CallLimit(Mutex<Free>);

struct Free {
    places: usize,
    next: u64,
    /// Who waits for a place, in the order they came.
    line: VecDeque<(u64, Waker)>,
}

impl CallLimit {
    /// At most `calls` at once.
    pub(crate) fn new(calls: usize) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Free { places: calls, next: 0, line: VecDeque::new() })))
    }
}

impl Free {
    fn wake_next(&self) {
        if self.places > 0
            && let Some((_, waker)) = self.line.front()
        {
            waker.wake_by_ref();
        }
    }
}

/// What a cell is doing about its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// It calls nobody, and has none.
    Idle,
    /// It has one.
    Running,
    /// The call waits for room for what it sent, and has given its place away.
    Sending,
}

/// A cell's share in a limit: one place while a call is under way, but for the time it waits in `send`.
pub(super) struct InFlight {
    limit: Arc<CallLimit>,
    state: State,
    /// Its place in the line.
    ticket: Option<u64>,
}

impl InFlight {
    pub(super) fn new(limit: Arc<CallLimit>) -> Self {
        Self { limit, state: State::Idle, ticket: None }
    }

    /// Waits for a place to begin with, or to go on with.
    pub(super) fn poll_begin(&mut self, cx: &Context<'_>) -> Poll<()> {
        if self.state == State::Running {
            return Poll::Ready(());
        }
        let mut free = lock(&self.limit.0);
        let first = free.line.front().map(|(ticket, _)| *ticket);
        if free.places > 0 && (first.is_none() || first == self.ticket) {
            free.places -= 1;
            if self.ticket.take().is_some() {
                free.line.pop_front();
            }
            free.wake_next();
            self.state = State::Running;
            return Poll::Ready(());
        }
        match self.ticket {
            Some(ticket) => {
                if let Some((_, waker)) = free.line.iter_mut().find(|(other, _)| *other == ticket) {
                    waker.clone_from(cx.waker());
                }
            }
            None => {
                free.next += 1;
                let ticket = free.next;
                free.line.push_back((ticket, cx.waker().clone()));
                self.ticket = Some(ticket);
            }
        }
        Poll::Pending
    }

    /// Whether [`poll_begin`](Self::poll_begin) would find a place; takes none, and does not wait.
    pub(super) fn could_begin(&self) -> bool {
        let free = lock(&self.limit.0);
        let first = free.line.front().map(|(ticket, _)| *ticket);
        self.state == State::Running || free.places > 0 && (first.is_none() || first == self.ticket)
    }

    /// The call waits for room: others may run meanwhile.
    pub(super) fn send(&mut self) {
        if self.state == State::Running {
            self.give_back(State::Sending);
        }
    }

    /// Whether the call that is under way gave its place away, and has none again yet.
    pub(super) fn is_sending(&self) -> bool {
        self.state == State::Sending
    }

    /// Waits for a place, if the call that is to go on gave its own away.
    pub(super) fn poll_go_on(&mut self, cx: &Context<'_>) -> Poll<()> {
        if self.is_sending() { self.poll_begin(cx) } else { Poll::Ready(()) }
    }

    /// No call is under way.
    pub(super) fn end(&mut self) {
        match self.state {
            State::Running => self.give_back(State::Idle),
            _ => self.state = State::Idle,
        }
    }

    /// The cell does something else than wait for its turn.
    pub(super) fn stop_waiting(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            let mut free = lock(&self.limit.0);
            free.line.retain(|(other, _)| *other != ticket);
            free.wake_next();
        }
    }

    fn give_back(&mut self, state: State) {
        self.state = state;
        let mut free = lock(&self.limit.0);
        free.places += 1;
        free.wake_next();
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.end();
        self.stop_waiting();
    }
}

//! The notices that wait to be posted.

use super::Delivered;
use crate::alerts::notice::Notice;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A bounded queue with one reader, which says what became of each notice it takes.
#[derive(Debug)]
pub(super) struct Queue {
    most: usize,
    state: Mutex<State>,
    /// Told of everything that changes.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Notice>,
    /// Whether the reader has one in hand.
    in_hand: bool,
    /// When all must be over, once no more will come.
    deadline: Option<Instant>,
    counts: Delivered,
}

impl Queue {
    pub(super) fn new(most: usize) -> Self {
        Self { most, state: Mutex::default(), changed: Condvar::new() }
    }

    /// Adds `notice`; the one that was dropped for it, if there was no room.
    pub(super) fn push(&self, notice: Notice) -> Option<Notice> {
        let mut state = self.lock();
        let dropped = if state.waiting.len() >= self.most { state.waiting.pop_front() } else { None };
        state.counts.dropped += u64::from(dropped.is_some());
        state.waiting.push_back(notice);
        self.changed.notify_all();
        dropped
    }

    /// Waits for the next one; `None` once there will be no more.
    pub(super) fn take(&self) -> Option<Notice> {
        let mut state = self.lock();
        loop {
            state.in_hand = false;
            self.changed.notify_all();
            if state.deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                return None;
            }
            if let Some(notice) = state.waiting.pop_front() {
                state.in_hand = true;
                return Some(notice);
            }
            if state.deadline.is_some() {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Notes what became of the one in hand.
    pub(super) fn count(&self, count: impl FnOnce(&mut Delivered)) {
        count(&mut self.lock().counts);
    }

    /// Waits for `wait`, or to the end if that is near: false if it has come.
    pub(super) fn rest(&self, wait: Duration) -> bool {
        let until = Instant::now() + wait;
        let mut state = self.lock();
        loop {
            let now = Instant::now();
            if state.deadline.is_some_and(|deadline| deadline <= now) {
                return false;
            }
            let until = state.deadline.map_or(until, |deadline| deadline.min(until));
            if until <= now {
                return true;
            }
            let waited = self.changed.wait_timeout(state, until - now);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// How much time is left, once no more will come.
    pub(super) fn time_left(&self) -> Option<Duration> {
        self.lock().deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// No more will come, and what is there has time until `deadline`.
    pub(super) fn close(&self, deadline: Instant) {
        self.lock().deadline.get_or_insert(deadline);
        self.changed.notify_all();
    }

    /// Waits until all is posted or given up; false if that is not so by `deadline`.
    pub(super) fn wait_until_empty(&self, deadline: Instant) -> bool {
        let mut state = self.lock();
        while state.in_hand || !state.waiting.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Gives up what is still there.
    pub(super) fn give_up_all(&self) -> Delivered {
        let mut state = self.lock();
        let rest = state.waiting.len() as u64 + u64::from(state.in_hand);
        state.waiting.clear();
        state.in_hand = false;
        state.counts.given_up += rest;
        state.counts
    }

    pub(super) fn delivered(&self) -> Delivered {
        let state = self.lock();
        Delivered { waiting: state.waiting.len() as u64 + u64::from(state.in_hand), ..state.counts }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

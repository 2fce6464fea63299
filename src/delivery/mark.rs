//! Messages on their way over a link whose sender wants to know when they are done.

use super::Tracker;
use crate::sync::Arc;
use std::fmt;

/// The sending end of such a link.
#[derive(Clone)]
pub(crate) struct Origin {
    pub(super) tracker: Arc<Tracker>,
    pub(super) lane: usize,
}

impl Origin {
    /// The link of this number among those of the instance that `tracker` is for.
    pub(crate) fn new(tracker: Arc<Tracker>, lane: usize) -> Self {
        Self { tracker, lane }
    }

    /// The `count` messages that come after the first `before` of this link.
    pub(crate) fn mark(&self, before: u64, count: usize) -> Mark {
        Mark { origin: self.clone(), first: before + 1, last: before + count as u64 }
    }
}

/// Some messages in a row that came over one link; they are counted from 1.
#[derive(Clone)]
pub(crate) struct Mark {
    pub(super) origin: Origin,
    pub(super) first: u64,
    pub(super) last: u64,
}

impl Mark {
    /// How many messages there are.
    pub(crate) fn len(&self) -> u64 {
        self.last + 1 - self.first
    }

    /// The number of the last of them.
    pub(crate) fn last(&self) -> u64 {
        self.last
    }

    /// Takes the first `count` of them.
    pub(crate) fn take_front(&mut self, count: u64) -> Self {
        let front = Self { origin: self.origin.clone(), first: self.first, last: self.first + count - 1 };
        self.first += count;
        front
    }

    /// Takes the last of them.
    pub(crate) fn take_last(&mut self) -> Self {
        let last = Self { origin: self.origin.clone(), first: self.last, last: self.last };
        self.last -= 1;
        last
    }

    /// They are done; tells whomever that concerns.
    pub(crate) fn done(self) {
        // A list of what is to be told instead of calls within calls: chains may be long.
        let mut told = vec![self];
        while let Some(mark) = told.pop() {
            let Self { origin, first, last } = mark;
            origin.tracker.hear(origin.lane, first, last, &mut told);
        }
    }
}

impl fmt::Debug for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mark({} to {})", self.first, self.last)
    }
}

//! The state that signals carry: why the mailbox is pressured, since when, and whom to tell.

use super::Marks;
use super::link::Link;
use crate::signal::{Causes, Signal};
use crate::sync::Arc;
use crate::time::{Duration, Instant};

/// Changes and tells them. Kept under one lock, so that every link hears the epochs in order.
#[derive(Default)]
pub(super) struct Pressure {
    causes: Causes,
    epoch: u64,
    links: Vec<Arc<Link>>,
    /// Readers that take nothing for now.
    pub(super) barred: usize,
    raised: u64,
    lowered: u64,
    since: Option<Instant>,
    total: Duration,
}

/// What a mailbox reports of its pressure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PressureCounts {
    pub(crate) pressured: bool,
    pub(crate) backpressure_signals: u64,
    pub(crate) resume_signals: u64,
    pub(crate) pressured_time: Duration,
}

impl Pressure {
    /// Adds a link, and tells it at once of pressure that there is.
    pub(super) fn join(&mut self, link: Arc<Link>, depth: usize, capacity: usize, marks: Marks) {
        if !self.causes.is_empty() {
            self.tell(&link, depth, capacity, marks);
        }
        self.links.push(link);
    }

    pub(super) fn leave(&mut self, link: &Arc<Link>) {
        self.links.retain(|other| !Arc::ptr_eq(other, link));
    }

    /// Whether `link` is told of changes.
    #[cfg(feature = "testkit")]
    pub(super) fn tells(&self, link: &Arc<Link>) -> bool {
        self.links.iter().any(|other| Arc::ptr_eq(other, link))
    }

    pub(super) fn has(&self, cause: Causes) -> bool {
        self.causes.contains(cause)
    }

    /// Replaces the causes and tells every upstream link the new state.
    pub(super) fn change(&mut self, causes: Causes, depth: usize, capacity: usize, marks: Marks) {
        let (was_open, is_open) = (self.causes.is_empty(), causes.is_empty());
        self.causes = causes;
        self.epoch += 1;
        if was_open && !is_open {
            self.raised += 1;
            self.since = Some(Instant::now());
        } else if !was_open && is_open {
            self.lowered += 1;
            self.settle_time();
            // Whoever hears it first has the first go at the room; everybody is first in turn, or a mailbox that
            // fills up at once would know only one of its upstream actors.
            let turn = 1.min(self.links.len());
            self.links.rotate_left(turn);
        }
        for link in &self.links {
            self.tell(link, depth, capacity, marks);
        }
    }

    /// Tells one link the state.
    fn tell(&self, link: &Link, depth: usize, capacity: usize, marks: Marks) {
        let causes = self.causes;
        let signal = Signal {
            from: link.from().clone(),
            to: link.to().clone(),
            incarnation: 0,
            epoch: self.epoch,
            causes,
            depth,
            capacity,
            high: marks.high,
            low: marks.low,
        };
        tracing::debug!(target: "tidegate::signal", from = %signal.from, to = %signal.to, epoch = signal.epoch,
            depth, capacity, causes = %causes, "{}", signal.kind());
        link.deliver(signal);
    }

    pub(super) fn with(&self, cause: Causes) -> Causes {
        self.causes.with(cause)
    }

    pub(super) fn without(&self, cause: Causes) -> Causes {
        self.causes.without(cause)
    }

    /// Ends every link: the reader is gone.
    pub(super) fn end(&mut self, cancelled: bool) {
        self.settle_time();
        for link in self.links.drain(..) {
            link.close(cancelled);
        }
    }

    fn settle_time(&mut self) {
        if let Some(since) = self.since.take() {
            self.total += since.elapsed();
        }
    }

    pub(super) fn counts(&self) -> PressureCounts {
        PressureCounts {
            pressured: !self.causes.is_empty(),
            backpressure_signals: self.raised,
            resume_signals: self.lowered,
            pressured_time: self.total + self.since.map_or(Duration::ZERO, |since| since.elapsed()),
        }
    }
}

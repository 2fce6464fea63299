//! What a cell says about how it spends its time.

use crate::ledger::{Doing, Tally};
use crate::mailbox::Link;
use crate::sync::Arc;
use crate::time::Instant;

/// The hours of one instance: what it does now, and since when.
pub(super) struct Hours {
    tally: Arc<Tally>,
    /// When the topology began.
    origin: Instant,
    doing: Doing,
    /// The link that holds it, if one does.
    holder: Option<Arc<Link>>,
    /// Since when, in nanoseconds since the origin.
    since: u64,
}

impl Hours {
    pub(super) fn new(tally: Arc<Tally>, origin: Instant) -> Self {
        let mut hours = Self { tally, origin, doing: Doing::Nothing, holder: None, since: 0 };
        hours.turn(Doing::Busy, None, Instant::now);
        hours
    }

    #[inline]
    pub(super) fn is_busy(&self) -> bool {
        self.doing == Doing::Busy
    }

    /// It turns to something, perhaps because of a link. The clock is read only if that is something else than before.
    #[inline]
    pub(super) fn turn(&mut self, to: Doing, holder: Option<&Arc<Link>>, at: impl FnOnce() -> Instant) {
        if self.doing != to || self.holder.as_ref().map(Arc::as_ptr) != holder.map(Arc::as_ptr) {
            self.change(to, holder, at());
        }
    }

    fn change(&mut self, to: Doing, holder: Option<&Arc<Link>>, at: Instant) {
        let at = at.saturating_duration_since(self.origin).as_nanos() as u64;
        let at = at.max(self.since);
        let from = (self.doing, self.holder.as_ref().map(|link| link.holding()));
        self.tally.times().turn(from, (to, holder.map(|link| link.holding())), self.since, at);
        (self.doing, self.since, self.holder) = (to, at, holder.cloned());
    }
}

impl Drop for Hours {
    fn drop(&mut self) {
        self.turn(Doing::Nothing, None, Instant::now);
    }
}

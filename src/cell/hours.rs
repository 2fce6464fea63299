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
    /// The link that held it last. It stays for the next time: to count references is dear, and mostly it is the same.
    holder: Option<Arc<Link>>,
    /// Whether that holds it now.
    is_held: bool,
    /// Since when, in nanoseconds since the origin.
    since: u64,
}

impl Hours {
    pub(super) fn new(tally: Arc<Tally>, origin: Instant) -> Self {
        let mut hours = Self { tally, origin, doing: Doing::Nothing, holder: None, is_held: false, since: 0 };
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
        if self.doing != to || self.is_held != holder.is_some() || !self.is_last(holder) {
            self.change(to, holder, at());
        }
    }

    fn change(&mut self, to: Doing, holder: Option<&Arc<Link>>, at: Instant) {
        let at = at.saturating_duration_since(self.origin).as_nanos() as u64;
        let at = at.max(self.since).max(self.tally.times().seen());
        let last = self.holder.as_ref().filter(|_| self.is_held);
        let from = (self.doing, last.map(|link| link.holding()));
        self.tally.times().turn(from, (to, holder.map(|link| link.holding())), self.since, at);
        if !self.is_last(holder) {
            self.holder = holder.cloned();
        }
        (self.doing, self.since, self.is_held) = (to, at, holder.is_some());
    }

    /// Whether `holder`, if there is one, is the link that held it last.
    fn is_last(&self, holder: Option<&Arc<Link>>) -> bool {
        holder.is_none_or(|link| self.holder.as_ref().is_some_and(|last| Arc::ptr_eq(last, link)))
    }
}

impl Drop for Hours {
    fn drop(&mut self) {
        self.turn(Doing::Nothing, None, Instant::now);
    }
}

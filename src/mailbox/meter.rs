//! One counted quantity of a mailbox, messages or bytes: how much is taken, the limit and the marks.

use super::Marks;
use crate::sync::{AtomicUsize, CachePadded, Ordering};

/// A counter that never exceeds its limit, but for what was in use when the limit was lowered.
///
/// Every access that another thread may act on is `SeqCst`: `Gate` pairs each change of the counter with a look
/// at a flag, and each change of a flag with a look at the counter, and needs one order of the four.
pub(super) struct Meter {
    /// Invariant: what is taken never raises it above `limit`.
    used: CachePadded<AtomicUsize>,
    /// This and the marks are changed under the lock of the pressure, and rarely: readers find them in their caches.
    limit: AtomicUsize,
    high: AtomicUsize,
    low: AtomicUsize,
}

/// The answer of [`Meter::try_take`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// This much is taken, and this much is in use now.
    Some { granted: usize, used: usize },
    /// It would reach the high mark, and the caller prefers not to.
    High,
    /// There is not enough.
    None,
}

impl Meter {
    pub(super) fn new(limit: usize, marks: Marks) -> Self {
        Self {
            used: CachePadded::new(AtomicUsize::new(0)),
            limit: AtomicUsize::new(limit),
            high: AtomicUsize::new(marks.high),
            low: AtomicUsize::new(marks.low),
        }
    }

    /// Changes the limit and the marks. Whoever changes the counter and compares it with a mark that is not in force any
    /// more is not missed: who changed the mark looks at the counter afterwards.
    pub(super) fn change(&self, limit: usize, marks: Marks) {
        self.limit.store(limit, Ordering::SeqCst);
        self.high.store(marks.high, Ordering::SeqCst);
        self.low.store(marks.low, Ordering::SeqCst);
    }

    pub(super) fn used(&self) -> usize {
        self.used.load(Ordering::SeqCst)
    }

    /// Whether `need` could be taken.
    pub(super) fn has(&self, need: usize) -> bool {
        self.used() + need <= self.limit()
    }

    #[inline]
    pub(super) fn limit(&self) -> usize {
        self.limit.load(Ordering::SeqCst)
    }

    pub(super) fn marks(&self) -> Marks {
        Marks { high: self.high(), low: self.low() }
    }

    #[inline]
    pub(super) fn high(&self) -> usize {
        self.high.load(Ordering::SeqCst)
    }

    #[inline]
    pub(super) fn low(&self) -> usize {
        self.low.load(Ordering::SeqCst)
    }

    pub(super) fn is_high(&self) -> bool {
        self.used() >= self.high()
    }

    pub(super) fn is_low(&self) -> bool {
        self.used() <= self.low()
    }

    /// Takes `need`, and up to `extra` more where that stays a `share`th of what is free below the high mark:
    /// what is taken for convenience never raises the pressure.
    #[inline]
    pub(super) fn try_take(&self, need: usize, extra: usize, share: usize, polite: bool) -> Taken {
        // A stale value only makes the exchange fail; a stale limit or mark is one from before it was changed.
        let (limit, high) = (self.limit.load(Ordering::Relaxed), self.high.load(Ordering::Relaxed));
        let mut used = self.used.load(Ordering::Relaxed);
        loop {
            let least = used + need;
            if least > limit {
                return Taken::None;
            }
            if polite && least >= high {
                return Taken::High;
            }
            let spare = (high - 1).saturating_sub(least) / share.max(1);
            let granted = need + spare.min(extra);
            match self.used.compare_exchange_weak(used, used + granted, Ordering::SeqCst, Ordering::Relaxed) {
                Ok(_) => return Taken::Some { granted, used: used + granted },
                Err(now) => used = now,
            }
        }
    }

    /// Gives `amount` back; how much is in use then.
    #[inline]
    pub(super) fn give_back(&self, amount: usize) -> usize {
        let before = self.used.fetch_sub(amount, Ordering::SeqCst);
        debug_assert!(before >= amount, "gave back {amount} of {before}");
        before - amount
    }
}

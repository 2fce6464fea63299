//! How a reader sleeps until something is put into its mailbox.

use crate::sync::{AtomicBool, AtomicWaker, Ordering, fence};
use std::task::Waker;

/// Wakes the one reader of a mailbox, and only if it said that it sleeps: waking across threads costs
/// microseconds, looking at a flag does not.
///
/// The reader says that it sleeps and then looks again; the writer puts and then looks at the flag. A `SeqCst`
/// fence between the two steps on each side makes at least one of them see the other.
#[derive(Default)]
pub(crate) struct Doorbell {
    waker: AtomicWaker,
    asleep: AtomicBool,
}

impl Doorbell {
    /// Says that the reader is about to sleep; it must look again before it does.
    pub(super) fn sleep(&self, waker: &Waker) {
        self.waker.register(waker);
        // The fence orders the store; `AtomicWaker` synchronises the waker itself.
        self.asleep.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst);
    }

    /// Rings, if the reader sleeps.
    #[inline]
    pub(super) fn ring(&self) {
        fence(Ordering::SeqCst);
        if self.asleep.load(Ordering::Relaxed) {
            self.wake();
        }
    }

    #[cold]
    fn wake(&self) {
        if self.asleep.swap(false, Ordering::Relaxed) {
            self.waker.wake();
        }
    }
}

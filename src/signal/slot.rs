//! The place where the one undelivered signal of a link waits.

use super::Signal;
use crate::sync::{Mutex, lock};

/// Holds the newest signal of a link until its upstream actor takes it.
#[derive(Default)]
pub(crate) struct SignalSlot {
    undelivered: Mutex<Option<Signal>>,
}

impl SignalSlot {
    /// Leaves `signal`; true if the slot was empty, so that somebody has to be told to look.
    pub(crate) fn put(&self, signal: Signal) -> bool {
        let mut undelivered = lock(&self.undelivered);
        if undelivered.as_ref().is_some_and(|known| !signal.is_newer_than(known)) {
            return false;
        }
        undelivered.replace(signal).is_none()
    }

    /// Takes what is undelivered.
    pub(crate) fn take(&self) -> Option<Signal> {
        lock(&self.undelivered).take()
    }
}

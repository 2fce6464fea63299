//! Every concurrency primitive the runtime uses, in one place.
//!
//! Nothing else in the crate names `std::sync`, `crossbeam` or `atomic_waker`: a checker stands in for all of them here,
//! loom with `--cfg tidegate_loom`, shuttle with `--cfg tidegate_shuttle`.

#[cfg(any(tidegate_loom, tidegate_shuttle))]
mod checked;
#[cfg(not(any(tidegate_loom, tidegate_shuttle)))]
mod real;

#[cfg(any(tidegate_loom, tidegate_shuttle))]
pub(crate) use checked::*;
pub(crate) use crossbeam_utils::CachePadded;
#[cfg(not(any(tidegate_loom, tidegate_shuttle)))]
pub(crate) use real::*;
// A checker would only see to it that none of these leaks.
pub(crate) use std::sync::{Arc, OnceLock, PoisonError};

/// Locks `mutex`; a poisoned one too. What user code runs under a lock of the runtime (`Weigh`, `Debug`, `Clone` and
/// `Drop` of a message) comes before or after all changes, so a panic leaves nothing half done.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

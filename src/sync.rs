//! Every concurrency primitive the runtime uses, in one place.
//!
//! Nothing else in the crate names `std::sync`, `crossbeam` or `atomic_waker`: a model checker can stand in
//! for all of them here.

pub(crate) use atomic_waker::AtomicWaker;
pub(crate) use crossbeam_channel as channel;
pub(crate) use crossbeam_utils::CachePadded;
pub(crate) use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering, fence};
pub(crate) use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// Locks `mutex`; a poisoned one too. What user code runs under a lock of the runtime (`Weigh`, `Debug`, `Clone` and
/// `Drop` of a message) comes before or after all changes, so a panic leaves nothing half done.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

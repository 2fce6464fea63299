//! The primitives themselves.

pub(crate) use atomic_waker::AtomicWaker;
pub(crate) use crossbeam_channel as channel;
pub(crate) use std::hint::spin_loop;
pub(crate) use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering, fence};
pub(crate) use std::sync::{Mutex, MutexGuard};

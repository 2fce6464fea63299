//! What stands in for the primitives under a checker of schedules: its own, and for the crates that it does not know
//! something with the same face.

#[cfg(tidegate_loom)]
pub(crate) use loom::hint::spin_loop;
#[cfg(tidegate_loom)]
use loom::sync as checker;
#[cfg(tidegate_shuttle)]
pub(crate) use shuttle::hint::spin_loop;
#[cfg(tidegate_shuttle)]
use shuttle::sync as checker;

pub(crate) use checker::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering, fence};
pub(crate) use checker::{Mutex, MutexGuard};

use super::lock;
use std::task::Waker;

/// Keeps one waker.
#[derive(Default)]
pub(crate) struct AtomicWaker(Mutex<Option<Waker>>);

impl AtomicWaker {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn register(&self, waker: &Waker) {
        *lock(&self.0) = Some(waker.clone());
    }

    pub(crate) fn wake(&self) {
        let waker = lock(&self.0).take();
        waker.into_iter().for_each(Waker::wake);
    }
}

pub(crate) mod channel {
    //! A channel of which both ends may be cloned; here, of which neither waits.

    use super::{Mutex, lock};
    use std::collections::VecDeque;
    use std::sync::Arc;

    struct Queue<T> {
        items: Mutex<VecDeque<T>>,
        most: usize,
    }

    pub(crate) struct Sender<T>(Arc<Queue<T>>);
    pub(crate) struct Receiver<T>(Arc<Queue<T>>);

    #[derive(Debug)]
    pub(crate) struct Refused;

    pub(crate) fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
        bounded(usize::MAX)
    }

    pub(crate) fn bounded<T>(most: usize) -> (Sender<T>, Receiver<T>) {
        let queue = Arc::new(Queue { items: Mutex::new(VecDeque::new()), most });
        (Sender(queue.clone()), Receiver(queue))
    }

    impl<T> Sender<T> {
        pub(crate) fn send(&self, item: T) -> Result<(), Refused> {
            self.try_send(item)
        }

        pub(crate) fn try_send(&self, item: T) -> Result<(), Refused> {
            let mut items = lock(&self.0.items);
            if items.len() >= self.0.most {
                return Err(Refused);
            }
            items.push_back(item);
            Ok(())
        }
    }

    impl<T> Receiver<T> {
        pub(crate) fn try_recv(&self) -> Result<T, Refused> {
            lock(&self.0.items).pop_front().ok_or(Refused)
        }
    }
}

//! When the actors of a cycle are done.
//!
//! End of input cannot travel round a cycle: each member would wait for the one before it. Instead the members
//! share a count of messages inside the cycle, and of the links that lead into it from outside. Both at nothing
//! means that nothing can ever move in it again. A message counts from before it is queued until what its handler
//! emitted has been counted, so the count cannot touch zero while there is work.

use crate::sync::{AtomicBool, AtomicUsize, Mutex, Ordering, lock};

type Ring = Box<dyn Fn() + Send + Sync>;

#[derive(Default)]
pub(crate) struct Cycle {
    outside: AtomicUsize,
    in_flight: AtomicUsize,
    ended: AtomicBool,
    bells: Mutex<Vec<Ring>>,
}

impl Cycle {
    /// Has `bell` rung at the end of the cycle.
    pub(crate) fn member(&self, bell: Ring) {
        lock(&self.bells).push(bell);
    }

    pub(super) fn outside_opened(&self) {
        self.outside.fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn outside_ended(&self) {
        self.outside.fetch_sub(1, Ordering::SeqCst);
        self.look();
    }

    pub(super) fn entered(&self, messages: usize) {
        self.in_flight.fetch_add(messages, Ordering::SeqCst);
    }

    /// `messages` are handled and counted, or gone.
    pub(crate) fn left(&self, messages: usize) {
        self.in_flight.fetch_sub(messages, Ordering::SeqCst);
        self.look();
    }

    pub(super) fn is_ended(&self) -> bool {
        self.ended.load(Ordering::SeqCst)
    }

    fn look(&self) {
        // Either count falling to zero looks at the other after it, in one order: the later of the two sees both.
        // `outside` goes first: it only falls, and while it is above zero a message may enter after `in_flight` was
        // looked at.
        let quiet = self.outside.load(Ordering::SeqCst) == 0 && self.in_flight.load(Ordering::SeqCst) == 0;
        if quiet && !self.ended.swap(true, Ordering::SeqCst) {
            for ring in lock(&self.bells).iter() {
                ring();
            }
        }
    }
}

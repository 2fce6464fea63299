//! Restores the order of input behind parallel instances.
//!
//! ```text
//!              ┌── 1 ──▶ instance ──┐
//!   mailbox ───┼── 2 ──▶ instance ──┼──▶ 1, 2, 3
//!              └── 3 ──▶ instance ──┘
//! ```
//!
//! Each message gets a number when it is taken from the mailbox that the instances share, under its lock. An instance hands
//! on what a call emitted when the numbers before it have passed, and takes no other message before that. So what is
//! waiting to be put in order is never more than one message in the hand of each instance, and there is no buffer that
//! could grow: with `n` instances, `n` messages are in work, and the slowest holds up the others once they have finished.
//! (Akka's `mapAsync(n)` does the same.)
//!
//! **Nobody waits for who waits.** An instance that waits for its turn holds no room downstream; the one whose turn it is
//! waits for nothing but room. A number passes whatever becomes of its message: when the instance has handed on what there
//! is, when the call failed, and when the instance ends.

use crate::sync::{Mutex, lock};
use std::collections::BTreeMap;
use std::task::{Context, Poll, Waker};

/// The order of one actor's messages, shared by its instances.
#[derive(Default)]
pub(crate) struct Sequence(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    /// The next number to be given.
    given: u64,
    /// The number whose turn it is.
    turn: u64,
    /// Numbers after that which have passed, or whose instance waits to be woken. At most one for each instance.
    later: BTreeMap<u64, Later>,
}

enum Later {
    Passed,
    Waits(Waker),
}

impl Sequence {
    /// The number of the message that is being taken; called under the lock of its mailbox.
    pub(super) fn number(&self) -> u64 {
        let mut inner = lock(&self.0);
        inner.given += 1;
        inner.given - 1
    }

    /// Whether it is the turn of `number`.
    pub(super) fn is_turn(&self, number: u64) -> bool {
        lock(&self.0).turn == number
    }

    /// Waits for the turn of `number`.
    pub(super) fn poll_turn(&self, number: u64, cx: &Context<'_>) -> Poll<()> {
        let mut inner = lock(&self.0);
        if inner.turn == number {
            return Poll::Ready(());
        }
        inner.later.insert(number, Later::Waits(cx.waker().clone()));
        Poll::Pending
    }

    /// Nothing more comes of the message with this number.
    pub(super) fn pass(&self, number: u64) {
        let mut inner = lock(&self.0);
        if inner.turn != number {
            inner.later.insert(number, Later::Passed);
            return;
        }
        let next = inner.next();
        drop(inner);
        if let Some(waker) = next {
            waker.wake();
        }
    }
}

impl Inner {
    /// Goes on to the next number that has not passed; whom to wake, if its instance waits.
    fn next(&mut self) -> Option<Waker> {
        loop {
            self.turn += 1;
            match self.later.remove(&self.turn)? {
                Later::Passed => {}
                Later::Waits(waker) => return Some(waker),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_pass_in_order_and_one_that_passed_early_is_passed_over() {
        let (sequence, cx) = (Sequence::default(), Context::from_waker(Waker::noop()));
        assert_eq!([sequence.number(), sequence.number(), sequence.number()], [0, 1, 2]);
        assert!(sequence.poll_turn(2, &cx).is_pending() && sequence.poll_turn(0, &cx).is_ready());
        sequence.pass(1);
        assert!(sequence.is_turn(0) && !sequence.is_turn(2));
        sequence.pass(0);
        assert!(sequence.poll_turn(2, &cx).is_ready());
        sequence.pass(2);
        assert!(sequence.is_turn(sequence.number()));
        assert!(lock(&sequence.0).later.is_empty());
    }
}

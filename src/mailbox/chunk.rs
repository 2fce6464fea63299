//! A chunk that is being read.

use crate::delivery::Mark;
use std::collections::VecDeque;
use std::mem;

/// The messages of one chunk, which leave it one by one; its memory goes back to who fills chunks.
///
/// Messages that own nothing are copied out, and the last one is still there to be shown when its handler fails. Others
/// are moved out of a deque.
pub(crate) struct Chunk<T> {
    /// Messages that own nothing, all of them to the end.
    plain: Vec<T>,
    /// How many of `plain` have left.
    left: usize,
    owned: VecDeque<T>,
    /// How many shall not leave for now.
    kept: usize,
    /// The mark of all the messages it was last refilled with, until somebody takes it.
    mark: Option<Box<Mark>>,
}

impl<T: Clone> Chunk<T> {
    /// Whether messages own nothing, so that a copy costs no more than a move.
    const PLAIN: bool = !mem::needs_drop::<T>();

    pub(super) fn new() -> Self {
        Self { plain: Vec::new(), left: 0, owned: VecDeque::new(), kept: 0, mark: None }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        if Self::PLAIN { self.plain.len() - self.left } else { self.owned.len() }
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Lets no more than `most` messages leave, until this is called again.
    pub(super) fn release(&mut self, most: usize) {
        self.kept = self.len().saturating_sub(most);
    }

    /// The messages that may still leave.
    #[inline]
    pub(super) fn released(&self) -> usize {
        self.len() - self.kept
    }

    /// The next message, if it may leave.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<T> {
        if self.len() == self.kept {
            return None;
        }
        if !Self::PLAIN {
            return self.owned.pop_front();
        }
        let message = self.plain.get(self.left)?.clone();
        self.left += 1;
        Some(message)
    }

    /// Those of the messages that own nothing, and may leave.
    #[inline]
    pub(super) fn run(&mut self) -> Run<'_, T> {
        let end = if Self::PLAIN { self.plain.len() - self.kept } else { 0 };
        Run { messages: &self.plain[self.left..end], left: &mut self.left, end }
    }

    /// The message that left last, if there is still a copy of it.
    pub(super) fn last(&self) -> Option<&T> {
        self.plain.get(self.left.checked_sub(1)?)
    }

    /// Takes `messages` in, and gives its memory in exchange; only when it is empty.
    #[inline]
    pub(super) fn refill(&mut self, messages: Vec<T>, mark: Option<Box<Mark>>) -> Vec<T> {
        debug_assert!(self.is_empty(), "a chunk is used up before the next is taken");
        (self.kept, self.mark) = (0, mark);
        if !Self::PLAIN {
            // Neither conversion moves a message or allocates.
            return mem::replace(&mut self.owned, messages.into()).into();
        }
        self.left = 0;
        let mut emptied = mem::replace(&mut self.plain, messages);
        emptied.clear();
        emptied
    }

    /// Takes one message in; only when it is empty.
    pub(super) fn refill_one(&mut self, message: T, mark: Option<Box<Mark>>) {
        debug_assert!(self.is_empty(), "a chunk is used up before the next is taken");
        (self.kept, self.mark) = (0, mark);
        if Self::PLAIN {
            self.plain.clear();
            self.left = 0;
            self.plain.push(message);
        } else {
            self.owned.push_back(message);
        }
    }

    /// The mark of what it was refilled with.
    pub(super) fn take_mark(&mut self) -> Option<Mark> {
        self.mark.take().map(|mark| *mark)
    }

    /// The messages that have not left, in order; it is empty then.
    pub(super) fn take_rest(&mut self) -> VecDeque<T> {
        self.kept = 0;
        if Self::PLAIN {
            let rest = self.plain.drain(self.left..).collect();
            self.plain.clear();
            self.left = 0;
            rest
        } else {
            mem::take(&mut self.owned)
        }
    }
}

/// Messages that leave a chunk in a row. The chunk hears of it at the end, even if that is a panic.
pub(crate) struct Run<'a, T> {
    messages: &'a [T],
    left: &'a mut usize,
    end: usize,
}

impl<T: Clone> Iterator for Run<'_, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        let (next, rest) = self.messages.split_first()?;
        let message = next.clone();
        self.messages = rest;
        Some(message)
    }
}

impl<T> Drop for Run<'_, T> {
    #[inline]
    fn drop(&mut self) {
        *self.left = self.end - self.messages.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drains<T: Clone + PartialEq + std::fmt::Debug>(messages: &[T]) {
        let mut chunk = Chunk::new();
        for _ in 0..2 {
            assert!(chunk.refill(messages.to_vec(), None).is_empty());
            for (at, message) in messages.iter().enumerate() {
                assert_eq!(chunk.len(), messages.len() - at);
                assert_eq!(chunk.pop().as_ref(), Some(message));
            }
            assert!(chunk.is_empty() && chunk.pop().is_none());
        }
        chunk.refill(messages.to_vec(), None);
        chunk.pop();
        assert_eq!(Vec::from(chunk.take_rest()), messages[1..]);
        assert!(chunk.is_empty() && chunk.pop().is_none());
    }

    #[test]
    fn messages_leave_in_order_whether_they_own_something_or_not() {
        drains(&[1, 2, 3]);
        drains(&["a".to_string(), "b".to_string(), "c".to_string()]);
    }

    #[test]
    fn no_more_leave_than_may() {
        let mut chunk = Chunk::new();
        chunk.refill(vec![1, 2, 3], None);
        chunk.release(2);
        assert_eq!((chunk.released(), chunk.pop(), chunk.pop(), chunk.pop()), (2, Some(1), Some(2), None));
        assert_eq!((chunk.released(), chunk.len()), (0, 1));
        chunk.release(9);
        assert_eq!((chunk.released(), chunk.pop()), (1, Some(3)));
    }

    #[test]
    fn a_run_ends_where_it_was_left() {
        let mut chunk = Chunk::new();
        chunk.refill(vec![1, 2, 3, 4], None);
        chunk.release(3);
        assert_eq!(chunk.run().take(2).collect::<Vec<_>>(), [1, 2]);
        assert_eq!((chunk.last().copied(), chunk.released(), chunk.len()), (Some(2), 1, 2));
        let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            assert!(chunk.run().any(|message| message == 4), "three is the last that may leave");
        }));
        assert!(unwound.is_err());
        assert_eq!((chunk.last().copied(), chunk.released(), chunk.len()), (Some(3), 0, 1));
        chunk.release(1);
        assert_eq!(chunk.run().collect::<Vec<_>>(), [4]);
        let mut owned = Chunk::new();
        owned.refill(vec!["a".to_string()], None);
        assert_eq!((owned.run().count(), owned.len()), (0, 1), "a string owns something");
    }

    #[test]
    fn the_last_message_that_owns_nothing_can_be_looked_at() {
        let mut chunk = Chunk::new();
        assert!(chunk.last().is_none());
        chunk.refill(vec![1, 2], None);
        assert!(chunk.last().is_none());
        assert_eq!((chunk.pop(), chunk.last().copied()), (Some(1), Some(1)));
        assert_eq!((chunk.pop(), chunk.last().copied()), (Some(2), Some(2)));
    }

    #[test]
    fn its_memory_is_given_in_exchange() {
        let mut chunk = Chunk::new();
        chunk.refill(Vec::from(["a".to_string(), "b".to_string()]), None);
        while chunk.pop().is_some() {}
        let emptied = chunk.refill(Vec::new(), None);
        assert!(emptied.is_empty() && emptied.capacity() >= 2);
    }
}

//! The queue of a mailbox with one reader: chunks over a crossbeam channel.
//!
//! The channel is unbounded; the gate is the bound. An unbounded channel allocates in blocks as it is used, so an
//! idle mailbox costs little, where a bounded one would allocate all its slots at once.

use super::chunk::Chunk;
use super::doorbell::Doorbell;
use crate::delivery::Mark;
use crate::sync::OnceLock;
use crate::sync::channel::{self, Receiver, Sender};
use std::mem;
use std::task::Waker;

/// Emptied chunks kept for reuse: as many as a mailbox usually holds, and a little slack.
const SPARES: usize = 6;

pub(super) struct Chunks<T> {
    /// Made when something is put for the first time: an idle mailbox costs little.
    queues: OnceLock<Box<Queues<T>>>,
    bell: Doorbell,
}

/// A chunk, and the mark of its messages, if they have one.
type Filled<T> = (Vec<T>, Option<Box<Mark>>);

struct Queues<T> {
    filled: (Sender<Filled<T>>, Receiver<Filled<T>>),
    spare: (Sender<Vec<T>>, Receiver<Vec<T>>),
}

impl<T> Queues<T> {
    fn new() -> Box<Self> {
        Box::new(Self { filled: channel::unbounded(), spare: channel::bounded(SPARES) })
    }
}

impl<T: Clone> Chunks<T> {
    pub(super) fn new() -> Self {
        Self { queues: OnceLock::new(), bell: Doorbell::default() }
    }

    /// Puts all of `staged` as one chunk, and leaves an empty one in its place.
    #[inline]
    pub(super) fn put(&self, staged: &mut Vec<T>, mark: Option<Mark>) {
        let queues = self.queues.get_or_init(Queues::new);
        let empty = queues.spare.1.try_recv().unwrap_or_else(|_| Vec::with_capacity(staged.len()));
        let chunk = mem::replace(staged, empty);
        let filled = (chunk, mark.map(Box::new));
        queues.filled.0.send(filled).expect("this value holds the receiver, because both ends live in it");
        self.bell.ring();
    }

    /// Swaps the next chunk with `empty`, whose memory goes to the spares; how many messages came.
    #[inline]
    pub(super) fn take(&self, empty: &mut Chunk<T>) -> usize {
        let Some(queues) = self.queues.get() else { return 0 };
        let Ok((chunk, mark)) = queues.filled.1.try_recv() else { return 0 };
        let emptied = empty.refill(chunk, mark);
        if emptied.capacity() > 0 {
            // With enough spares about, this one is freed.
            let _ = queues.spare.0.try_send(emptied);
        }
        empty.len()
    }

    pub(super) fn sleep(&self, waker: &Waker) {
        self.bell.sleep(waker);
    }

    pub(super) fn ring(&self) {
        self.bell.ring();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_goes_round_between_the_two_ends() {
        let chunks = Chunks::new();
        let (mut staged, mut taken) = (Vec::with_capacity(1000), Chunk::new());
        staged.push(1);
        let mut pass = |staged: &mut Vec<u64>| {
            chunks.put(staged, None);
            assert!(chunks.take(&mut taken) > 0);
            while taken.pop().is_some() {}
        };
        pass(&mut staged);
        // What the reader began with had no memory, and would be no spare.
        staged.push(3);
        pass(&mut staged);
        assert!((1..1000).contains(&staged.capacity()));
        staged.push(4);
        pass(&mut staged);
        assert_eq!(staged.capacity(), 1000);
    }
}

//! The reading end: one instance of an actor and the mailboxes it takes from.

use super::chunk::Chunk;
use super::mailbox::{Mailbox, MailboxFace};
use crate::message::Message;
use crate::sync::Arc;
use std::collections::VecDeque;
use std::task::{Context, Poll};

/// After so many messages of a mailbox that others read, too, the gate is told that they were started.
const MOST_LAG: usize = 32;

/// What an instance takes its messages from.
pub(crate) struct Intake<T: Message> {
    sources: Vec<Source<T>>,
    /// The source that `chunk` came from.
    at: usize,
    /// Taken, still counted in the depth, to be started one by one.
    chunk: Chunk<T>,
    /// Messages that may be started beyond those of `chunk`, where each is taken when its turn comes.
    beyond: usize,
    /// Weighs the messages of `chunk`, where its mailbox has a limit in bytes.
    weigh: Option<fn(&T) -> usize>,
    /// Messages of `chunk` that the gate still counts; those that were started since are told to it once per chunk.
    counted: usize,
    /// What the latter weigh.
    started_bytes: usize,
    /// The number of the instance among those that share its mailboxes.
    reader: usize,
    /// Whether it said at its mailboxes that it would sleep.
    waiting: bool,
    /// Messages started and told to the gate.
    released: u64,
}

struct Source<T: Message> {
    mailbox: Arc<Mailbox<T>>,
    ended: bool,
}

impl<T: Message> Intake<T> {
    pub(crate) fn new(mailboxes: Vec<Arc<Mailbox<T>>>, reader: usize) -> Self {
        let sources = mailboxes.into_iter().map(|mailbox| Source { mailbox, ended: false }).collect();
        Self {
            sources,
            at: 0,
            chunk: Chunk::new(),
            beyond: 0,
            weigh: None,
            counted: 0,
            started_bytes: 0,
            reader,
            waiting: false,
            released: 0,
        }
    }

    /// How many messages are at hand without asking a mailbox, or may be.
    #[inline]
    pub(crate) fn at_hand(&self) -> usize {
        match self.chunk.len() {
            0 => 0,
            _ if self.shares() => usize::MAX,
            count => count,
        }
    }

    /// Whether messages are taken one by one, and the gate may hear of several at once: not where it would drop for want of
    /// a place that is free.
    fn shares(&self) -> bool {
        self.sources
            .get(self.at)
            .is_some_and(|source| source.mailbox.is_shared() && source.mailbox.backpressures())
    }

    /// Lets at most `most` messages be started.
    pub(crate) fn allow(&mut self, most: usize) {
        self.chunk.release(most);
        self.beyond = if most > 0 && self.shares() { most - self.chunk.released() } else { 0 };
    }

    /// How many messages [may](Self::allow) be started, if they are there.
    #[inline]
    pub(crate) fn allowed(&self) -> usize {
        self.chunk.released() + self.beyond
    }

    /// Whether each message is to be [weighed](Self::weigh) when it has started.
    pub(crate) fn weighs(&self) -> bool {
        self.weigh.is_some()
    }

    /// The next message, if there is one and it may be started; it counts as started from here on.
    #[inline]
    pub(crate) fn start_next(&mut self) -> Option<T> {
        match self.chunk.pop() {
            Some(message) => Some(message),
            None => self.take_next(),
        }
    }

    /// Takes one more message of a mailbox that others take from, too, if that is allowed.
    #[inline(never)]
    fn take_next(&mut self) -> Option<T> {
        if self.beyond == 0 {
            return None;
        }
        if self.started() >= MOST_LAG {
            self.release();
        }
        self.counted += self.sources[self.at].mailbox.take(self.reader, &mut self.chunk);
        let next = self.chunk.pop()?;
        self.beyond -= 1;
        Some(next)
    }

    /// Notes what the message started last weighs.
    pub(crate) fn weigh(&mut self, message: &T) {
        self.started_bytes += self.weigh.map_or(0, |weigh| weigh(message));
    }

    /// The message started last, if there is a copy of it.
    pub(crate) fn last(&self) -> Option<&T> {
        self.chunk.last()
    }

    /// Messages started that the gate does not know of.
    #[inline]
    fn started(&self) -> usize {
        self.counted - self.chunk.len()
    }

    /// The number of the message started last, from 1.
    pub(crate) fn position(&self) -> u64 {
        self.released + self.started() as u64
    }

    /// Tells the gate what was started. After this the depth is exact.
    #[inline]
    pub(crate) fn release(&mut self) {
        let started = self.started();
        if started > 0 {
            self.sources[self.at].mailbox.gate().release(started, self.started_bytes);
            self.released += started as u64;
            (self.counted, self.started_bytes) = (self.chunk.len(), 0);
        }
    }

    /// Gets the next chunk, from each source in turn; false if there is nothing now.
    pub(crate) fn refill(&mut self) -> bool {
        debug_assert!(self.chunk.is_empty(), "a chunk is used up before the next is taken");
        self.release();
        for step in 1..=self.sources.len() {
            let at = (self.at + step) % self.sources.len();
            if self.sources[at].mailbox.take(self.reader, &mut self.chunk) > 0 {
                self.turn_to(at);
                return true;
            }
        }
        false
    }

    /// Waits for the next chunk; ready with false once every source has ended.
    pub(crate) fn poll_refill(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        self.release();
        self.waiting = true;
        let mut pending = false;
        for step in 1..=self.sources.len() {
            let at = (self.at + step) % self.sources.len();
            let source = &mut self.sources[at];
            if source.ended {
                continue;
            }
            match source.mailbox.poll_take(self.reader, &mut self.chunk, cx) {
                Poll::Ready(0) => source.ended = true,
                Poll::Ready(_) => {
                    self.turn_to(at);
                    return Poll::Ready(true);
                }
                Poll::Pending => pending = true,
            }
        }
        self.waiting = pending;
        if pending { Poll::Pending } else { Poll::Ready(false) }
    }

    /// The instance does something else than wait for messages: those that come are for other instances.
    pub(crate) fn stop_waiting(&mut self) {
        if std::mem::take(&mut self.waiting) {
            self.sources.iter().for_each(|source| source.mailbox.stop_waiting(self.reader));
        }
    }

    fn turn_to(&mut self, source: usize) {
        // One source has something: those that come at the others are for other instances.
        if self.sources.len() > 1 {
            self.stop_waiting();
        }
        self.waiting = false;
        self.at = source;
        self.counted = self.chunk.len();
        self.weigh = self.sources[source].mailbox.weigh;
    }

    /// The message started last is not wanted after all.
    pub(crate) fn cancel_one(&self) {
        self.sources[self.at].mailbox.cancel_one();
    }

    /// Tells the cycle this actor is part of, if any, that `messages` are handled and what they led to is counted.
    #[inline]
    pub(crate) fn settled(&self, messages: u64) {
        if messages > 0
            && let Some(cycle) = self.sources.get(self.at).and_then(|source| source.mailbox.cycle())
        {
            cycle.left(messages as usize);
        }
    }

    /// Whether an upstream actor ended without having sent all there was.
    pub(crate) fn input_failed(&self) -> bool {
        self.sources.iter().any(|source| source.mailbox.input_failed())
    }

    /// Whether nothing more will come.
    pub(crate) fn is_ended(&self) -> bool {
        self.sources.iter().all(|source| source.ended || source.mailbox.is_ended())
    }

    /// The instance ends. What it has not started goes back, or is written off if it was the last reader.
    pub(crate) fn close(&mut self, cancelled: bool) {
        self.release();
        for (at, source) in self.sources.iter().enumerate() {
            let unstarted = if at == self.at { self.chunk.take_rest() } else { VecDeque::new() };
            source.mailbox.leave(self.reader, unstarted, cancelled);
        }
        self.sources.clear();
        self.counted = 0;
    }
}

impl<T: Message> Drop for Intake<T> {
    /// A cell that is dropped instead of closed leaves nobody upstream waiting.
    fn drop(&mut self) {
        if !self.sources.is_empty() {
            self.close(false);
        }
    }
}

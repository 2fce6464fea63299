//! Where the next messages come from: one input after the other, as their shares say, or as the actor chooses.

use super::{Intake, follow};
use crate::message::Message;
use std::mem;
use std::task::{Context, Poll};

impl<T: Message> Intake<T> {
    /// Gets the next chunk, from each source in turn or as their shares say; false if there is nothing now.
    pub(crate) fn refill(&mut self) -> bool {
        self.release();
        if self.turns.is_some() {
            return self.next_turn();
        }
        debug_assert!(self.chunk.is_empty(), "a chunk is used up before the next is taken");
        for step in 1..=self.sources.len() {
            let at = (self.at + step) % self.sources.len();
            if self.has(at) {
                self.turn_to(at);
                return true;
            }
        }
        false
    }

    /// Goes on with the mailbox whose turn it is; false if none has anything.
    pub(super) fn next_turn(&mut self) -> bool {
        let Some(mut turns) = self.turns.take() else { return false };
        let next = turns.next(|at| self.has(at));
        self.turns = Some(turns);
        if let Some(at) = next {
            self.turn_to(at);
        }
        next.is_some()
    }

    /// Whether there is a message of this source at hand, or in its mailbox: then it is taken.
    pub(super) fn has(&mut self, at: usize) -> bool {
        let source = &mut self.sources[at];
        if self.order.is_some() {
            return source.feed.plain().has_waiting(self.reader);
        }
        let chunk = if at == self.at { &mut self.chunk } else { &mut source.kept };
        if !chunk.is_empty() {
            return true;
        }
        let count = source.feed.take(self.reader, chunk);
        follow(&mut source.trail, count, chunk);
        count > 0
    }

    /// Waits for the next chunk; ready with false once every source has ended.
    pub(crate) fn poll_refill(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        self.release();
        self.waiting = true;
        let mut pending = false;
        let order: Option<Vec<usize>> = self.turns.as_ref().map(|turns| turns.order().collect());
        for step in 0..self.sources.len() {
            let at = order.as_ref().map_or((self.at + 1 + step) % self.sources.len(), |order| order[step]);
            let source = &mut self.sources[at];
            if source.ended {
                continue;
            }
            let chunk = if at == self.at { &mut self.chunk } else { &mut source.kept };
            if !chunk.is_empty() {
                // Of an input that is not wanted now.
                pending = true;
                continue;
            }
            let polled = match self.order {
                None => source.feed.poll_take(self.reader, chunk, cx).map(|count| {
                    follow(&mut source.trail, count, chunk);
                    count
                }),
                Some(_) => source.feed.plain().poll_waiting(self.reader, cx).map(usize::from),
            };
            match polled {
                Poll::Ready(0) => source.ended = true,
                Poll::Ready(_) if self.turns.as_ref().is_some_and(|turns| !turns.wants(at)) => {
                    // It is kept for later; that it is there shows that the input goes on.
                    if at == self.at {
                        self.counted = self.chunk.len();
                        self.chunk.release(0);
                    }
                    pending = true;
                }
                Poll::Ready(_) => {
                    if let Some(turns) = &mut self.turns {
                        turns.only(at);
                    }
                    self.turn_to(at);
                    return Poll::Ready(true);
                }
                Poll::Pending => pending = true,
            }
        }
        self.waiting = pending;
        if self.has_news_of_ends() {
            return Poll::Ready(true);
        }
        if pending { Poll::Pending } else { Poll::Ready(false) }
    }

    /// The actor chooses: so many messages may come from the input `at`, and then it is asked again. From another, if that
    /// has ended.
    pub(crate) fn choose(&mut self, at: usize, most: usize) {
        let open = self.sources.iter().position(|source| !source.ended);
        let at =
            if self.sources.get(at).is_some_and(|source| !source.ended) { at } else { open.unwrap_or(0) };
        if let Some(turns) = &mut self.turns {
            turns.choose(at, most);
        }
    }

    /// Whether an input has ended of which the actor, which chooses, was not told.
    pub(super) fn has_news_of_ends(&self) -> bool {
        self.turns.as_ref().is_some_and(|turns| turns.is_chosen())
            && self.sources.iter().any(|source| source.ended && !source.told)
    }

    /// The next input to have ended; all its messages have been started.
    pub(crate) fn next_end(&mut self) -> Option<usize> {
        let at = self.sources.iter().position(|source| source.ended && !source.told)?;
        self.sources[at].told = true;
        Some(at)
    }

    /// The instance does something else than wait for messages: those that come are for other instances.
    pub(crate) fn stop_waiting(&mut self) {
        if mem::take(&mut self.waiting) {
            self.sources.iter().for_each(|source| source.feed.stop_waiting(self.reader));
        }
    }

    pub(super) fn turn_to(&mut self, source: usize) {
        // One source has something: those that come at the others are for other instances.
        if self.sources.len() > 1 {
            self.stop_waiting();
        }
        // What is seen and not taken yet must not be missed by the others, should this instance do something else.
        self.waiting = self.order.is_some();
        if self.at != source {
            self.leave_trail();
            mem::swap(&mut self.chunk, &mut self.sources[self.at].kept);
            mem::swap(&mut self.chunk, &mut self.sources[source].kept);
            self.at = source;
        }
        if self.turns.is_some() {
            self.chunk.release(0);
        }
        self.counted = self.chunk.len();
        self.weighs = self.sources[source].feed.weighs();
    }
}

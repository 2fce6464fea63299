//! The reading end: one instance of an actor and the mailboxes it takes from.

mod order;
mod refill;
#[cfg(all(test, not(any(tidegate_loom, tidegate_shuttle))))]
mod tests;

use super::chunk::{Chunk, Run};
use super::feed::Feed;
use super::parting::Parting;
use super::turns::{Share, Turns};
use crate::delivery::{Mark, Trail};
use crate::message::Message;
use order::Order;
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
    /// Whether the messages of `chunk` are weighed: their mailbox has a limit in bytes.
    weighs: bool,
    /// Messages of `chunk` that the gate still counts; those that were started since are told to it once per chunk.
    counted: usize,
    /// What the latter weigh.
    started_bytes: usize,
    /// The number of the instance among those that share its mailboxes.
    reader: usize,
    /// Whether it said at its mailboxes that it would sleep.
    waiting: bool,
    /// Whether it said there that it takes nothing.
    barred: bool,
    /// Messages started and told to the gate.
    released: u64,
    /// Where messages came from that were started and not accounted for, if somebody wants to know when they are done.
    trail: Option<Trail>,
    /// Whose turn it is, where the mailboxes do not simply follow one another.
    turns: Option<Box<Turns>>,
    /// The place of its messages among those of the other instances, where order is restored behind them.
    order: Option<Box<Order>>,
}

struct Source<T: Message> {
    feed: Feed<T>,
    /// What is left of its chunk while others have their turn.
    kept: Chunk<T>,
    /// Where its messages came from that were taken, and not seen to be started.
    trail: Option<Trail>,
    ended: bool,
    /// Whether the actor, which chooses among its inputs, has been told so.
    told: bool,
}

impl<T: Message> Intake<T> {
    /// `shares` are those of the mailboxes, in their order, or none if they follow one another; `tracked` says whether somebody
    /// wants to know when messages are done.
    pub(crate) fn new(feeds: Vec<Feed<T>>, reader: usize, shares: &[Share], tracked: bool) -> Self {
        let sources = feeds.into_iter().map(|feed| Source {
            feed,
            kept: Chunk::new(),
            trail: tracked.then(Trail::default),
            ended: false,
            told: false,
        });
        let sources: Vec<Source<T>> = sources.collect();
        let turns = match sources.len() {
            0 | 1 => None,
            count if sources[0].feed.is_wrapped() => Some(Turns::chosen(count)),
            _ if shares.is_empty() => None,
            _ => Some(Turns::new(shares)),
        };
        Self {
            sources,
            at: 0,
            chunk: Chunk::new(),
            beyond: 0,
            weighs: false,
            counted: 0,
            started_bytes: 0,
            reader,
            waiting: false,
            barred: false,
            released: 0,
            trail: tracked.then(Trail::default),
            turns: turns.map(Box::new),
            order: None,
        }
    }

    /// How many messages are at hand without asking a mailbox, or may be.
    #[inline]
    pub(crate) fn at_hand(&self) -> usize {
        let at_hand = match self.chunk.len() {
            0 => 0,
            _ if self.shares() => usize::MAX,
            count => count,
        };
        match &self.turns {
            None => at_hand,
            Some(turns) => at_hand.min(turns.left()),
        }
    }

    /// Whether messages are taken one by one, and the gate may hear of several at once: not where it would drop for want of
    /// a place that is free.
    fn shares(&self) -> bool {
        self.sources.get(self.at).is_some_and(|source| source.feed.is_shared())
    }

    /// Lets at most `most` messages be started.
    pub(crate) fn allow(&mut self, most: usize) {
        if let Some(turns) = &mut self.turns {
            turns.allow(most, self.chunk.released() + self.beyond);
        }
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
        self.weighs
    }

    /// The next message, if there is one and it may be started; it counts as started from here on.
    #[inline]
    pub(crate) fn start_next(&mut self) -> Option<T> {
        match self.chunk.pop() {
            Some(message) => Some(message),
            None => self.take_next(),
        }
    }

    /// The next messages that may be started, in a row; those of them that were not asked for are there still, and there may
    /// be more. They count as started as soon as the run ends.
    #[inline]
    pub(crate) fn run(&mut self) -> Run<'_, T> {
        self.chunk.run()
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
        let source = &mut self.sources[self.at];
        let count = source.feed.take(self.reader, &mut self.chunk);
        follow(&mut source.trail, count, &mut self.chunk);
        self.counted += count;
        let next = self.chunk.pop()?;
        self.beyond -= 1;
        Some(next)
    }

    /// What was started of the current source goes from its trail to that of all.
    fn leave_trail(&mut self) {
        if let (Some(source), Some(trail)) = (self.sources.get_mut(self.at), &mut self.trail)
            && let Some(taken) = &mut source.trail
        {
            taken.pass(taken.len() - self.chunk.len() as u64, trail);
        }
    }

    /// The marks of the next `count` messages, which are accounted for now.
    pub(crate) fn account_for(&mut self, count: u64) -> Vec<Mark> {
        self.leave_trail();
        self.trail.as_mut().map_or_else(Vec::new, |trail| trail.take(count))
    }

    /// Notes what the message started last weighs.
    pub(crate) fn weigh(&mut self, message: &T) {
        if self.weighs {
            self.started_bytes += self.sources[self.at].feed.weight(message);
        }
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
            self.sources[self.at].feed.face().gate().release(started, self.started_bytes);
            self.released += started as u64;
            (self.counted, self.started_bytes) = (self.chunk.len(), 0);
        }
    }

    /// Says, if it has not, that the instance takes nothing for now.
    pub(crate) fn bar(&mut self) {
        if !std::mem::replace(&mut self.barred, true) {
            self.sources.iter().for_each(|source| source.feed.face().bar());
        }
    }

    /// The instance takes messages again.
    pub(crate) fn unbar(&mut self) {
        if std::mem::take(&mut self.barred) {
            self.sources.iter().for_each(|source| source.feed.face().unbar());
        }
    }

    /// Ready once nothing is at hand, nothing waits and nothing more can come; takes nothing.
    pub(crate) fn poll_over(&mut self, cx: &Context<'_>) -> Poll<()> {
        self.release();
        self.waiting = true;
        let over = |source: &Source<T>| {
            source.kept.is_empty() && source.feed.face().poll_over(self.reader, cx).is_ready()
        };
        // All of them, so that each wakes the instance.
        let open = self.sources.iter().filter(|source| !over(source)).count();
        if open == 0 && self.chunk.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    }

    /// The message started last is shed.
    pub(crate) fn shed_one(&self) {
        self.sources[self.at].feed.face().shed_one();
    }

    /// The message started last is not wanted after all.
    pub(crate) fn cancel_one(&self) {
        self.sources[self.at].feed.cancel_one();
    }

    /// Tells the cycle this actor is part of, if any, that `messages` are handled and what they led to is counted.
    #[inline]
    pub(crate) fn settled(&self, messages: u64) {
        if messages > 0
            && let Some(cycle) = self.sources.get(self.at).and_then(|source| source.feed.face().cycle())
        {
            cycle.left(messages as usize);
        }
    }

    /// Whether an upstream actor ended without having sent all there was.
    pub(crate) fn input_failed(&self) -> bool {
        self.sources.iter().any(|source| source.feed.input_failed())
    }

    /// Whether nothing more will come.
    pub(crate) fn is_ended(&self) -> bool {
        self.sources.iter().all(|source| source.ended || source.feed.face().is_over())
    }

    /// The instance ends. What it has not started goes back, or is written off if it was the last reader.
    pub(crate) fn close(&mut self, parting: Parting) {
        self.release();
        self.pass();
        self.leave_trail();
        for (at, source) in self.sources.iter_mut().enumerate() {
            let unstarted: VecDeque<T> =
                if at == self.at { self.chunk.take_rest() } else { source.kept.take_rest() };
            // What was started is for `account_for` to ask for, now or later.
            let trail = source.trail.take().unwrap_or_default();
            source.feed.leave(self.reader, unstarted, trail, parting, self.barred);
        }
        self.sources.clear();
        self.counted = 0;
    }
}

/// Notes where the messages of `chunk` came from, which were just taken.
#[inline]
fn follow<T: Message>(trail: &mut Option<Trail>, count: usize, chunk: &mut Chunk<T>) {
    if let Some(trail) = trail {
        trail.push(count, chunk.take_mark());
    }
}

impl<T: Message> Drop for Intake<T> {
    /// A cell that is dropped instead of closed leaves nobody upstream waiting.
    fn drop(&mut self) {
        if !self.sources.is_empty() {
            self.close(Parting::Cut);
        }
    }
}

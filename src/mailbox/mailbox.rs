//! The bounded queue in front of an actor, or shared by all instances of one.

use super::chunk::Chunk;
use super::chunks::Chunks;
use super::cycle::Cycle;
use super::face::MailboxFace;
use super::gate::Gate;
use super::link::Link;
use super::parting::Parting;
use super::reach::Reach;
use super::sequence::Sequence;
use super::{MailboxSettings, Overflow};
use crate::delivery::{Mark, Trail};
use crate::message::{Facts, Message, discard};
use crate::sync::{Arc, AtomicBool, AtomicU64, AtomicUsize, Ordering, fence};
use std::collections::VecDeque;
use std::task::{Context, Poll};

/// The number of a reader that is none.
pub(super) const NOBODY: usize = usize::MAX;

/// A mailbox of messages of type `T`.
pub(crate) struct Mailbox<T> {
    pub(super) gate: Gate,
    pub(super) queue: Queue<T>,
    pub(super) policy: Overflow,
    pub(super) weigh: Option<fn(&T) -> usize>,
    /// Upstream links that have not ended; without a cycle, zero means that the input has ended.
    pub(super) open: AtomicUsize,
    pub(super) cycle: Option<Arc<Cycle>>,
    /// Instances that read from it.
    pub(super) readers: AtomicUsize,
    /// Whether an upstream actor failed or was stopped, so that the input is not complete.
    pub(super) input_failed: AtomicBool,
    /// Whether no reader is left: what is found from here on is nobody's.
    pub(super) abandoned: AtomicBool,
    /// Whether what comes or waits when it is closed is not wanted, instead of left behind: whoever left last and was not taken
    /// away says so, or somebody who shut it.
    pub(super) unwanted: AtomicBool,
    /// Messages offered to it, dropped ones included.
    pub(super) received: AtomicU64,
    pub(super) gone: Gone,
}

/// Messages that were received and never handed to a handler.
#[derive(Default)]
pub(crate) struct Gone {
    pub(super) overflow: AtomicU64,
    pub(super) cancelled: AtomicU64,
    pub(super) shed: AtomicU64,
    pub(super) left: AtomicU64,
}

pub(super) enum Queue<T> {
    Chunks(Chunks<T>),
    Reach(Reach<T>),
}

/// What came of an offer to a mailbox that does not backpressure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offer {
    /// Taken.
    Received,
    /// Dropped by the policy, which is the owner's choice.
    Dropped,
    /// The mailbox is full and its policy is `fail`; the message was dropped.
    Failed,
    /// The reader is gone.
    Refused,
}

impl<T: Message> Mailbox<T> {
    pub(crate) fn new(
        settings: &MailboxSettings,
        facts: Facts<T>,
        readers: usize,
        cycle: Option<Arc<Cycle>>,
    ) -> Arc<Self> {
        let reach = readers > 1 || !settings.overflow.backpressures();
        Arc::new(Self {
            gate: Gate::new(settings),
            queue: if reach { Queue::Reach(Reach::new()) } else { Queue::Chunks(Chunks::new()) },
            policy: settings.overflow,
            weigh: facts.weigh.filter(|_| settings.max_bytes.is_some()),
            open: AtomicUsize::new(0),
            cycle,
            readers: AtomicUsize::new(readers),
            input_failed: AtomicBool::new(false),
            abandoned: AtomicBool::new(false),
            unwanted: AtomicBool::new(false),
            received: AtomicU64::new(0),
            gone: Gone::default(),
        })
    }

    pub(crate) fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Whether its messages are taken one by one.
    pub(super) fn is_shared(&self) -> bool {
        matches!(self.queue, Queue::Reach(_))
    }

    pub(crate) fn backpressures(&self) -> bool {
        self.policy.backpressures()
    }

    /// The weight of `message` and the most that is allowed, if it is too large ever to be taken.
    #[inline]
    pub(crate) fn oversize(&self, message: &T) -> Option<(usize, usize)> {
        let weight = self.weigh?(message);
        let most = self.gate.max_message_bytes()?;
        (weight > most).then_some((weight, most))
    }

    /// An upstream link has ended, after all its messages were put; `failed` if there should have been more.
    pub(crate) fn end(&self, link: &Arc<Link>, inside: bool, failed: bool) {
        self.gate.leave(link);
        if failed {
            // Relaxed: published by the end of the link below.
            self.input_failed.store(true, Ordering::Relaxed);
        }
        if inside {
            return;
        }
        // Release: a reader that sees the end (Acquire in `is_ended`) also sees what was put before it.
        if self.open.fetch_sub(1, Ordering::Release) == 1 {
            self.ring();
        }
        if let Some(cycle) = &self.cycle {
            cycle.outside_ended();
        }
    }

    /// Whether the input ended without being complete. Final once it has ended.
    pub(super) fn input_failed(&self) -> bool {
        self.input_failed.load(Ordering::Relaxed)
    }

    pub(super) fn is_ended(&self) -> bool {
        let ended = match &self.cycle {
            Some(cycle) => cycle.is_ended(),
            None => self.open.load(Ordering::Acquire) == 0,
        };
        ended || self.gate.is_closed()
    }

    /// Puts all of `staged`, for which room was reserved, and which have this `mark`; false if the reader is gone.
    #[inline]
    pub(crate) fn put(&self, staged: &mut Vec<T>, mark: Option<Mark>) -> bool {
        let count = staged.len();
        if self.gate.is_closed() {
            discard(staged.drain(..));
            self.gate.cancel(count);
            self.refuse(mark);
            return false;
        }
        if let Some(cycle) = &self.cycle {
            cycle.entered(count);
        }
        self.received.fetch_add(count as u64, Ordering::Relaxed);
        self.gate.fill(count, self.weigh.map(|weigh| staged.iter().map(weigh).sum()));
        match &self.queue {
            Queue::Chunks(chunks) => chunks.put(staged, mark),
            Queue::Reach(reach) => reach.put(staged, mark),
        }
        self.swept_if_abandoned();
        true
    }

    /// Follows one of `count` messages that were just put on `link`, to see how long they wait. Where what came last goes
    /// first there is no telling which one that is.
    #[cold]
    pub(crate) fn follow(&self, link: &Arc<Link>, count: usize) {
        if self.policy != Overflow::DropYoungest {
            self.gate.follow(link, count);
        }
    }

    /// Offers one message to a mailbox that does not backpressure.
    pub(crate) fn offer(&self, message: T, mark: Option<Mark>) -> Offer {
        let Queue::Reach(reach) = &self.queue else {
            unreachable!("a mailbox that drops has a queue that can be reached into, see `new`")
        };
        if self.gate.is_closed() {
            discard([message]);
            self.refuse(mark);
            return Offer::Refused;
        }
        if let Some(cycle) = &self.cycle {
            cycle.entered(1);
        }
        self.received.fetch_add(1, Ordering::Relaxed);
        if self.oversize(&message).is_some() {
            // Others make the call fail before it comes to this; a tap may not.
            self.gone.overflow.fetch_add(1, Ordering::Relaxed);
            if let Some(cycle) = &self.cycle {
                cycle.left(1);
            }
            return Offer::Dropped;
        }
        let weight = self.weigh.map_or(0, |weigh| weigh(&message));
        let mut released = 0;
        let offered = reach.offer(message, mark, self.policy, |gone| {
            for message in &gone[released..] {
                self.gate.release(1, self.weigh.map_or(0, |weigh| weigh(message)));
            }
            released = gone.len();
            self.gate.admit(weight)
        });
        self.gone.overflow.fetch_add(offered.gone.len() as u64, Ordering::Relaxed);
        offered.marks.into_iter().for_each(Mark::done);
        if let Some(cycle) = self.cycle.as_ref().filter(|_| !offered.gone.is_empty()) {
            cycle.left(offered.gone.len());
        }
        self.swept_if_abandoned();
        match offered.accepted {
            true => Offer::Received,
            false if self.policy == Overflow::Fail => Offer::Failed,
            false => Offer::Dropped,
        }
    }

    /// Takes what is next into `into`, which is empty.
    #[inline]
    pub(super) fn take(&self, reader: usize, into: &mut Chunk<T>) -> usize {
        match &self.queue {
            Queue::Chunks(chunks) => chunks.take(into),
            Queue::Reach(reach) => reach.take(reader, into),
        }
    }

    /// Whether a message waits that `reader` could take; takes none. For mailboxes that several readers share.
    pub(super) fn has_waiting(&self, reader: usize) -> bool {
        self.reach().has_waiting(reader)
    }

    /// Waits until there is one; ready with false once the input has ended and all is taken.
    pub(super) fn poll_waiting(&self, reader: usize, cx: &Context<'_>) -> Poll<bool> {
        self.reach().sleep(reader, cx.waker());
        // The order matters, as in `poll_take`.
        let ended = self.is_ended();
        let waiting = self.has_waiting(reader);
        if waiting || ended { Poll::Ready(waiting) } else { Poll::Pending }
    }

    /// Takes what is next into `into`, which is empty, and numbers it.
    pub(super) fn take_numbered(
        &self,
        reader: usize,
        into: &mut Chunk<T>,
        sequence: &Sequence,
    ) -> Option<u64> {
        let mut number = None;
        self.reach().take_with(reader, into, || number = Some(sequence.number()));
        number
    }

    fn reach(&self) -> &Reach<T> {
        match &self.queue {
            Queue::Reach(reach) => reach,
            Queue::Chunks(_) => unreachable!("order is restored behind several readers, see `new`"),
        }
    }

    /// `reader`, which said that it would sleep, does something else.
    pub(super) fn stop_waiting(&self, reader: usize) {
        if let Queue::Reach(reach) = &self.queue {
            reach.leave(reader);
        }
    }

    /// Takes what is next; ready with 0 once the input has ended and all is taken. For readers that have looked and found
    /// nothing: this says that they sleep, and looks again.
    pub(super) fn poll_take(&self, reader: usize, into: &mut Chunk<T>, cx: &mut Context<'_>) -> Poll<usize> {
        match &self.queue {
            Queue::Chunks(chunks) => chunks.sleep(cx.waker()),
            Queue::Reach(reach) => reach.sleep(reader, cx.waker()),
        }
        // The order matters: what was put before the end is seen by a look after the end.
        let ended = self.is_ended();
        let count = self.take(reader, into);
        if count > 0 || ended { Poll::Ready(count) } else { Poll::Pending }
    }

    /// One reader ends, handing back what it took and did not start. The last one closes the mailbox; what still waits then
    /// was not wanted, or is left behind, as it says. One that was taken away has nothing to say: then what the one before it
    /// said goes.
    pub(super) fn leave(
        &self,
        reader: usize,
        unstarted: VecDeque<T>,
        mut trail: Trail,
        parting: Parting,
        barred: bool,
    ) {
        // Relaxed: the count of readers orders it before the look of the last.
        match parting {
            Parting::Finished => self.unwanted.store(true, Ordering::Relaxed),
            Parting::Cut => self.unwanted.store(false, Ordering::Relaxed),
            Parting::Retired => {}
        }
        let last = self.readers.fetch_sub(1, Ordering::SeqCst) == 1;
        match barred {
            _ if last => {}
            true => self.gate.unbar(&self.readers),
            false => self.gate.recount_bars(&self.readers),
        }
        if let (Queue::Reach(reach), false) = (&self.queue, last) {
            reach.put_back(unstarted, trail);
            reach.leave(reader);
            // The last reader may have ended meanwhile, and swept before this was put back.
            self.swept_if_abandoned();
            return;
        }
        self.gate.close(self.unwanted.load(Ordering::Relaxed));
        self.abandoned.store(true, Ordering::SeqCst);
        fence(Ordering::SeqCst);
        let marks = trail.take(unstarted.len() as u64);
        self.write_off(unstarted, marks);
        self.sweep();
    }

    /// Whoever puts and finds the mailbox abandoned sweeps; so does who abandons it, after saying so. One of the two sees
    /// the message, thanks to the fences, and the count is right whoever it is.
    fn swept_if_abandoned(&self) {
        fence(Ordering::SeqCst);
        if self.abandoned.load(Ordering::Relaxed) {
            self.sweep();
        }
    }

    #[cold]
    fn sweep(&self) {
        let mut found = Chunk::new();
        while self.take(NOBODY, &mut found) > 0 {
            let mark = found.take_mark();
            self.write_off(found.take_rest(), mark);
        }
    }

    /// A message that was started is counted as cancelled.
    pub(super) fn cancel_one(&self) {
        self.gone.cancelled.fetch_add(1, Ordering::Relaxed);
    }

    /// Messages are refused, because the reader is gone. If it wanted no more, they are done with.
    #[cold]
    fn refuse(&self, mark: Option<Mark>) {
        if self.unwanted.load(Ordering::Relaxed) {
            mark.into_iter().for_each(Mark::done);
        }
    }

    fn write_off(&self, messages: VecDeque<T>, marks: impl IntoIterator<Item = Mark>) {
        let count = messages.len();
        if count == 0 {
            return;
        }
        self.gate.release(count, self.weigh.map_or(0, |weigh| messages.iter().map(weigh).sum()));
        discard(messages);
        let fate = if self.unwanted.load(Ordering::Relaxed) {
            marks.into_iter().for_each(Mark::done);
            &self.gone.cancelled
        } else {
            &self.gone.left
        };
        fate.fetch_add(count as u64, Ordering::Relaxed);
        if let Some(cycle) = &self.cycle {
            cycle.left(count);
        }
    }
}

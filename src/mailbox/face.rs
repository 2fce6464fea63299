//! A mailbox as those see it who do not know the type of its messages.

use super::cycle::Cycle;
use super::gate::Gate;
use super::link::Link;
use super::mailbox::{Mailbox, NOBODY, Queue};
use super::parting::Parting;
use crate::delivery::Trail;
use crate::message::Message;
use crate::sync::{Arc, Ordering};
use std::collections::VecDeque;
use std::task::{Context, Poll};

/// What the system sees of a mailbox whose message type is forgotten.
pub(crate) trait MailboxFace: Send + Sync {
    /// Adds an upstream link; `inside` if it comes from an actor of the mailbox's own cycle.
    fn join(&self, link: Arc<Link>, inside: bool);
    /// Takes away an upstream link over which nothing was sent.
    fn part(&self, link: &Arc<Link>, inside: bool);
    /// Wakes the readers.
    fn ring(&self);
    /// A reader takes nothing for now.
    fn bar(&self);
    /// It takes messages again.
    fn unbar(&self);
    /// Ready once nothing waits and nothing more can come. The reader is woken then, unless there are others, whom it would
    /// keep from being woken.
    fn poll_over(&self, reader: usize, cx: &Context<'_>) -> Poll<()>;
    /// A message that was started is counted as shed.
    fn shed_one(&self);
    /// So many instances read from it, of those it was made for.
    fn start_with(&self, readers: usize);
    /// Another instance is going to read from it; false if there is nothing to read for ever.
    fn enter(&self) -> bool;
    /// It does not after all.
    fn exit(&self);
    /// Whether nothing more will come.
    fn is_over(&self) -> bool;
    /// Readers that wait for messages, where several share it.
    fn idle_readers(&self) -> usize;
    /// Lets nothing more in, as it is not wanted; what waits is still read.
    fn shut(&self);
    /// The cycle it is part of.
    fn cycle(&self) -> Option<&Arc<Cycle>>;
    fn gate(&self) -> &Gate;
    fn received(&self) -> u64;
    fn overflow(&self) -> u64;
    fn cancelled(&self) -> u64;
    fn shed(&self) -> u64;
    fn left(&self) -> u64;
}

impl<T: Message> MailboxFace for Mailbox<T> {
    fn join(&self, link: Arc<Link>, inside: bool) {
        self.gate.join(link);
        if !inside {
            self.open.fetch_add(1, Ordering::Relaxed);
            if let Some(cycle) = &self.cycle {
                cycle.outside_opened();
            }
        }
    }

    fn bar(&self) {
        self.gate.bar(&self.readers);
    }

    fn unbar(&self) {
        self.gate.unbar(&self.readers);
    }

    fn poll_over(&self, reader: usize, cx: &Context<'_>) -> Poll<()> {
        if self.readers.load(Ordering::Acquire) == 1 {
            match &self.queue {
                Queue::Chunks(chunks) => chunks.sleep(cx.waker()),
                Queue::Reach(reach) => reach.sleep(reader, cx.waker()),
            }
        }
        // The order matters: what was put before the end is counted by a look after the end.
        if self.is_ended() && self.gate.waiting() == 0 { Poll::Ready(()) } else { Poll::Pending }
    }

    fn shed_one(&self) {
        self.gone.shed.fetch_add(1, Ordering::Relaxed);
    }

    fn cycle(&self) -> Option<&Arc<Cycle>> {
        self.cycle.as_ref()
    }

    fn ring(&self) {
        match &self.queue {
            Queue::Chunks(chunks) => chunks.ring(),
            Queue::Reach(reach) => reach.ring_all(),
        }
    }

    fn part(&self, link: &Arc<Link>, inside: bool) {
        self.end(link, inside, false);
    }

    fn start_with(&self, readers: usize) {
        self.readers.store(readers, Ordering::Relaxed);
    }

    fn enter(&self) -> bool {
        let more = |readers: usize| (readers > 0).then_some(readers + 1);
        // SeqCst: `bar` and `recount_bars` look at the number of readers.
        let entered = self.readers.fetch_update(Ordering::SeqCst, Ordering::SeqCst, more).is_ok();
        // The new one takes messages, whatever the breakers of the others say.
        self.gate.recount_bars(&self.readers);
        entered
    }

    fn is_over(&self) -> bool {
        self.is_ended()
    }

    fn exit(&self) {
        self.leave(NOBODY, VecDeque::new(), Trail::default(), Parting::Retired, false);
    }

    fn idle_readers(&self) -> usize {
        match &self.queue {
            Queue::Chunks(_) => 0,
            Queue::Reach(reach) => reach.sleepers(),
        }
    }

    fn shut(&self) {
        // Before the gate: whoever finds it closed finds this.
        if !self.abandoned.load(Ordering::Relaxed) {
            self.unwanted.store(true, Ordering::Relaxed);
        }
        self.gate.close(true);
        self.ring();
    }

    fn gate(&self) -> &Gate {
        &self.gate
    }

    fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    fn overflow(&self) -> u64 {
        self.gone.overflow.load(Ordering::Relaxed)
    }

    fn cancelled(&self) -> u64 {
        self.gone.cancelled.load(Ordering::Relaxed)
    }

    fn shed(&self) -> u64 {
        self.gone.shed.load(Ordering::Relaxed)
    }

    fn left(&self) -> u64 {
        self.gone.left.load(Ordering::Relaxed)
    }
}

#[cfg(all(test, not(any(tidegate_loom, tidegate_shuttle))))]
mod tests {
    use super::*;
    use crate::delivery::{Origin, Tracker};
    use crate::mailbox::mailbox::Offer;
    use crate::mailbox::{MailboxOptions, Overflow};
    use crate::message::MessageFacts;

    #[test]
    fn what_comes_to_a_mailbox_that_was_shut_is_not_wanted_and_so_done() {
        for overflow in [Overflow::Backpressure, Overflow::DropNewest] {
            let settings = MailboxOptions::capacity(4).overflow(overflow).resolve();
            let mailbox = Mailbox::new(&settings, MessageFacts::default().of::<u64>(), 1, None);
            let tracker = Tracker::new();
            tracker.produced(2, &[2]);
            // Room for what is on its way.
            mailbox.gate().try_reserve(2, 0, false, None);
            mailbox.shut();
            let mark = Some(Origin::new(tracker.clone(), 0).mark(0, 2));
            match overflow {
                Overflow::Backpressure => assert!(!mailbox.put(&mut vec![1, 2], mark)),
                _ => assert!(matches!(mailbox.offer(1, mark), Offer::Refused)),
            }
            assert_eq!(tracker.acknowledged(), 2, "{overflow:?}");
        }
    }

    #[test]
    fn what_the_last_one_leaves_that_was_not_taken_away_is_wanted_or_not_as_it_says() {
        use Parting::{Cut, Finished, Retired};
        for (partings, cancelled, left) in [
            ([Cut, Finished, Retired], 1, 0),
            ([Finished, Cut, Retired], 0, 1),
            ([Finished, Retired, Cut], 0, 1),
            ([Retired, Cut, Finished], 1, 0),
        ] {
            let settings = MailboxOptions::capacity(4).resolve();
            let mailbox = Mailbox::new(&settings, MessageFacts::default().of::<u64>(), 3, None);
            mailbox.gate().try_reserve(1, 0, false, None);
            assert!(mailbox.put(&mut vec![1], None));
            for (reader, parting) in partings.into_iter().enumerate() {
                mailbox.leave(reader, VecDeque::new(), Trail::default(), parting, false);
            }
            assert_eq!((mailbox.cancelled(), mailbox.left()), (cancelled, left), "{partings:?}");
        }
    }

    #[test]
    fn nobody_comes_in_after_the_last_has_left() {
        let settings = MailboxOptions::capacity(4).resolve();
        let mailbox = Mailbox::new(&settings, MessageFacts::default().of::<u64>(), 2, None);
        mailbox.exit();
        assert!(mailbox.enter());
        mailbox.exit();
        assert!(!mailbox.gate().is_closed());
        mailbox.exit();
        assert!(mailbox.gate().is_closed() && !mailbox.enter());
        assert!(!mailbox.gate().pressure().pressured, "there is nobody whose breaker could be open");
    }

    #[test]
    fn a_message_may_weigh_as_much_as_is_allowed_and_no_more() {
        #[derive(Clone, Debug)]
        struct Stone(usize);

        impl crate::Weigh for Stone {
            fn weight(&self) -> usize {
                self.0
            }
        }

        let mut facts = MessageFacts::default();
        facts.weighed::<Stone>();
        let settings = MailboxOptions::capacity(4).max_bytes(100).max_message_bytes(10).resolve();
        let mailbox = Mailbox::new(&settings, facts.of::<Stone>(), 1, None);
        assert_eq!([10, 11].map(|weight| mailbox.oversize(&Stone(weight))), [None, Some((11, 10))]);
    }
}

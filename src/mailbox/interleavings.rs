//! The small pieces under loom, which tries all interleavings, those of weak memory included.
//!
//! ```text
//! RUSTFLAGS="--cfg tidegate_loom" cargo test --release --lib interleavings
//! ```
//!
//! loom takes `SeqCst` accesses for weaker than they are; only its fences are right. So it checks what relies on fences and
//! on pairs of `Release` and `Acquire`; the gate, whose argument needs one order of all its accesses, is checked by the
//! model and by shuttle.

use super::doorbell::Doorbell;
use super::link::Link;
use super::{Mailbox, MailboxFace, MailboxOptions, Parting};
use crate::message::MessageFacts;
use crate::signal::slot::SignalSlot;
use crate::signal::{Causes, Signal};
use crate::sync::{Arc, AtomicBool, Ordering};
use loom::future::block_on;
use loom::thread;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::Poll;

/// Tries `scene` in every order with at most so many switches that nobody asked for.
fn explore(switches: usize, scene: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(switches);
    builder.check(scene);
}

fn signal(epoch: u64, causes: Causes) -> Signal {
    let (from, to) = ("a".into(), "b".into());
    Signal { from, to, incarnation: 0, epoch, causes, depth: 0, capacity: 2, high: 2, low: 1 }
}

#[test]
fn a_reader_that_goes_to_sleep_hears_the_bell() {
    loom::model(|| {
        let shared = Arc::new((Doorbell::default(), AtomicBool::new(false)));
        let writer = shared.clone();
        let writer = thread::spawn(move || {
            writer.1.store(true, Ordering::Relaxed);
            writer.0.ring();
        });
        let (bell, there) = &*shared;
        block_on(poll_fn(|cx| {
            bell.sleep(cx.waker());
            if there.load(Ordering::Relaxed) { Poll::Ready(()) } else { Poll::Pending }
        }));
        writer.join().expect("the writer does not panic");
    });
}

#[test]
fn of_two_that_ring_one_at_least_is_heard() {
    explore(3, || {
        let shared = Arc::new((Doorbell::default(), [AtomicBool::new(false), AtomicBool::new(false)]));
        let writers = [0, 1].map(|number| {
            let writer = shared.clone();
            thread::spawn(move || {
                writer.1[number].store(true, Ordering::Relaxed);
                writer.0.ring();
            })
        });
        let (bell, there) = &*shared;
        block_on(poll_fn(|cx| {
            bell.sleep(cx.waker());
            let all = there.iter().all(|there| there.load(Ordering::Relaxed));
            if all { Poll::Ready(()) } else { Poll::Pending }
        }));
        writers.into_iter().for_each(|writer| writer.join().expect("the writer does not panic"));
    });
}

#[test]
fn a_message_that_is_put_while_the_last_reader_leaves_is_counted_once() {
    explore(2, || {
        let facts = MessageFacts::default().of::<u64>();
        let mailbox = Mailbox::<u64>::new(&MailboxOptions::capacity(2).resolve(), facts, 1, None);
        mailbox.gate().try_reserve(1, 0, false, None);
        let writer = mailbox.clone();
        let writer = thread::spawn(move || writer.put(&mut vec![7], None));
        mailbox.leave(0, VecDeque::new(), Default::default(), Parting::Finished, false);
        let received = writer.join().expect("the writer does not panic");
        assert_eq!(mailbox.received(), u64::from(received));
        assert_eq!(mailbox.cancelled(), mailbox.received());
        assert_eq!((mailbox.gate().depth(), mailbox.gate().waiting()), (0, 0));
    });
}

#[test]
fn who_sees_that_a_link_has_ended_sees_why() {
    loom::model(|| {
        let link = Link::new("a".into(), "b".into(), false, None, Arc::default());
        let reader = link.clone();
        let reader = thread::spawn(move || reader.close(true));
        if link.is_closed() {
            assert!(link.is_cancelled());
        }
        reader.join().expect("the reader does not panic");
    });
}

#[test]
fn a_signal_that_overwrites_another_is_told_or_waits() {
    loom::model(|| {
        let slot = Arc::new(SignalSlot::default());
        let sender = slot.clone();
        let sender = thread::spawn(move || {
            let told = sender.put(signal(1, Causes::FULL));
            told | sender.put(signal(2, Causes::NONE))
        });
        let first = slot.take();
        assert!(sender.join().expect("the sender does not panic"), "an empty slot is told of");
        let last = slot.take().or(first).expect("the newest was taken, or waits");
        assert_eq!(last.epoch, 2);
    });
}

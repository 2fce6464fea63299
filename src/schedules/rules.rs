//! Rules of Reactive Streams that only a control over the schedule can test, see `docs/reactive-streams.md`.

use super::{Item, Scene, explore, in_order, read};
use crate::SignalKind;
use crate::mailbox::{Intake, Link, Mailbox, MailboxFace, MailboxOptions, Parting};
use crate::sync::{Arc, AtomicU64, Ordering};
use shuttle::future::block_on;
use shuttle::thread;

/// What both kinds of signals did over a link: how many there were of each.
fn said(link: &Link) -> (u64, u64) {
    let (backpressures, resumes, _) = link.signals();
    (backpressures, resumes)
}

#[test]
fn rule_1_01_nobody_gets_more_room_than_there_is() {
    explore(|| {
        let (mailbox, read) = Scene::new(&MailboxOptions::capacity(2), 3, 1).run(3, usize::MAX);
        assert_eq!(read[0].len(), 9);
        assert!(mailbox.gate().peak() <= 2);
    });
}

#[test]
fn rule_1_03_messages_of_one_sender_come_one_after_the_other() {
    explore(|| {
        let (_, read) = Scene::new(&MailboxOptions::capacity(2), 2, 2).run(4, usize::MAX);
        assert!(read.iter().all(|items| in_order(items)), "{read:?}");
        let mut all: Vec<Item> = read.concat();
        all.sort_unstable();
        assert_eq!(all, [0, 1].map(|writer| [0, 1, 2, 3].map(|n| (writer, n))).concat());
    });
}

#[test]
fn rule_1_07_an_end_is_seen_after_every_message_before_it() {
    explore(|| {
        // A reader that took the end for what it is too early would leave something behind.
        let (mailbox, read) = Scene::new(&MailboxOptions::capacity(3), 2, 1).run(2, usize::MAX);
        assert_eq!((read[0].len(), mailbox.left(), mailbox.cancelled()), (4, 0, 0));
    });
}

#[test]
fn rule_2_07_backpressure_and_resume_take_turns_over_every_link() {
    explore(|| {
        let scene = Scene::new(&MailboxOptions::capacity(1), 2, 1);
        let links: Vec<Arc<Link>> = scene.wirings.iter().map(|(_, link)| link.clone()).collect();
        let (mailbox, _) = scene.run(3, usize::MAX);
        let changes = mailbox.gate().pressure();
        for link in links {
            let (backpressures, resumes) = said(&link);
            assert!(resumes <= backpressures && backpressures <= resumes + 1);
            assert!(backpressures <= changes.backpressure_signals, "no more than there were changes");
            // The newest that the upstream actor knows fits its epoch, whatever overtook what.
            if let Some(signal) = link.receive() {
                assert_eq!(signal.kind() == SignalKind::Resume, signal.epoch % 2 == 0);
            }
        }
    });
}

#[test]
fn rule_2_11_what_was_done_before_a_message_was_put_is_seen_by_who_takes_it() {
    explore(|| {
        let scene = Scene::new(&MailboxOptions::capacity(2), 1, 1);
        let done = Arc::new(AtomicU64::new(0));
        let mailbox = scene.mailbox.clone();
        let (does, wirings) = (done.clone(), scene.wirings);
        let writer = thread::spawn(move || {
            for (wiring, link) in wirings {
                block_on(super::write_after(0, wiring, link, 4, 1, &|n| {
                    does.store(n + 1, Ordering::Relaxed)
                }));
            }
        });
        let mut intake = Intake::new(vec![mailbox.into()], 0, &[], false);
        while block_on(std::future::poll_fn(|cx| intake.poll_refill(cx))) {
            intake.allow(intake.at_hand());
            while let Some((_, n)) = intake.start_next() {
                assert!(done.load(Ordering::Relaxed) > n, "{n} comes too soon");
            }
            intake.release();
        }
        intake.close(Parting::Cut);
        writer.join().expect("the writer does not panic");
    });
}

#[test]
fn rule_3_05_readers_that_leave_at_once_leave_once() {
    explore(|| {
        let (mailbox, read) = Scene::new(&MailboxOptions::capacity(2), 1, 3).run(5, 1);
        let started: usize = read.iter().map(Vec::len).sum();
        assert!(started <= 3);
        assert_eq!(mailbox.received(), started as u64 + mailbox.cancelled() + mailbox.left());
        assert_eq!((mailbox.gate().depth(), mailbox.gate().waiting()), (0, 0));
    });
}

#[test]
fn rule_3_06_a_writer_that_asks_while_the_reader_leaves_is_not_kept_waiting() {
    explore(|| {
        let scene = Scene::new(&MailboxOptions::capacity(1), 3, 1);
        let links: Vec<Arc<Link>> = scene.wirings.iter().map(|(_, link)| link.clone()).collect();
        // That it comes back at all is the point: each of the writers has more than there is room for.
        let (mailbox, _) = scene.run(3, 1);
        assert_eq!(mailbox.gate().depth(), 0);
        // Every writer hears of the end, but for one that had no more to send before it was told.
        assert!(links.iter().all(|link| (link.is_closed() || link.counts().0 == 3) && !link.is_held()));
    });
}

#[test]
fn rule_3_08_every_place_that_comes_free_is_granted_to_somebody() {
    explore(|| {
        // Three wait in line for a mailbox of one. A place that was granted to nobody would leave them there for ever.
        let scene = Scene::new(&MailboxOptions::capacity(1), 3, 1);
        let mailbox: Arc<Mailbox<Item>> = scene.mailbox.clone();
        let writers = scene.wirings.into_iter().enumerate();
        let writers: Vec<_> = writers
            .map(|(number, (wiring, link))| {
                thread::spawn(move || block_on(super::write(number, wiring, link, 2, 1)))
            })
            .collect();
        let items = block_on(read(mailbox.clone(), 0, usize::MAX));
        writers.into_iter().for_each(|writer| writer.join().expect("the writer does not panic"));
        assert_eq!((items.len(), mailbox.gate().depth()), (6, 0));
    });
}

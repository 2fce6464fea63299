//! What a reader may start, of which mailboxes.

use super::*;
use crate::MailboxOptions;
use crate::mailbox::face::MailboxFace;
use crate::mailbox::mailbox::Offer;
use crate::mailbox::{Mailbox, Overflow};
use crate::message::MessageFacts;
use crate::sync::Arc;
use std::task::Waker;

/// A mailbox with these messages in it, in chunks.
fn filled(readers: usize, overflow: Overflow, chunks: &[&[u64]]) -> Arc<Mailbox<u64>> {
    let settings = MailboxOptions::capacity(64).overflow(overflow).resolve();
    let mailbox = Mailbox::new(&settings, MessageFacts::default().of::<u64>(), readers, None);
    for chunk in chunks {
        if overflow.backpressures() {
            mailbox.gate().try_reserve(chunk.len(), 0, false, None);
            assert!(mailbox.put(&mut chunk.to_vec(), None));
        } else {
            chunk.iter().for_each(|message| assert_eq!(mailbox.offer(*message, None), Offer::Received));
        }
    }
    mailbox
}

fn started(intake: &mut Intake<u64>) -> Vec<u64> {
    std::iter::from_fn(|| intake.start_next()).collect()
}

#[test]
fn of_a_mailbox_of_its_own_a_reader_starts_what_it_has_taken() {
    let mut intake =
        Intake::new(vec![filled(1, Overflow::Backpressure, &[&[1, 2], &[3]]).into()], 0, &[], false);
    assert!(intake.refill());
    assert_eq!(intake.at_hand(), 2);
    intake.allow(5);
    assert_eq!((intake.allowed(), started(&mut intake)), (2, vec![1, 2]));
    assert_eq!((intake.at_hand(), intake.refill(), intake.at_hand()), (0, true, 1));
}

#[test]
fn of_a_mailbox_that_others_read_it_starts_as_many_as_it_may() {
    let mut intake =
        Intake::new(vec![filled(2, Overflow::Backpressure, &[&[1, 2, 3, 4, 5]]).into()], 0, &[], false);
    assert!(intake.refill());
    assert_eq!(intake.at_hand(), usize::MAX);
    intake.allow(3);
    assert_eq!((intake.allowed(), started(&mut intake)), (3, vec![1, 2, 3]));
    assert!(intake.refill());
    intake.allow(9);
    assert_eq!((intake.allowed(), started(&mut intake)), (9, vec![4, 5]));
}

#[test]
fn the_gate_of_a_mailbox_that_others_read_hears_of_many_messages_at_once() {
    let mailbox = filled(2, Overflow::Backpressure, &[&[7; 40]]);
    let mut intake = Intake::new(vec![mailbox.clone().into()], 0, &[], false);
    assert!(intake.refill());
    intake.allow(40);
    let depths: Vec<usize> =
        (0..34).map(|_| intake.start_next().map_or(0, |_| mailbox.gate().depth())).collect();
    let expected: Vec<usize> = [[40; MOST_LAG].as_slice(), &[40 - MOST_LAG; 2]].concat();
    assert_eq!(depths, expected);
}

#[test]
fn of_one_that_drops_it_starts_one_at_a_time_for_each_makes_room() {
    let mut intake = Intake::new(vec![filled(2, Overflow::DropNewest, &[&[1, 2, 3]]).into()], 0, &[], false);
    assert!(intake.refill());
    assert_eq!(intake.at_hand(), 1);
    intake.allow(9);
    assert_eq!((intake.allowed(), started(&mut intake)), (1, vec![1]));
}

#[test]
fn what_it_might_have_started_and_did_not_is_there_in_its_turn() {
    let mailbox = || filled(2, Overflow::Backpressure, &[&[1, 2, 3, 4]]).into();
    let share = |weight| Share { weight, preferred: false };
    let mut intake = Intake::new(vec![mailbox(), mailbox()], 0, &[share(3), share(1)], false);
    assert!(intake.refill());
    assert_eq!(intake.at_hand(), 2, "the turns are a a b a");
    intake.allow(2);
    assert_eq!((intake.at_hand(), intake.allowed()), (0, 2));
    intake.allow(1);
    assert_eq!((intake.at_hand(), intake.allowed()), (1, 1));
}

#[test]
fn mailboxes_without_shares_follow_one_another() {
    for first in [false, true] {
        let mailboxes = [[1, 2], [10, 20]]
            .map(|[first, second]| filled(1, Overflow::Backpressure, &[&[first], &[second]]).into());
        let mut intake = Intake::new(Vec::from(mailboxes), 0, &[], false);
        let mut next = |waits: bool| {
            let cx = &mut Context::from_waker(Waker::noop());
            assert!(if waits { intake.poll_refill(cx) == Poll::Ready(true) } else { intake.refill() });
            intake.allow(9);
            started(&mut intake)
        };
        assert_eq!([first, !first, first, !first].map(&mut next).concat(), [10, 1, 20, 2]);
    }
}

#[test]
fn a_reader_that_is_dropped_leaves_nobody_waiting() {
    let mailbox = filled(1, Overflow::Backpressure, &[&[1, 2]]);
    let mut intake = Intake::new(vec![mailbox.clone().into()], 0, &[], false);
    assert!(intake.refill());
    assert_eq!(mailbox.gate().depth(), 2);
    drop(intake);
    assert_eq!((mailbox.gate().is_closed(), mailbox.gate().depth(), mailbox.left()), (true, 0, 2));
}

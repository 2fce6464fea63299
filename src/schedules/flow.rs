//! Filling and draining: no wake-up is lost, nothing is out of order, and no more is inside than may be.

use super::{Scene, explore, in_order};
use crate::mailbox::{MailboxFace, MailboxOptions, Overflow};

fn all_arrives(capacity: usize, writers: usize, readers: usize, messages: u64) {
    let options = MailboxOptions::capacity(capacity);
    all_arrives_at(Scene::new(&options, writers, readers), &options, writers, messages);
}

fn all_arrives_at(scene: Scene, options: &MailboxOptions, writers: usize, messages: u64) {
    let (mailbox, read) = scene.run(messages, usize::MAX);
    let all: Vec<_> = read.iter().flatten().copied().collect();
    assert_eq!(all.len() as u64, writers as u64 * messages);
    assert!(read.iter().all(|items| in_order(items)), "{read:?}");
    let gate = mailbox.gate();
    assert!(gate.peak() <= options.resolve().capacity);
    assert_eq!((gate.depth(), gate.waiting()), (0, 0));
    assert!(gate.bytes().is_none_or(|(used, _)| used == 0));
    assert_eq!(mailbox.received(), all.len() as u64);
}

#[test]
fn a_mailbox_of_one_is_filled_and_drained() {
    explore(|| all_arrives(1, 2, 1, 4));
}

#[test]
fn a_mailbox_of_two_is_filled_and_drained() {
    explore(|| all_arrives(2, 2, 1, 5));
}

#[test]
fn a_mailbox_of_three_with_three_writers_is_filled_and_drained() {
    explore(|| all_arrives(3, 3, 1, 4));
}

#[test]
fn a_mailbox_of_128_is_filled_and_drained() {
    explore(|| all_arrives(128, 1, 1, 300));
}

#[test]
fn a_mailbox_limited_in_bytes_is_filled_and_drained() {
    explore(|| {
        // Slots may be taken that are of no use without bytes, and be missed by somebody else meanwhile.
        let options = MailboxOptions::capacity(3).max_bytes(6).max_message_bytes(3);
        all_arrives_at(Scene::new(&options, 3, 1).at_once(2), &options, 3, 4);
        all_arrives_at(Scene::new(&options, 2, 1), &options, 2, 4);
    });
}

#[test]
fn two_readers_share_a_mailbox() {
    explore(|| all_arrives(2, 2, 2, 4));
}

#[test]
fn what_a_policy_drops_is_counted() {
    explore(|| {
        let options = MailboxOptions::capacity(1).overflow(Overflow::DropOldest);
        let (mailbox, read) = Scene::new(&options, 2, 1).run(4, usize::MAX);
        assert!(in_order(&read[0]));
        assert_eq!(mailbox.received(), 8);
        assert_eq!(read[0].len() as u64 + mailbox.overflow(), 8);
        assert_eq!(mailbox.gate().depth(), 0);
    });
}

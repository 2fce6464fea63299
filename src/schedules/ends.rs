//! Readers that stop at any point: everybody hears of it, and what is not read is counted.

use super::{Scene, explore, in_order};
use crate::mailbox::{MailboxFace, MailboxOptions};

fn all_is_accounted_for(capacity: usize, readers: usize, most: usize) {
    let (mailbox, read) = Scene::new(&MailboxOptions::capacity(capacity), 2, readers).run(4, most);
    let started: usize = read.iter().map(Vec::len).sum();
    assert!(read.iter().all(|items| in_order(items)), "{read:?}");
    assert_eq!(mailbox.received(), started as u64 + mailbox.cancelled() + mailbox.left());
    assert_eq!((mailbox.gate().depth(), mailbox.gate().waiting()), (0, 0));
}

#[test]
fn a_reader_that_wants_no_more_leaves_nobody_waiting() {
    explore(|| all_is_accounted_for(1, 1, 2));
}

#[test]
fn a_reader_that_stops_in_the_middle_of_a_chunk_counts_the_rest() {
    explore(|| all_is_accounted_for(4, 1, 3));
}

#[test]
fn readers_of_one_mailbox_stop_one_after_the_other() {
    explore(|| all_is_accounted_for(2, 2, 2));
}

#[test]
fn a_reader_that_takes_nothing_ends_all() {
    explore(|| all_is_accounted_for(1, 1, 0));
}

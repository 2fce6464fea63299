//! Messages keep their order, nobody is starved, nothing is lost.

use std::sync::{Arc, Mutex};
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};

type Kept<T> = Arc<Mutex<Vec<T>>>;

/// A consumer that keeps all it gets, and the place where it keeps it.
fn keep<T: Message>() -> (Kept<T>, impl Consumer<In = T>) {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keeper = kept.clone();
    let consumer = for_each(move |message: T| keeper.lock().expect("no panic under this lock").push(message));
    (kept, consumer)
}

fn chain(capacities: &[usize], arbiters: usize) -> (Kept<u64>, Topology) {
    let (kept, consumer) = keep();
    let mut topology = Topology::new("chain").arbiters(arbiters).producer("numbers", iter(1..=1000u64));
    for (number, capacity) in capacities[..capacities.len() - 1].iter().enumerate() {
        topology = topology
            .stage(&format!("stage{number}"), map(|n: u64| n))
            .mailbox(MailboxOptions::capacity(*capacity));
    }
    let last = MailboxOptions::capacity(capacities[capacities.len() - 1]);
    (kept, topology.consumer("sink", consumer).mailbox(last))
}

#[test]
fn a_chain_of_odd_capacities_keeps_the_order() {
    let (kept, topology) = chain(&[1, 10, 256, 1, 5, 128], 1);
    testkit::run(topology);
    assert!(kept.lock().expect("no panic under this lock").iter().copied().eq(1..=1000));
    for arbiters in [1, 2, 7] {
        let (kept, topology) = chain(&[1, 10, 256, 1, 5, 128], arbiters);
        balanced(&topology.start().expect("a sound topology").join());
        assert!(kept.lock().expect("no panic under this lock").iter().copied().eq(1..=1000));
    }
}

/// Sixteen producers of `each` messages into one mailbox.
fn many_producers(each: u64, arbiters: usize, capacity: usize) -> (Kept<(u64, u64)>, Topology) {
    let (kept, consumer) = keep();
    let mut topology = Topology::new("fan-in").arbiters(arbiters);
    for producer in 0..16u64 {
        topology = topology.producer(&format!("p{producer}"), iter((0..each).map(move |n| (producer, n))));
    }
    let inputs: Vec<String> = (0..16).map(|n| format!("p{n}")).collect();
    let topology = topology
        .consumer("sink", consumer)
        .inputs(inputs.iter().map(String::as_str))
        .mailbox(MailboxOptions::capacity(capacity));
    (kept, topology)
}

fn assert_nothing_lost_and_in_order(kept: &[(u64, u64)], each: u64) {
    assert_eq!(kept.len() as u64, 16 * each);
    let mut next = [0; 16];
    for (producer, n) in kept {
        assert_eq!(*n, next[*producer as usize], "producer {producer}");
        next[*producer as usize] += 1;
    }
}

/// Enough for a few rounds of the mailbox.
const EACH: [(u64, usize); 3] = [(200, 1), (500, 7), (2_000, 1024)];

#[test]
fn sixteen_producers_lose_nothing_and_keep_their_order() {
    for arbiters in [1, 2, 4] {
        for (each, capacity) in EACH {
            let (kept, topology) = many_producers(each, arbiters, capacity);
            let report = balanced(&topology.start().expect("a sound topology").join());
            assert_eq!(report.actors["sink"].handled, 16 * each);
            assert_nothing_lost_and_in_order(&kept.lock().expect("no panic under this lock"), each);
        }
    }
}

#[test]
fn no_producer_of_sixteen_is_starved() {
    for (each, capacity) in EACH {
        let (kept, topology) = many_producers(each, 1, capacity);
        testkit::run(topology);
        let kept = kept.lock().expect("no panic under this lock");
        assert_nothing_lost_and_in_order(&kept, each);
        // While all are at it, each has its turn within a few rounds of the mailbox: nobody gets far ahead.
        let mut seen = [0u64; 16];
        for (producer, _) in kept.iter() {
            seen[*producer as usize] += 1;
            if seen.contains(&each) {
                break;
            }
        }
        let least = *seen.iter().min().expect("sixteen");
        assert!(
            least >= each / 2,
            "capacity {capacity}: when the first was done, others had {seen:?} of {each}"
        );
    }
}

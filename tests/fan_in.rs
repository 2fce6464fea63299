//! Several inputs of one actor: weights, and inputs that are preferred.

use std::sync::{Arc, Mutex};
use std::time::Duration;
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};
use tidegate::time::sleep;
use tidegate::{Outcome, Severity};

/// The number of the input, and of the message.
type Tagged = (usize, u64);

type Kept<T> = Arc<Mutex<Vec<T>>>;

/// Takes a millisecond for each message, so that its inputs are full whenever it takes the next; done after `most`.
struct Slow<T> {
    kept: Kept<T>,
    most: usize,
}

impl<T: Message> Consumer for Slow<T> {
    type In = T;

    async fn handle(&mut self, message: T) -> Result {
        self.kept.lock().expect("no panic under this lock").push(message);
        sleep(Duration::from_millis(1)).await;
        Ok(())
    }

    fn is_finished(&self) -> bool {
        self.kept.lock().expect("no panic under this lock").len() >= self.most
    }
}

fn slow<T: Message>(most: usize) -> (Kept<T>, Slow<T>) {
    let kept = Kept::default();
    (kept.clone(), Slow { kept, most })
}

fn all<T: Clone>(kept: &Kept<T>) -> Vec<T> {
    kept.lock().expect("no panic under this lock").clone()
}

/// Producers `a`, `b`, `c`... that emit their number and a count from 0 up to `each`.
fn producers(each: &[u64]) -> Topology {
    let mut topology = Topology::new("fan-in").default_mailbox(MailboxOptions::capacity(16));
    for (number, each) in each.iter().enumerate() {
        let name = char::from(b'a' + number as u8).to_string();
        topology = topology.producer(&name, iter((0..*each).map(move |n| (number, n))));
    }
    topology
}

fn assert_each_in_order(taken: &[Tagged], inputs: usize) {
    let mut next = vec![0; inputs];
    for (input, n) in taken {
        assert_eq!(*n, next[*input], "input {input} keeps its order");
        next[*input] += 1;
    }
}

#[test]
fn weights_of_6_3_and_1_are_kept_after_every_message() {
    let (kept, consumer) = slow::<Tagged>(20_000);
    let report = testkit::run(producers(&[30_000; 3]).consumer("end", consumer).inputs([
        InputOptions::new("a").weight(6),
        InputOptions::new("b").weight(3),
        "c".into(),
    ]));
    let taken = all(&kept);
    assert_eq!(taken.len(), 20_000);
    assert_each_in_order(&taken, 3);
    let mut counts = [0i64; 3];
    for (number, (input, _)) in taken.iter().enumerate() {
        counts[*input] += 1;
        for (count, weight) in counts.iter().zip([6, 3, 1]) {
            // Less than one message away from its share of all so far.
            assert!((count * 10 - (number as i64 + 1) * weight).abs() < 10, "after {number}: {counts:?}");
        }
    }
    assert_eq!(counts, [12_000, 6_000, 2_000]);
    let actor = &report.actors["end"];
    assert_eq!((actor.handled, actor.left), (20_000, 0));
    assert!(actor.dropped.cancelled <= 48, "what waited was not wanted any more: {actor:?}");
}

#[test]
fn inputs_that_share_a_mailbox_weigh_one_each() {
    let (kept, consumer) = slow::<Tagged>(4_000);
    testkit::run(producers(&[4_000; 3]).consumer("end", consumer).inputs([
        "a".into(),
        "b".into(),
        InputOptions::new("c").weight(2),
    ]));
    let taken = all(&kept);
    assert_each_in_order(&taken, 3);
    let of = |input: usize| taken.iter().filter(|(from, _)| *from == input).count();
    assert_eq!((of(0) + of(1), of(2)), (2_000, 2_000));
    assert!(of(0) >= 900 && of(1) >= 900, "{} and {}", of(0), of(1));
}

#[test]
fn an_input_that_has_nothing_passes_its_turn_at_once() {
    testkit::virtual_time(async {
        let (silent, silent_producer) = testkit::probe_producer::<Tagged>();
        let (kept, consumer) = slow::<Tagged>(usize::MAX);
        let running = testkit::start(
            producers(&[100])
                .producer("silent", silent_producer)
                .consumer("end", consumer)
                .inputs([InputOptions::new("silent").weight(1_000), InputOptions::new("a").weight(1)]),
        );
        sleep(Duration::from_millis(90)).await;
        let before = all(&kept).len();
        assert!((89..=91).contains(&before), "nobody waits for who has nothing: {before}");
        silent.emit_all((0..5).map(|n| (1, n)));
        silent.finish();
        balanced(&running.wait().await);
        let taken = all(&kept);
        let first = taken.iter().position(|(input, _)| *input == 1).expect("it was heard");
        assert!(first <= before + 2, "its weight counts from its first message on: {first} after {before}");
        assert!(taken[first..first + 5].iter().all(|(input, _)| *input == 1));
        assert_eq!(taken.len(), 105);
    });
}

#[test]
fn a_preferred_input_of_ten_thousand_is_through_within_the_first_twenty_thousand() {
    for arbiters in [0, 1, 2] {
        let (kept, consumer) = slow::<Tagged>(usize::MAX);
        let (fast_kept, fast) = {
            let kept = Kept::<Tagged>::default();
            let keeper = kept.clone();
            (kept, for_each(move |message| keeper.lock().expect("no panic under this lock").push(message)))
        };
        let topology = producers(&[20_000, 20_000, 10_000, 20_000]);
        let inputs =
            ["a".into(), InputOptions::new("b").weight(2), InputOptions::new("c").preferred(), "d".into()];
        let taken = if arbiters == 0 {
            testkit::run(topology.consumer("end", consumer).inputs(inputs));
            all(&kept)
        } else {
            let topology = topology.arbiters(arbiters).consumer("end", fast).inputs(inputs);
            balanced(&topology.start().expect("a sound topology").join());
            all(&fast_kept)
        };
        assert_eq!(taken.len(), 70_000);
        assert_each_in_order(&taken, 4);
        if arbiters == 0 {
            let last = taken.iter().rposition(|(input, _)| *input == 2).expect("it was taken");
            assert!(last < 20_000, "the last of it came after {last}");
            let others = taken[..10_000].iter().filter(|(input, _)| *input != 2).count();
            assert_eq!(others, 99, "one after each hundred: nobody starves");
        }
    }
}

#[test]
fn a_preferred_message_is_the_next_however_many_wait_elsewhere() {
    testkit::virtual_time(async {
        let (urgent, urgent_producer) = testkit::probe_producer::<Tagged>();
        let (sink, consumer) = testkit::probe_consumer::<Tagged>();
        let running = testkit::start(
            producers(&[20])
                .producer("urgent", urgent_producer)
                .consumer("end", consumer)
                .inputs(["a".into(), InputOptions::new("urgent").preferred()]),
        );
        sink.request(3);
        sink.expect([(0, 0), (0, 1), (0, 2)]).await;
        testkit::settle().await;
        // 3 of the usual ones is in the handler.
        urgent.emit_all([(9, 0), (9, 1)]);
        testkit::settle().await;
        sink.request(4);
        sink.expect([(0, 3), (9, 0), (9, 1), (0, 4)]).await;
        urgent.finish();
        sink.request(100);
        sink.expect((5..20).map(|n| (0, n))).await;
        balanced(&running.wait().await);
    });
}

#[test]
fn instances_that_share_weighted_mailboxes_keep_the_ratio_together() {
    let (kept, _) = slow::<Tagged>(0);
    let shared = kept.clone();
    let report = testkit::run(
        producers(&[30_000; 3])
            .consumer_each("end", 4, move |_| Slow { kept: shared.clone(), most: 20_000 })
            .inputs([InputOptions::new("a").weight(6), InputOptions::new("b").weight(3), "c".into()]),
    );
    let taken = all(&kept);
    assert_eq!(taken.len() as u64, report.actors["end"].handled);
    let of = |input: usize| taken.iter().filter(|(from, _)| *from == input).count() as i64;
    for (input, share) in [(0, 12_000), (1, 6_000), (2, 2_000)] {
        assert!(
            (of(input) - share).abs() <= 4,
            "each instance is less than one off: {} of {share}",
            of(input)
        );
    }
}

#[test]
fn what_comes_at_one_input_is_not_kept_for_an_instance_that_is_busy_with_another() {
    /// When it began with each, in seconds.
    #[derive(Clone)]
    struct Began(Arc<Mutex<Vec<(u64, u64)>>>, tokio::time::Instant);

    impl Consumer for Began {
        type In = u64;

        async fn handle(&mut self, n: u64) -> Result {
            self.0.lock().unwrap().push((n, self.1.elapsed().as_secs()));
            tokio::time::sleep(Duration::from_secs(10)).await;
            Ok(())
        }
    }

    testkit::virtual_time(async {
        let (a, a_producer) = testkit::probe_producer::<u64>();
        let (b, b_producer) = testkit::probe_producer::<u64>();
        let began = Began(Arc::default(), tokio::time::Instant::now());
        let each = began.clone();
        let running = testkit::start(
            Topology::new("two of two")
                .producer("a", a_producer)
                .producer("b", b_producer)
                .consumer_each("end", 2, move |_| each.clone())
                .inputs([InputOptions::new("a").weight(2), InputOptions::new("b")]),
        );
        testkit::settle().await;
        a.emit(1);
        tokio::time::sleep(Duration::from_secs(1)).await;
        b.emit(2);
        tokio::time::sleep(Duration::from_secs(1)).await;
        a.finish();
        b.finish();
        balanced(&running.wait().await);
        assert_eq!(*began.0.lock().unwrap(), [(1, 0), (2, 1)]);
    });
}

#[test]
fn what_was_taken_and_set_aside_for_another_input_is_accounted_for() {
    testkit::virtual_time(async {
        let (sink, consumer) = testkit::probe_consumer::<Tagged>();
        let running = testkit::start(producers(&[50; 3]).consumer("end", consumer).inputs([
            InputOptions::new("a").weight(6),
            InputOptions::new("b").weight(3),
            "c".into(),
        ]));
        sink.request(7);
        testkit::settle().await;
        let actor = running.snapshot().actors["end"].clone();
        assert_eq!((actor.handled, actor.in_handler), (7, 1));
        assert_eq!(actor.received, 8 + actor.waiting, "what is set aside still waits: {actor:?}");
        running.stop();
        let report = balanced(&running.wait().await);
        let end = &report.actors["end"];
        assert_eq!(report.outcome, Outcome::Stopped);
        assert_eq!((end.handled, end.left), (7, 1 + actor.waiting));
    });
}

#[test]
fn every_message_of_every_input_is_handled_whatever_the_capacities_and_threads() {
    for (arbiters, capacity) in [(1, 1), (2, 3), (4, 256)] {
        let report = producers(&[2_000, 500, 3_000])
            .default_mailbox(MailboxOptions::capacity(capacity))
            .arbiters(arbiters)
            .stage("between", map(|message: Tagged| message))
            .inputs([
                InputOptions::new("a").weight(5),
                InputOptions::new("b").weight(2).preferred(),
                InputOptions::new("c").mailbox(MailboxOptions::capacity(2)),
            ])
            .consumer("end", for_each(|_: Tagged| {}))
            .start()
            .expect("a sound topology")
            .join();
        assert_eq!(balanced(&report).actors["end"].handled, 5_500);
    }
}

#[test]
fn weights_that_mean_nothing_are_found_by_the_check() {
    let topology = producers(&[1, 1])
        .consumer("zero", for_each(|_: Tagged| {}))
        .inputs([InputOptions::new("a").weight(0), InputOptions::new("b").weight(2_000_000)])
        .consumer("only", for_each(|_: Tagged| {}))
        .inputs([InputOptions::new("a").preferred()]);
    let found: Vec<String> = topology.check(false).iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            "actor `zero`, `inputs.0.weight`: an input of weight 0 is never taken (the smallest weight is 1)",
            "actor `zero`, `inputs.1.weight`: a weight of 2000000 is more than the 1000000 that are allowed (divide all \
             weights by the same number)",
            "actor `only`, `inputs.0.preferred`: the preference of the only input has no effect (remove it, or add the \
             inputs that it is meant to compete with)",
        ]
    );
    assert_eq!(topology.check(false)[2].severity, Severity::Warning);
}

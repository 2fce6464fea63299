//! Stages with two inputs of their own types: `zip`, `concat`, and joins that users write.

use std::sync::{Arc, Mutex};
use std::time::Duration;
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};
use tidegate::time::{Instant, sleep};
use tidegate::{Join, Outcome, Severity, Side};

type Kept<T> = Arc<Mutex<Vec<T>>>;

fn keep<T: Message>() -> (Kept<T>, impl Consumer<In = T>) {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keeper = kept.clone();
    (kept, for_each(move |message: T| keeper.lock().expect("no panic under this lock").push(message)))
}

fn all<T: Clone>(kept: &Kept<T>) -> Vec<T> {
    kept.lock().expect("no panic under this lock").clone()
}

fn texts(count: u64) -> impl Producer<Out = Outlet<String>> {
    iter((0..count).map(|n| n.to_string()))
}

fn zipped(numbers: u64, names: u64, capacity: usize) -> (Kept<(u64, String)>, Topology) {
    let (kept, consumer) = keep::<(u64, String)>();
    let topology = Topology::new("zip")
        .default_mailbox(MailboxOptions::capacity(capacity))
        .producer("numbers", iter(0..numbers))
        .producer("names", texts(names))
        .join("pairs", zip::<u64, String>(), "numbers", "names")
        .consumer("end", consumer);
    (kept, topology)
}

#[test]
fn zip_puts_the_first_with_the_first_and_the_second_with_the_second() {
    for capacity in [1, 3, 1024] {
        let (kept, topology) = zipped(1_000, 1_000, capacity);
        let report = testkit::run(topology);
        assert_eq!(all(&kept), (0..1_000).map(|n| (n, n.to_string())).collect::<Vec<_>>());
        let pairs = &report.actors["pairs"];
        assert_eq!((pairs.handled, pairs.emitted, pairs.dropped.total(), pairs.held), (2_000, 1_000, 0, 0));
        let (kept, topology) = zipped(5_000, 5_000, capacity);
        balanced(&topology.arbiters(3).start().expect("a sound topology").join());
        assert_eq!(all(&kept).len(), 5_000);
    }
}

#[test]
fn zip_ends_with_the_shorter_input_and_what_has_no_partner_counts_as_cancelled() {
    for (numbers, names) in [(10, 3), (3, 10), (0, 10), (10, 0), (4, 3), (3, 4)] {
        let (kept, topology) = zipped(numbers, names, 4);
        let report = testkit::run(topology);
        let shorter = numbers.min(names);
        assert_eq!(all(&kept), (0..shorter).map(|n| (n, n.to_string())).collect::<Vec<_>>());
        assert_eq!(report.outcome, Outcome::Completed);
        let pairs = &report.actors["pairs"];
        assert_eq!((pairs.handled, pairs.emitted), (2 * shorter, shorter), "{numbers} and {names}");
        assert_eq!(pairs.dropped.cancelled, pairs.received - 2 * shorter);
        assert_eq!((pairs.held, pairs.left), (0, 0));
    }
}

#[test]
fn an_input_without_end_does_not_keep_zip_from_ending() {
    testkit::virtual_time(async {
        let (silent, silent_producer) = testkit::probe_producer::<u64>();
        let (kept, consumer) = keep::<(u64, String)>();
        let running = testkit::start(
            Topology::new("zip")
                .producer("silent", silent_producer)
                .producer("names", texts(2))
                .join("pairs", zip::<u64, String>(), "silent", "names")
                .consumer("end", consumer),
        );
        testkit::settle().await;
        assert_eq!(running.snapshot().actors["pairs"].waiting, 2);
        silent.emit_all([7, 8]);
        let report = balanced(&running.wait().await);
        assert_eq!(report.outcome, Outcome::Completed, "nobody has to say that there are no more numbers");
        assert_eq!(all(&kept), [(7, "0".to_string()), (8, "1".to_string())]);
    });
}

#[test]
fn zip_holds_one_message_and_makes_the_other_input_wait() {
    testkit::virtual_time(async {
        let (names, names_producer) = testkit::probe_producer::<String>();
        let (_, consumer) = keep::<(u64, String)>();
        let topology = Topology::new("zip")
            .producer("numbers", iter(0..100u64))
            .producer("names", names_producer)
            .join("pairs", zip::<u64, String>(), "numbers", "names")
            .mailbox(MailboxOptions::capacity(8))
            .consumer("end", consumer)
            .mailbox(MailboxOptions::capacity(2));
        let pairs = &topology.bound().actors[2];
        assert_eq!((pairs.capacity, pairs.in_hand, pairs.held), (16, 1, 1));
        let running = testkit::start(topology);
        testkit::settle().await;
        let pairs = running.snapshot().actors["pairs"].clone();
        assert_eq!(
            (pairs.handled, pairs.held, pairs.mailbox.map(|mailbox| mailbox.pressured)),
            (1, 1, Some(true))
        );
        names.emit("a".into());
        testkit::settle().await;
        let pairs = running.snapshot().actors["pairs"].clone();
        assert_eq!((pairs.handled, pairs.emitted, pairs.held), (3, 1, 1));
        running.stop();
        let report = balanced(&running.wait().await);
        let pairs = &report.actors["pairs"];
        assert_eq!(pairs.handled, 2, "what it holds at a forced stop is left");
        assert_eq!(pairs.left, pairs.received - 2);
    });
}

#[test]
fn concat_emits_the_second_input_when_the_first_has_ended() {
    for (first, second) in [(1_000u64, 500u64), (0, 500), (500, 0), (0, 0)] {
        let (kept, consumer) = keep::<u64>();
        let report = testkit::run(
            Topology::new("concat")
                .default_mailbox(MailboxOptions::capacity(8))
                .producer("first", iter(0..first))
                .producer("second", iter(first..first + second))
                .join("all", concat::<u64>(), "first", "second")
                .consumer("end", consumer),
        );
        assert!(all(&kept).into_iter().eq(0..first + second));
        assert_eq!((report.actors["all"].handled, report.actors["all"].dropped.total()), (first + second, 0));
    }
}

#[test]
fn concat_makes_the_second_input_wait_for_the_first() {
    testkit::virtual_time(async {
        let (first, first_producer) = testkit::probe_producer::<u64>();
        let (second, second_producer) = testkit::probe_producer::<u64>();
        let (sink, consumer) = testkit::probe_consumer::<u64>();
        sink.request(100);
        let running = testkit::start(
            Topology::new("concat")
                .producer("first", first_producer)
                .producer("second", second_producer)
                .join("all", concat::<u64>(), "first", "second")
                .mailbox(MailboxOptions::capacity(4))
                .consumer("end", consumer),
        );
        second.emit_all(10..20);
        second.expect_backpressure().await;
        first.emit_all(0..3);
        sink.expect(0..3).await;
        testkit::settle().await;
        assert!(sink.taken().is_empty(), "the first may go on");
        first.emit(3);
        first.finish();
        second.finish();
        sink.expect((3..4).chain(10..20)).await;
        second.expect_resume().await;
        balanced(&running.wait().await);
    });
}

/// Fails at odd numbers, panics at a name that is empty.
struct Picky;

impl Join for Picky {
    type Left = u64;
    type Right = String;
    type Out = Outlet<String>;

    fn wants(&self) -> Side {
        Side::Right
    }

    async fn left(&mut self, n: u64, out: &mut Outlet<String>) -> Result {
        sleep(Duration::from_millis(1)).await;
        if n % 2 == 1 {
            return Err("odd".into());
        }
        out.send(n.to_string()).await;
        Ok(())
    }

    async fn right(&mut self, name: String, out: &mut Outlet<String>) -> Result {
        assert!(!name.is_empty(), "no name");
        out.emit(name);
        Ok(())
    }

    fn on_error(&self) -> OnError {
        OnError::DeadLetter
    }
}

#[test]
fn a_join_takes_what_it_wants_first_and_the_rest_when_that_has_ended() {
    let (kept, consumer) = keep::<String>();
    let (letters, reader) = keep::<DeadLetter>();
    let report = testkit::run(
        Topology::new("picky")
            .producer("numbers", iter(0..6u64))
            .producer("names", texts(3))
            .join("picky", Picky, "numbers", "names")
            .consumer("end", consumer)
            .consumer("letters", reader)
            .inputs(["picky.dead_letters"]),
    );
    assert_eq!(all(&kept), ["0", "1", "2", "0", "2", "4"]);
    let odd: Vec<Option<u64>> = all(&letters).iter().map(DeadLetter::message::<u64>).collect();
    assert_eq!(odd, [Some(1), Some(3), Some(5)], "a dead letter is of the type of its input");
    assert_eq!((report.actors["picky"].handled, report.actors["picky"].failed), (6, 3));
}

#[test]
fn a_join_that_panics_loses_no_account_of_what_it_took_from_either_input() {
    let (_, consumer) = keep::<String>();
    let report = testkit::run(
        Topology::new("picky")
            .default_mailbox(MailboxOptions::capacity(4))
            .producer("numbers", iter(0..100u64))
            .producer("names", iter(["a", "", "b", "c"].map(String::from)))
            .join("picky", Picky, "numbers", "names")
            .consumer("end", consumer),
    );
    assert_eq!(report.outcome, Outcome::Failed);
    let picky = &report.actors["picky"];
    assert_eq!((picky.handled, picky.failed), (1, 1));
    assert_eq!(picky.left, picky.received - 2);
}

#[test]
fn limits_in_bytes_hold_for_each_input() {
    let (kept, consumer) = keep::<(u64, String)>();
    let report = testkit::run(
        Topology::new("zip")
            .producer("numbers", iter(0..50u64))
            .producer("names", texts(50))
            .join(
                "pairs",
                zip::<u64, String>(),
                InputOptions::new("numbers").mailbox(MailboxOptions::capacity(3)),
                InputOptions::new("names")
                    .mailbox(MailboxOptions::default().max_bytes(8).max_message_bytes(4)),
            )
            .consumer("end", consumer),
    );
    assert_eq!((all(&kept).len(), report.actors["pairs"].handled), (50, 100));
}

#[test]
fn zip_is_at_the_pace_of_the_slower_input() {
    struct Ticks(u64);
    impl Producer for Ticks {
        type Out = Outlet<u64>;

        async fn produce(&mut self, out: &mut Outlet<u64>) -> Result<Next> {
            self.0 += 1;
            out.emit(self.0);
            Ok(if self.0 == 20 { Next::Done } else { Next::After(Duration::from_millis(10)) })
        }
    }
    testkit::virtual_time(async {
        let since = Instant::now();
        let (kept, consumer) = keep::<(u64, u64)>();
        let running = testkit::start(
            Topology::new("zip")
                .producer("ticks", Ticks(0))
                .producer("fast", iter(0..1_000u64))
                .join("pairs", zip::<u64, u64>(), "ticks", "fast")
                .consumer("end", consumer),
        );
        balanced(&running.wait().await);
        assert_eq!(all(&kept).len(), 20);
        assert!(since.elapsed() >= Duration::from_millis(190), "{:?}", since.elapsed());
    });
}

fn found(topology: &Topology) -> Vec<String> {
    topology.check(false).iter().map(ToString::to_string).collect()
}

#[test]
fn what_a_join_cannot_have_is_found_by_the_check() {
    let topology = Topology::new("wrong")
        .producer("numbers", iter(0..9u64))
        .producer("names", texts(9))
        .join("mixed", zip::<u64, String>(), "names", "numbers")
        .join("weighed", zip::<u64, String>(), InputOptions::new("numbers").weight(2), "names")
        .stage("one", JoinOfOne)
        .inputs(["weighed"])
        .join("three", zip::<u64, String>(), "numbers", "names")
        .inputs(["numbers"])
        .consumer("end", for_each(|_: (u64, String)| {}))
        .inputs(["mixed", "weighed", "three"]);
    assert_eq!(
        found(&topology),
        [
            "actor `mixed`, `inputs.0`: `names` emits `String`, but `mixed` takes `u64`",
            "actor `mixed`, `inputs.1`: `numbers` emits `u64`, but `mixed` takes `String`",
            "actor `weighed`, `inputs.0.weight`: `weighed` chooses itself which input it takes from (remove `weight`)",
            "actor `one`: nobody reads what `one` emits (give a stage or consumer the input `one`, or remove `one`)",
            "actor `three`, `inputs`: `three` takes two inputs apart, and has 1 (name the first and the second: `inputs = \
             [\"LEFT\", \"RIGHT\"]`)",
        ]
    );
}

/// Takes pairs.
struct JoinOfOne;

impl Stage for JoinOfOne {
    type In = (u64, String);
    type Out = Outlet<u64>;

    async fn handle(&mut self, (n, _): (u64, String), out: &mut Outlet<u64>) -> Result {
        out.emit(n);
        Ok(())
    }
}

#[test]
fn paths_that_part_and_meet_again_are_warned_about_or_refused() {
    let parted = |mailbox: MailboxOptions| {
        Topology::new("parted")
            .producer("n", iter(0..9u64))
            .stage("left", map(|n: u64| n))
            .stage("right", map(|n: u64| n))
            .inputs([InputOptions::new("n").mailbox(mailbox)])
    };
    let waits = MailboxOptions::default;
    let zipped = parted(waits())
        .join("pairs", zip::<u64, u64>(), "left", "right")
        .consumer("end", for_each(|_: (u64, u64)| {}));
    assert_eq!(
        found(&zipped),
        [
            "actor `pairs`, `inputs`: both inputs of `pairs` come from `n`: n -> left -> pairs and n -> right -> pairs; if \
             one way emits fewer messages, the other fills up and all stands still (see to it that both ways emit one \
             message for each, or let a mailbox on them drop)"
        ]
    );
    assert_eq!(zipped.check(false)[0].severity, Severity::Warning);
    assert_eq!(testkit::run(zipped).actors["end"].handled, 9);
    let concat_of = |mailbox| {
        parted(mailbox).join("all", concat::<u64>(), "left", "right").consumer("end", for_each(|_: u64| {}))
    };
    let problems = concat_of(waits()).check(false);
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].severity, Severity::Error);
    assert_eq!(
        problems[0].message,
        "both inputs of `all` come from `n`: n -> left -> all and n -> right -> all; the second fills up and makes it wait, \
         so the first never ends"
    );
    assert_eq!(
        found(&concat_of(waits().overflow(Overflow::DropOldest))),
        [""; 0],
        "what drops makes nobody wait"
    );
}

#[test]
fn a_join_hears_of_an_input_that_is_not_complete_and_of_no_other() {
    /// How often it was told.
    #[derive(Clone)]
    struct Told(Arc<Mutex<u32>>);

    impl Join for Told {
        type Left = u64;
        type Right = String;
        type Out = Outlet<u64>;

        fn wants(&self) -> Side {
            Side::Left
        }

        async fn left(&mut self, _: u64, _: &mut Outlet<u64>) -> Result {
            Ok(())
        }

        async fn right(&mut self, _: String, _: &mut Outlet<u64>) -> Result {
            Ok(())
        }

        fn on_input_failed(&mut self) {
            *self.0.lock().unwrap() += 1;
        }
    }

    for (fails, outcome) in [(false, Outcome::Completed), (true, Outcome::Failed)] {
        let told = Told(Arc::default());
        let some = map(move |n: u64| {
            assert!(!fails || n < 7, "too many");
            n
        });
        let report = testkit::run(
            Topology::new("told")
                .producer("numbers", iter(0..10u64))
                .stage("some", some)
                .producer("names", texts(10))
                .join("both", told.clone(), "some", "names")
                .consumer("end", for_each(|_: u64| {})),
        );
        assert_eq!((report.outcome, *told.0.lock().unwrap()), (outcome, u32::from(fails)));
    }
}

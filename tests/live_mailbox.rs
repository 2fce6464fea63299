//! The capacity and the marks of a mailbox, changed while it runs.

mod support;

use support::Split;
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};
use tidegate::{ChangeError, Reaction, Snapshot};

/// Full only when it is full, and open again at half of that.
fn exactly(capacity: usize) -> MailboxOptions {
    MailboxOptions::capacity(capacity).watermarks(0.5, 1.0)
}

fn sink(snapshot: &Snapshot) -> (u64, u64, u64) {
    let (n, sink) = (&snapshot.actors["n"], &snapshot.actors["sink"]);
    (n.emitted, sink.waiting, sink.handled)
}

#[test]
fn a_capacity_that_grows_lets_a_held_producer_go_on_at_once() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let (probe, consumer) = testkit::probe_consumer::<u64>();
        let running = testkit::start(
            Topology::new("grows").producer("n", producer).consumer("sink", consumer).mailbox(exactly(4)),
        );
        source.emit_all(1..=20);
        let signal = source.expect_backpressure().await;
        assert_eq!((signal.capacity, signal.high, signal.low), (4, 4, 2));
        testkit::settle().await;
        assert_eq!(sink(&running.snapshot()), (5, 4, 0));

        running.set_mailbox("sink", &MailboxOptions::capacity(16)).unwrap();
        let signal = source.expect_resume().await;
        assert_eq!((signal.capacity, signal.high, signal.low), (16, 16, 8));
        source.expect_backpressure().await;
        testkit::settle().await;
        assert_eq!(sink(&running.snapshot()), (17, 16, 0));

        probe.request(20);
        probe.expect(1..=20).await;
        source.finish();
        let report = balanced(&running.wait().await);
        let mailbox = report.actors["sink"].mailbox.as_ref().unwrap();
        assert_eq!((mailbox.capacity, mailbox.largest_capacity, mailbox.peak), (16, 16, 16));
    });
}

#[test]
fn a_capacity_below_what_waits_takes_nothing_until_that_has_drained_and_loses_nothing() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let (probe, consumer) = testkit::probe_consumer::<u64>();
        let running = testkit::start(
            Topology::new("shrinks").producer("n", producer).consumer("sink", consumer).mailbox(exactly(16)),
        );
        source.emit_all(1..=40);
        source.expect_backpressure().await;
        testkit::settle().await;
        assert_eq!(sink(&running.snapshot()), (17, 16, 0));

        running.set_mailbox("sink", &MailboxOptions::capacity(4)).unwrap();
        probe.request(12);
        testkit::settle().await;
        // Four wait, which is full, and above the low mark of two.
        assert_eq!(sink(&running.snapshot()), (17, 4, 12));
        assert!(source.signal().is_none());
        probe.request(2);
        source.expect_resume().await;
        testkit::settle().await;
        assert_eq!(sink(&running.snapshot()), (19, 4, 14));

        probe.request(26);
        probe.expect(1..=40).await;
        source.finish();
        let report = balanced(&running.wait().await);
        let mailbox = report.actors["sink"].mailbox.as_ref().unwrap();
        assert_eq!((mailbox.capacity, mailbox.largest_capacity, mailbox.peak), (4, 16, 16));
    });
}

#[test]
fn a_mark_that_moves_below_the_depth_turns_the_mailbox_pressured() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let (probe, consumer) = testkit::probe_consumer::<u64>();
        let running = testkit::start(
            Topology::new("marks").producer("n", producer).consumer("sink", consumer).mailbox(exactly(10)),
        );
        source.emit_all(1..=6);
        testkit::settle().await;
        assert_eq!(sink(&running.snapshot()), (6, 5, 0));
        assert!(source.signal().is_none());
        let marks = MailboxOptions::default().watermarks(0.2, 0.4);
        running.set_mailbox("sink", &marks).unwrap();
        let signal = source.expect_backpressure().await;
        assert_eq!((signal.capacity, signal.high, signal.low), (10, 4, 2));
        probe.request(3);
        source.expect_resume().await;
        probe.request(3);
        source.finish();
        balanced(&running.wait().await);
    });
}

#[test]
fn each_of_several_mailboxes_changes_and_so_does_a_shared_one() {
    for (routing, mailboxes) in [(Routing::Shared, 1), (Routing::RoundRobin, 2)] {
        testkit::virtual_time(async {
            let running = testkit::start(
                Topology::new("several")
                    .producer("n", iter(0..100u64))
                    .consumer_each("sink", 2, |_| to_nowhere())
                    .routing(routing)
                    .mailbox(exactly(2)),
            );
            testkit::settle().await;
            assert_eq!(running.snapshot().actors["n"].emitted, 2 + 2 * mailboxes);
            running.set_mailbox("sink", &MailboxOptions::capacity(8)).unwrap();
            testkit::settle().await;
            let snapshot = running.snapshot();
            assert_eq!(snapshot.actors["sink"].mailbox.as_ref().unwrap().capacity, 8 * mailboxes as usize);
            assert_eq!(snapshot.actors["n"].emitted, 2 + 8 * mailboxes, "{routing:?}");
            running.stop();
            balanced(&running.wait().await);
        });
    }
}

/// Never lets go of the first message.
fn to_nowhere() -> impl Consumer<In = u64> {
    testkit::probe_consumer::<u64>().1
}

#[test]
fn a_mailbox_that_drops_has_more_room_as_well() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let (probe, consumer) = testkit::probe_consumer::<u64>();
        let running = testkit::start(
            Topology::new("drops")
                .producer("n", producer)
                .consumer("sink", consumer)
                .mailbox(exactly(2).overflow(Overflow::DropNewest)),
        );
        source.emit_all(1..=5);
        testkit::settle().await;
        running.set_mailbox("sink", &MailboxOptions::capacity(3)).unwrap();
        source.emit_all(6..=9);
        testkit::settle().await;
        running.set_mailbox("sink", &MailboxOptions::capacity(1)).unwrap();
        source.emit(10);
        testkit::settle().await;
        probe.request(10);
        source.finish();
        let report = balanced(&running.wait().await);
        // The first two, before one of them was in hand; two more beside the one that waited; none.
        assert_eq!(probe.taken(), [1, 2, 6, 7]);
        assert_eq!(report.actors["sink"].dropped.overflow, 6);
    });
}

/// Counts, and heeds nothing but the bound.
struct Heedless(u64);

impl Producer for Heedless {
    type Out = Outlet<u64>;

    async fn produce(&mut self, out: &mut Outlet<u64>) -> Result<Next> {
        out.emit(self.0);
        self.0 += 1;
        Ok(if self.0 < 100_000 { Next::More } else { Next::Done })
    }

    fn reaction(&self) -> Reaction {
        Reaction::Continue
    }
}

#[test]
fn whatever_changes_while_messages_pass_none_is_lost_and_all_keep_their_order() {
    let mut next = 0;
    let running = Topology::new("storm")
        .arbiters(2)
        .producer("n", Heedless(0))
        .stage("pass", map(|n: u64| n))
        .arbiter(1)
        .consumer(
            "sink",
            for_each(move |n: u64| {
                assert_eq!(n, next);
                next += 1;
            }),
        )
        .start()
        .unwrap();
    let capacities = [1, 1024, 3, 64, 2, 300];
    for capacity in capacities.iter().cycle().take(3_000) {
        running.set_mailbox("pass", &MailboxOptions::capacity(*capacity)).unwrap();
        running.set_mailbox("sink", &MailboxOptions::capacity(*capacity)).unwrap();
    }
    let report = balanced(&running.join());
    assert_eq!(report.actors["sink"].handled, 100_000);
}

#[test]
fn what_cannot_be_changed_is_refused_with_the_reason() {
    testkit::virtual_time(async {
        let (_source, producer) = testkit::probe_producer::<u64>();
        let running = testkit::start(
            Topology::new("refused")
                .producer("n", producer)
                .stage("split", Split {})
                .consumer("even", to_nowhere())
                .inputs([InputOptions::new("split.even").mailbox(exactly(8))])
                .consumer("odd", to_nowhere())
                .inputs(["split.odd"]),
        );
        let refused = |actor: &str, options: &MailboxOptions| {
            running.set_mailbox(actor, options).unwrap_err().to_string()
        };
        let capacity = MailboxOptions::capacity;
        assert_eq!(refused("evn", &capacity(3)), "there is no actor `evn` (did you mean `even`?)");
        assert_eq!(
            refused("n", &capacity(3)),
            "`mailbox` of actor `n` cannot be changed while it runs: a producer has none"
        );
        assert_eq!(
            refused("even", &capacity(3)),
            "`mailbox` of actor `even` cannot be changed while it runs: each of its inputs has one of its own"
        );
        assert_eq!(
            refused("odd", &capacity(0)),
            "actor `odd`, `mailbox.capacity`: a mailbox of capacity 0 takes no message (the smallest capacity is 1)"
        );
        assert_eq!(
            refused("odd", &MailboxOptions::default().watermarks(0.9, 0.8)),
            "actor `odd`, `mailbox.low`: the low mark 0.9 is not below the high mark 0.8 (watermarks are shares of the capacity: 0 <= low < high <= 1)"
        );
        assert_eq!(
            refused("odd", &MailboxOptions::default().overflow(Overflow::DropAll)),
            "`mailbox.overflow` of actor `odd` cannot be changed while it runs: only the capacity and the watermarks of a mailbox can"
        );
        let wrong = running.set_input_mailbox("even", "split.odd", &capacity(3)).unwrap_err();
        assert!(matches!(&wrong, ChangeError::NotLive { actor, .. } if actor == "even"), "{wrong}");
        running.set_input_mailbox("even", "split.even", &capacity(3)).unwrap();
        let snapshot = running.snapshot();
        assert_eq!(snapshot.actors["even"].mailbox.as_ref().unwrap().capacity, 3);
        running.stop();
        running.wait().await;
    });
}

/// Says each number three times.
struct Thrice;

impl Stage for Thrice {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        (0..3).for_each(|_| out.emit(n));
        Ok(())
    }

    fn max_emit(&self) -> usize {
        3
    }
}

#[test]
fn a_mailbox_stays_large_enough_for_all_that_one_call_emits() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let running = testkit::start(
            Topology::new("need")
                .producer("n", producer)
                .stage("thrice", Thrice)
                .consumer("sink", to_nowhere()),
        );
        let refused = running.set_mailbox("sink", &MailboxOptions::capacity(2)).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "actor `sink`, `mailbox.capacity`: an actor that sends to it emits up to 3 messages at once, for which a mailbox of 2 never has room (make the capacity at least 3)"
        );
        running.set_mailbox("sink", &MailboxOptions::capacity(3)).unwrap();
        source.emit(1);
        testkit::settle().await;
        assert_eq!(running.snapshot().actors["thrice"].emitted, 3);
        running.stop();
        running.wait().await;
    });
}

#[test]
fn a_limit_in_bytes_stays_and_its_marks_follow() {
    let running = Topology::new("bytes")
        .weighed::<Bytes>()
        .producer("n", iter((0..20_000usize).map(|n| Bytes(n % 50))))
        .consumer_each("sink", 2, |_| for_each(|_: Bytes| {}))
        .mailbox(MailboxOptions::capacity(64).max_bytes(1_000).max_message_bytes(50))
        .start()
        .unwrap();
    for (capacity, high) in [(3, 0.4), (100, 1.0), (1, 0.9), (64, 0.5)].iter().cycle().take(1_000) {
        let options = MailboxOptions::capacity(*capacity).watermarks(0.2, *high);
        running.set_mailbox("sink", &options).unwrap();
    }
    let report = balanced(&running.join());
    assert_eq!(report.actors["sink"].handled, 20_000);
}

/// A message of so many bytes.
#[derive(Clone, Debug)]
struct Bytes(usize);

impl Weigh for Bytes {
    fn weight(&self) -> usize {
        self.0
    }
}

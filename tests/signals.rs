//! Backpressure travels upstream hop by hop, Resume comes back, and nobody is told more than there is to say.

use std::sync::{Arc, Mutex};
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};
use tidegate::{Causes, SignalKind};

#[test]
fn a_mailbox_that_flaps_between_its_marks_says_nothing() {
    testkit::virtual_time(async {
        // Marks at 8 and 5, and a producer that waits for its next message asks for room first: so seven queued are
        // enough. The producers go on while the mailbox is pressured, so the depth moves as the test wants.
        let (a, producer_a) = testkit::probe_producer::<u64>();
        let (b, producer_b) = testkit::probe_producer::<u64>();
        let (sink, consumer) = testkit::probe_consumer::<u64>();
        let running = testkit::start(
            Topology::new("flapping")
                .producer("a", producer_a.reaction(Reaction::Continue))
                .producer("b", producer_b.reaction(Reaction::Continue))
                .consumer("sink", consumer)
                .inputs(["a", "b"])
                .mailbox(MailboxOptions::capacity(10)),
        );
        let depth = || running.snapshot().actors["sink"].waiting;
        a.emit(0);
        testkit::settle().await;
        a.emit_all(1..=3);
        b.emit_all(1..=3);
        testkit::settle().await;
        assert_eq!(depth(), 6);
        assert!(a.signal().is_none() && b.signal().is_none(), "below the high mark");
        for crossing in 1..=3 {
            b.emit(0);
            for signal in [a.expect_backpressure().await, b.expect_backpressure().await] {
                assert_eq!((signal.epoch, signal.depth), (2 * crossing - 1, 8));
                assert_eq!((signal.capacity, signal.high, signal.low), (10, 8, 5));
                assert_eq!(signal.causes, Causes::FULL);
            }
            for _ in 0..20 {
                testkit::settle().await;
                assert_eq!(depth(), 7);
                sink.request(1);
                testkit::settle().await;
                assert_eq!(depth(), 6);
                a.emit(0);
                b.emit_all([0, 0]);
                testkit::settle().await;
                assert_eq!(depth(), 9);
                sink.request(2);
            }
            testkit::settle().await;
            assert!(a.signal().is_none() && b.signal().is_none(), "between the marks nothing changes");
            sink.request(2);
            for signal in [a.expect_resume().await, b.expect_resume().await] {
                assert_eq!((signal.epoch, signal.depth), (2 * crossing, 5));
                assert!(signal.causes.is_empty());
            }
            for _ in 0..20 {
                a.emit(0);
                testkit::settle().await;
                assert_eq!(depth(), 6);
                sink.request(1);
                testkit::settle().await;
                assert_eq!(depth(), 5);
            }
            assert!(a.signal().is_none() && b.signal().is_none());
            b.emit(0);
            testkit::settle().await;
        }
        a.finish();
        b.finish();
        sink.request(1_000);
        let report = balanced(&running.wait().await);
        let mailbox = report.actors["sink"].mailbox.as_ref().expect("a consumer has one");
        assert_eq!((mailbox.backpressure_signals, mailbox.resume_signals, mailbox.peak), (3, 3, 9));
    });
}

/// Writes down who was told what, in order.
type Log = Arc<Mutex<Vec<(&'static str, SignalKind)>>>;

struct Heard(&'static str, Log);

impl Heard {
    fn note(&self, signal: &Signal) {
        self.1.lock().expect("no panic under this lock").push((self.0, signal.kind()));
    }
}

struct Numbers(u64, Heard);

impl Producer for Numbers {
    type Out = Outlet<u64>;

    async fn produce(&mut self, out: &mut Outlet<u64>) -> Result<Next> {
        out.emit(self.0);
        self.0 += 1;
        Ok(if self.0 < 100 { Next::More } else { Next::Done })
    }

    fn on_backpressure(&mut self, signal: &Signal) {
        self.1.note(signal);
    }

    fn on_resume(&mut self, signal: &Signal) {
        self.1.note(signal);
    }
}

struct Pass(Heard);

impl Stage for Pass {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        out.emit(n);
        Ok(())
    }

    fn on_backpressure(&mut self, signal: &Signal) {
        self.0.note(signal);
    }

    fn on_resume(&mut self, signal: &Signal) {
        self.0.note(signal);
    }
}

#[test]
fn pressure_travels_hop_by_hop_to_the_producer_and_back() {
    testkit::virtual_time(async {
        let log = Log::default();
        let heard = |name| Heard(name, log.clone());
        let (sink, consumer) = testkit::probe_consumer::<u64>();
        let running = testkit::start(
            Topology::new("hops")
                .default_mailbox(MailboxOptions::capacity(4))
                .producer("numbers", Numbers(0, heard("numbers")))
                .stage("first", Pass(heard("first")))
                .stage("second", Pass(heard("second")))
                .consumer("sink", consumer),
        );
        testkit::settle().await;
        let held = running.snapshot();
        let waiting: Vec<u64> = held.actors.values().map(|actor| actor.waiting).collect();
        assert_eq!(waiting, [0, 4, 4, 4], "every mailbox is full, up to the producer");
        assert_eq!(held.actors["numbers"].emitted, 13, "and one is in the hand of the consumer");
        let so_far = std::mem::take(&mut *log.lock().expect("no panic under this lock"));
        let backpressure = |name| (name, SignalKind::Backpressure);
        assert_eq!(so_far, [backpressure("second"), backpressure("first"), backpressure("numbers")]);
        // Marks at 4 and 2: the consumer makes room, and then each stage in turn.
        sink.request(3);
        testkit::settle().await;
        let so_far = std::mem::take(&mut *log.lock().expect("no panic under this lock"));
        let heard: Vec<&str> =
            so_far.iter().filter(|(_, kind)| *kind == SignalKind::Resume).map(|(name, _)| *name).collect();
        assert_eq!(heard, ["second", "first", "numbers"]);
        sink.request(100);
        sink.expect(0..100).await;
        balanced(&running.wait().await);
    });
}

#[test]
fn a_producer_that_sleeps_hears_of_pressure_at_once() {
    struct Sleepy(Arc<Mutex<Vec<SignalKind>>>);
    impl Producer for Sleepy {
        type Out = Outlet<u64>;
        async fn produce(&mut self, out: &mut Outlet<u64>) -> Result<Next> {
            out.emit(1);
            Ok(Next::After(std::time::Duration::from_secs(3_600)))
        }
        fn on_backpressure(&mut self, signal: &Signal) {
            self.0.lock().expect("no panic under this lock").push(signal.kind());
        }
    }
    testkit::virtual_time(async {
        let told = Arc::default();
        let (_sink, consumer) = testkit::probe_consumer::<u64>();
        let (source, producer) = testkit::probe_producer::<u64>();
        let running = testkit::start(
            Topology::new("sleepy")
                .producer("sleepy", Sleepy(Arc::clone(&told)))
                .producer("source", producer)
                .consumer("sink", consumer)
                .inputs(["sleepy", "source"])
                .mailbox(MailboxOptions::capacity(3)),
        );
        testkit::settle().await;
        source.emit_all([2, 3, 4]);
        testkit::settle().await;
        assert_eq!(*told.lock().expect("no panic under this lock"), [SignalKind::Backpressure]);
        running.stop();
        balanced(&running.wait().await);
    });
}

#[test]
fn a_pause_by_hand_is_a_hold_of_its_own() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let (sink, consumer) = testkit::probe_consumer::<u64>();
        let running = testkit::start(
            Topology::new("paused")
                .producer("source", producer)
                .stage("pass", map(|n: u64| n))
                .mailbox(MailboxOptions::capacity(2))
                .consumer("sink", consumer)
                .mailbox(MailboxOptions::capacity(2)),
        );
        assert!(running.pause("pass") && !running.pause("nobody"));
        sink.request(100);
        source.emit_all(0..10);
        source.expect_backpressure().await;
        testkit::settle().await;
        assert_eq!(running.snapshot().actors["pass"].waiting, 2);
        assert!(sink.taken().is_empty());
        running.resume("pass");
        source.finish();
        sink.expect(0..10).await;
        balanced(&running.wait().await);
    });
}

#[test]
fn a_drain_lifts_a_pause_by_hand() {
    testkit::virtual_time(async {
        let running = testkit::start(
            Topology::new("paused")
                .producer("numbers", iter(0u64..))
                .consumer("sink", for_each(|_: u64| {}))
                .mailbox(MailboxOptions::capacity(2)),
        );
        running.pause("sink");
        testkit::settle().await;
        running.drain(std::time::Duration::from_secs(30));
        let report = balanced(&running.wait().await);
        assert_eq!(report.outcome, tidegate::Outcome::Drained);
        assert_eq!(report.actors["sink"].left, 0);
    });
}

//! Chapter 1: whoever emits.

use crate::link;
use crate::recorded::*;
use std::time::Duration;
use tidegate::prelude::*;
use tidegate::testkit::{self, Dice, balanced};
use tidegate::{Outcome, StartError};

#[test]
fn rule_1_01_no_more_is_emitted_than_was_asked_for() {
    for capacity in [1, 2, 3, 10] {
        for heedless in [true, false] {
            testkit::virtual_time(async {
                let log = Log::default();
                let (asked, sink) = Sink::asking(&log, "end");
                let source = Source::new(&log, 100);
                let source = if heedless { source.heedless() } else { source };
                let running = testkit::start(link(source, sink, capacity));
                testkit::settle().await;
                // The mailbox asks for its capacity, the consumer for one, and then for one with each that it is done with.
                let mut wanted = capacity + 1;
                for more in [0, 1, 2, 5, 1] {
                    asked.add_permits(more);
                    wanted += more;
                    testkit::settle().await;
                    let emitted = running.snapshot().actors["n"].emitted as usize;
                    assert!(emitted <= wanted, "{emitted} of {wanted}, capacity {capacity}");
                    if heedless {
                        assert_eq!(emitted, wanted, "nothing but the bound stops it, capacity {capacity}");
                    }
                }
                asked.add_permits(100);
                let report = balanced(&running.wait().await);
                let mailbox = report.actors["end"].mailbox.as_ref().expect("a consumer has one");
                assert!(
                    mailbox.peak <= capacity && (mailbox.peak == capacity || !heedless),
                    "{}",
                    mailbox.peak
                );
            });
        }
    }
}

#[test]
fn rule_1_02_a_stream_may_end_before_all_that_was_asked_for_is_there() {
    for fails in [false, true] {
        let log = Log::default();
        let source = Source::new(&log, 3);
        let source = if fails { source.failing_at(3) } else { source };
        let report = testkit::run(link(source, Sink::new(&log, "end"), 10));
        assert_eq!(log.taken("end"), [0, 1, 2]);
        assert_eq!(report.outcome, if fails { Outcome::Failed } else { Outcome::Completed });
    }
}

/// A source and two readers of all that it emits.
fn two_readers(log: &Log, source: impl Producer<Out = Outlet<u64>>) -> Topology {
    Topology::new("two readers")
        .default_mailbox(MailboxOptions::capacity(2))
        .producer("n", source)
        .consumer("left", Sink::new(log, "left"))
        .inputs(["n"])
        .consumer("right", Sink::new(log, "right"))
        .inputs(["n"])
}

#[test]
fn rule_1_04_a_failure_is_heard_by_every_reader() {
    struct Panics(u64);
    impl Producer for Panics {
        type Out = Outlet<u64>;
        async fn produce(&mut self, out: &mut Outlet<u64>) -> Result<Next> {
            self.0 += 1;
            assert!(self.0 <= 2, "no more water");
            out.emit(self.0 - 1);
            Ok(Next::More)
        }
    }
    let log = Log::default();
    let failed = two_readers(&log, Source::new(&log, 10).failing_at(2));
    let other = Log::default();
    let panicked = two_readers(&other, Panics(0));
    for (log, topology, how) in [(log, failed, "failed"), (other, panicked, "panicked")] {
        let report = testkit::run(topology);
        let error = report.error.expect("it failed");
        assert_eq!(error, format!("actor `n` {how} in `produce`: no more water"));
        for reader in ["left", "right"] {
            let heard = log.of(reader);
            assert_eq!(log.taken(reader), [0, 1]);
            assert_eq!(heard[heard.len() - 4..], [HearsFailure, Ends, Stops, IsGone]);
        }
    }
}

#[test]
fn rule_1_05_the_end_is_heard_once_when_all_is_handled() {
    for messages in [0, 1, 3, 500] {
        let log = Log::default();
        let report = testkit::run(two_readers(&log, Source::new(&log, messages)));
        assert_eq!(report.outcome, Outcome::Completed);
        for reader in ["left", "right"] {
            let mut expected = vec![Starts];
            expected.extend((0..messages).flat_map(|n| [Takes(n), IsDone(n)]));
            expected.extend([Ends, Stops, IsGone]);
            assert_eq!(log.of(reader), expected);
        }
    }
}

#[test]
fn rule_1_06_a_link_that_has_ended_is_asked_for_nothing() {
    testkit::virtual_time(async {
        let (ended, first) = testkit::probe_producer::<u64>();
        let (source, second) = testkit::probe_producer::<u64>();
        let (sink, consumer) = testkit::probe_consumer::<u64>();
        let running = testkit::start(
            Topology::new("ended")
                .producer("ended", first)
                .producer("source", second)
                .consumer("end", consumer)
                .inputs(["ended", "source"])
                .mailbox(MailboxOptions::capacity(2)),
        );
        let watch = running.watch();
        ended.emit_all(0..3);
        source.expect_backpressure().await;
        ended.finish();
        sink.request(3);
        source.expect_resume().await;
        let before = watch.signals_after(0);
        assert!(before.records.iter().any(|record| record.from == "ended"), "it was told while it was there");
        for _ in 0..10 {
            source.emit_all(0..3);
            source.expect_backpressure().await;
            sink.request(3);
            source.expect_resume().await;
        }
        let after = watch.signals_after(before.last);
        assert_eq!(after.records.len(), 20, "and then the other one alone");
        assert!(after.records.iter().all(|record| record.from == "source"));
        source.finish();
        balanced(&running.wait().await);
    });
}

#[test]
fn rule_1_06_a_link_that_ended_while_it_was_held_is_held_no_more() {
    /// It ends after a while, whether it is held or not.
    struct Ends(bool);
    impl Producer for Ends {
        type Out = Outlet<u64>;
        async fn produce(&mut self, out: &mut Outlet<u64>) -> Result<Next> {
            out.emit(1);
            Ok(Next::More)
        }
        fn tick_every(&self) -> Option<Duration> {
            Some(Duration::from_secs(1))
        }
        async fn on_tick(&mut self, _: &mut Outlet<u64>) -> Result {
            self.0 = true;
            Ok(())
        }
        fn is_finished(&self) -> bool {
            self.0
        }
    }
    testkit::virtual_time(async {
        let (asked, sink) = Sink::asking(&Log::default(), "end");
        let running = testkit::start(link(Ends(false), sink, 2));
        testkit::settle().await;
        assert!(running.snapshot().links[0].held);
        tidegate::time::sleep(Duration::from_secs(2)).await;
        assert!(!running.snapshot().links[0].held);
        asked.add_permits(3);
        assert!(!balanced(&running.wait().await).links[0].held);
    });
}

/// It has time to hear something between its end and its stop.
struct SlowEnd(Diary);

impl Stage for SlowEnd {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, _: &mut Outlet<u64>) -> Result {
        self.0.note(Takes(n));
        Ok(())
    }

    fn on_input_failed(&mut self) {
        self.0.note(HearsFailure);
    }

    fn tick_every(&self) -> Option<Duration> {
        Some(Duration::from_millis(1))
    }

    async fn on_tick(&mut self, _: &mut Outlet<u64>) -> Result {
        self.0.note(IsDone(0));
        Ok(())
    }

    fn on_backpressure(&mut self, signal: &Signal) {
        self.0.note(Hears(signal.kind(), signal.epoch));
    }

    fn on_resume(&mut self, signal: &Signal) {
        self.0.note(Hears(signal.kind(), signal.epoch));
    }

    async fn on_end(&mut self, out: &mut Outlet<u64>) -> Result {
        self.0.note(Ends);
        for n in 0..20 {
            out.send(n).await;
        }
        tidegate::time::sleep(Duration::from_millis(100)).await;
        Ok(())
    }

    async fn on_stop(&mut self) -> Result {
        self.0.note(Stops);
        Ok(())
    }
}

#[test]
fn rule_1_07_nothing_is_heard_after_an_end() {
    for fails in [false, true] {
        let log = Log::default();
        let source = Source::new(&log, 50).paced(Pace::Each(Duration::from_millis(1)));
        let source = if fails { source.failing_at(49) } else { source };
        let sink = Sink::new(&log, "end").paced(Pace::Each(Duration::from_millis(10)));
        let report = testkit::run(
            Topology::new("slow")
                .producer("n", source)
                .stage("slow", SlowEnd(log.diary("slow")))
                .consumer("end", sink)
                .mailbox(MailboxOptions::capacity(2)),
        );
        assert_eq!(report.actors["end"].handled, 20);
        assert!(log.count("slow", &IsDone(0)) > 10, "there were ticks");
        let heard = log.of("slow");
        let end: &[What] = if fails { &[HearsFailure, Ends, Stops] } else { &[Ends, Stops] };
        assert!(heard.ends_with(&[end, &[IsGone]].concat()), "{heard:?}");
        assert_eq!(heard.contains(&HearsFailure), fails);
    }
}

#[test]
fn rule_1_08_who_wants_no_more_takes_nothing_more() {
    testkit::virtual_time(async {
        let log = Log::default();
        // The source fails afterwards, which is no business of who has left.
        let source = Source::new(&log, u64::MAX).failing_at(20);
        let (asked, leaves) = Sink::asking(&log, "leaves");
        let running = testkit::start(
            Topology::new("leaving")
                .default_mailbox(MailboxOptions::capacity(4))
                .producer("n", source)
                .consumer("leaves", leaves.wanting(2))
                .inputs(["n"])
                .consumer("stays", Sink::new(&log, "stays"))
                .inputs(["n"]),
        );
        testkit::settle().await;
        asked.add_permits(100);
        let report = balanced(&running.wait().await);
        let heard = log.of("leaves");
        assert_eq!(heard, [Starts, Takes(0), IsDone(0), Takes(1), IsDone(1), Ends, Stops, IsGone]);
        assert_eq!((report.actors["leaves"].handled, report.actors["stays"].handled), (2, 20));
        assert_eq!(log.count("stays", &HearsFailure), 1);
    });
}

#[test]
fn rule_1_09_everybody_has_started_before_anything_comes() {
    let log = Log::default();
    let pace = || Pace::Random(Dice::new(1));
    let report = testkit::run(
        Topology::new("starts")
            .producer("n", Source::new(&log, 3).paced(pace()))
            .stage("relay", Relay::new(&log, "relay").paced(pace()))
            .consumer("end", Sink::new(&log, "end").paced(pace())),
    );
    assert_eq!(report.outcome, Outcome::Completed);
    let all = log.all();
    let first = all.iter().position(|(_, what)| matches!(what, Emits(_))).expect("there are messages");
    assert!(all[..first].iter().all(|(_, what)| *what == Starts), "{all:?}");
    assert_eq!(first, 3);
}

#[test]
fn rule_1_09_what_cannot_be_linked_is_refused_and_nobody_starts() {
    let log = Log::default();
    let topology = link(Source::new(&log, 3), Sink::new(&log, "end"), 1).inputs(["nobody"]);
    let Err(StartError::Check(problems)) = topology.start() else { panic!("there is no such actor") };
    assert!(problems.to_string().contains("there is no actor `nobody`"), "{problems}");
    assert!(log.all().iter().all(|(_, what)| *what == IsGone));
}

#[test]
fn rule_1_09_a_source_that_cannot_start_is_heard_after_the_start_of_its_reader() {
    struct Broken;
    impl Producer for Broken {
        type Out = Outlet<u64>;
        async fn on_start(&mut self, _: &mut Outlet<u64>) -> Result {
            Err("no water".into())
        }
        async fn produce(&mut self, _: &mut Outlet<u64>) -> Result<Next> {
            Ok(Next::Done)
        }
    }
    let log = Log::default();
    let report = testkit::run(link(Broken, Sink::new(&log, "end"), 1));
    assert_eq!(log.of("end"), [Starts, HearsFailure, Ends, Stops, IsGone]);
    assert_eq!(report.error.as_deref(), Some("actor `n` failed in `on_start`: no water"));
}

#[test]
fn rule_1_10_the_same_reader_is_not_linked_twice() {
    let log = Log::default();
    let topology = link(Source::new(&log, 3), Sink::new(&log, "end"), 1).inputs(["n", "n"]);
    let Err(StartError::Check(problems)) = topology.start() else { panic!("it is the same link") };
    assert!(problems.to_string().contains("the input `n` is listed twice"), "{problems}");
    assert!(log.all().iter().all(|(_, what)| *what == IsGone));
}

#[test]
fn rule_1_11_readers_of_a_broadcast_get_the_same_in_the_same_order() {
    // All at once, one by one, and neither.
    for steps in [vec![100], vec![1; 100], vec![3, 1, 40, 2, 54]] {
        testkit::virtual_time(async {
            let log = Log::default();
            let (left, first) = Sink::asking(&log, "left");
            let (right, second) = Sink::asking(&log, "right");
            let running = testkit::start(
                Topology::new("broadcast")
                    .producer("n", Source::new(&log, 100))
                    .consumer("left", first)
                    .inputs(["n"])
                    .mailbox(MailboxOptions::capacity(1))
                    .consumer("right", second)
                    .inputs(["n"])
                    .mailbox(MailboxOptions::capacity(5)),
            );
            for step in steps {
                left.add_permits(step);
                right.add_permits(step);
                testkit::settle().await;
            }
            let report = balanced(&running.wait().await);
            assert_eq!(report.outcome, Outcome::Completed);
            assert_eq!(log.taken("left"), (0..100).collect::<Vec<_>>());
            assert_eq!(log.taken("left"), log.taken("right"));
        });
    }
}

#[test]
fn rule_1_11_of_several_instances_one_gets_each_message() {
    for routing in [Routing::RoundRobin, Routing::LeastLoaded, Routing::Shared] {
        let log = Log::default();
        let notes = log.clone();
        let pace = Pace::Random(Dice::new(7));
        let report = testkit::run(
            Topology::new("instances")
                .producer("n", Source::new(&log, 100))
                .consumer_each("end", 3, move |number| {
                    Sink::new(&notes, &format!("end {number}")).paced(pace.clone())
                })
                .routing(routing)
                .mailbox(MailboxOptions::capacity(2)),
        );
        assert_eq!(report.actors["end"].handled, 100);
        let taken = [0, 1, 2].map(|number| log.taken(&format!("end {number}")));
        assert!(taken.iter().all(|taken| taken.is_sorted() && !taken.is_empty()), "{routing:?} {taken:?}");
        let mut all = taken.concat();
        all.sort_unstable();
        assert_eq!(all, (0..100).collect::<Vec<_>>(), "{routing:?}");
    }
}

//! Chapter 2: whoever takes messages, and the mailbox in front.

use crate::link;
use crate::recorded::*;
use futures_util::StreamExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};
use tidegate::{ActorState, Outcome, SignalKind};
use tokio::time::Instant;

const HOUR: Duration = Duration::from_secs(3600);

/// Less than a topology that has failed gives its actors to end.
const A_WHILE: Duration = Duration::from_secs(10);

#[test]
fn rule_2_01_without_room_nothing_comes() {
    testkit::virtual_time(async {
        let log = Log::default();
        let (asked, sink) = Sink::asking(&log, "end");
        let running = testkit::start(link(Source::new(&log, 100).heedless(), sink, 3));
        running.pause("end");
        testkit::settle().await;
        let seen = running.snapshot();
        assert_eq!((seen.actors["n"].emitted, seen.actors["end"].waiting), (3, 3), "it asks for nothing");
        assert_eq!(log.of("end"), [Starts]);
        running.resume("end");
        testkit::settle().await;
        assert_eq!(running.snapshot().actors["n"].emitted, 4, "and now for one message");
        asked.add_permits(100);
        let report = balanced(&running.wait().await);
        assert_eq!(report.actors["end"].handled, 100);
    });
}

#[test]
fn rule_2_01_a_mailbox_that_drops_takes_what_comes_and_holds_no_more_than_it_may() {
    testkit::virtual_time(async {
        let log = Log::default();
        let (asked, sink) = Sink::asking(&log, "end");
        let options = MailboxOptions::capacity(3).overflow(Overflow::DropOldest);
        let running = testkit::start(link(Source::new(&log, 100), sink, 3).mailbox(options));
        testkit::settle().await;
        let seen = running.snapshot();
        let end = &seen.actors["end"];
        assert_eq!(seen.actors["n"].emitted, 100, "it is not asked");
        assert!(end.waiting + end.in_handler <= 3 + 1, "{end:?}");
        asked.add_permits(100);
        let report = balanced(&running.wait().await);
        let end = &report.actors["end"];
        assert_eq!(end.handled + end.dropped.overflow, 100);
        assert_eq!(end.mailbox.as_ref().map(|mailbox| mailbox.peak), Some(3));
        assert_eq!(log.taken("end")[end.handled as usize - 3..], [97, 98, 99]);
    });
}

#[test]
fn rule_2_02_a_slow_reader_does_not_slow_the_call_that_emits() {
    struct Clock(u64, Arc<std::sync::Mutex<Vec<Instant>>>);
    impl Producer for Clock {
        type Out = Outlet<u64>;
        async fn produce(&mut self, out: &mut Outlet<u64>) -> Result<Next> {
            if self.0 == 0 {
                return Ok(Next::Done);
            }
            self.0 -= 1;
            let before = Instant::now();
            out.send(self.0).await;
            assert_eq!(before, Instant::now(), "there is room");
            self.1.lock().expect("no panic").push(before);
            Ok(Next::More)
        }
    }
    let times = Arc::default();
    let sink = Sink::new(&Log::default(), "end").paced(Pace::Each(HOUR));
    let report = testkit::run(link(Clock(5, Arc::clone(&times)), sink, 5));
    assert_eq!(report.actors["end"].handled, 5);
    let times = times.lock().expect("no panic");
    assert!(times.iter().all(|time| *time == times[0]), "{times:?}");
    assert!(report.elapsed_seconds >= 5.0 * HOUR.as_secs_f64());
}

/// Its end takes a while, and then it wants no more.
#[derive(Default)]
struct LongEnd {
    has_ended: bool,
    asked_afterwards: Arc<AtomicU64>,
}

impl Consumer for LongEnd {
    type In = u64;

    async fn handle(&mut self, _: u64) -> Result {
        Ok(())
    }

    async fn on_end(&mut self) -> Result {
        tidegate::time::sleep(A_WHILE).await;
        self.has_ended = true;
        Ok(())
    }

    fn is_finished(&self) -> bool {
        self.asked_afterwards.fetch_add(u64::from(self.has_ended), Ordering::Relaxed);
        self.has_ended
    }
}

#[test]
fn rule_2_03_at_its_end_an_actor_has_no_part_in_what_is_upstream() {
    for fails in [false, true] {
        testkit::virtual_time(async {
            let log = Log::default();
            let source = Source::new(&log, 5).paced(Pace::Each(Duration::from_millis(1)));
            let source = if fails { source.failing_at(4) } else { source };
            let running = testkit::start(link(source, LongEnd::default(), 2));
            let watch = running.watch();
            tidegate::time::sleep(A_WHILE / 2).await;
            let seen = running.snapshot();
            let state = if fails { ActorState::Failed } else { ActorState::Ended };
            assert_eq!((seen.actors["n"].state, seen.actors["end"].state), (state, ActorState::Running));
            assert!(seen.links[0].mailbox.depth == 0 && !seen.links[0].held);
            let said = watch.signals_after(0).last;
            let heard = log.of("n");
            let report = balanced(&running.wait().await);
            assert_eq!(watch.signals_after(0).last, said);
            assert_eq!(log.of("n"), heard);
            assert_eq!(report.links[0].emitted, report.actors["end"].handled);
        });
    }
}

#[test]
fn rule_2_04_after_the_end_of_its_input_an_actor_has_nothing_to_leave() {
    for fails in [false, true] {
        let log = Log::default();
        let source = Source::new(&log, 5);
        let source = if fails { source.failing_at(4) } else { source };
        let end = LongEnd::default();
        let asked = end.asked_afterwards.clone();
        let report = testkit::run(link(source, end, 2));
        assert_eq!(asked.load(Ordering::Relaxed), 0, "nobody asks it what it wants");
        assert_eq!(report.actors["end"].dropped.total(), 0);
        assert_eq!(report.outcome, if fails { Outcome::Failed } else { Outcome::Completed });
    }
}

#[test]
fn rule_2_05_all_who_emit_into_a_mailbox_share_what_it_asks_for() {
    testkit::virtual_time(async {
        let log = Log::default();
        let (asked, sink) = Sink::asking(&log, "end");
        let source = || Source::new(&log, 50).heedless();
        let running = testkit::start(
            Topology::new("three")
                .producer("a", source())
                .producer("b", source())
                .producer("c", source())
                .consumer("end", sink)
                .inputs(["a", "b", "c"])
                .mailbox(MailboxOptions::capacity(4)),
        );
        let mut wanted = 4 + 1;
        for more in [0, 1, 3, 2, 20] {
            asked.add_permits(more);
            wanted += more as u64;
            testkit::settle().await;
            let seen = running.snapshot();
            let emitted = ["a", "b", "c"].map(|actor| seen.actors[actor].emitted);
            assert_eq!(emitted.iter().sum::<u64>(), wanted, "{emitted:?}");
        }
        asked.add_permits(1_000);
        assert_eq!(balanced(&running.wait().await).actors["end"].handled, 150);
    });
}

#[test]
fn rule_2_06_who_needs_no_more_says_so_and_the_source_ends() {
    let log = Log::default();
    let endless = || Source::new(&log, u64::MAX);
    let sink = || Sink::new(&log, "end");
    let wants_no_more = link(endless(), sink().wanting(5), 2);
    let fails = link(endless(), sink().failing_at(4), 2);
    let panics = link(endless(), for_each(|n: u64| assert!(n < 4, "a leak")), 2);
    for (topology, outcome) in
        [(wants_no_more, Outcome::Completed), (fails, Outcome::Failed), (panics, Outcome::Failed)]
    {
        let report = testkit::run(topology);
        let end = &report.actors["end"];
        assert_eq!((report.outcome, report.actors["n"].state), (outcome, ActorState::Ended));
        assert_eq!(end.handled + end.failed, 5);
    }
    testkit::virtual_time(async {
        let (mut messages, end) = to_stream();
        let running = testkit::start(link(endless(), end, 2));
        assert_eq!(messages.next().await, Some(0));
        drop(messages);
        assert_eq!(balanced(&running.wait().await).outcome, Outcome::Completed);
    });
    assert_eq!(log.of("n").iter().filter(|what| **what == Stops).count(), 4, "every source was told");
}

#[test]
fn rule_2_07_what_a_mailbox_says_is_in_order_on_several_threads() {
    let log = Log::default();
    let running = Topology::new("threads")
        .arbiters(4)
        .producer("a", Source { end: 5_000, ..Source::of(log.diary("a")) })
        .producer("b", Source { end: 5_000, ..Source::of(log.diary("b")) })
        .consumer_each("end", 2, |_| for_each(|_: u64| {}))
        .inputs(["a", "b"])
        .mailbox(MailboxOptions::capacity(3))
        .start()
        .expect("a sound topology");
    let report = balanced(&running.join());
    for (source, link) in ["a", "b"].iter().zip(&report.links) {
        let heard = log.of(source).into_iter().filter_map(|what| match what {
            Hears(kind, epoch) => Some((kind, epoch)),
            _ => None,
        });
        let heard: Vec<(SignalKind, u64)> = heard.collect();
        assert!(!heard.is_empty(), "the mailbox is small");
        assert!(heard.is_sorted_by(|before, after| before.1 < after.1), "{heard:?}");
        // Full is every odd state and open every even one, so a kind that does not fit its epoch would be out of order.
        assert!(heard.iter().all(|(kind, epoch)| (*kind == SignalKind::Resume) == epoch.is_multiple_of(2)));
        let (said, taken_back) = (link.backpressure_signals, link.resume_signals);
        assert!(taken_back <= said && said <= taken_back + 1, "one after the other: {link:?}");
    }
}

#[test]
fn rule_2_08_what_is_under_way_when_a_reader_leaves_is_counted() {
    for capacity in [1, 2, 5] {
        testkit::virtual_time(async {
            let log = Log::default();
            let (asked, sink) = Sink::asking(&log, "end");
            let running = testkit::start(link(Source::new(&log, 100).heedless(), sink.wanting(1), capacity));
            testkit::settle().await;
            asked.add_permits(1);
            let report = balanced(&running.wait().await);
            let (end, n) = (&report.actors["end"], &report.actors["n"]);
            assert_eq!((end.handled, end.dropped.cancelled), (1, capacity as u64));
            assert_eq!(n.emitted, 1 + capacity as u64 + report.links[0].refused);
            assert_eq!(log.of("end"), [Starts, Takes(0), IsDone(0), Ends, Stops, IsGone]);
        });
    }
}

/// It emits as much as there is room for, and after a while it ends or fails, whether there is room or not.
struct Ticks {
    emitted: u64,
    fails: bool,
    is_over: bool,
}

impl Producer for Ticks {
    type Out = Outlet<u64>;

    async fn produce(&mut self, out: &mut Outlet<u64>) -> Result<Next> {
        out.emit(self.emitted);
        self.emitted += 1;
        Ok(Next::More)
    }

    fn tick_every(&self) -> Option<Duration> {
        Some(A_WHILE)
    }

    async fn on_tick(&mut self, _: &mut Outlet<u64>) -> Result {
        self.is_over = true;
        if self.fails { Err("no more water".into()) } else { Ok(()) }
    }

    fn is_finished(&self) -> bool {
        self.is_over
    }
}

/// A source that ends or fails while its reader has no room and asks for nothing.
fn ends_without_room(fails: bool) {
    testkit::virtual_time(async {
        let log = Log::default();
        let (asked, sink) = Sink::asking(&log, "end");
        let running = testkit::start(link(Ticks { emitted: 0, fails, is_over: false }, sink, 2));
        testkit::settle().await;
        assert_eq!(running.snapshot().actors["n"].state, ActorState::Paused);
        tidegate::time::sleep(A_WHILE).await;
        let seen = running.snapshot();
        let state = if fails { ActorState::Failed } else { ActorState::Ended };
        assert_eq!((seen.actors["n"].state, seen.actors["end"].waiting), (state, 2));
        assert_eq!(log.of("end"), [Starts, Takes(0)], "its end is heard after its last message");
        asked.add_permits(3);
        let report = balanced(&running.wait().await);
        assert_eq!(report.actors["end"].handled, 3);
        assert_eq!(log.count("end", &HearsFailure), usize::from(fails));
    });
}

/// A source that ends or fails before anything was emitted: nobody waits for a first message.
fn ends_without_messages(fails: bool) {
    let log = Log::default();
    let source = Source::new(&log, 0);
    let source = if fails { source.failing_at(0) } else { source };
    let report = testkit::run(link(source, Sink::new(&log, "end"), 1));
    let end: &[What] = if fails { &[HearsFailure, Ends] } else { &[Ends] };
    assert_eq!(log.of("end"), [&[Starts], end, &[Stops, IsGone]].concat());
    assert_eq!(report.actors["end"].received, 0);
}

#[test]
fn rule_2_09_an_end_needs_no_room_and_no_message_before_it() {
    ends_without_room(false);
    ends_without_messages(false);
}

#[test]
fn rule_2_10_a_failure_needs_no_room_and_no_message_before_it() {
    ends_without_room(true);
    ends_without_messages(true);
}

#[test]
fn rule_2_11_what_was_done_before_a_message_was_emitted_is_seen_by_who_takes_it() {
    for instances in [1, 3] {
        let done = Arc::new(AtomicU64::new(0));
        let (does, sees) = (done.clone(), done);
        let numbers = iter((1..=20_000u64).inspect(move |n| does.store(*n, Ordering::Relaxed)));
        let running = Topology::new("seen")
            .arbiters(4)
            .producer("n", numbers)
            .consumer_each("end", instances, move |_| {
                let sees = sees.clone();
                for_each(move |n: u64| assert!(sees.load(Ordering::Relaxed) >= n, "{n} comes too soon"))
            })
            .mailbox(MailboxOptions::capacity(2))
            .start()
            .expect("a sound topology");
        assert_eq!(balanced(&running.join()).outcome, Outcome::Completed);
    }
}

#[test]
fn rule_2_12_an_actor_starts_once_whatever_it_is_linked_to() {
    let log = Log::default();
    let notes = log.clone();
    let report = testkit::run(
        Topology::new("starts")
            .producer("a", iter(0..10u64))
            .producer("b", iter(0..10u64))
            .stage("c", map(|n: u64| n))
            .inputs(["a"])
            .consumer_each("end", 1, move |_| Sink::new(&notes, "end").failing_at(9))
            .inputs(["a", "b", "c"])
            .on_error(Restart::times(5)),
    );
    // One that is made anew is another actor at the same links, and starts in its turn.
    assert_eq!((report.outcome, report.actors["end"].restarts), (Outcome::Completed, 3));
    let heard = log.of("end");
    let lives: Vec<&[What]> = heard.split_inclusive(|what| *what == IsGone).collect();
    assert_eq!(lives.len(), 4);
    assert!(lives.iter().all(|life| life.iter().filter(|what| **what == Starts).count() == 1));
    assert!(lives.iter().all(|life| life[0] == Starts));
}

#[test]
fn rule_2_13_who_breaks_off_leaves_its_links_and_is_named() {
    #[derive(Clone, Copy, PartialEq)]
    enum At {
        Start,
        Handle,
        End,
    }
    struct Breaks(At, bool);
    impl Breaks {
        fn at(&self, at: At) -> Result {
            assert!(!(self.1 && self.0 == at), "a leak");
            if self.0 == at { Err("a leak".into()) } else { Ok(()) }
        }
    }
    impl Consumer for Breaks {
        type In = u64;
        async fn on_start(&mut self) -> Result {
            self.at(At::Start)
        }
        async fn handle(&mut self, _: u64) -> Result {
            self.at(At::Handle)
        }
        async fn on_end(&mut self) -> Result {
            self.at(At::End)
        }
    }
    for (at, hook) in
        [(At::Start, "in `on_start`"), (At::Handle, "at message 1 of its input"), (At::End, "in `on_end`")]
    {
        for panics in [false, true] {
            let log = Log::default();
            let to = if at == At::End { 10 } else { u64::MAX };
            let report = testkit::run(link(Source::new(&log, to), Breaks(at, panics), 2));
            let error = report.error.expect("it failed");
            let verb = if panics { "panicked" } else { "failed" };
            assert!(error.starts_with(&format!("actor `end` {verb} {hook}")), "{error}");
            assert!(error.ends_with(": a leak"), "{error}");
            // Where a reader cannot start, nobody produces.
            let state = if at == At::Start { ActorState::Starting } else { ActorState::Ended };
            assert_eq!(report.actors["n"].state, state, "the source has not failed");
            assert_eq!(report.actors["end"].state, ActorState::Failed);
        }
    }
}

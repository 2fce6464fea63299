//! Bugs that were found by attack and by review, each with the shortest way to it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};
use tidegate::{Outcome, SignalKind};

/// Takes so many messages, each for so long, and wants no more.
struct Take {
    most: u64,
    each: Duration,
}

impl Consumer for Take {
    type In = u64;

    async fn handle(&mut self, _: u64) -> Result {
        self.most -= 1;
        tidegate::time::sleep(self.each).await;
        Ok(())
    }

    fn is_finished(&self) -> bool {
        self.most == 0
    }
}

#[test]
fn an_instance_that_ends_early_takes_nothing_from_the_others() {
    for routing in [Routing::RoundRobin, Routing::LeastLoaded, Routing::Shared] {
        for (instances, capacity) in [(2, 1), (3, 1), (2, 4), (3, 16), (2, 64)] {
            let make = |instance| Take {
                most: if instance == 0 { 3 } else { u64::MAX },
                each: Duration::from_millis(10),
            };
            let report = testkit::run(
                Topology::new("early")
                    .producer("n", iter(0..100u64))
                    .consumer_each("sink", instances, make)
                    .routing(routing)
                    .mailbox(MailboxOptions::capacity(capacity)),
            );
            let link = &report.links[0];
            assert_eq!(link.refused, 0, "{routing:?} {instances} {capacity}");
            let sink = &report.actors["sink"];
            assert_eq!(sink.handled + sink.dropped.cancelled, 100, "{routing:?} {instances} {capacity}");
        }
    }
}

/// Passes each message on after a while.
struct Slow(Duration);

impl Stage for Slow {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        tidegate::time::sleep(self.0).await;
        out.emit(n);
        Ok(())
    }
}

#[test]
fn a_handler_that_waits_does_not_make_the_next_mailbox_flap() {
    for capacity in [1, 2, 3] {
        let report = testkit::run(
            Topology::new("slow")
                .producer("n", iter(0..10u64))
                .stage("slow", Slow(Duration::from_secs(2)))
                .consumer("sink", for_each(|_: u64| {}))
                .mailbox(MailboxOptions::capacity(capacity)),
        );
        let mailbox = report.actors["sink"].mailbox.as_ref().expect("a consumer has one");
        assert!(mailbox.backpressure_signals <= 20, "{capacity}: {mailbox:?}");
        assert!((20.0..20.1).contains(&report.elapsed_seconds), "{capacity}: {}", report.elapsed_seconds);
    }
}

#[test]
fn a_producer_that_waits_does_not_make_the_next_mailbox_flap() {
    let stream = futures_util::stream::unfold(0u64, |n| async move {
        tidegate::time::sleep(Duration::from_secs(1)).await;
        (n < 5).then_some((n, n + 1))
    });
    let report = testkit::run(
        Topology::new("slow")
            .producer("slow", from_stream(stream))
            .consumer("sink", for_each(|_: u64| {}))
            .mailbox(MailboxOptions::capacity(1)),
    );
    let mailbox = report.actors["sink"].mailbox.as_ref().expect("a consumer has one");
    assert!(mailbox.backpressure_signals <= 12, "{mailbox:?}");
    assert_eq!(report.actors["sink"].handled, 5);
}

#[test]
fn a_busy_actor_hears_only_the_latest_signal_of_each_link() {
    struct Busy(Arc<Mutex<Vec<SignalKind>>>);
    impl Stage for Busy {
        type In = u64;
        type Out = Outlet<u64>;
        async fn handle(&mut self, _: u64, _: &mut Outlet<u64>) -> Result {
            tidegate::time::sleep(Duration::from_secs(10)).await;
            Ok(())
        }
        fn on_backpressure(&mut self, signal: &Signal) {
            self.0.lock().expect("no panic").push(signal.kind());
        }
        fn on_resume(&mut self, signal: &Signal) {
            self.0.lock().expect("no panic").push(signal.kind());
        }
    }
    let heard = Arc::default();
    let flapping = from_stream(futures_util::stream::iter(0..1_000u64));
    let report = testkit::run(
        Topology::new("busy")
            .producer("once", iter(0..1u64))
            .stage("busy", Busy(Arc::clone(&heard)))
            .producer("flapping", flapping)
            .consumer("sink", Take { most: u64::MAX, each: Duration::from_millis(1) })
            .inputs(["busy", "flapping"])
            .mailbox(MailboxOptions::capacity(4)),
    );
    let signals = report.actors["sink"].mailbox.as_ref().map_or(0, |mailbox| mailbox.backpressure_signals);
    assert!(signals > 100, "it flapped {signals} times");
    // A few while it starts, and one of each kind after that.
    assert!(heard.lock().expect("no panic").len() < 10, "{heard:?}");
}

/// Panics when asked for one of its traits.
struct Unsound(&'static str);

impl Stage for Unsound {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        out.emit(n);
        Ok(())
    }

    fn tick_every(&self) -> Option<Duration> {
        assert!(self.0 != "tick_every", "unsound");
        Some(Duration::MAX)
    }

    fn reaction(&self) -> Reaction {
        assert!(self.0 != "reaction", "unsound");
        Reaction::Pause
    }
}

#[test]
fn a_panic_outside_the_loop_ends_the_topology() {
    let run = |what| {
        testkit::run(
            Topology::new("unsound")
                .producer("n", iter(0..10u64))
                .stage("unsound", Unsound(what))
                .consumer("sink", for_each(|_: u64| {})),
        )
    };
    for what in ["tick_every", "reaction"] {
        let report = run(what);
        assert_eq!(report.outcome, Outcome::Failed, "{what}");
        assert!(report.error.is_some_and(|error| error.starts_with("actor `unsound` panicked")), "{what}");
    }
    assert_eq!(run("a tick past the end of the clock").outcome, Outcome::Completed);
}

tidegate::ports! {
    struct Two {
        a: u64,
        b: u64,
    }
}

#[test]
fn a_failed_call_is_withdrawn_on_every_port() {
    struct Both;
    impl Stage for Both {
        type In = u64;
        type Out = Two;
        async fn handle(&mut self, n: u64, out: &mut Two) -> Result {
            out.a.emit(n);
            out.b.emit(n);
            if n == 1 {
                out.b.emit(n);
            }
            Ok(())
        }
        fn on_error(&self) -> OnError {
            OnError::DeadLetter
        }
    }
    let report = testkit::run(
        Topology::new("withdrawn")
            .producer("n", iter(0..3u64))
            .stage("both", Both)
            .consumer("a", for_each(|_: u64| {}))
            .inputs(["both.a"])
            .consumer("b", for_each(|_: u64| {}))
            .inputs(["both.b"]),
    );
    assert_eq!(report.actors["both"].failed, 1);
    assert_eq!((report.actors["a"].handled, report.actors["b"].handled), (2, 2));
}

#[test]
fn dead_letters_do_not_decide_whether_an_actor_is_wanted() {
    struct Odd;
    impl Consumer for Odd {
        type In = u64;
        async fn handle(&mut self, _: u64) -> Result {
            Err("odd".into())
        }
        fn on_error(&self) -> OnError {
            OnError::DeadLetter
        }
    }
    struct First(bool);
    impl Consumer for First {
        type In = DeadLetter;
        async fn handle(&mut self, _: DeadLetter) -> Result {
            self.0 = true;
            Ok(())
        }
        fn is_finished(&self) -> bool {
            self.0
        }
    }
    let report = testkit::run(
        Topology::new("letters")
            .producer("n", iter(0..1_000u64))
            .consumer("odd", Odd)
            .consumer("first", First(false))
            .inputs(["odd.dead_letters"]),
    );
    assert_eq!((report.outcome, report.actors["odd"].failed), (Outcome::Completed, 1_000));
    let report = testkit::run(
        Topology::new("endless")
            .producer("n", iter(0u64..))
            .stage("pass", map(|n: u64| n))
            .consumer("take", Take { most: 10, each: Duration::ZERO })
            .consumer("letters", for_each(|_: DeadLetter| {}))
            .inputs(["pass.dead_letters"]),
    );
    assert_eq!((report.outcome, report.actors["take"].handled), (Outcome::Completed, 10));
}

#[test]
fn the_peak_is_what_really_waited() {
    let report = testkit::run(
        Topology::new("peak")
            .producer("a", iter(0..7u64))
            .producer("b", iter(0..7u64))
            .producer("c", iter(0..7u64))
            .consumer("sink", for_each(|_: u64| {}))
            .inputs(["a", "b", "c"]),
    );
    let peak = report.actors["sink"].mailbox.as_ref().map(|mailbox| mailbox.peak);
    assert!(peak.is_some_and(|peak| (1..=21).contains(&peak)), "{peak:?}");
}

#[test]
fn each_instance_of_a_shared_mailbox_sees_messages_in_order() {
    let seen: Arc<Vec<AtomicU64>> = Arc::new((0..3).map(|_| AtomicU64::new(0)).collect());
    struct Instance(usize, Arc<Vec<AtomicU64>>);
    impl Consumer for Instance {
        type In = u64;
        async fn handle(&mut self, n: u64) -> Result {
            let before = self.1[self.0].swap(n, Ordering::Relaxed);
            if n.is_multiple_of(50) {
                tidegate::time::sleep(Duration::from_millis(1)).await;
            }
            if before < n { Ok(()) } else { Err(format!("{n} came after {before}").into()) }
        }
    }
    let topology = Topology::new("shared")
        .arbiters(3)
        .producer("n", iter(1..=3_000u64))
        .consumer_each("sink", 3, move |instance| Instance(instance, seen.clone()))
        .mailbox(MailboxOptions::capacity(64));
    let report = balanced(&topology.start().expect("a sound topology").join());
    assert_eq!((report.error, report.actors["sink"].handled), (None, 3_000));
}

#[test]
fn sends_that_wait_side_by_side_all_go() {
    struct Side;
    impl Stage for Side {
        type In = u64;
        type Out = Two;
        async fn handle(&mut self, n: u64, out: &mut Two) -> Result {
            use futures_util::StreamExt;
            let (a, b) = (&mut out.a, &mut out.b);
            let sends = [
                Box::pin(async move { a.send(n).await }) as std::pin::Pin<Box<dyn Future<Output = ()>>>,
                Box::pin(async move { b.send(n).await }),
            ];
            let mut sends: futures_util::stream::FuturesUnordered<_> = sends.into_iter().collect();
            while sends.next().await.is_some() {}
            Ok(())
        }
    }
    let report = testkit::run(
        Topology::new("side by side")
            .producer("n", iter(0..50u64))
            .stage("side", Side)
            .consumer("a", for_each(|_: u64| {}))
            .inputs(["side.a"])
            .mailbox(MailboxOptions::capacity(1))
            .consumer("b", for_each(|_: u64| {}))
            .inputs(["side.b"])
            .mailbox(MailboxOptions::capacity(2)),
    );
    assert_eq!((report.actors["a"].handled, report.actors["b"].handled), (50, 50));
}

#[test]
fn ports_of_one_actor_do_not_share_a_mailbox() {
    struct Either;
    impl Stage for Either {
        type In = u64;
        type Out = Two;
        async fn handle(&mut self, n: u64, out: &mut Two) -> Result {
            if n.is_multiple_of(2) {
                out.a.emit(n)
            } else {
                out.b.emit(n)
            }
            Ok(())
        }
    }
    let topology = |b: InputOptions| {
        Topology::new("meet")
            .producer("n", iter(0..100u64))
            .stage("either", Either)
            .consumer("sink", for_each(|_: u64| {}))
            .inputs([InputOptions::new("either.a"), b])
            .mailbox(MailboxOptions::capacity(1))
    };
    let problems = topology(InputOptions::new("either.b")).check(false);
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].message.contains("cannot share the mailbox of `sink`"), "{problems:?}");
    let own = InputOptions::new("either.b").mailbox(MailboxOptions::default());
    assert_eq!(testkit::run(topology(own)).actors["sink"].handled, 100);
}

/// Two actors that wait for room in the same two mailboxes, one of which is slow, do not chase each other.
#[test]
fn waiting_in_several_lines_takes_no_time() {
    let report = testkit::run(
        Topology::new("lines")
            .producer("a", iter(0..50u64))
            .producer("b", iter(0..50u64))
            .producer("c", iter(0..50u64))
            .consumer("fast", for_each(|_: u64| {}))
            .inputs(["a", "b", "c"])
            .mailbox(MailboxOptions::capacity(1))
            .consumer("slow", Take { most: u64::MAX, each: Duration::from_secs(1) })
            .inputs(["c", "b", "a"])
            .mailbox(MailboxOptions::capacity(1)),
    );
    assert_eq!((report.actors["fast"].handled, report.actors["slow"].handled), (150, 150));
    assert!((150.0..150.1).contains(&report.elapsed_seconds), "{}", report.elapsed_seconds);
}

#[test]
fn a_producer_that_waits_for_input_hears_of_a_mailbox_that_others_have_filled() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let (quiet, quiet_producer) = testkit::probe_producer::<u64>();
        let (sink, consumer) = testkit::probe_consumer::<u64>();
        let running = testkit::start(
            Topology::new("quiet")
                .producer("source", producer)
                .producer("quiet", quiet_producer)
                .consumer("sink", consumer)
                .inputs(["source", "quiet"])
                .mailbox(MailboxOptions::capacity(1)),
        );
        testkit::settle().await;
        source.emit_all([1, 2]);
        testkit::settle().await;
        assert_eq!(running.snapshot().actors["sink"].waiting, 1);
        let signal = quiet.signal().expect("it is full, and nothing comes free");
        assert_eq!(signal.kind(), SignalKind::Backpressure);
        quiet.finish();
        source.finish();
        sink.request(2);
        sink.expect([1, 2]).await;
        balanced(&running.wait().await);
    });
}

/// For each number emits one and sends three, which it may do without waiting while there is room.
struct Generous;

impl Stage for Generous {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        for part in 0..3 {
            out.send(n * 4 + part).await;
        }
        out.emit(n * 4 + 3);
        Ok(())
    }
}

#[test]
fn room_that_one_call_used_up_by_sending_is_not_counted_on_by_the_next() {
    for capacity in [1, 2, 5, 16, 64, 1024] {
        let (got, consumer) = testkit::probe_consumer::<u64>();
        got.request(2000);
        balanced(&testkit::run(
            Topology::new("generous")
                .default_mailbox(MailboxOptions::capacity(capacity))
                .producer("n", iter(0..500u64))
                .stage("generous", Generous)
                .consumer("sink", consumer),
        ));
        assert_eq!(got.taken(), (0..2000).collect::<Vec<u64>>(), "capacity {capacity}");
    }
}

/// Cannot be cloned when it is 500.
#[derive(Debug)]
struct Touchy(u64);

impl Clone for Touchy {
    fn clone(&self) -> Self {
        assert_ne!(self.0, 500, "do not touch");
        Self(self.0)
    }
}

#[test]
fn a_message_that_panics_when_it_is_copied_for_several_targets_upsets_no_account() {
    let report = balanced(&testkit::run(
        Topology::new("touchy")
            .producer("n", iter((0..1000).map(Touchy)))
            .consumer("a", for_each(|_: Touchy| {}))
            .inputs(["n"])
            .consumer("b", for_each(|_: Touchy| {}))
            .inputs(["n"]),
    ));
    assert_eq!(report.outcome, Outcome::Failed);
    assert!(report.error.as_ref().is_some_and(|error| error.contains("panicked in `emit`: ")), "{report:?}");
}

//! Breakers: an actor that fails is left alone for a while, and what it should have handled waits or is shed.

use std::sync::{Arc, Mutex};
use std::time::Duration;
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};
use tidegate::{ActorReport, ActorState, BreakerState, Causes, Outcome};
use tokio::time::{Instant, sleep};

const SECOND: Duration = Duration::from_secs(1);

/// A service that is down at some times, and what it was asked.
#[derive(Clone)]
struct Service(Arc<Mutex<State>>);

struct State {
    since: Instant,
    /// Down for this long from the start.
    down: Duration,
    panics: bool,
    /// Messages it took.
    taken: Vec<u64>,
    /// When it failed, in seconds.
    failed: Vec<u64>,
    told: Vec<(BreakerState, u64)>,
}

impl Service {
    fn down_for(down: Duration) -> Self {
        Self(Arc::new(Mutex::new(State {
            since: Instant::now(),
            down,
            panics: false,
            taken: Vec::new(),
            failed: Vec::new(),
            told: Vec::new(),
        })))
    }

    fn with<R>(&self, look: impl FnOnce(&mut State) -> R) -> R {
        let mut state = self.0.lock().expect("no panic while it is locked");
        look(&mut state)
    }
}

impl Consumer for Service {
    type In = u64;

    async fn handle(&mut self, n: u64) -> Result {
        let (failed, panics) = self.with(|state| {
            let elapsed = state.since.elapsed();
            let failed = elapsed < state.down;
            if failed {
                state.failed.push(elapsed.as_secs())
            } else {
                state.taken.push(n)
            }
            (failed, state.panics)
        });
        assert!(!(failed && panics), "down");
        if failed { Err("down".into()) } else { Ok(()) }
    }

    fn on_breaker(&mut self, state: BreakerState) {
        self.with(|known| known.told.push((state, known.since.elapsed().as_secs())));
    }
}

fn breaker() -> Breaker {
    Breaker::after(3).within(10 * SECOND).reset(15 * SECOND).backoff(2.0, 40 * SECOND)
}

/// Tries again at once, and for ever.
fn patient() -> Retry {
    Retry::times(u32::MAX).backoff(Duration::ZERO).max_backoff(Duration::ZERO).jitter(0.0)
}

fn breaker_of(actor: &ActorReport) -> (BreakerState, u64) {
    let breaker = actor.breaker.as_ref().expect("it has one");
    (breaker.state, breaker.opened)
}

#[test]
fn a_breaker_that_holds_pauses_the_producer_and_loses_nothing() {
    for panics in [false, true] {
        testkit::virtual_time(async {
            let service = Service::down_for(50 * SECOND);
            service.with(|state| state.panics = panics);
            let (source, producer) = testkit::probe_producer::<u64>();
            let running = testkit::start(
                Topology::new("hold")
                    .producer("source", producer)
                    .consumer("service", service.clone())
                    .mailbox(MailboxOptions::capacity(100))
                    .on_error(patient())
                    .on_panic(patient())
                    .breaker(breaker()),
            );
            source.emit(1);
            let signal = source.expect_backpressure().await;
            assert_eq!(signal.causes, Causes::BREAKER_OPEN, "the mailbox is all but empty: {signal}");
            source.emit_all(2..=20);
            sleep(40 * SECOND).await;
            let snapshot = running.snapshot();
            assert_eq!(snapshot.actors["source"].emitted, 1, "the producer is really paused");
            assert_eq!(snapshot.actors["source"].state, ActorState::Paused);
            let actor = &snapshot.actors["service"];
            assert_eq!((breaker_of(actor), actor.in_handler), ((BreakerState::Open, 2), 1));
            assert!(actor.mailbox.as_ref().is_some_and(|mailbox| mailbox.pressured));
            source.expect_resume().await;
            source.finish();
            let report = balanced(&running.wait().await);
            assert_eq!((report.outcome, report.error), (Outcome::Completed, None), "panics: {panics}");
            let actor = &report.actors["service"];
            assert_eq!((actor.handled, actor.failed, actor.left, actor.dropped.total()), (20, 0, 0, 0));
            assert_eq!(breaker_of(actor), (BreakerState::Closed, 3));
            service.with(|state| {
                assert_eq!(state.taken, (1..=20).collect::<Vec<u64>>(), "all of them, in order");
                assert_eq!(
                    state.failed,
                    [0, 0, 0, 15, 45],
                    "one trial after 15 seconds, another after 30 more"
                );
                use BreakerState::{Closed, HalfOpen, Open};
                assert_eq!(
                    state.told,
                    [
                        (Open, 0),
                        (HalfOpen, 15),
                        (Open, 15),
                        (HalfOpen, 45),
                        (Open, 45),
                        (HalfOpen, 85),
                        (Closed, 85)
                    ]
                );
            });
        });
    }
}

#[test]
fn pressure_of_a_breaker_travels_upstream_through_stages() {
    testkit::virtual_time(async {
        let service = Service::down_for(10 * SECOND);
        let running = testkit::start(
            Topology::new("upstream")
                .default_mailbox(MailboxOptions::capacity(4))
                .producer("n", iter(1..=1000u64))
                .stage("pass", map(|n: u64| n))
                .consumer("service", service.clone())
                .on_error(OnError::Skip)
                .breaker(breaker()),
        );
        sleep(SECOND).await;
        let before = running.snapshot();
        assert_eq!(before.actors["pass"].state, ActorState::Paused);
        sleep(10 * SECOND).await;
        let after = running.snapshot();
        for actor in ["n", "pass"] {
            assert_eq!(before.actors[actor].emitted, after.actors[actor].emitted, "`{actor}` is paused");
        }
        assert!(after.actors["n"].emitted < 15, "{}", after.actors["n"].emitted);
        let report = balanced(&running.wait().await);
        let actor = &report.actors["service"];
        assert_eq!((actor.handled, actor.failed, actor.received), (997, 3, 1000));
    });
}

#[test]
fn only_one_message_is_tried() {
    testkit::virtual_time(async {
        let service = Service::down_for(20 * SECOND);
        let running = testkit::start(
            Topology::new("trial")
                .producer("n", iter(1..=100u64))
                .consumer("service", service.clone())
                .on_error(OnError::Skip)
                .breaker(breaker()),
        );
        let report = balanced(&running.wait().await);
        let actor = &report.actors["service"];
        assert_eq!((actor.handled, actor.failed, breaker_of(actor).1), (96, 4, 2));
        service.with(|state| assert_eq!(state.failed, [0, 0, 0, 15]));
    });
}

#[test]
fn input_that_ends_while_the_breaker_is_open_is_not_waited_for() {
    let service = Service::down_for(1000 * SECOND);
    let report = testkit::run(
        Topology::new("ends")
            .producer("n", iter(1..=3u64))
            .consumer("service", service)
            .on_error(OnError::Skip)
            .breaker(breaker()),
    );
    assert_eq!((report.outcome, report.actors["service"].failed), (Outcome::Completed, 3));
    assert!(report.elapsed_seconds < 1.0, "{}", report.elapsed_seconds);
}

#[test]
fn the_end_of_the_input_is_heard_while_the_breaker_is_open() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let running = testkit::start(
            Topology::new("heard")
                .producer("source", producer)
                .consumer("service", Service::down_for(1000 * SECOND))
                .on_error(OnError::Skip)
                .breaker(breaker()),
        );
        source.emit_all(1..=3);
        sleep(SECOND).await;
        assert_eq!(breaker_of(&running.snapshot().actors["service"]), (BreakerState::Open, 1));
        // Held as it is, the producer cannot say that it has no more: it is told to.
        running.drain_actor("source").unwrap();
        let report = balanced(&running.wait().await);
        assert_eq!((report.outcome, report.elapsed_seconds.round()), (Outcome::Completed, 1.0));
        let mailbox = report.actors["service"].mailbox.as_ref().expect("a consumer has one");
        assert_eq!((mailbox.backpressure_signals, mailbox.resume_signals), (1, 0), "nobody is told to go on");
    });
}

#[test]
fn messages_that_come_while_the_breaker_is_open_are_shed_and_counted() {
    testkit::virtual_time(async {
        let service = Service::down_for(10 * SECOND);
        let (source, producer) = testkit::probe_producer::<u64>();
        let running = testkit::start(
            Topology::new("shed")
                .producer("source", producer)
                .consumer("service", service.clone())
                .mailbox(MailboxOptions::capacity(4))
                .on_error(patient().then(tidegate::Then::Skip))
                .breaker(breaker().shed()),
        );
        source.emit_all(1..=100);
        sleep(SECOND).await;
        let snapshot = running.snapshot();
        let actor = &snapshot.actors["service"];
        assert_eq!((actor.failed, actor.dropped.shed, breaker_of(actor).0), (1, 99, BreakerState::Open));
        sleep(20 * SECOND).await;
        source.emit_all(101..=103);
        source.finish();
        let report = balanced(&running.wait().await);
        let actor = &report.actors["service"];
        assert_eq!((actor.handled, actor.failed, actor.dropped.shed), (3, 1, 99));
        assert_eq!(breaker_of(actor), (BreakerState::Closed, 1));
        service.with(|state| assert_eq!((&state.taken[..], state.failed.len()), (&[101, 102, 103][..], 3)));
    });
}

#[test]
fn messages_that_are_shed_become_dead_letters_where_those_are_read() {
    testkit::virtual_time(async {
        let service = Service::down_for(10 * SECOND);
        let (letters, undertaker) = testkit::probe_consumer::<DeadLetter>();
        letters.request(100);
        let running = testkit::start(
            Topology::new("letters")
                .default_mailbox(MailboxOptions::capacity(4))
                .producer("n", iter(1..=20u64))
                .consumer("service", service)
                .breaker(breaker().shed())
                .consumer("letters", undertaker)
                .inputs(["service.dead_letters"]),
        );
        let report = balanced(&running.wait().await);
        let actor = &report.actors["service"];
        assert_eq!((actor.failed, actor.dead_lettered, actor.dropped.shed), (20, 20, 0));
        let told: Vec<_> = letters.taken();
        let messages: Option<Vec<u64>> = told.iter().map(DeadLetter::message).collect();
        assert_eq!(messages, Some((1..=20).collect()));
        assert_eq!((told[2].error(), told[2].attempts()), ("down", 1));
        assert_eq!((told[3].error(), told[3].attempts()), ("the breaker is open", 0));
    });
}

#[test]
fn a_blocking_actor_is_tried_like_any_other() {
    for (breaker, handled) in [(breaker(), 97), (breaker().shed(), 0)] {
        let service = Service::down_for(10 * SECOND);
        let report = testkit::run(
            Topology::new("blocking")
                .default_mailbox(MailboxOptions::capacity(4))
                .producer("n", iter(1..=100u64))
                .consumer("service", service)
                .blocking()
                .on_error(OnError::Skip)
                .breaker(breaker),
        );
        let actor = &report.actors["service"];
        assert_eq!((actor.handled, actor.failed, actor.dropped.shed), (handled, 3, 97 - handled));
    }
}

#[test]
fn instances_behind_which_order_is_restored_shed_messages_too() {
    for read in [false, true] {
        testkit::virtual_time(async {
            let service = Service::down_for(10 * SECOND);
            let (source, producer) = testkit::probe_producer::<u64>();
            let (sink, end) = testkit::probe_consumer::<u64>();
            let mut topology = Topology::new("ordered")
                .producer("source", producer)
                .stage_each("stage", 3, move |_| Asks(service.clone()))
                .ordered()
                .on_error(OnError::Skip)
                .breaker(Breaker::after(1).reset(15 * SECOND).shed())
                .consumer("end", end);
            if read {
                topology =
                    topology.consumer("letters", for_each(|_: DeadLetter| {})).inputs(["stage.dead_letters"]);
            }
            let running = testkit::start(topology);
            sink.request(100);
            source.emit_all(1..=50);
            sleep(20 * SECOND).await;
            source.emit_all(51..=60);
            sink.expect(51..=60).await;
            source.finish();
            let report = balanced(&running.wait().await);
            let stage = &report.actors["stage"];
            assert_eq!((stage.handled, stage.failed + stage.dropped.shed), (10, 50));
            // The first of them failed, which opened the breaker.
            assert_eq!(stage.dead_lettered, if read { 49 } else { 0 });
        });
    }
}

/// Passes on what the service takes.
struct Asks(Service);

impl Stage for Asks {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        self.0.handle(n).await?;
        out.emit(n);
        Ok(())
    }
}

/// Passes numbers on, which takes a minute for the even ones; sends some others.
struct Slow {
    sends: bool,
}

impl Stage for Slow {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        out.emit(n);
        if n.is_multiple_of(2) {
            if self.sends {
                out.send(n * 100).await;
                sleep(SECOND).await;
            } else {
                sleep(60 * SECOND).await;
            }
        }
        Ok(())
    }
}

#[test]
fn a_call_that_takes_too_long_is_dropped_and_has_failed() {
    testkit::virtual_time(async {
        let (kept, sink) = testkit::probe_consumer::<u64>();
        kept.request(100);
        let running = testkit::start(
            Topology::new("timeout")
                .producer("n", iter(1..=7u64))
                .stage("slow", Slow { sends: false })
                .on_error(OnError::Skip)
                .breaker(breaker().call_timeout(2 * SECOND))
                .consumer("sink", sink),
        );
        let report = balanced(&running.wait().await);
        let slow = &report.actors["slow"];
        assert_eq!((slow.handled, slow.failed, breaker_of(slow)), (4, 3, (BreakerState::Closed, 1)));
        assert_eq!(kept.taken(), [1, 3, 5, 7], "what a dropped call emitted is withdrawn");
        assert_eq!(report.elapsed_seconds.round(), 2.0 + 2.0 + 2.0 + 15.0);
    });
}

#[test]
fn a_call_that_waits_for_room_does_not_take_too_long() {
    testkit::virtual_time(async {
        let (kept, sink) = testkit::probe_consumer::<u64>();
        let running = testkit::start(
            Topology::new("room")
                .producer("n", iter(1..=4u64))
                .stage("slow", Slow { sends: true })
                .on_error(OnError::Skip)
                .breaker(breaker().call_timeout(2 * SECOND))
                .consumer("sink", sink)
                .mailbox(MailboxOptions::capacity(1)),
        );
        sleep(100 * SECOND).await;
        kept.request(100);
        let report = balanced(&running.wait().await);
        let slow = &report.actors["slow"];
        assert_eq!((slow.handled, slow.failed), (4, 0));
        assert_eq!(kept.taken(), [1, 2, 200, 3, 4, 400]);
    });
}

#[test]
fn a_mailbox_that_instances_share_is_pressured_when_all_their_breakers_are_open() {
    testkit::virtual_time(async {
        let services = [Service::down_for(20 * SECOND), Service::down_for(1000 * SECOND)];
        let (source, producer) = testkit::probe_producer::<u64>();
        let make = services.clone();
        let running = testkit::start(
            Topology::new("shared")
                .producer("source", producer)
                .consumer_each("service", 2, move |at| make[at].clone())
                .on_error(patient())
                .breaker(Breaker::after(1).reset(15 * SECOND).backoff(1.0, 15 * SECOND)),
        );
        source.emit(1);
        testkit::settle().await;
        assert!(source.signal().is_none(), "one instance is left");
        source.emit(2);
        let signal = source.expect_backpressure().await;
        assert_eq!(signal.causes, Causes::BREAKER_OPEN);
        // The first is well at its second trial.
        source.expect_resume().await;
        source.emit_all(3..=9);
        testkit::settle().await;
        let taken: usize = services.iter().map(|service| service.with(|state| state.taken.len())).sum();
        assert_eq!(taken, 8, "one of the two instances handles all but what the other one has in hand");
        services[1].with(|state| state.down = Duration::ZERO);
        source.finish();
        let report = balanced(&running.wait().await);
        assert_eq!((report.outcome, report.actors["service"].handled), (Outcome::Completed, 9));
    });
}

/// Fails at its first message if it is the first instance, and otherwise wants no more after it.
struct Either {
    first: bool,
    finished: bool,
}

impl Consumer for Either {
    type In = u64;

    async fn handle(&mut self, _: u64) -> Result {
        if self.first {
            return Err("down".into());
        }
        self.finished = true;
        Ok(())
    }

    fn is_finished(&self) -> bool {
        self.finished
    }
}

#[test]
fn a_mailbox_is_pressured_when_the_last_instance_that_took_messages_goes_away() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let running = testkit::start(
            Topology::new("gone")
                .producer("source", producer)
                .consumer_each("either", 2, |at| Either { first: at == 0, finished: false })
                .on_error(OnError::Skip)
                .breaker(Breaker::after(1).reset(15 * SECOND)),
        );
        source.emit(1);
        testkit::settle().await;
        assert!(source.signal().is_none(), "the other instance takes messages");
        source.emit(2);
        assert_eq!(source.expect_backpressure().await.causes, Causes::BREAKER_OPEN);
        source.expect_resume().await;
        source.finish();
        let report = balanced(&running.wait().await);
        assert_eq!((report.actors["either"].failed, report.actors["either"].handled), (1, 1));
    });
}

#[test]
fn a_breaker_in_vain_or_for_nobody_is_found_before_the_start() {
    let found = |topology: Topology| -> Vec<String> {
        topology.check(false).iter().map(ToString::to_string).collect()
    };
    let mut wrong = Breaker::after(0).within(Duration::ZERO).reset(SECOND).backoff(0.5, Duration::ZERO);
    wrong.call_timeout = Some(Duration::ZERO.into());
    let problems = found(
        Topology::new("wrong")
            .producer("n", iter(1..=3u64))
            .breaker(Breaker::default())
            .stage("pass", map(|n: u64| n))
            .on_error(OnError::Skip)
            .breaker(wrong)
            .consumer("end", for_each(|_: u64| {}))
            .breaker(Breaker::default())
            .consumer("drops", for_each(|_: u64| {}))
            .inputs(["pass"])
            .mailbox(MailboxOptions::default().overflow(Overflow::DropOldest))
            .on_error(OnError::Skip)
            .breaker(Breaker::default())
            .consumer("blocks", for_each(|_: u64| {}))
            .inputs(["pass"])
            .blocking()
            .on_error(OnError::Skip)
            .breaker(Breaker::default().call_timeout(SECOND)),
    );
    assert_eq!(
        problems,
        [
            "actor `n`, `breaker`: `n` is a producer, which handles no messages (a failing producer can be restarted: see \
             `on_error`)",
            "actor `pass`, `breaker.failures`: 0 failures are none (the smallest number is 1)",
            "actor `pass`, `breaker.within`: `within` is no time (write a length of time, like \"10s\")",
            "actor `pass`, `breaker.call_timeout`: `call_timeout` is no time (write a length of time, like \"10s\")",
            "actor `pass`, `breaker.backoff`: with each trial that fails, it would be open 0.5 times as long (the smallest \
             factor is 1)",
            "actor `pass`, `breaker.reset`: the first reset 1s is longer than the longest, 0s (make `max_reset` at least as \
             long as `reset`)",
            "actor `end`, `breaker`: the breaker never opens: the first failure stops the topology (say with `on_error` \
             what becomes of a message that failed, like `on_error = \"skip\"`)",
            "actor `drops`, `breaker`: a mailbox that drops asks nobody to hold: while the breaker is open, it drops once it \
             is full (set `while_open = \"shed\"`, or let the mailbox backpressure)",
            "actor `blocks`, `breaker.call_timeout`: a call that blocks its thread cannot be dropped (it has an effect only \
             where the call waits without blocking)",
        ]
    );
}

//! What failures do: messages are handled again, passed over or buried, actors are made anew, branches are stopped; and every
//! message is accounted for.

use std::sync::{Arc, Mutex};
use std::time::Duration;
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};
use tidegate::{ActorReport, ActorState, Outcome, Stop, Then};
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

/// How a handler fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Error,
    Panic,
    /// After it has waited.
    LateError,
    LatePanic,
    /// In `handle_now`.
    ErrorAtOnce,
    PanicAtOnce,
}

const ANYHOW: [How; 6] =
    [How::Error, How::Panic, How::LateError, How::LatePanic, How::ErrorAtOnce, How::PanicAtOnce];

impl How {
    fn panics(self) -> bool {
        matches!(self, Self::Panic | Self::LatePanic | Self::PanicAtOnce)
    }

    fn fail(self) -> Result {
        if self.panics() { panic!("the tide is out") } else { Err("the tide is out".into()) }
    }
}

/// What became of the attempts, with the time of each since the start.
type Attempts<T> = Arc<Mutex<Vec<(T, Duration)>>>;

/// Fails at the message `at`, the first `times` times; passes all on.
struct Flaky<T> {
    how: How,
    at: T,
    times: usize,
    since: Instant,
    attempts: Attempts<T>,
}

impl<T: Message + PartialEq> Flaky<T> {
    fn new(how: How, at: T, times: usize) -> (Self, Attempts<T>) {
        let attempts = Attempts::default();
        (Self { how, at, times, since: Instant::now(), attempts: attempts.clone() }, attempts)
    }

    fn attempt(&mut self, message: &T, out: &mut Outlet<T>) -> bool {
        out.emit(message.clone());
        let mut attempts = self.attempts.lock().expect("no panic while it is locked");
        attempts.push((message.clone(), self.since.elapsed()));
        *message == self.at && attempts.iter().filter(|(other, _)| other == message).count() <= self.times
    }
}

impl<T: Message + PartialEq> Stage for Flaky<T> {
    type In = T;
    type Out = Outlet<T>;

    async fn handle(&mut self, message: T, out: &mut Outlet<T>) -> Result {
        let fails = self.attempt(&message, out);
        if matches!(self.how, How::LateError | How::LatePanic) {
            tokio::task::yield_now().await;
        }
        if fails { self.how.fail() } else { Ok(()) }
    }

    fn handle_now(&mut self, message: T, out: &mut Outlet<T>) -> Now<T> {
        if !matches!(self.how, How::ErrorAtOnce | How::PanicAtOnce) {
            return Now::Later(message);
        }
        Now::Done(if self.attempt(&message, out) { self.how.fail() } else { Ok(()) })
    }
}

/// A consumer that keeps what it gets.
fn keep<T: Message>() -> (Arc<Mutex<Vec<T>>>, impl Consumer<In = T>) {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keeper = kept.clone();
    (kept, for_each(move |message: T| keeper.lock().expect("no panic").push(message)))
}

fn taken<T>(kept: &Mutex<Vec<T>>) -> Vec<T> {
    std::mem::take(&mut kept.lock().expect("no panic"))
}

fn exact() -> Retry {
    Retry::times(3).backoff(SECOND).max_backoff(3 * SECOND).jitter(0.0)
}

/// The report of a run, what the sink got, the attempts, and the dead letters.
type Run<T> = (Report, Vec<T>, Vec<(T, Duration)>, Vec<DeadLetter>);

/// Runs ten messages through a [`Flaky`], of which the fifth fails `times` times.
fn run<T: Message + PartialEq>(
    make: impl Fn(u64) -> T + Send + 'static,
    how: How,
    times: usize,
    policy: OnError,
    letters: bool,
) -> Run<T> {
    testkit::virtual_time(async {
        let (flaky, attempts) = Flaky::new(how, make(5), times);
        let ((kept, sink), (buried, undertaker)) = (keep::<T>(), keep::<DeadLetter>());
        let mut topology = Topology::new("flaky")
            .producer("n", iter((1..=10).map(make)))
            .stage("flaky", flaky)
            .mailbox(MailboxOptions::capacity(4));
        topology = if how.panics() { topology.on_panic(policy) } else { topology.on_error(policy) };
        topology = topology.consumer("sink", sink);
        if letters {
            topology = topology.consumer("letters", undertaker).inputs(["flaky.dead_letters"]);
        }
        let report = balanced(&testkit::start(topology).wait().await);
        (report, taken(&kept), taken(&attempts), taken(&buried))
    })
}

fn counts(actor: &ActorReport) -> (u64, u64, u64, u64) {
    (actor.handled, actor.failed, actor.dead_lettered, actor.left)
}

#[test]
fn a_message_is_handled_again_at_exactly_the_times_of_its_backoff_and_in_order() {
    for how in ANYHOW {
        let (report, kept, attempts, _) = run(|n| n, how, 3, exact().into(), false);
        assert_eq!((report.outcome, report.error), (Outcome::Completed, None), "{how:?}");
        assert_eq!(counts(&report.actors["flaky"]), (10, 0, 0, 0), "a retry is no new message, {how:?}");
        assert_eq!(report.actors["flaky"].received, 10, "{how:?}");
        assert_eq!(
            kept,
            (1..=10).collect::<Vec<u64>>(),
            "what failed attempts emitted is withdrawn, {how:?}"
        );
        let fifth: Vec<u64> =
            attempts.iter().filter(|(n, _)| *n == 5).map(|(_, time)| time.as_secs()).collect();
        assert_eq!(fifth, [0, 1, 3, 6], "waits of one, two and at most three seconds, {how:?}");
    }
}

#[test]
fn a_message_that_owns_something_is_handled_again_as_it_was() {
    for how in ANYHOW {
        let (report, kept, ..) = run(|n| n.to_string(), how, 2, exact().into(), false);
        assert_eq!(report.outcome, Outcome::Completed, "{how:?}");
        assert_eq!(kept, (1..=10).map(|n| n.to_string()).collect::<Vec<_>>(), "{how:?}");
    }
}

#[test]
fn what_follows_the_last_retry_is_what_the_policy_says() {
    for how in ANYHOW {
        let policy = |then| OnError::from(exact().then(then));
        let (report, kept, attempts, letters) =
            run(|n| n.to_string(), how, 9, policy(Then::DeadLetter), true);
        assert_eq!((report.outcome, attempts.len()), (Outcome::Completed, 13), "{how:?}");
        assert_eq!(counts(&report.actors["flaky"]), (9, 1, 1, 0), "{how:?}");
        assert_eq!(kept.len(), 9, "{how:?}");
        let told: Vec<_> =
            letters.iter().map(|letter| (letter.message(), letter.attempts(), letter.error())).collect();
        assert_eq!(told, [(Some("5".to_string()), 4, "the tide is out")], "{how:?}");

        let (report, kept, ..) = run(|n| n, how, 9, policy(Then::Skip), false);
        assert_eq!((report.outcome, kept.len()), (Outcome::Completed, 9), "{how:?}");
        assert_eq!(counts(&report.actors["flaky"]), (9, 1, 0, 0), "{how:?}");

        let (report, kept, ..) = run(|n| n, how, 9, policy(Then::Stop), false);
        assert_eq!((report.outcome, kept), (Outcome::Failed, vec![1, 2, 3, 4]), "{how:?}");
        assert_eq!(report.actors["flaky"].failed, 1, "{how:?}");
        let error = report.error.expect("a failed run has one");
        assert!(error.contains(" at message 5 of its input, 5: the tide is out"), "{error}");
    }
}

#[test]
fn a_message_that_fails_is_passed_over_or_buried() {
    for how in ANYHOW {
        let (report, kept, _, letters) = run(|n| n.to_string(), how, 1, OnError::Skip, true);
        assert_eq!((report.outcome, kept.len(), letters.len()), (Outcome::Completed, 9, 0), "{how:?}");
        assert_eq!(counts(&report.actors["flaky"]), (9, 1, 0, 0), "{how:?}");
        let (report, kept, _, letters) = run(|n| n.to_string(), how, 1, OnError::DeadLetter, true);
        assert_eq!((report.outcome, kept.len()), (Outcome::Completed, 9), "{how:?}");
        assert_eq!(counts(&report.actors["flaky"]), (9, 1, 1, 0), "{how:?}");
        let told: Vec<Option<String>> = letters.iter().map(DeadLetter::message).collect();
        assert_eq!(told, [Some("5".into())], "{how:?}");
        let (report, ..) = run(|n| n.to_string(), how, 1, OnError::DeadLetter, false);
        assert_eq!(counts(&report.actors["flaky"]), (9, 1, 0, 0), "nobody reads dead letters, {how:?}");
    }
}

#[test]
fn a_message_that_waits_to_be_handled_again_is_in_hand_and_control_is_heard() {
    testkit::virtual_time(async {
        let (flaky, _) = Flaky::new(How::Error, 5u64, 9);
        let running = testkit::start(
            Topology::new("patient")
                .producer("n", iter(1..=10u64))
                .stage("flaky", flaky)
                .on_error(Retry::times(1).backoff(1000 * SECOND).max_backoff(1000 * SECOND))
                .consumer("sink", for_each(|_: u64| {})),
        );
        testkit::settle().await;
        let flaky = running.snapshot().actors["flaky"].clone();
        assert_eq!((flaky.handled, flaky.in_handler, flaky.waiting), (4, 1, 5));
        running.stop();
        let report = balanced(&running.wait().await);
        assert_eq!((report.outcome, counts(&report.actors["flaky"])), (Outcome::Stopped, (4, 0, 0, 6)));
        assert!(report.elapsed_seconds < 1.0, "it did not wait out its time");
    });
}

#[test]
fn a_retry_waits_while_the_actor_is_held() {
    testkit::virtual_time(async {
        let (flaky, attempts) = Flaky::new(How::Error, 2u64, 1);
        let running = testkit::start(
            Topology::new("held")
                .producer("n", iter(1..=3u64))
                .stage("flaky", flaky)
                .on_error(exact())
                .consumer("sink", for_each(|_: u64| {})),
        );
        testkit::settle().await;
        running.pause("flaky");
        tokio::time::sleep(9 * SECOND).await;
        running.resume("flaky");
        balanced(&running.wait().await);
        let times: Vec<u64> = taken(&attempts).iter().map(|(_, time)| time.as_secs()).collect();
        assert_eq!(times, [0, 0, 9, 9], "it would have been after a second");
    });
}

/// Takes a second for each message, and fails at the first.
struct Tired(u32);

impl Consumer for Tired {
    type In = u64;

    async fn handle(&mut self, _: u64) -> Result {
        tokio::time::sleep(SECOND).await;
        self.0 += 1;
        if self.0 == 1 { Err("tired".into()) } else { Ok(()) }
    }
}

#[test]
fn a_message_that_fails_while_its_actor_is_held_stays_in_hand() {
    testkit::virtual_time(async {
        let topology = Topology::new("held").producer("n", iter([1u64]));
        let running = testkit::start(topology.consumer("tired", Tired(0)).on_error(exact()));
        testkit::settle().await;
        running.pause("tired");
        tokio::time::sleep(9 * SECOND).await;
        let tired = &running.snapshot().actors["tired"];
        assert_eq!((tired.received, tired.waiting, tired.in_handler), (1, 0, 1));
        running.resume("tired");
        assert_eq!(balanced(&running.wait().await).actors["tired"].handled, 1);
    });
}

/// Counts its lives; fails as `how` says at each message divisible by `at`.
struct Mortal {
    how: How,
    at: u64,
    life: u64,
    lives: Arc<Mutex<Vec<(&'static str, u64)>>>,
}

impl Mortal {
    fn note(&self, what: &'static str) {
        self.lives.lock().expect("no panic").push((what, self.life));
    }
}

impl Stage for Mortal {
    type In = u64;
    type Out = Outlet<u64>;

    async fn on_start(&mut self, _: &mut Outlet<u64>) -> Result {
        self.note("start");
        Ok(())
    }

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        out.emit(n);
        if n.is_multiple_of(self.at) { self.how.fail() } else { Ok(()) }
    }

    async fn on_stop(&mut self) -> Result {
        self.note("stop");
        Ok(())
    }
}

type Lives = Arc<Mutex<Vec<(&'static str, u64)>>>;

/// A factory of [`Mortal`]s, and what they tell of their lives.
fn mortals(how: How, at: u64) -> (Lives, impl FnMut(usize) -> Mortal + Send + 'static) {
    let (lives, mut life) = (Lives::default(), 0);
    let told = lives.clone();
    let make = move |_| {
        life += 1;
        Mortal { how, at, life, lives: told.clone() }
    };
    (lives, make)
}

fn restart(times: u32) -> Restart {
    Restart::times(times).within(60 * SECOND).backoff(SECOND).max_backoff(4 * SECOND).jitter(0.0)
}

#[test]
fn an_actor_is_made_anew_and_its_mailbox_its_links_and_its_account_stay() {
    for how in [How::Error, How::Panic] {
        testkit::virtual_time(async {
            let ((lives, make), (kept, sink)) = (mortals(how, 4), keep::<u64>());
            let (buried, undertaker) = keep::<DeadLetter>();
            let running = testkit::start(
                Topology::new("mortal")
                    .producer("n", iter(1..=10u64))
                    .stage_each("mortal", 1, make)
                    .on_error(restart(5))
                    .on_panic(restart(5))
                    .consumer("sink", sink)
                    .consumer("letters", undertaker)
                    .inputs(["mortal.dead_letters"]),
            );
            testkit::settle().await;
            assert_eq!(running.snapshot().actors["mortal"].state, ActorState::Restarting);
            let report = balanced(&running.wait().await);
            assert_eq!((report.outcome, report.error), (Outcome::Completed, None), "{how:?}");
            assert_eq!(report.elapsed_seconds.round(), 1.0 + 2.0, "it waited twice");
            let mortal = &report.actors["mortal"];
            assert_eq!((counts(mortal), mortal.restarts), ((8, 2, 2, 0), 2), "{how:?}");
            assert_eq!(taken(&kept), [1, 2, 3, 5, 6, 7, 9, 10], "{how:?}");
            assert_eq!(taken(&buried).iter().filter_map(DeadLetter::message).collect::<Vec<u64>>(), [4, 8]);
            let told = taken(&lives);
            let expected = match how.panics() {
                true => vec![("start", 1), ("start", 2), ("start", 3), ("stop", 3)],
                false => {
                    vec![("start", 1), ("stop", 1), ("start", 2), ("stop", 2), ("start", 3), ("stop", 3)]
                }
            };
            assert_eq!(told, expected, "{how:?}");
        });
    }
}

#[test]
fn an_actor_that_always_panics_reaches_its_limit_its_branch_stops_and_the_rest_goes_on() {
    testkit::virtual_time(async {
        let ((lives, make), (kept, sink), (other, other_sink)) =
            (mortals(How::Panic, 1), keep::<u64>(), keep::<u64>());
        let running = testkit::start(
            Topology::new("storm")
                .producer("n", iter(1..=100u64))
                .stage_each("mortal", 1, make)
                .on_panic(restart(3).then(Stop::Branch))
                .mailbox(MailboxOptions::capacity(8))
                .consumer("sink", sink)
                .consumer("other", other_sink)
                .inputs(["n"])
                .mailbox(MailboxOptions::capacity(8)),
        );
        let report = balanced(&running.wait().await);
        assert_eq!(report.outcome, Outcome::Failed);
        assert_eq!(
            report.error.as_deref(),
            Some(
                "actor `mortal` panicked at message 4 of its input, 4: the tide is out (restarted 3 times within \
                 1m); its branch was stopped"
            )
        );
        assert_eq!(report.elapsed_seconds.round(), 1.0 + 2.0 + 4.0);
        let mortal = &report.actors["mortal"];
        assert_eq!((mortal.handled, mortal.failed, mortal.restarts), (0, 4, 3));
        assert_eq!(mortal.left, mortal.received - 4, "what waited is left");
        assert_eq!(mortal.state, ActorState::Failed);
        assert_eq!(report.actors["sink"].state, ActorState::Ended);
        assert_eq!(taken(&kept), [] as [u64; 0]);
        assert_eq!(taken(&other), (1..=100).collect::<Vec<u64>>(), "the rest goes on");
        assert_eq!(taken(&lives).len(), 4);
    });
}

#[test]
fn a_branch_that_stops_ends_its_upstream_when_that_leads_nowhere_else() {
    let (kept, sink) = keep::<u64>();
    let report = testkit::run(
        Topology::new("branches")
            .producer("endless", iter(1u64..))
            .stage("pass", map(|n: u64| n))
            .consumer("fragile", for_each(|n: u64| assert!(n < 5, "the tide is out")))
            .on_panic(OnError::StopBranch)
            .producer("ten", iter(1..=10u64))
            .consumer("sink", sink),
    );
    assert_eq!(report.outcome, Outcome::Failed);
    let error = report.error.expect("it says what happened");
    assert!(error.starts_with("actor `fragile` panicked at message 5 of its input, 5: "), "{error}");
    assert!(error.ends_with("; its branch was stopped"), "{error}");
    assert_eq!(taken(&kept), (1..=10).collect::<Vec<u64>>());
    assert_eq!(report.actors["endless"].state, ActorState::Ended);
}

#[test]
fn an_actor_that_cannot_start_does_not_keep_the_rest_from_starting_if_only_its_branch_stops() {
    struct Unready;
    impl Consumer for Unready {
        type In = u64;
        async fn on_start(&mut self) -> Result {
            Err("not today".into())
        }
        async fn handle(&mut self, _: u64) -> Result {
            Ok(())
        }
    }
    let (kept, sink) = keep::<u64>();
    let report = testkit::run(
        Topology::new("unready")
            .producer("n", iter(1..=10u64))
            .consumer("unready", Unready)
            .on_error(OnError::StopBranch)
            .consumer("sink", sink)
            .inputs(["n"]),
    );
    let error = "actor `unready` failed in `on_start`: not today; its branch was stopped";
    assert_eq!((report.outcome, report.error.as_deref()), (Outcome::Failed, Some(error)));
    assert_eq!(taken(&kept), (1..=10).collect::<Vec<u64>>());
}

/// Emits numbers, each life from the start; fails after `steps[life]` of them.
struct Source {
    left: u32,
    pause: Duration,
    panics: bool,
}

impl Producer for Source {
    type Out = Outlet<u64>;

    async fn produce(&mut self, out: &mut Outlet<u64>) -> Result<Next> {
        out.emit(u64::from(self.left));
        match self.left.checked_sub(1) {
            Some(left) => self.left = left,
            None if self.panics => panic!("dry"),
            None => return Err("dry".into()),
        }
        Ok(Next::After(self.pause))
    }
}

#[test]
fn a_producer_is_made_anew_and_a_healthy_run_resets_its_backoff() {
    for panics in [false, true] {
        testkit::virtual_time(async {
            let since = Instant::now();
            let born = Arc::new(Mutex::new(Vec::new()));
            // The third life is a healthy one: 70 seconds.
            let (births, mut steps) = (born.clone(), [0, 0, 7, 0, 0, 0].into_iter());
            let make = move |_| {
                births.lock().expect("no panic").push(since.elapsed().as_secs());
                let left = steps.next().unwrap_or(0);
                Source { left, pause: 10 * SECOND, panics }
            };
            let running = testkit::start(
                Topology::new("source")
                    .producer_each("source", 1, make)
                    .on_error(restart(3))
                    .on_panic(restart(3))
                    .consumer("sink", for_each(|_: u64| {})),
            );
            let report = balanced(&running.wait().await);
            assert_eq!(
                taken(&born),
                [0, 1, 3, 74, 76, 80],
                "70 seconds of life between the third and fourth"
            );
            let verb = if panics { "panicked" } else { "failed" };
            let error = format!("actor `source` {verb} in `produce`: dry (restarted 3 times within 1m)");
            assert_eq!((report.outcome, report.error), (Outcome::Failed, Some(error)));
            assert_eq!((report.actors["source"].restarts, report.actors["source"].emitted), (5, 7));
            assert_eq!(report.actors["sink"].handled, 7, "what the failed call emitted is withdrawn");
        });
    }
}

#[test]
fn an_actor_that_always_fails_is_given_up_however_long_it_waits_in_between() {
    testkit::virtual_time(async {
        let make = |_| Source { left: 0, pause: SECOND, panics: false };
        let running = testkit::start(
            Topology::new("in vain")
                .producer_each("source", 1, make)
                .on_error(restart(3).backoff(100 * SECOND).max_backoff(100 * SECOND))
                .consumer("sink", for_each(|_: u64| {})),
        );
        let report = balanced(&running.wait().await);
        assert_eq!((report.outcome, report.actors["source"].restarts), (Outcome::Failed, 3));
        assert_eq!(report.elapsed_seconds.round(), 300.0);
    });
}

#[test]
fn a_producer_that_waits_to_be_made_anew_hears_a_drain() {
    testkit::virtual_time(async {
        let make = |_| Source { left: 0, pause: SECOND, panics: false };
        let running = testkit::start(
            Topology::new("drained")
                .producer_each("source", 1, make)
                .on_error(restart(3).backoff(1000 * SECOND).max_backoff(1000 * SECOND))
                .consumer("sink", for_each(|_: u64| {})),
        );
        testkit::settle().await;
        running.drain(30 * SECOND);
        let report = balanced(&running.wait().await);
        assert_eq!((report.outcome, report.elapsed_seconds < 1.0), (Outcome::Drained, true));
    });
}

#[test]
fn an_actor_that_is_made_anew_is_told_what_holds_it() {
    /// Fails at its second message; goes on in spite of signals, and counts them.
    struct Deaf(Arc<Mutex<Vec<u64>>>, u64);
    impl Stage for Deaf {
        type In = u64;
        type Out = Outlet<u64>;
        async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
            out.emit(n);
            if n == 3 { Err("deaf".into()) } else { Ok(()) }
        }
        fn reaction(&self) -> Reaction {
            Reaction::Continue
        }
        fn on_backpressure(&mut self, _: &Signal) {
            self.0.lock().expect("no panic").push(self.1);
        }
    }
    testkit::virtual_time(async {
        let told = Arc::new(Mutex::new(Vec::new()));
        let (probe, sink) = testkit::probe_consumer::<u64>();
        let (log, mut life) = (told.clone(), 0);
        let running = testkit::start(
            Topology::new("told")
                .producer("n", iter(1..=4u64))
                .stage_each("deaf", 1, move |_| {
                    life += 1;
                    Deaf(log.clone(), life)
                })
                .on_error(restart(3))
                .consumer("sink", sink)
                .mailbox(MailboxOptions::capacity(2).watermarks(0.0, 0.5)),
        );
        tokio::time::sleep(10 * SECOND).await;
        assert_eq!(taken(&told), [1, 2], "each life once");
        probe.request(4);
        balanced(&running.wait().await);
    });
}

#[test]
fn what_an_actor_held_when_it_failed_is_left() {
    /// Holds what it gets; fails at five.
    struct Hoard(usize);
    impl Consumer for Hoard {
        type In = u64;
        async fn handle(&mut self, n: u64) -> Result {
            self.0 += 1;
            if n == 5 { Err("too much".into()) } else { Ok(()) }
        }
        fn max_held(&self) -> usize {
            100
        }
        fn held(&self) -> usize {
            self.0.min(4)
        }
    }
    let report = testkit::run(
        Topology::new("hoard")
            .producer("n", iter(1..=8u64))
            .consumer_each("hoard", 1, |_| Hoard(0))
            .on_error(restart(1)),
    );
    let hoard = &report.actors["hoard"];
    assert_eq!((report.outcome, counts(hoard), hoard.restarts), (Outcome::Completed, (3, 1, 0, 4), 1));
}

#[test]
fn a_failing_hook_is_a_failure_like_any_other_but_has_no_message_to_pass_over() {
    /// Cannot start at first.
    struct Late(bool);
    impl Consumer for Late {
        type In = u64;
        async fn on_start(&mut self) -> Result {
            if self.0 { Ok(()) } else { Err("not yet".into()) }
        }
        async fn handle(&mut self, _: u64) -> Result {
            Ok(())
        }
    }
    let topology = |policy: OnError| {
        let mut life = 0;
        Topology::new("late")
            .producer("n", iter(1..=3u64))
            .consumer_each("late", 1, move |_| {
                life += 1;
                Late(life == 3)
            })
            .on_error(policy)
    };
    let report = testkit::run(topology(restart(2).into()));
    assert_eq!((report.outcome, report.actors["late"].restarts), (Outcome::Completed, 2));
    assert_eq!(report.actors["late"].handled, 3);
    let report = testkit::run(topology(OnError::Skip));
    assert_eq!(report.error.as_deref(), Some("actor `late` failed in `on_start`: not yet"));
    let report = testkit::run(topology(exact().then(Then::Restart(restart(2))).into()));
    assert_eq!(report.actors["late"].restarts, 2);
}

#[test]
fn an_actor_that_fails_when_it_ends_is_not_made_anew() {
    /// Fails at the end.
    struct Sour(u64);
    impl Producer for Sour {
        type Out = Outlet<u64>;
        async fn produce(&mut self, out: &mut Outlet<u64>) -> Result<Next> {
            self.0 += 1;
            out.emit(self.0);
            Ok(if self.0 < 3 { Next::More } else { Next::Done })
        }
        async fn on_end(&mut self, _: &mut Outlet<u64>) -> Result {
            Err("sour".into())
        }
    }
    impl Consumer for Sour {
        type In = u64;
        async fn handle(&mut self, _: u64) -> Result {
            Ok(())
        }
        async fn on_end(&mut self) -> Result {
            panic!("sour")
        }
    }
    let report = testkit::run(
        Topology::new("sour")
            .producer_each("source", 1, |_| Sour(0))
            .on_error(restart(5).then(Stop::Branch))
            .consumer_each("sink", 1, |_| Sour(0))
            .on_panic(restart(5).then(Stop::Branch)),
    );
    let error = "actor `source` failed in `on_end`: sour; its branch was stopped";
    assert_eq!((report.outcome, report.error.as_deref()), (Outcome::Failed, Some(error)));
    for actor in ["source", "sink"] {
        assert_eq!((report.actors[actor].restarts, report.actors[actor].state), (0, ActorState::Failed));
    }
    assert_eq!(report.actors["sink"].handled, 3);
}

#[test]
fn instances_that_share_a_mailbox_fail_and_are_made_anew_each_by_itself() {
    let (kept, sink) = keep::<u64>();
    let report = testkit::run(
        Topology::new("several")
            .producer("n", iter(1..=100u64))
            .stage_each("work", 3, |_| map(|n: u64| if n.is_multiple_of(10) { panic!("ten") } else { n }))
            .on_panic(Restart::times(20).backoff(SECOND).jitter(0.0))
            .consumer("sink", sink),
    );
    assert_eq!(report.outcome, Outcome::Completed);
    let work = &report.actors["work"];
    assert_eq!((work.handled, work.failed, work.restarts), (90, 10, 10));
    let mut kept = taken(&kept);
    kept.sort_unstable();
    assert_eq!(kept, (1..=100).filter(|n| n % 10 > 0).collect::<Vec<u64>>());
}

#[test]
fn what_cannot_be_made_anew_or_never_ends_is_found_before_the_start() {
    let found = |topology: Topology| -> Vec<String> {
        topology.check(false).iter().map(ToString::to_string).collect()
    };
    let problems = found(
        Topology::new("wrong")
            .producer("n", iter(1..=3u64))
            .on_panic(Restart::times(0))
            .stage_each("pass", 1, |_| map(|n: u64| n))
            .on_error(Retry::times(0).backoff(20 * SECOND).jitter(1.5))
            .on_panic(Restart::times(1).within(Duration::ZERO))
            .consumer("end", for_each(|_: u64| {}))
            .on_error(Retry::times(1).then(Then::Restart(Restart::default()))),
    );
    assert_eq!(
        problems,
        [
            "actor `n`, `on_panic`: `n` was given by value, so it cannot be made anew (give a factory: \
             `producer_each(\"n\", 1, |_| ...)`)",
            "actor `n`, `on_panic.restart`: 0 restarts are none (the smallest number is 1; write \"stop\" for none)",
            "actor `pass`, `on_error.retry`: 0 retries are none (the smallest number is 1; without retries, write what \
             is to follow)",
            "actor `pass`, `on_error.backoff`: the first wait 20s is longer than the longest, 10s (make `max_backoff` at \
             least as long as `backoff`)",
            "actor `pass`, `on_error.jitter`: 1.5 is no share (it is from 0 to 1: 0.2 makes a wait up to a fifth longer \
             or shorter)",
            "actor `pass`, `on_panic.within`: no restart is ever within no time, so there would be no limit to them \
             (write how long the actor must run well to be given all its restarts anew)",
            "actor `end`, `on_error`: `end` was given by value, so it cannot be made anew (give a factory: \
             `consumer_each(\"end\", 1, |_| ...)`)",
        ]
    );
}

/// Cannot start.
struct Unstartable;

impl Stage for Unstartable {
    type In = u64;
    type Out = Outlet<u64>;

    async fn on_start(&mut self, _: &mut Outlet<u64>) -> Result {
        Err("no luck".into())
    }

    async fn handle(&mut self, _: u64, _: &mut Outlet<u64>) -> Result {
        Ok(())
    }
}

#[test]
fn who_is_not_wanted_any_more_before_it_has_started_keeps_nobody_from_starting() {
    testkit::virtual_time(async {
        let running = testkit::start(
            Topology::new("early")
                .producer("n", iter(0..10u64))
                .stage_each("again", 1, |_| Unstartable)
                .on_error(Restart::times(5).backoff(Duration::from_secs(1)))
                .stage("never", Unstartable)
                .on_error(OnError::StopBranch)
                .consumer("end", for_each(|_: u64| {}))
                .consumer("other", for_each(|_: u64| {}))
                .inputs(["n"]),
        );
        let ended = tidegate::time::timeout(Duration::from_secs(60), running.wait()).await;
        let report = balanced(&ended.expect("it ends"));
        assert_eq!((report.outcome, report.actors["other"].handled), (Outcome::Failed, 10));
    });
}

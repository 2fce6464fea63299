//! Errors and panics stay inside the actor they happened in, and every message is accounted for.

use std::time::Duration;
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};
use tidegate::{ActorState, Outcome};

/// Where a [`Faulty`] actor goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Start,
    Handle,
    HandleAfterAwait,
    Tick,
    End,
    Stop,
    Backpressure,
    Held,
    Drop,
}

const EVERYWHERE: [At; 9] = [
    At::Start,
    At::Handle,
    At::HandleAfterAwait,
    At::Tick,
    At::End,
    At::Stop,
    At::Backpressure,
    At::Held,
    At::Drop,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Error,
    Panic,
}

/// Goes wrong at one place; when handling, at the message 5.
struct Faulty(At, How);

impl Faulty {
    fn at(&self, at: At) -> Result {
        match self.1 {
            _ if self.0 != at => Ok(()),
            How::Error => Err("the tide is out".into()),
            How::Panic => panic!("the tide is out"),
        }
    }
}

impl Stage for Faulty {
    type In = u64;
    type Out = Outlet<u64>;

    async fn on_start(&mut self, _: &mut Outlet<u64>) -> Result {
        self.at(At::Start)
    }

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        out.emit(n);
        if n == 5 {
            self.at(At::Handle)?;
            tokio::task::yield_now().await;
            self.at(At::HandleAfterAwait)?;
        }
        Ok(())
    }

    fn tick_every(&self) -> Option<Duration> {
        Some(Duration::from_millis(10))
    }

    async fn on_tick(&mut self, _: &mut Outlet<u64>) -> Result {
        self.at(At::Tick)
    }

    async fn on_end(&mut self, _: &mut Outlet<u64>) -> Result {
        self.at(At::End)
    }

    async fn on_stop(&mut self) -> Result {
        self.at(At::Stop)
    }

    fn on_backpressure(&mut self, _: &Signal) {
        let _ = self.at(At::Backpressure);
    }

    fn held(&self) -> usize {
        let _ = self.at(At::Held);
        0
    }
}

impl Drop for Faulty {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = self.at(At::Drop);
        }
    }
}

/// A number every millisecond, so that ticks have their turn, too.
fn slowly(count: u64) -> impl Producer<Out = Outlet<u64>> {
    struct Slowly(u64, u64);
    impl Producer for Slowly {
        type Out = Outlet<u64>;
        async fn produce(&mut self, out: &mut Outlet<u64>) -> Result<Next> {
            out.emit(self.0);
            self.0 += 1;
            Ok(if self.0 < self.1 { Next::After(Duration::from_millis(1)) } else { Next::Done })
        }
    }
    Slowly(0, count)
}

fn report(at: At, how: How) -> Report {
    let (probe, consumer) = testkit::probe_consumer::<u64>();
    testkit::virtual_time(async {
        let running = testkit::start(
            Topology::new("faulty")
                .producer("slowly", slowly(40))
                .stage("faulty", Faulty(at, how))
                .consumer("sink", consumer)
                .mailbox(MailboxOptions::capacity(10)),
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
        probe.request(100);
        balanced(&running.wait().await)
    })
}

#[test]
fn an_error_or_panic_anywhere_ends_the_topology_in_good_order_and_the_ledger_balances() {
    for at in EVERYWHERE {
        for how in [How::Error, How::Panic] {
            let report = report(at, how);
            // Hooks that return nothing cannot fail, and a destructor has no message to lose.
            let silent = match how {
                How::Error => matches!(at, At::Backpressure | At::Held | At::Drop),
                How::Panic => at == At::Drop,
            };
            if silent {
                assert_eq!((report.outcome, report.error), (Outcome::Completed, None), "{at:?} {how:?}");
                continue;
            }
            assert_eq!(report.outcome, Outcome::Failed, "{at:?} {how:?}");
            let error = report.error.as_ref().expect("a failed run has an error");
            let verb = if how == How::Panic { "panicked" } else { "failed" };
            assert!(error.starts_with(&format!("actor `faulty` {verb} ")), "{error}");
            assert!(error.ends_with(": the tide is out"), "{error}");
            assert_eq!(report.actors["faulty"].state, ActorState::Failed);
            assert_eq!(report.actors["sink"].state, ActorState::Ended, "{at:?} {how:?}");
        }
    }
}

#[test]
fn the_message_is_named_with_its_position() {
    for how in [How::Error, How::Panic] {
        for at in [At::Handle, At::HandleAfterAwait] {
            let report = report(at, how);
            let error = report.error.as_ref().expect("a failed run has an error");
            assert!(error.contains(" at message 6 of its input, 5: "), "{error}");
            let faulty = &report.actors["faulty"];
            assert_eq!(
                (faulty.handled, faulty.failed, faulty.emitted),
                (5, 1, 5),
                "what it emitted is withdrawn"
            );
            assert_eq!(report.actors["sink"].handled, 5, "what came before is handled");
        }
    }
}

#[test]
fn a_failed_start_lets_nobody_send() {
    let report = report(At::Start, How::Error);
    assert_eq!(report.error.as_deref(), Some("actor `faulty` failed in `on_start`: the tide is out"));
    assert!(report.actors.values().all(|actor| actor.emitted == 0 && actor.received == 0));
}

#[test]
fn a_producer_that_fails_or_panics_is_named() {
    for (how, verb) in [(How::Error, "failed"), (How::Panic, "panicked")] {
        let mut left = 10;
        let numbers = from_fn(move || {
            left -= 1;
            if left == 0 && how == How::Panic {
                panic!("no more water");
            }
            Some(1u64)
        });
        struct Failing<P>(P, u64);
        impl<P: Producer<Out = Outlet<u64>>> Producer for Failing<P> {
            type Out = Outlet<u64>;
            async fn produce(&mut self, out: &mut Outlet<u64>) -> Result<Next> {
                self.1 -= 1;
                if self.1 == 0 {
                    return Err("no more water".into());
                }
                self.0.produce(out).await
            }
        }
        let producer = Failing(numbers, if how == How::Error { 10 } else { 1_000 });
        let report = testkit::run(
            Topology::new("source").producer("source", producer).consumer("sink", for_each(|_: u64| {})),
        );
        assert_eq!(report.error, Some(format!("actor `source` {verb} in `produce`: no more water")));
        assert_eq!((report.actors["source"].emitted, report.actors["sink"].handled), (9, 9));
    }
}

/// Refuses odd numbers.
struct Even;

impl Stage for Even {
    type In = String;
    type Out = Outlet<u64>;

    async fn handle(&mut self, text: String, out: &mut Outlet<u64>) -> Result {
        let n: u64 = text.parse()?;
        out.emit(n);
        if n % 2 == 1 { Err(format!("{n} is odd").into()) } else { Ok(()) }
    }

    fn on_error(&self) -> OnError {
        OnError::DeadLetter
    }
}

fn words() -> impl Producer<Out = Outlet<String>> {
    iter(["1", "2", "x", "4", "5"].map(String::from))
}

#[test]
fn failed_messages_go_to_the_dead_letter_port() {
    let (letters, consumer) = to_kept::<DeadLetter>();
    let report = testkit::run(
        Topology::new("letters")
            .producer("words", words())
            .stage("even", Even)
            .consumer("sink", for_each(|n: u64| assert!(n.is_multiple_of(2))))
            .consumer("letters", consumer)
            .inputs(["even.dead_letters"]),
    );
    assert_eq!(report.outcome, Outcome::Completed);
    let even = &report.actors["even"];
    assert_eq!((even.handled, even.failed, even.dead_lettered, even.emitted), (2, 3, 3, 2));
    let letters = letters.lock().expect("no panic");
    let told: Vec<_> = letters.iter().map(|letter| (letter.message::<String>(), letter.error())).collect();
    let message = |text: &str| Some(text.to_string());
    assert_eq!(
        told,
        [
            (message("1"), "1 is odd"),
            (message("x"), "invalid digit found in string"),
            (message("5"), "5 is odd")
        ]
    );
    assert!(letters.iter().all(|letter| letter.actor() == "even" && letter.attempts() == 1));
}

#[test]
fn failed_messages_are_counted_where_nobody_reads_dead_letters() {
    let topology = || {
        Topology::new("counted")
            .producer("words", words())
            .stage("even", Even)
            .consumer("sink", for_each(|_: u64| {}))
    };
    let report = testkit::run(topology());
    assert_eq!((report.outcome, report.actors["even"].failed), (Outcome::Completed, 3));
    assert_eq!(report.actors["even"].dead_lettered, 0);
    // The topology can be stricter than the actor.
    let strict = Topology::new("strict")
        .producer("words", words())
        .stage("even", Even)
        .on_error(OnError::Stop)
        .consumer("sink", for_each(|_: u64| {}));
    let report = testkit::run(strict);
    let error = report.error.expect("it stops at the first");
    assert_eq!(error, "actor `even` failed at message 1 of its input: 1 is odd");
}

#[test]
fn dead_letters_backpressure_and_none_is_lost() {
    testkit::virtual_time(async {
        let (letters, consumer) = testkit::probe_consumer::<DeadLetter>();
        let running = testkit::start(
            Topology::new("slow letters")
                .producer("words", iter((0..100u64).map(|n| (2 * n + 1).to_string())))
                .stage("even", Even)
                .consumer("sink", for_each(|_: u64| {}))
                .consumer("letters", consumer)
                .inputs(["even.dead_letters"])
                .mailbox(MailboxOptions::capacity(2)),
        );
        testkit::settle().await;
        assert_eq!(running.snapshot().actors["even"].failed, 3, "two wait, one is in hand");
        letters.request(100);
        let report = balanced(&running.wait().await);
        assert_eq!((report.actors["even"].dead_lettered, report.actors["letters"].handled), (100, 100));
    });
}

#[test]
fn emitting_more_than_was_declared_fails_and_names_the_way_out() {
    struct Twice;
    impl Stage for Twice {
        type In = u64;
        type Out = Outlet<u64>;
        async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
            out.emit(n);
            out.emit(n);
            Ok(())
        }
    }
    let report = testkit::run(
        Topology::new("twice")
            .producer("n", iter(0..5u64))
            .stage("twice", Twice)
            .consumer("sink", for_each(|_: u64| {})),
    );
    let error = report.error.expect("it fails");
    assert!(error.contains("emitted more than 1 in one call") && error.contains("send(..).await"), "{error}");
    assert_eq!(report.actors["twice"].emitted, 0);
}

/// A consumer that keeps what it gets.
fn to_kept<T: Message>() -> (std::sync::Arc<std::sync::Mutex<Vec<T>>>, impl Consumer<In = T>) {
    let kept = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let keeper = kept.clone();
    (kept, for_each(move |message: T| keeper.lock().expect("no panic").push(message)))
}

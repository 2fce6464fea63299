//! What a mailbox asks for: room.

use crate::link;
use crate::recorded::*;
use std::cell::Cell;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::{self, ThreadId};
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};
use tidegate::{Outcome, StartError};

#[test]
fn rule_3_01_what_an_actor_wants_is_asked_on_its_own_thread() {
    struct Asked(Arc<Mutex<Vec<ThreadId>>>);
    impl Asked {
        fn note(&self) {
            self.0.lock().expect("no panic").push(thread::current().id());
        }
    }
    impl Consumer for Asked {
        type In = u64;
        async fn on_start(&mut self) -> Result {
            self.note();
            Ok(())
        }
        async fn handle(&mut self, _: u64) -> Result {
            self.note();
            Ok(())
        }
        fn is_finished(&self) -> bool {
            self.note();
            false
        }
    }
    let threads = [Arc::default(), Arc::default()];
    let [first, second] = threads.each_ref().map(Arc::clone);
    let running = Topology::new("threads")
        .arbiters(3)
        .producer("n", iter(0..500u64))
        .consumer("first", Asked(first))
        .inputs(["n"])
        .mailbox(MailboxOptions::capacity(2))
        .consumer("second", Asked(second))
        .inputs(["n"])
        .mailbox(MailboxOptions::capacity(2))
        .start()
        .expect("a sound topology");
    balanced(&running.join());
    for threads in threads {
        let threads = threads.lock().expect("no panic");
        assert!(threads.len() > 1_000 && threads.iter().all(|thread| *thread == threads[0]));
    }
}

#[test]
fn rule_3_02_room_comes_free_while_a_message_is_handled() {
    testkit::virtual_time(async {
        let log = Log::default();
        let (asked, sink) = Sink::asking(&log, "end");
        let running = testkit::start(link(Source::new(&log, 5).heedless(), sink, 1));
        testkit::settle().await;
        // The first message is in the handler, which has not returned: its place was asked for again.
        let seen = running.snapshot();
        let end = &seen.actors["end"];
        assert_eq!((end.handled, end.in_handler, end.waiting, seen.actors["n"].emitted), (0, 1, 1, 2));
        asked.add_permits(5);
        balanced(&running.wait().await);
    });
}

#[test]
fn rule_3_02_an_actor_may_send_while_it_starts() {
    struct Greets;
    impl Producer for Greets {
        type Out = Outlet<u64>;
        async fn on_start(&mut self, out: &mut Outlet<u64>) -> Result {
            for n in 0..10 {
                out.send(n).await;
            }
            Ok(())
        }
        async fn produce(&mut self, _: &mut Outlet<u64>) -> Result<Next> {
            Ok(Next::Done)
        }
    }
    let log = Log::default();
    testkit::run(link(Greets, Sink::new(&log, "end"), 1));
    assert_eq!(log.taken("end"), (0..10).collect::<Vec<_>>());
}

thread_local! {
    /// How many calls of actors are on the stack of this thread.
    static ON_STACK: Cell<u64> = const { Cell::new(0) };
}

/// Counts calls, and those that one was made inside of another.
#[derive(Clone, Default)]
struct Depth(Arc<AtomicU64>, Arc<AtomicU64>);

impl Depth {
    fn call<R>(&self, call: impl FnOnce() -> R) -> R {
        self.0.fetch_add(1, Ordering::Relaxed);
        self.1.fetch_add(ON_STACK.replace(ON_STACK.get() + 1), Ordering::Relaxed);
        let result = call();
        ON_STACK.set(ON_STACK.get() - 1);
        result
    }

    /// Polls `future`, and each poll is a call.
    async fn polled<R>(&self, future: impl Future<Output = R>) -> R {
        let mut future = pin!(future);
        std::future::poll_fn(|cx| self.call(|| future.as_mut().poll(cx))).await
    }

    fn assert_flat(&self, calls: u64) {
        assert!(self.0.load(Ordering::Relaxed) >= calls, "they are counted");
        assert_eq!(self.1.load(Ordering::Relaxed), 0, "calls inside of others");
    }
}

struct Shallow(Depth, u64);

impl Producer for Shallow {
    type Out = Outlet<u64>;

    async fn produce(&mut self, out: &mut Outlet<u64>) -> Result<Next> {
        let (depth, n) = (self.0.clone(), &mut self.1);
        depth
            .polled(async {
                if *n == 0 {
                    return Ok(Next::Done);
                }
                *n -= 1;
                match *n % 2 {
                    0 => out.emit(*n),
                    _ => out.send(*n).await,
                }
                Ok(Next::More)
            })
            .await
    }

    async fn on_end(&mut self, out: &mut Outlet<u64>) -> Result {
        self.0.clone().polled(out.send(0)).await;
        Ok(())
    }
}

impl Stage for Shallow {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        self.0.clone().polled(out.send(n)).await;
        Ok(())
    }

    fn handle_now(&mut self, n: u64, out: &mut Outlet<u64>) -> Now<u64> {
        if n.is_multiple_of(3) {
            return Now::Later(n);
        }
        self.0.call(|| out.emit(n));
        Now::Done(Ok(()))
    }

    async fn on_end(&mut self, out: &mut Outlet<u64>) -> Result {
        self.0.clone().polled(out.send(0)).await;
        Ok(())
    }

    fn is_finished(&self) -> bool {
        self.0.call(|| false)
    }
}

impl Consumer for Shallow {
    type In = u64;

    async fn handle(&mut self, _: u64) -> Result {
        self.0.call(|| ());
        Ok(())
    }

    async fn on_end(&mut self) -> Result {
        self.0.call(|| ());
        Ok(())
    }

    fn is_finished(&self) -> bool {
        self.0.call(|| false)
    }
}

fn shallow(messages: u64, capacity: usize) {
    let depth = Depth::default();
    let shallow = |n| Shallow(depth.clone(), n);
    let report = testkit::run(
        Topology::new("shallow")
            .default_mailbox(MailboxOptions::capacity(capacity))
            .producer("n", shallow(messages))
            .stage("pass", shallow(0))
            .consumer("end", shallow(0)),
    );
    assert_eq!(report.actors["end"].handled, messages + 2);
    depth.assert_flat(3 * messages);
}

#[test]
fn rule_3_03_messages_and_room_call_nobody_recursively() {
    shallow(5_000, 1);
    shallow(5_000, 2);
}

#[test]
fn rule_3_10_room_that_comes_free_calls_nobody_on_the_spot() {
    shallow(500, 64);
}

#[test]
fn rule_3_11_an_end_calls_nobody_on_the_spot() {
    // The first end comes out of the only call there is, and meets readers that sleep.
    shallow(0, 1);
}

#[test]
fn rule_3_04_asking_for_room_waits_for_nobody() {
    let (go, stuck) = mpsc::channel::<()>();
    let running = Topology::new("stuck")
        .arbiters(1)
        .default_mailbox(MailboxOptions::capacity(2))
        .producer("n", iter(0..10u64))
        .consumer("stuck", for_each(move |_: u64| assert!(stuck.recv().is_err(), "nothing is sent")))
        .inputs(["n"])
        .blocking()
        .producer("other", iter(0..1_000u64))
        .consumer("end", for_each(|_: u64| {}))
        .inputs(["other"])
        .start()
        .expect("a sound topology");
    // The reader never comes back. Whoever waits for its room does not keep the thread that all the others share.
    let seen = testkit::eventually(&running, |seen| {
        seen.actors["end"].handled == 1_000 && seen.actors["n"].emitted == 3
    });
    assert_eq!((seen.actors["stuck"].in_handler, seen.actors["stuck"].waiting), (1, 2));
    drop(go);
    assert_eq!(balanced(&running.join()).outcome, Outcome::Completed);
}

#[test]
fn rule_3_08_what_is_asked_for_adds_up() {
    for steps in [vec![1, 2, 3], vec![6], vec![2, 0, 0, 4]] {
        testkit::virtual_time(async {
            let log = Log::default();
            let (asked, sink) = Sink::asking(&log, "end");
            let running = testkit::start(link(Source::new(&log, 50).heedless(), sink, 2));
            // Asked for before anything is there, and in between.
            steps.iter().for_each(|step| asked.add_permits(*step));
            testkit::settle().await;
            assert_eq!(log.taken("end"), (0..=6).collect::<Vec<_>>(), "six are done, one is in hand");
            steps.iter().for_each(|step| asked.add_permits(*step));
            testkit::settle().await;
            assert_eq!(log.taken("end"), (0..=12).collect::<Vec<_>>());
            assert_eq!(running.snapshot().actors["n"].emitted, 12 + 1 + 2);
            asked.add_permits(100);
            balanced(&running.wait().await);
        });
    }
}

#[test]
fn rule_3_09_room_for_none_is_refused_with_the_reason() {
    let log = Log::default();
    let none = link(Source::new(&log, 5), Sink::new(&log, "end"), 0);
    let Err(StartError::Check(problems)) = none.start() else { panic!("it could take no message") };
    assert!(problems.to_string().contains("a mailbox of capacity 0 takes no message"), "{problems}");
    testkit::virtual_time(async {
        let (asked, sink) = Sink::asking(&log, "end");
        let running = testkit::start(link(Source::new(&log, 5), sink, 2));
        let error = running.set_mailbox("end", &MailboxOptions::capacity(0)).expect_err("nor while it runs");
        assert!(error.to_string().contains("capacity 0 takes no message"), "{error}");
        asked.add_permits(5);
        assert_eq!(balanced(&running.wait().await).outcome, Outcome::Completed, "nothing has changed");
    });
}

#[test]
fn rule_3_16_asking_for_room_that_never_comes_returns_when_the_link_ends() {
    /// It waits for room, and says whether it got on.
    struct Waits(Arc<AtomicU64>);
    impl Producer for Waits {
        type Out = Outlet<u64>;
        async fn produce(&mut self, out: &mut Outlet<u64>) -> Result<Next> {
            for n in 0..10 {
                out.send(n).await;
                self.0.fetch_add(1, Ordering::Relaxed);
            }
            Ok(Next::Done)
        }
    }
    testkit::virtual_time(async {
        let returned = Arc::new(AtomicU64::new(0));
        let log = Log::default();
        let (asked, leaves) = Sink::asking(&log, "leaves");
        let running = testkit::start(
            Topology::new("waits")
                .producer("n", Waits(returned.clone()))
                .consumer("leaves", leaves.wanting(1))
                .inputs(["n"])
                .mailbox(MailboxOptions::capacity(2))
                .consumer("stays", Sink::new(&log, "stays"))
                .inputs(["n"]),
        );
        testkit::settle().await;
        assert_eq!(returned.load(Ordering::Relaxed), 3, "the fourth waits");
        asked.add_permits(1);
        let report = balanced(&running.wait().await);
        assert_eq!((report.outcome, returned.load(Ordering::Relaxed)), (Outcome::Completed, 10));
        assert_eq!(report.actors["stays"].handled, 10);
    });
}

#[test]
fn rule_3_17_as_much_may_be_asked_for_as_can_be_counted() {
    for capacity in [i64::MAX as usize, usize::MAX] {
        let log = Log::default();
        let sources = ["a", "b"].map(|name| Source { end: 2_000, ..Source::of(log.diary(name)) });
        let [a, b] = sources;
        let topology = Topology::new("much")
            .producer("a", a)
            .producer("b", b)
            .consumer("end", Sink::new(&log, "end"))
            .inputs(["a", "b"])
            .mailbox(MailboxOptions::capacity(capacity));
        assert!(topology.bound().messages >= capacity, "the sum does not wrap");
        let report = testkit::run(topology);
        assert_eq!((report.outcome, report.actors["end"].handled), (Outcome::Completed, 4_000));
    }
    // Often, too: a mailbox of one asks again for each message.
    let report = testkit::run(link(iter(0..50_000), for_each(|_: u64| {}), 1));
    assert_eq!(report.actors["end"].handled, 50_000);
}

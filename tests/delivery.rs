//! At-least-once delivery: what a producer is told is done, and when.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use support::Halve;
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced, probe_consumer, settle};
use tidegate::topology::Delivery;

/// Makes numbers from 1 on, and remembers how many are done.
struct Numbers {
    made: u64,
    end: u64,
    done: Arc<AtomicU64>,
}

fn numbers(end: u64) -> (Numbers, Arc<AtomicU64>) {
    let done = Arc::new(AtomicU64::new(0));
    (Numbers { made: 0, end, done: done.clone() }, done)
}

impl Producer for Numbers {
    type Out = Outlet<u64>;

    async fn produce(&mut self, out: &mut Outlet<u64>) -> Result<Next> {
        if self.made == self.end {
            return Ok(Next::Done);
        }
        self.made += 1;
        out.emit(self.made);
        Ok(Next::More)
    }

    fn can_resume(&self) -> bool {
        true
    }

    fn on_acknowledged(&mut self, count: u64) {
        assert!(count > self.done.load(Ordering::Relaxed), "it is told of progress only");
        assert!(count <= self.made, "no more is done than was made");
        self.done.store(count, Ordering::Relaxed);
    }

    fn tick_every(&self) -> Option<Duration> {
        Some(Duration::from_millis(1))
    }
}

fn done(count: &AtomicU64) -> u64 {
    count.load(Ordering::Relaxed)
}

/// Emits the sums of so many.
struct Sums {
    of: usize,
    held: Vec<u64>,
}

impl Stage for Sums {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        self.held.push(n);
        if self.held.len() == self.of {
            out.emit(self.held.drain(..).sum());
        }
        Ok(())
    }

    async fn on_end(&mut self, out: &mut Outlet<u64>) -> Result {
        if !self.held.is_empty() {
            out.send(self.held.drain(..).sum()).await;
        }
        Ok(())
    }

    fn held(&self) -> usize {
        self.held.len()
    }

    fn max_held(&self) -> usize {
        self.of
    }
}

#[test]
fn at_the_end_all_is_done_whatever_way_it_went() {
    for arbiters in [1, 2] {
        let (producer, count) = numbers(10_000);
        let odd = |n: u64| if n.is_multiple_of(2) { None } else { Some(n) };
        let report = Topology::new("ways")
            .arbiters(arbiters)
            .producer("n", producer)
            .stage("odd", flat_map(odd))
            .stage("sums", Sums { of: 7, held: Vec::new() })
            .consumer("end", for_each(|_: u64| {}))
            .consumer_each("shared", 3, |_| for_each(|_: u64| {}))
            .inputs(["n"])
            .consumer_each("turns", 3, |_| for_each(|_: u64| {}))
            .routing(Routing::RoundRobin)
            .inputs(["odd"])
            .start()
            .expect("it starts")
            .join();
        balanced(&report);
        assert_eq!(done(&count), 10_000, "with {arbiters} arbiters");
    }
}

#[test]
fn a_message_is_done_when_the_consumer_has_handled_it_and_not_before() {
    testkit::virtual_time(async {
        let (producer, count) = numbers(100);
        let (sink, consumer) = probe_consumer::<u64>();
        let running = testkit::start(
            Topology::new("later")
                .default_mailbox(MailboxOptions::capacity(4))
                .producer("n", producer)
                .stage("same", map(|n: u64| n))
                .consumer("sink", consumer),
        );
        settle().await;
        assert_eq!(done(&count), 0);
        for handled in 1..=50 {
            sink.request(1);
            sink.expect([handled]).await;
            // Until the producer's next tick.
            settle().await;
            settle().await;
            // The stage notes what it has done after each run of calls, here at most a mailbox of them.
            assert!(
                (handled.saturating_sub(4)..=handled).contains(&done(&count)),
                "{} of {handled}",
                done(&count)
            );
        }
        sink.request(50);
        balanced(&running.wait().await);
        assert_eq!(done(&count), 100);
    });
}

#[test]
fn what_an_actor_holds_is_not_done_before_what_it_emits_for_it() {
    testkit::virtual_time(async {
        let (producer, count) = numbers(10);
        let (sink, consumer) = probe_consumer::<u64>();
        let running = testkit::start(
            Topology::new("held")
                .producer("n", producer)
                .stage("sums", Sums { of: 4, held: Vec::new() })
                .consumer("sink", consumer),
        );
        sink.request(1);
        sink.expect([1 + 2 + 3 + 4]).await;
        settle().await;
        settle().await;
        assert_eq!(done(&count), 0, "the stage has noted eight and two sums");
        sink.request(1);
        sink.expect([5 + 6 + 7 + 8]).await;
        settle().await;
        settle().await;
        assert!(done(&count) <= 8, "nine and ten are summed up, and the sum is not handled");
        sink.request(1);
        balanced(&running.wait().await);
        assert_eq!(done(&count), 10);
    });
}

/// Takes its time for the first message.
struct SlowAtFirst;

impl Consumer for SlowAtFirst {
    type In = u64;

    async fn handle(&mut self, n: u64) -> Result {
        if n == 1 {
            tokio::time::sleep(Duration::from_secs(10)).await;
        }
        Ok(())
    }
}

#[test]
fn a_slow_instance_holds_up_what_others_have_done_after_it() {
    testkit::virtual_time(async {
        let (producer, count) = numbers(50);
        let running = testkit::start(Topology::new("overtaken").producer("n", producer).consumer_each(
            "end",
            2,
            |_| SlowAtFirst,
        ));
        tokio::time::sleep(Duration::from_secs(9)).await;
        let handled = running.snapshot().actors["end"].handled;
        assert_eq!((handled, done(&count)), (49, 0), "the first is in hand, and nothing after it counts");
        balanced(&running.wait().await);
        assert_eq!(done(&count), 50);
    });
}

/// Fails at one number.
struct FailsAt(u64);

impl Consumer for FailsAt {
    type In = u64;

    async fn handle(&mut self, n: u64) -> Result {
        if n == self.0 { Err("no".into()) } else { Ok(()) }
    }
}

#[test]
fn what_was_lost_when_an_actor_failed_is_not_done_and_nobody_waits_for_it() {
    testkit::virtual_time(async {
        let (producer, count) = numbers(100);
        let running = testkit::start(
            Topology::new("lost")
                .default_mailbox(MailboxOptions::capacity(4))
                .producer("n", producer)
                .stage("same", map(|n: u64| n))
                .consumer("end", FailsAt(30)),
        );
        let since = tokio::time::Instant::now();
        let report = balanced(&running.wait().await);
        assert_eq!(report.outcome, tidegate::Outcome::Failed);
        assert!(done(&count) < 30, "{} are done, and the 30th failed", done(&count));
        assert!(since.elapsed() < Duration::from_secs(1));
    });
}

#[test]
fn what_failed_and_was_dead_lettered_is_done_when_the_letter_is_handled() {
    let (producer, count) = numbers(100);
    let report = testkit::run(
        Topology::new("letters")
            .producer("n", producer)
            .consumer("end", FailsAt(30))
            .consumer("letters", for_each(|_: DeadLetter| {}))
            .inputs(["end.dead_letters"]),
    );
    assert_eq!((report.actors["letters"].handled, done(&count)), (1, 100));
}

/// Wants only the first few.
struct First(u64);

impl Consumer for First {
    type In = u64;

    async fn handle(&mut self, _: u64) -> Result {
        self.0 -= 1;
        Ok(())
    }

    fn is_finished(&self) -> bool {
        self.0 == 0
    }
}

#[test]
fn a_consumer_that_wants_no_more_holds_up_nothing() {
    for instances in [1, 2] {
        let (producer, count) = numbers(1000);
        let report = testkit::run(
            Topology::new("enough")
                .default_mailbox(MailboxOptions::capacity(16))
                .producer("n", producer)
                .consumer_each("some", instances, |_| First(5))
                .consumer("all", for_each(|_: u64| {}))
                .inputs(["n"]),
        );
        assert_eq!(
            (report.actors["some"].handled, report.actors["all"].handled),
            (5 * instances as u64, 1000)
        );
        assert_eq!(done(&count), 1000);
    }
}

#[test]
fn what_is_held_for_a_consumer_that_wants_no_more_holds_up_nothing() {
    let (producer, count) = numbers(1000);
    let ended = testkit::virtual_time(async {
        let running = testkit::start(
            Topology::new("enough")
                .default_mailbox(MailboxOptions::capacity(16))
                .producer("n", producer)
                .stage("sums", Sums { of: 4, held: Vec::new() })
                .consumer("some", First(5))
                .consumer("all", for_each(|_: u64| {}))
                .inputs(["n"]),
        );
        tidegate::time::timeout(Duration::from_secs(60), running.wait()).await
    });
    let report = balanced(&ended.expect("the producer waits for nothing"));
    assert_eq!((report.actors["some"].handled, report.actors["all"].handled), (5, 1000));
    assert_eq!(done(&count), 1000);
}

/// Fails at every number from this one on.
struct FailsFrom(u64);

impl Stage for FailsFrom {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        if n >= self.0 {
            return Err("no".into());
        }
        out.emit(n);
        Ok(())
    }
}

#[test]
fn what_waits_to_be_handled_again_when_nobody_wants_it_any_more_holds_up_nothing() {
    let (producer, count) = numbers(100);
    let ended = testkit::virtual_time(async {
        let (sink, consumer) = probe_consumer::<u64>();
        let running = testkit::start(
            Topology::new("again")
                .producer("n", producer)
                .stage("fails", FailsFrom(4))
                .on_error(Retry::times(9).backoff(Duration::from_secs(9)))
                .consumer("sink", consumer)
                .consumer("all", for_each(|_: u64| {}))
                .inputs(["n"]),
        );
        sink.request(3);
        sink.expect(1..=3).await;
        settle().await;
        running.drain_actor("sink").unwrap();
        tidegate::time::timeout(Duration::from_secs(60), running.wait()).await
    });
    let report = balanced(&ended.expect("the producer waits for nothing"));
    assert_eq!((report.actors["fails"].handled, report.actors["all"].handled), (3, 100));
    assert_eq!(done(&count), 100);
}

#[test]
fn what_a_policy_drops_is_done_where_that_is_allowed_and_an_error_where_it_is_not() {
    let lossy = |overflow| {
        let (producer, count) = numbers(1000);
        let topology = Topology::new("lossy")
            .producer("n", producer)
            .consumer("end", for_each(|_: u64| {}))
            .mailbox(MailboxOptions::capacity(3).overflow(overflow));
        (topology, count)
    };
    for overflow in [Overflow::DropNewest, Overflow::DropOldest, Overflow::DropYoungest, Overflow::DropAll] {
        let problems = lossy(overflow).0.check(false);
        assert!(
            problems.iter().any(|problem| problem.to_string().contains("can be lost here")),
            "{problems:?}"
        );
        let (topology, count) = lossy(overflow);
        let report = testkit::run(topology.allow_loss());
        assert!(report.actors["end"].dropped.overflow > 0, "{overflow:?}");
        assert_eq!(done(&count), 1000, "{overflow:?}");
    }
}

#[test]
fn a_drain_waits_until_what_was_produced_is_done() {
    testkit::virtual_time(async {
        let (producer, count) = numbers(u64::MAX);
        let (sink, consumer) = probe_consumer::<u64>();
        let running =
            testkit::start(Topology::new("drained").producer("n", producer).consumer("sink", consumer));
        sink.request(10_000);
        settle().await;
        running.drain(Duration::from_secs(60));
        sink.request(2_000);
        let report = balanced(&running.wait().await);
        assert_eq!(done(&count), report.actors["sink"].handled);
        assert_eq!(done(&count), report.actors["n"].emitted);
        assert_eq!(report.outcome, tidegate::Outcome::Drained);
    });
}

#[test]
fn only_a_producer_that_can_resume_delivers_at_least_once() {
    let problems = Topology::new("cannot")
        .producer("n", iter(0..3u64))
        .delivery(Delivery::AtLeastOnce)
        .consumer("end", for_each(|_: u64| {}))
        .check(false);
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].to_string().contains("`Iter` cannot deliver at least once"), "{}", problems[0]);
    let (producer, count) = numbers(3);
    let at_most_once = Topology::new("plain")
        .producer("n", producer)
        .delivery(Delivery::AtMostOnce)
        .consumer("end", for_each(|_: u64| {}));
    testkit::run(at_most_once);
    assert_eq!(done(&count), 0, "nobody asked");
}

/// Sums that forget what they hold: they panic at one number, once.
struct Forgetful {
    sums: Sums,
    panics: Arc<AtomicU64>,
}

impl Stage for Forgetful {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        assert!(n != 10 || self.panics.fetch_add(1, Ordering::Relaxed) > 0, "ten");
        self.sums.handle(n, out).await
    }

    fn held(&self) -> usize {
        self.sums.held()
    }

    fn max_held(&self) -> usize {
        self.sums.max_held()
    }
}

#[test]
fn what_a_restarted_actor_held_is_not_done_and_nobody_waits_for_it() {
    let (producer, count) = numbers(100);
    let panics = Arc::new(AtomicU64::new(0));
    let made = panics.clone();
    let report = testkit::run(
        Topology::new("forgetful")
            .default_mailbox(MailboxOptions::capacity(4))
            .producer("n", producer)
            .stage_each("sums", 1, move |_| Forgetful {
                sums: Sums { of: 4, held: Vec::new() },
                panics: made.clone(),
            })
            .on_panic(tidegate::Restart::default())
            .consumer("end", for_each(|_: u64| {})),
    );
    assert_eq!((report.actors["sums"].restarts, report.actors["sums"].left), (1, 1), "nine was held");
    assert!(done(&count) < 9, "{} are done", done(&count));
}

#[test]
fn a_breaker_that_sheds_is_an_error_where_messages_are_to_be_delivered_at_least_once() {
    let shedding = tidegate::Breaker { while_open: tidegate::WhileOpen::Shed, ..Default::default() };
    let topology = || {
        Topology::new("sheds")
            .producer("n", numbers(3).0)
            .consumer("end", for_each(|_: u64| {}))
            .on_error(tidegate::OnError::Skip)
            .breaker(shedding)
    };
    let problems = topology().check(false);
    assert!(
        problems.iter().any(|problem| problem.to_string().contains("an open breaker sheds")),
        "{problems:?}"
    );
    let problems = topology().allow_loss().check(false);
    assert!(!problems.iter().any(|problem| problem.to_string().contains("can be lost")), "{problems:?}");
}

#[test]
fn what_goes_round_in_a_loop_is_done_when_it_is_sent_back() {
    for (capacity, drops) in [(100, false), (1, true)] {
        let (producer, count) = numbers(64);
        let back = MailboxOptions::capacity(capacity).overflow(Overflow::DropNewest);
        let report = testkit::run(
            Topology::new("loop")
                .producer("n", producer)
                .stage("halve", Halve)
                .inputs([InputOptions::new("n"), InputOptions::new("halve.again").mailbox(back)])
                .allow_loss()
                .consumer("end", for_each(|_: u64| {}))
                .inputs(["halve.done"]),
        );
        let dropped = report.actors["halve"].dropped.overflow;
        assert_eq!((done(&count), report.actors["end"].handled), (64, 64 - dropped));
        assert_eq!(dropped > 0, drops);
    }
}

/// Keeps numbers in a buffer that nothing saves, and panics at one of them, once.
struct Buffers {
    buffered: usize,
    panics: Arc<AtomicU64>,
}

impl Consumer for Buffers {
    type In = u64;

    async fn handle(&mut self, n: u64) -> Result {
        assert!(n != 50 || self.panics.fetch_add(1, Ordering::Relaxed) > 0, "fifty");
        self.buffered += 1;
        if self.buffered == 20 {
            self.buffered = 0;
        }
        Ok(())
    }

    async fn on_end(&mut self) -> Result {
        self.buffered = 0;
        Ok(())
    }

    fn unsettled(&self) -> usize {
        self.buffered
    }
}

#[test]
fn what_a_restarted_actor_had_not_made_safe_is_not_done() {
    let (producer, count) = numbers(100);
    let panics = Arc::new(AtomicU64::new(0));
    let made = panics.clone();
    let report = testkit::run(
        Topology::new("buffers")
            .default_mailbox(MailboxOptions::capacity(4))
            .producer("n", producer)
            .consumer_each("end", 1, move |_| Buffers { buffered: 0, panics: made.clone() })
            .on_panic(tidegate::Restart::default()),
    );
    assert_eq!((report.actors["end"].restarts, report.actors["end"].handled), (1, 99));
    assert!(done(&count) <= 40, "{} are done, and the nine after the fortieth are lost", done(&count));
}

/// Takes a second to start.
struct Late;

impl Consumer for Late {
    type In = u64;

    async fn on_start(&mut self) -> Result {
        tidegate::time::sleep(Duration::from_secs(1)).await;
        Ok(())
    }

    async fn handle(&mut self, _: u64) -> Result {
        Ok(())
    }
}

#[test]
fn a_producer_that_starts_after_an_actor_was_stopped_does_not_wait_for_it() {
    testkit::virtual_time(async {
        let (producer, count) = numbers(10);
        let running = testkit::start(
            Topology::new("stopped before")
                .producer("n", producer)
                .consumer("late", Late)
                .consumer("stopped", for_each(|_: u64| {}))
                .inputs(["n"]),
        );
        settle().await;
        running.stop_actor("stopped").unwrap();
        let ended = tidegate::time::timeout(Duration::from_secs(60), running.wait()).await;
        let report = balanced(&ended.expect("it ends"));
        assert_eq!((report.actors["late"].handled, report.actors["stopped"].handled), (10, 0));
        assert!(done(&count) < 10, "nobody knows what became of what was sent to the one that was stopped");
    });
}

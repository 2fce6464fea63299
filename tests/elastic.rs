//! A number of instances that follows the load, and one that is set by hand.

use std::sync::{Arc, Mutex};
use std::time::Duration;
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};
use tidegate::{ChangeError, Outcome};

const SECOND: Duration = Duration::from_secs(1);

/// Takes a second for each message.
struct Slow;

impl Consumer for Slow {
    type In = u64;

    async fn handle(&mut self, _: u64) -> Result {
        tidegate::time::sleep(SECOND).await;
        Ok(())
    }
}

/// The same, and passes it on.
struct SlowStage;

impl Stage for SlowStage {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        tidegate::time::sleep(SECOND).await;
        out.emit(n);
        Ok(())
    }
}

fn small() -> MailboxOptions {
    MailboxOptions::capacity(4).watermarks(0.5, 1.0)
}

fn elastic(min: usize, max: usize) -> ElasticOptions {
    ElasticOptions::between(min, max).up_after(4 * SECOND).down_after(8 * SECOND)
}

/// How many instances there are, half a second after each of so many seconds.
async fn instances(running: &Handle, actor: &str, seconds: usize) -> Vec<usize> {
    let mut seen = Vec::new();
    for _ in 0..seconds {
        tidegate::time::sleep(SECOND / 2).await;
        seen.push(running.snapshot().actors[actor].instances);
        tidegate::time::sleep(SECOND / 2).await;
    }
    seen
}

#[test]
fn there_is_one_more_instance_each_time_the_mailbox_has_stayed_pressured() {
    testkit::virtual_time(async {
        let running = testkit::start(
            Topology::new("up")
                .producer("n", iter(0..100u64))
                .consumer_each("work", 3, |_| Slow)
                .elastic(elastic(1, 3))
                .mailbox(small()),
        );
        let seen = instances(&running, "work", 10).await;
        assert_eq!(seen, [1, 1, 1, 1, 2, 2, 2, 2, 3, 3]);
        let report = balanced(&running.wait().await);
        let work = &report.actors["work"];
        assert_eq!((work.handled, work.instances, work.scaled_up, work.scaled_down), (100, 3, 2, 0));
        // Four by one, eight by two, and the rest by three of them.
        assert_eq!(report.elapsed_seconds.ceil(), 8.0 + 30.0);
    });
}

#[test]
fn there_is_one_fewer_each_time_an_instance_had_nothing_to_do_for_long() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let running = testkit::start(
            Topology::new("down")
                .producer("n", producer)
                .consumer_each("work", 3, |_| Slow)
                .elastic(elastic(1, 3))
                .mailbox(small()),
        );
        source.emit_all(0..30);
        let seen = instances(&running, "work", 20).await;
        assert_eq!(seen[..9], [1, 1, 1, 1, 2, 2, 2, 2, 3]);
        let seen = instances(&running, "work", 40).await;
        assert_eq!(seen.last(), Some(&1), "{seen:?}");
        let falls: Vec<usize> = (1..seen.len()).filter(|at| seen[*at] < seen[at - 1]).collect();
        assert_eq!(falls.len(), 2, "{seen:?}");
        assert_eq!(falls[1] - falls[0], 8, "{seen:?}");
        // Under load again there are more again.
        source.emit_all(0..30);
        let seen = instances(&running, "work", 6).await;
        assert_eq!(seen.last(), Some(&2), "{seen:?}");
        source.finish();
        let report = balanced(&running.wait().await);
        let work = &report.actors["work"];
        assert_eq!((work.handled, work.scaled_down), (60, 2));
    });
}

#[test]
fn an_actor_that_is_held_up_by_the_next_one_gets_no_more_instances() {
    testkit::virtual_time(async {
        let running = testkit::start(
            Topology::new("held up")
                .producer("n", iter(0..40u64))
                .stage_each("pass", 4, |_| map(|n: u64| n))
                .elastic(elastic(1, 4))
                .mailbox(small())
                .consumer("slow", Slow)
                .mailbox(small()),
        );
        let report = balanced(&running.wait().await);
        let pass = &report.actors["pass"];
        assert_eq!((pass.handled, pass.instances, pass.scaled_up), (40, 1, 0));
    });
}

#[test]
fn the_least_time_between_changes_is_kept() {
    testkit::virtual_time(async {
        let running = testkit::start(
            Topology::new("cooldown")
                .producer("n", iter(0..100u64))
                .consumer_each("work", 3, |_| Slow)
                .elastic(elastic(1, 3).cooldown(7 * SECOND))
                .mailbox(small()),
        );
        let seen = instances(&running, "work", 12).await;
        assert_eq!(seen, [1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 3]);
        balanced(&running.wait().await);
    });
}

#[test]
fn the_input_of_those_downstream_ends_though_some_instances_never_ran() {
    testkit::virtual_time(async {
        let running = testkit::start(
            Topology::new("ends")
                .producer("n", iter(0..10u64))
                .stage_each("pass", 8, |_| map(|n: u64| n))
                .elastic(elastic(2, 8))
                .consumer("sink", for_each(|_: u64| {})),
        );
        let report = balanced(&running.wait().await);
        assert_eq!((report.outcome, report.actors["sink"].handled), (Outcome::Completed, 10));
        assert_eq!(report.actors["pass"].instances, 2);
    });
}

/// Adds up, and tells the sum at its end.
struct Sum(u64);

impl Stage for Sum {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, _: &mut Outlet<u64>) -> Result {
        self.0 += n;
        tidegate::time::sleep(SECOND).await;
        Ok(())
    }

    async fn on_end(&mut self, out: &mut Outlet<u64>) -> Result {
        out.emit(self.0);
        Ok(())
    }
}

#[test]
fn instances_that_are_taken_away_flush_and_come_back_as_new_ones() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let (sink, consumer) = testkit::probe_consumer::<u64>();
        let made = Arc::new(Mutex::new(Vec::new()));
        let note = made.clone();
        let running = testkit::start(
            Topology::new("by hand")
                .producer("n", producer)
                .stage_each("sum", 3, move |instance| {
                    note.lock().unwrap().push(instance);
                    Sum(0)
                })
                .elastic(ElasticOptions::between(1, 3))
                .consumer("sink", consumer),
        );
        sink.request(100);
        testkit::settle().await;
        running.set_instances("sum", 3).unwrap();
        testkit::settle().await;
        source.emit_all(1..=3);
        tidegate::time::sleep(2 * SECOND).await;
        let snapshot = running.snapshot();
        assert_eq!((snapshot.actors["sum"].instances, snapshot.actors["sum"].handled), (3, 3));

        running.set_instances("sum", 1).unwrap();
        testkit::settle().await;
        assert_eq!(sink.taken().len(), 2);
        assert_eq!(running.snapshot().actors["sum"].instances, 1);

        running.set_instances("sum", 2).unwrap();
        testkit::settle().await;
        source.emit_all([10, 20]);
        source.finish();
        let report = balanced(&running.wait().await);
        let sum = &report.actors["sum"];
        assert_eq!((sum.handled, sum.emitted, sum.scaled_up, sum.scaled_down), (5, 4, 3, 2));
        assert_eq!(*made.lock().unwrap(), [0, 1, 2, 1]);
    });
}

/// Lets go of multiples of 3, fails at those of 5.
#[derive(Default)]
struct Picky {
    discarded: u64,
}

impl Consumer for Picky {
    type In = u64;

    async fn handle(&mut self, n: u64) -> Result {
        if n.is_multiple_of(5) {
            return Err("not that one".into());
        }
        self.discarded += u64::from(n.is_multiple_of(3));
        Ok(())
    }

    fn discarded(&self) -> u64 {
        self.discarded
    }
}

#[test]
fn what_an_instance_counted_stays_counted_when_another_comes_in_its_place() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let running = testkit::start(
            Topology::new("counted")
                .producer("n", producer)
                .consumer_each("work", 2, |_| Picky::default())
                .elastic(elastic(1, 2))
                .on_error(Restart::times(100).backoff(SECOND / 1000).jitter(0.0))
                .mailbox(small())
                .consumer("letters", for_each(|_: DeadLetter| {}))
                .inputs(["work.dead_letters"]),
        );
        let mut next = 1;
        for instances in [2, 1, 2, 1, 2] {
            running.set_instances("work", instances).unwrap();
            tidegate::time::sleep(SECOND).await;
            source.emit_all(next..next + 12);
            next += 12;
            tidegate::time::sleep(SECOND).await;
        }
        source.finish();
        let report = balanced(&running.wait().await);
        let work = &report.actors["work"];
        // Of 1 to 60, 12 are multiples of 5; of the others, 16 are multiples of 3.
        assert_eq!((work.received, work.handled, work.failed), (60, 32, 12));
        assert_eq!((work.dropped.discarded, work.restarts, work.dead_lettered), (16, 12, 12));
    });
}

/// Wants three messages, each of which takes a second.
struct Three(u64);

impl Consumer for Three {
    type In = u64;

    async fn handle(&mut self, _: u64) -> Result {
        tidegate::time::sleep(SECOND).await;
        self.0 += 1;
        Ok(())
    }

    fn is_finished(&self) -> bool {
        self.0 == 3
    }
}

#[test]
fn the_last_instance_is_not_taken_away_after_another_wanted_no_more() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let running = testkit::start(
            Topology::new("picky")
                .producer("n", producer)
                .consumer_each("work", 2, |_| Three(0))
                .elastic(elastic(1, 2))
                .mailbox(small()),
        );
        running.set_instances("work", 2).unwrap();
        tidegate::time::sleep(SECOND / 2).await;
        // One has two of them and the other one: one that has three in all wants no more.
        source.emit_all(0..3);
        tidegate::time::sleep(3 * SECOND).await;
        source.emit_all(3..5);
        tidegate::time::sleep(3 * SECOND).await;
        assert_eq!(running.snapshot().actors["work"].instances, 1);
        // It has nothing to do for long, and is the only one.
        tidegate::time::sleep(100 * SECOND).await;
        source.emit(5);
        tidegate::time::sleep(3 * SECOND).await;
        let report = balanced(&running.wait().await);
        let work = &report.actors["work"];
        assert_eq!((work.handled, work.left, work.scaled_up, work.scaled_down), (6, 0, 1, 1));
        assert_eq!(report.outcome, Outcome::Completed);
    });
}

#[test]
fn an_instance_hears_at_once_of_pressure_that_was_there_before_it() {
    testkit::virtual_time(async {
        let (sink, consumer) = testkit::probe_consumer::<u64>();
        let running = testkit::start(
            Topology::new("late")
                .producer("n", iter(0..40u64))
                .stage_each("pass", 2, |_| SlowStage)
                .elastic(ElasticOptions::between(1, 2))
                .consumer("sink", consumer)
                .mailbox(small()),
        );
        tidegate::time::sleep(20 * SECOND).await;
        let before = running.snapshot().actors["pass"].handled;
        running.set_instances("pass", 2).unwrap();
        tidegate::time::sleep(20 * SECOND).await;
        let snapshot = running.snapshot();
        assert_eq!((snapshot.actors["pass"].handled, snapshot.actors["pass"].in_handler), (before, 0));
        sink.request(40);
        let report = balanced(&running.wait().await);
        assert_eq!(report.actors["sink"].handled, 40);
    });
}

#[test]
fn whatever_comes_and_goes_while_messages_pass_each_is_handled_once() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let note = seen.clone();
    let running = Topology::new("storm")
        .arbiters(2)
        .producer("n", iter(0..30_000u64))
        .stage_each("first", 4, |_| map(|n: u64| n))
        .elastic(ElasticOptions::between(1, 4))
        .mailbox(MailboxOptions::capacity(16))
        .stage_each("second", 4, |_| map(|n: u64| n))
        .elastic(ElasticOptions::between(1, 4))
        .mailbox(MailboxOptions::capacity(16))
        .consumer("sink", for_each(move |n: u64| note.lock().unwrap().push(n)))
        .start()
        .unwrap();
    let mut asked = 0;
    while running.snapshot().actors["sink"].handled < 29_000 {
        asked += 1;
        running.set_instances("first", 1 + asked % 4).unwrap();
        running.set_instances("second", 1 + (asked / 2) % 4).unwrap();
        std::thread::yield_now();
    }
    let report = balanced(&running.join());
    assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
    let mut seen = seen.lock().unwrap().clone();
    seen.sort_unstable();
    assert!(seen.into_iter().eq(0..30_000));
}

/// Cannot start, but for the first.
struct Fragile(usize);

impl Consumer for Fragile {
    type In = u64;

    async fn on_start(&mut self) -> Result {
        if self.0 > 0 { Err("no room".into()) } else { Ok(()) }
    }

    async fn handle(&mut self, _: u64) -> Result {
        Ok(())
    }
}

#[test]
fn an_instance_that_cannot_start_ends_the_topology_in_good_order() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let running = testkit::start(
            Topology::new("fragile")
                .producer("n", producer)
                .consumer_each("work", 2, Fragile)
                .elastic(ElasticOptions::between(1, 2)),
        );
        source.emit_all(0..5);
        testkit::settle().await;
        running.set_instances("work", 2).unwrap();
        let report = balanced(&running.wait().await);
        assert_eq!((report.outcome, report.actors["work"].handled), (Outcome::Failed, 5));
        assert_eq!(report.error.as_deref(), Some("actor `work` failed in `on_start`: no room"));
    });
}

#[test]
fn an_elastic_actor_can_be_drained_paused_and_stopped_like_any_other() {
    for stop in [false, true] {
        testkit::virtual_time(async {
            let (source, producer) = testkit::probe_producer::<u64>();
            let running = testkit::start(
                Topology::new("operated")
                    .producer("n", producer)
                    .consumer_each("work", 4, |_| Slow)
                    .elastic(ElasticOptions::between(1, 4)),
            );
            testkit::settle().await;
            running.pause("work");
            // One that comes later is paused, too.
            running.set_instances("work", 3).unwrap();
            source.emit_all(0..9);
            tidegate::time::sleep(5 * SECOND).await;
            assert_eq!(running.snapshot().actors["work"].handled, 0);
            if stop {
                running.stop_actor("work").unwrap();
            } else {
                running.drain_actor("work").unwrap();
            }
            let report = balanced(&running.wait().await);
            let work = &report.actors["work"];
            assert_eq!((work.handled, work.left), if stop { (0, 9) } else { (9, 0) });
        });
    }
}

#[test]
fn what_an_elastic_number_of_instances_cannot_go_with_is_an_error() {
    let topology = Topology::new("wrong")
        .producer_each("n", 2, |_| iter(0..3u64))
        .elastic(elastic(1, 2))
        .consumer("value", for_each(|_: u64| {}))
        .inputs(["n"])
        .elastic(elastic(1, 2))
        .consumer_each("spread", 2, |_| for_each(|_: u64| {}))
        .inputs(["n"])
        .routing(Routing::RoundRobin)
        .elastic(elastic(1, 2))
        .consumer_each("none", 2, |_| for_each(|_: u64| {}))
        .inputs(["n"])
        .elastic(elastic(0, 2))
        .consumer_each("few", 2, |_| for_each(|_: u64| {}))
        .inputs(["n"])
        .elastic(elastic(3, 2));
    let found: Vec<String> = topology.check(false).iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            "actor `n`, `instances`: a producer has no mailbox whose pressure its instances could follow (give it a fixed number of instances)",
            "actor `value`, `instances`: an actor given by value has one instance (use the `_each` method of its kind)",
            "actor `spread`, `routing`: a number of instances that follows the load needs a mailbox that all of them share (remove `routing`, or give it a fixed number of instances)",
            "actor `none`, `instances.min`: with 0 instances nobody would read the mailbox (the smallest number is 1)",
            "actor `few`, `instances.max`: at most 2 instances are fewer than at least 3 (make `max` at least as large as `min`)",
        ]
    );
}

#[test]
fn numbers_that_cannot_be_set_are_refused() {
    testkit::virtual_time(async {
        let running = testkit::start(
            Topology::new("refused")
                .producer("n", iter(0..3u64))
                .stage("pass", map(|n: u64| n))
                .consumer_each("work", 4, |_| Slow)
                .elastic(elastic(1, 4)),
        );
        let refused = running.set_instances("work", 5).unwrap_err();
        assert_eq!(refused.to_string(), "actor `work`, `instances`: 5 is not between 1 and 4");
        let refused = running.set_instances("pass", 2).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "`instances` of actor `pass` cannot be changed while it runs: their number is fixed; give it a least and a most"
        );
        let refused = running.set_elastic("work", &elastic(1, 9)).unwrap_err();
        assert!(matches!(refused, ChangeError::NotLive { key, .. } if key == "instances.max"));
        balanced(&running.wait().await);
    });
}

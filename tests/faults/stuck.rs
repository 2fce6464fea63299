//! Actors that never return: pressure reaches their upstream, a drain ends when it was told to, a forced stop within its
//! grace, and the ledger says what was left.

use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};
use tidegate::{ActorState, Outcome};
use tokio::time::sleep;

const SECOND: Duration = Duration::from_secs(1);

/// How long a forced stop waits for an actor that blocks its thread.
const GRACE: f64 = 2.0;

/// Waits for ever in one of its hooks.
struct Waits(&'static str);

impl Waits {
    async fn at(&self, hook: &str) -> Result {
        if self.0 == hook {
            std::future::pending::<()>().await;
        }
        Ok(())
    }
}

impl Stage for Waits {
    type In = u64;
    type Out = Outlet<u64>;

    async fn on_start(&mut self, _: &mut Outlet<u64>) -> Result {
        self.at("on_start").await
    }

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        out.emit(n);
        self.at("handle").await
    }

    fn tick_every(&self) -> Option<Duration> {
        Some(SECOND)
    }

    async fn on_tick(&mut self, _: &mut Outlet<u64>) -> Result {
        self.at("on_tick").await
    }

    async fn on_end(&mut self, _: &mut Outlet<u64>) -> Result {
        self.at("on_end").await
    }

    async fn on_stop(&mut self) -> Result {
        self.at("on_stop").await
    }
}

#[test]
fn a_hook_that_never_returns_is_dropped_when_the_time_of_the_drain_is_over() {
    for (hook, passed, left) in
        [("on_start", 0, 0), ("handle", 0, 6), ("on_tick", 5, 5), ("on_end", 10, 0), ("on_stop", 10, 0)]
    {
        testkit::virtual_time(async {
            let source = match hook {
                // It has its tick after the fifth number, and there is more than its mailbox takes.
                "handle" | "on_tick" => 100u64,
                _ => 10,
            };
            let mut n = 0;
            let numbers = from_fn(move || {
                n += 1;
                (n <= source).then_some(n)
            });
            let paced = Topology::new("waits")
                .limit("pace", tidegate::Rate::per_second(5.0), 5)
                .producer("numbers", numbers)
                .rate_limit("pace");
            let running = testkit::start(
                paced
                    .stage("waits", Waits(hook))
                    .mailbox(MailboxOptions::capacity(6).watermarks(0.5, 1.0))
                    .consumer("sink", for_each(|_: u64| {}))
                    .producer("neighbour", iter(1..=50u64))
                    .consumer("bystander", for_each(|_: u64| {})),
            );
            sleep(100 * SECOND).await;
            let before = running.snapshot();
            if left > 0 {
                assert!(before.actors["waits"].mailbox.as_ref().is_some_and(|mailbox| mailbox.pressured));
                assert_ne!(before.actors["numbers"].state, ActorState::Running, "{hook}: it is held up");
            }
            running.drain(5 * SECOND);
            let report = balanced(&running.wait().await);
            assert_eq!(report.outcome, Outcome::Stopped, "{hook}");
            assert!((105.0..105.1).contains(&report.elapsed_seconds), "{hook}: {}", report.elapsed_seconds);
            let waits = &report.actors["waits"];
            assert_eq!(waits.left, waits.received - waits.handled, "{hook}: {waits:?}");
            assert!(waits.left >= left, "{hook}: {waits:?}");
            assert!(report.actors["sink"].handled >= passed, "{hook}: {report:?}");
            // Nobody produces before all have started.
            let done = if hook == "on_start" { 0 } else { 50 };
            assert_eq!(report.actors["bystander"].handled, done, "{hook}");
        });
    }
}

/// A door that a blocked thread stands at.
#[derive(Clone, Default)]
struct Door(Arc<(Mutex<DoorState>, Condvar)>);

#[derive(Default)]
struct DoorState {
    open: bool,
    /// Whether somebody stands before it, or has.
    found: bool,
}

impl Door {
    fn state(&self) -> MutexGuard<'_, DoorState> {
        self.0.0.lock().expect("no panic while it is locked")
    }

    fn pass(&self) {
        let mut state = self.state();
        state.found = true;
        while !state.open {
            state = self.0.1.wait(state).expect("no panic while it is locked");
        }
    }

    fn is_found(&self) -> bool {
        self.state().found
    }

    fn open(&self) {
        self.state().open = true;
        self.0.1.notify_all();
    }
}

#[test]
fn a_thread_that_never_returns_holds_its_upstream_and_is_left_behind_after_the_grace() {
    let door = Door::default();
    let at_the_door = door.clone();
    let running = Topology::new("blocked")
        .producer("numbers", iter(1u64..))
        .stage("pass", map(|n: u64| n))
        .mailbox(MailboxOptions::capacity(4))
        .consumer("blocked", for_each(move |_: u64| at_the_door.pass()))
        .mailbox(MailboxOptions::capacity(4))
        .blocking()
        .producer("neighbour", iter(1..=1_000u64))
        .consumer("bystander", for_each(|_: u64| {}))
        .start()
        .expect("a sound topology");
    // One in the handler, and what the mailboxes take before their high marks hold everybody up.
    let full = testkit::eventually(&running, |snapshot| {
        let pressured =
            |name: &str| snapshot.actors[name].mailbox.as_ref().is_some_and(|mailbox| mailbox.pressured);
        snapshot.actors["blocked"].in_handler == 1
            && pressured("blocked")
            && pressured("pass")
            && snapshot.actors["numbers"].state == ActorState::Paused
            && snapshot.actors["bystander"].handled == 1_000
    });
    let before = full.elapsed_seconds;
    running.drain(Duration::from_millis(200));
    let report = balanced(&running.join());
    assert_eq!((report.outcome, report.actors["blocked"].state), (Outcome::Stopped, ActorState::Stuck));
    let error = report.error.clone().expect("it says who");
    assert!(error.contains("left behind: blocked"), "{error}");
    let took = report.elapsed_seconds - before;
    assert!((0.2 + GRACE..30.0).contains(&took), "the time of the drain, then the grace: {took}");
    let (blocked, pass) = (&report.actors["blocked"], &report.actors["pass"]);
    assert_eq!((blocked.handled, blocked.left), (0, blocked.received));
    assert_eq!(pass.handled + pass.left, pass.received);
    assert_eq!(report.actors["numbers"].emitted, pass.received);
    // It comes round too late: the account is closed.
    door.open();
    testkit::eventually(&running, |_| Arc::strong_count(&door.0) == 1);
    assert_eq!(running.join().actors["blocked"].left, blocked.left);
}

#[test]
fn an_actor_that_blocks_a_shared_thread_is_left_behind_with_those_it_blocks_and_no_others() {
    let door = Door::default();
    let at_the_door = door.clone();
    let running = Topology::new("hog")
        .arbiters(2)
        .producer("numbers", iter(1u64..))
        .arbiter(0)
        .consumer("hog", for_each(move |_: u64| at_the_door.pass()))
        .arbiter(0)
        .producer("victim", iter(1u64..))
        .arbiter(0)
        .consumer("victims_sink", for_each(|_: u64| {}))
        .arbiter(1)
        .producer("neighbour", iter(1..=1_000u64))
        .arbiter(1)
        .consumer("bystander", for_each(|_: u64| {}))
        .arbiter(1)
        .start()
        .expect("a sound topology");
    testkit::eventually(&running, |snapshot| {
        door.is_found() && snapshot.actors["bystander"].handled == 1_000
    });
    running.stop();
    let report = balanced(&running.join());
    assert_eq!(report.outcome, Outcome::Stopped);
    let error = report.error.clone().expect("it says who");
    let (_, stuck) = error.split_once("left behind: ").expect("who was left behind");
    let mut stuck: Vec<&str> = stuck.split(", ").collect();
    stuck.sort_unstable();
    assert_eq!(stuck, ["hog", "numbers", "victim"]);
    assert_eq!(report.actors["bystander"].state, ActorState::Ended);
    door.open();
}

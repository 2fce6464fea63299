//! Rule 1.03, which takes an actor of its own: two of its calls at once would be seen.

use crate::recorded::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tidegate::Outcome;
use tidegate::prelude::*;
use tidegate::testkit::{self, Dice, balanced};

/// It fails and is made anew. That two calls of one actor do not overlap, the compiler sees to; that those of an actor and of
/// its successor do not, the runtime.
struct Alone {
    busy: Arc<AtomicBool>,
    dice: Dice,
    diary: Diary,
}

impl Alone {
    async fn busy(&self, what: What) {
        self.at_once();
        self.busy.store(true, Ordering::SeqCst);
        self.diary.note(what);
        if self.dice.one_in(2) {
            tidegate::time::sleep(self.dice.millis(2)).await;
        }
        self.busy.store(false, Ordering::SeqCst);
    }

    fn at_once(&self) {
        assert!(!self.busy.load(Ordering::SeqCst), "another call is not over");
    }
}

impl Stage for Alone {
    type In = u64;
    type Out = Outlet<u64>;

    async fn on_start(&mut self, _: &mut Outlet<u64>) -> Result {
        self.busy(Starts).await;
        Ok(())
    }

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        self.busy(Takes(n)).await;
        out.send(n).await;
        if n % 7 == 3 { Err("unlucky".into()) } else { Ok(()) }
    }

    fn tick_every(&self) -> Option<Duration> {
        Some(Duration::from_millis(1))
    }

    async fn on_tick(&mut self, _: &mut Outlet<u64>) -> Result {
        self.busy(IsDone(0)).await;
        Ok(())
    }

    fn on_backpressure(&mut self, _: &Signal) {
        self.at_once();
    }

    fn on_resume(&mut self, _: &Signal) {
        self.at_once();
    }

    async fn on_end(&mut self, _: &mut Outlet<u64>) -> Result {
        self.busy(Ends).await;
        Ok(())
    }

    async fn on_stop(&mut self) -> Result {
        self.busy(Stops).await;
        Ok(())
    }
}

fn alone(seed: u64, log: &Log) -> Topology {
    let busy = Arc::new(AtomicBool::new(false));
    let (dice, notes) = (Dice::new(seed), log.clone());
    let end = Sink::new(&Log::default(), "end").paced(Pace::Random(dice.clone()));
    Topology::new("alone")
        .default_mailbox(MailboxOptions::capacity(2))
        .producer("a", iter(0..30u64))
        .producer("b", iter(0..30u64))
        .stage_each("alone", 1, move |_| Alone {
            busy: busy.clone(),
            dice: dice.clone(),
            diary: notes.diary("alone"),
        })
        .inputs(["a", "b"])
        .on_error(Restart::times(1_000).backoff(Duration::from_millis(1)))
        .consumer("end", end)
        .inputs(["alone"])
}

#[test]
fn rule_1_03_what_an_actor_hears_comes_one_after_the_other() {
    for seed in 0..20 {
        let log = Log::default();
        let report = testkit::run(alone(seed, &log));
        assert_eq!((report.outcome, report.actors["alone"].restarts), (Outcome::Completed, 8), "{seed}");
        assert_eq!(log.count("alone", &Starts), 9, "{seed}: once more than it was made anew");
    }
}

#[test]
fn rule_1_03_so_it_does_on_several_threads() {
    for seed in 0..5 {
        let log = Log::default();
        let running = alone(seed, &log).arbiters(4).start().expect("a sound topology");
        let report = balanced(&running.join());
        assert_eq!((report.outcome, report.actors["alone"].restarts), (Outcome::Completed, 8), "{seed}");
    }
}

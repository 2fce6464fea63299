//! Whatever goes wrong, in whatever order, and whatever is said about it: every message is accounted for.

use std::sync::{Arc, Mutex};
use std::time::Duration;
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};
use tidegate::topology::Routing;
use tidegate::{Keyed, Outcome, Stop, Then};

const MESSAGES: u64 = 300;
const STORMS: u64 = 400;

/// Numbers that follow from a seed.
#[derive(Clone)]
struct Dice(Arc<Mutex<u64>>);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)))
    }

    /// A number below `sides`.
    fn roll(&self, sides: u64) -> u64 {
        let mut state = self.0.lock().expect("no panic while it is locked");
        // Marsaglia's xorshift.
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        (*state >> 32) % sides
    }

    fn one_in(&self, sides: u64) -> bool {
        self.roll(sides) == 0
    }
}

/// A message that owns something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Parcel(u64, String);

impl Keyed for Parcel {
    fn key(&self, _: &str) -> u64 {
        self.0
    }
}

/// Goes wrong everywhere, at random; holds what it does not pass on at once.
struct Unlucky {
    dice: Dice,
    calm: u64,
    held: Vec<Parcel>,
}

impl Unlucky {
    fn perhaps(&self) -> Result {
        match self.dice.roll(self.calm) {
            0 => Err("unlucky".into()),
            1 => panic!("unlucky"),
            _ => Ok(()),
        }
    }
}

impl Stage for Unlucky {
    type In = Parcel;
    type Out = Outlet<Parcel>;

    async fn on_start(&mut self, _: &mut Outlet<Parcel>) -> Result {
        if self.dice.one_in(4) { self.perhaps() } else { Ok(()) }
    }

    async fn handle(&mut self, parcel: Parcel, out: &mut Outlet<Parcel>) -> Result {
        if self.dice.one_in(3) {
            tokio::time::sleep(Duration::from_millis(self.dice.roll(3))).await;
        }
        self.perhaps()?;
        if self.dice.one_in(4) {
            out.send(parcel).await;
            tokio::task::yield_now().await;
        } else if self.held.is_empty() && self.dice.one_in(5) {
            self.held.push(parcel);
        } else {
            out.emit(parcel);
        }
        self.perhaps()
    }

    fn handle_now(&mut self, parcel: Parcel, out: &mut Outlet<Parcel>) -> Now<Parcel> {
        if self.dice.one_in(2) {
            return Now::Later(parcel);
        }
        out.emit(parcel);
        Now::Done(self.perhaps())
    }

    fn tick_every(&self) -> Option<Duration> {
        Some(Duration::from_millis(7))
    }

    async fn on_tick(&mut self, out: &mut Outlet<Parcel>) -> Result {
        if let Some(parcel) = self.held.pop() {
            out.emit(parcel);
        }
        if self.dice.one_in(10) { self.perhaps() } else { Ok(()) }
    }

    fn on_backpressure(&mut self, _: &Signal) {
        assert!(!self.dice.one_in(self.calm * 10), "unlucky");
    }

    async fn on_end(&mut self, out: &mut Outlet<Parcel>) -> Result {
        for parcel in self.held.drain(..) {
            out.send(parcel).await;
        }
        self.perhaps()
    }

    fn held(&self) -> usize {
        self.held.len()
    }

    fn max_held(&self) -> usize {
        1
    }
}

fn policy(dice: &Dice) -> OnError {
    let millis = Duration::from_millis;
    let restart = Restart::times(dice.roll(40) as u32 + 1)
        .within(millis(200))
        .backoff(millis(dice.roll(5)))
        .max_backoff(millis(20))
        .then(if dice.one_in(2) { Stop::Branch } else { Stop::Topology });
    let retry = Retry::times(dice.roll(3) as u32 + 1).backoff(millis(dice.roll(5))).max_backoff(millis(20));
    match dice.roll(8) {
        0 => OnError::Skip,
        1 => OnError::DeadLetter,
        2 => OnError::StopBranch,
        3 => OnError::Stop,
        4 => restart.into(),
        5 => retry.then(Then::Restart(restart)).into(),
        6 => retry.then(Then::DeadLetter).into(),
        _ => retry.then(Then::Skip).into(),
    }
}

/// A topology in which much goes wrong, and the dice that decide what.
fn topology(seed: u64) -> (Topology, Dice) {
    let dice = Dice::new(seed);
    let capacity = [1, 2, 7, 64][dice.roll(4) as usize];
    let (shaken, calm) = (dice.clone(), [20, 60, 200][dice.roll(3) as usize]);
    let instances = dice.roll(3) as usize + 1;
    let mut topology = Topology::new("storm")
        .keyed::<Parcel>()
        .seed(seed)
        .default_mailbox(MailboxOptions::capacity(capacity))
        .producer("n", iter((0..MESSAGES).map(|n| Parcel(n, n.to_string()))))
        .stage_each("unlucky", instances, move |_| Unlucky { dice: shaken.clone(), calm, held: Vec::new() })
        .on_error(policy(&dice))
        .on_panic(policy(&dice));
    topology = match dice.roll(4) {
        0 => topology.routing(Routing::RoundRobin),
        1 => topology.routing(Routing::LeastLoaded),
        2 => topology.hash_by("number"),
        _ => topology,
    };
    if dice.one_in(2) {
        let mut breaker = Breaker::after(dice.roll(3) as u32 + 1)
            .reset(Duration::from_millis(30))
            .backoff(1.5, Duration::from_millis(80));
        if dice.one_in(2) {
            breaker = breaker.call_timeout(Duration::from_millis(1));
        }
        topology = topology.breaker(if dice.one_in(2) { breaker.shed() } else { breaker });
    }
    topology = topology.consumer("sink", for_each(|_: Parcel| {}));
    if dice.one_in(2) {
        topology =
            topology.consumer("letters", for_each(|_: DeadLetter| {})).inputs(["unlucky.dead_letters"]);
    }
    (topology, dice)
}

fn storm(seed: u64) -> Report {
    let (topology, dice) = topology(seed);
    testkit::virtual_time(async {
        let running = testkit::start(topology);
        if dice.one_in(4) {
            tokio::time::sleep(Duration::from_millis(dice.roll(100))).await;
            if dice.one_in(2) { running.stop() } else { running.drain(Duration::from_millis(50)) }
        }
        running.wait().await
    })
}

#[test]
fn every_message_is_accounted_for_in_any_storm() {
    std::panic::set_hook(Box::new(|_| {}));
    let mut failures: Vec<(u64, String)> = Vec::new();
    let (mut completed, mut restarts, mut opened, mut shed) = (0, 0, 0, 0);
    for seed in 0..STORMS {
        match std::panic::catch_unwind(|| balanced(&storm(seed))) {
            Ok(report) => {
                completed += u64::from(report.outcome == Outcome::Completed);
                let unlucky = &report.actors["unlucky"];
                restarts += unlucky.restarts;
                shed += unlucky.dropped.shed;
                opened += unlucky.breaker.as_ref().map_or(0, |breaker| breaker.opened);
            }
            Err(panic) => {
                let text = panic.downcast_ref::<String>().cloned();
                failures.push((seed, text.unwrap_or_else(|| "a panic".into())));
            }
        }
    }
    drop(std::panic::take_hook());
    assert_eq!(failures.first(), None, "{} of {STORMS} storms", failures.len());
    assert!(completed > STORMS / 10 && completed < STORMS, "{completed}");
    assert!(restarts > 100 && opened > 100 && shed > 100, "{restarts} {opened} {shed}");
}

#[test]
fn every_message_is_accounted_for_in_storms_on_several_threads() {
    std::panic::set_hook(Box::new(|_| {}));
    let reports: Vec<Report> =
        (0..12).map(|seed| topology(seed).0.arbiters(3).start().expect("it starts").join()).collect();
    drop(std::panic::take_hook());
    reports.iter().for_each(|report| drop(balanced(report)));
}

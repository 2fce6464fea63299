//! A hundred thousand idle actors.

use super::chain::on;
use crate::args::Args;
use crate::child;
use crate::harness::{Class, Contender, Metric, Scenario, memory};
use crate::load::Load;
use crate::peer::actix::Sending;
use crate::peer::channels::Tokio;
use crate::peer::tasks::layout;
use crate::peer::{CAPACITY, Chain, actix, kameo, ractor, tasks, tidegate};
use std::sync::Mutex;
use std::time::Instant;

const NAME: &str = "actors_100k";

/// When the token was made, and how much memory there was then: all actors exist, none has done anything.
static MADE: Mutex<Option<(Instant, u64)>> = Mutex::new(None);

/// When it arrived.
static ARRIVED: Mutex<Option<Instant>> = Mutex::new(None);

/// The one message that goes through all.
#[derive(Clone, Debug)]
struct Token;

impl Load for Token {
    const FACTOR: u64 = 1;
    const SUMMAND: u64 = 0;

    fn make(_: u64) -> Self {
        note(&MADE, (Instant::now(), memory::resident().unwrap_or_default()));
        Self
    }

    fn step(self) -> Self {
        self
    }

    fn value(&self) -> u64 {
        0
    }

    fn arrived(&self) {
        note(&ARRIVED, Instant::now());
    }
}

fn note<V>(place: &Mutex<Option<V>>, value: V) {
    *place.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(value);
}

fn noted<V>(place: &Mutex<Option<V>>) -> ::tidegate::Result<V> {
    let value = place.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
    value.ok_or_else(|| "the token got lost".into())
}

pub fn scenario(args: &Args) -> Scenario {
    let mut contenders = Vec::new();
    for arbiters in [1, 2] {
        contenders.push(timed("tidegate", on(arbiters), Class::Tidegate, move |chain| {
            tidegate::chain::<Token>(chain, arbiters)
        }));
    }
    contenders.push(timed("actix", on(1), Class::Bounded, |chain| {
        actix::chain::<Token>(chain, Sending::TryThenWait, 1)
    }));
    contenders.push(timed("kameo", layout(1), Class::Bounded, |chain| kameo::chain::<Token>(chain, 1)));
    contenders.push(
        timed("ractor", layout(1), Class::Unbounded, |chain| ractor::chain::<Token>(chain, 1))
            .note(ractor::NOTE),
    );
    contenders.push(
        timed("tokio mpsc", layout(1), Class::Bounded, |chain| tasks::chain::<Tokio, Token>(chain, 1))
            .note("bare tasks with a channel each: no supervision, no addresses, no counts"),
    );
    Scenario {
        name: NAME,
        workload: "100,000 actors (or as many as `--messages` says), each with a mailbox of 1024 and an address of \
                   the next, are made and do nothing; then one token goes through all. Each run is a process of its \
                   own; memory is what it has more of, when all actors are there, than before."
            .into(),
        metrics: vec![
            Metric::low("an idle actor", "bytes"),
            Metric::low("spawn", "us an actor"),
            Metric::low("token", "us a hop"),
        ],
        contenders: contenders.into_iter().map(|contender| child::isolated(contender, NAME, args)).collect(),
        calibrated: false,
        messages: 100_000,
    }
}

/// A contender whose run makes so many actors, producer and consumer included.
fn timed(
    name: &str,
    layout: String,
    class: Class,
    run: impl Fn(Chain) -> ::tidegate::Result + 'static,
) -> Contender {
    Contender::new(name, layout, class, move |actors| {
        let stages = actors.saturating_sub(2) as usize;
        let (before, since) = (memory::resident()?, Instant::now());
        run(Chain { stages, capacity: CAPACITY, messages: 1 })?;
        let ((made, memory), arrived) = (noted(&MADE)?, noted(&ARRIVED)?);
        let per_actor = |total: f64| Some(total / actors as f64);
        Ok(vec![
            per_actor(memory.saturating_sub(before) as f64),
            per_actor((made - since).as_secs_f64() * 1e6),
            per_actor((arrived - made).as_secs_f64() * 1e6),
        ])
    })
}

//! One message through three idle actors.

use super::chain::on;
use crate::args::Args;
use crate::harness::{Class, Contender, Metric, Sample, Scenario, quantile};
use crate::load::Load;
use crate::peer::actix::Sending;
use crate::peer::channels::{Crossbeam, Std, Tokio};
use crate::peer::elfo::Carried;
use crate::peer::tasks::layout;
use crate::peer::{CAPACITY, Chain, actix, elfo, kameo, ractor, rings, tasks, threads, tidegate};
use ::elfo::prelude::*;
use serde::{Deserialize, Serialize};
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};

/// Long enough for everybody to fall asleep, and what the timers of tokio can do.
const REST: Duration = Duration::from_millis(1);

/// How long messages were under way, in microseconds. Only one run at a time measures.
static LATENCIES: Mutex<Vec<f64>> = Mutex::new(Vec::new());

/// What the times of messages count from.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// A message that knows when it was made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ping {
    n: u64,
    /// Nanoseconds since the start.
    made: u64,
}

fn now() -> u64 {
    START.elapsed().as_nanos() as u64
}

impl Load for Ping {
    const FACTOR: u64 = 1;
    const SUMMAND: u64 = 0;
    const REST: Option<Duration> = Some(REST);

    fn make(n: u64) -> Self {
        Self { n, made: now() }
    }

    fn step(self) -> Self {
        self
    }

    fn value(&self) -> u64 {
        self.n
    }

    fn arrived(&self) {
        let under_way = (now() - self.made) as f64 / 1e3;
        LATENCIES.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(under_way);
    }
}

/// A `Ping` on its way through elfo.
#[message]
pub struct Pinged(Ping);

impl Carried for Ping {
    type Message = Pinged;

    fn pack(self) -> Pinged {
        Pinged(self)
    }

    fn unpack(envelope: ::elfo::Envelope) -> Option<Self> {
        msg!(match envelope {
            Pinged(ping) => Some(ping),
            _ => None,
        })
    }
}

pub fn scenario(_: &Args) -> Scenario {
    let mut contenders = Vec::new();
    for arbiters in [1, 2, 3] {
        contenders.push(timed("tidegate", on(arbiters), Class::Tidegate, move |chain| {
            tidegate::chain::<Ping>(chain, arbiters)
        }));
    }
    for workers in [1, 2] {
        contenders.push(timed("tokio mpsc", layout(workers), Class::Bounded, move |chain| {
            tasks::chain::<Tokio, Ping>(chain, workers)
        }));
    }
    contenders.push(timed("tokio mpsc", "3 runtimes", Class::Bounded, tasks::chain_apart::<Tokio, Ping>));
    contenders.push(timed("crossbeam", "3 threads", Class::Bounded, threads::chain::<Crossbeam, Ping>));
    contenders.push(timed("std sync_channel", "3 threads", Class::Bounded, threads::chain::<Std, Ping>));
    for arbiters in [1, 3] {
        contenders.push(timed("actix try_send", on(arbiters), Class::Bounded, move |chain| {
            actix::chain::<Ping>(chain, Sending::TryThenWait, arbiters)
        }));
    }
    for workers in [1, 2] {
        contenders.push(timed("kameo tell", layout(workers), Class::Bounded, move |chain| {
            kameo::chain::<Ping>(chain, workers)
        }));
        contenders.push(timed("elfo send_to", layout(workers), Class::Bounded, move |chain| {
            elfo::chain::<Ping>(chain, workers)
        }));
        contenders.push(timed("ractor cast", layout(workers), Class::Unbounded, move |chain| {
            ractor::chain::<Ping>(chain, workers)
        }));
    }
    contenders.push(timed("rtrb", "3 threads", Class::Floor, rings::chain::<Ping>).note(
        "its threads never sleep; with fewer cores than threads, the next one may have to wait for a core",
    ));
    Scenario {
        name: "ping",
        workload: "A producer rests for a millisecond, so that everybody falls asleep, and emits one message; a stage \
                   hands it on, a consumer looks at how long it was under way."
            .into(),
        metrics: vec![Metric::low("p50", "us"), Metric::low("p99", "us"), Metric::low("p99.9", "us")],
        contenders,
        calibrated: false,
        messages: 1000,
    }
}

/// A contender measured by how long messages are under way.
fn timed(
    name: &str,
    layout: impl Into<String>,
    class: Class,
    run: impl Fn(Chain) -> ::tidegate::Result + 'static,
) -> Contender {
    Contender::new(name, layout, class, move |messages| -> ::tidegate::Result<Sample> {
        let take =
            || std::mem::take(&mut *LATENCIES.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
        take();
        run(Chain { stages: 1, capacity: CAPACITY, messages })?;
        let mut latencies = take();
        Ok([0.5, 0.99, 0.999].map(|share| quantile(&mut latencies, share)).into())
    })
}

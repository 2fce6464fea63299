//! Contenders for chains of any length and load.

use crate::harness::{Class, Contender, Metric, Scenario, at_rate};
use crate::load::Load;
use crate::peer::actix::Sending;
use crate::peer::channels::{Crossbeam, Flume, Kanal, Std, Suspending, Tokio, TokioMany};
use crate::peer::elfo::Carried;
use crate::peer::tasks::layout;
use crate::peer::{Chain, actix, elfo, kameo, ractor, rings, streams, tasks, threads, tidegate, toml};
use schemars::JsonSchema;
use std::time::Instant;

/// Chains with more stages are not for those that need a thread for each.
const MOST_THREADS: usize = 16;

/// A chain whose length is known.
#[derive(Clone, Copy)]
pub struct Shape {
    pub stages: usize,
    pub capacity: usize,
}

impl Shape {
    /// The scenario of this shape, with these contenders.
    pub fn scenario(self, name: &'static str, workload: &str, contenders: Vec<Contender>) -> Scenario {
        let workload = format!(
            "{workload}; {} may wait before each. Sum, count and order are checked. The clock runs from before \
             anything is made until everything has ended, threads included.",
            self.capacity
        );
        let metrics = vec![Metric::high("messages", "M/s"), Metric::high("hops", "M/s")];
        Scenario { name, workload, metrics, contenders, calibrated: true, messages: 0 }
    }

    fn with(self, messages: u64) -> Chain {
        Chain { stages: self.stages, capacity: self.capacity, messages }
    }
}

/// Tidegate, built in code, with one, two and three arbiters.
pub fn in_code<T: Load>(shape: Shape) -> impl Iterator<Item = Contender> {
    [1, 2, 3].into_iter().map(move |arbiters| {
        timed(shape, "tidegate", on(arbiters), Class::Tidegate, move |messages| {
            tidegate::chain::<T>(shape.with(messages), arbiters)
        })
    })
}

/// The same with actors that have async methods only.
pub fn with_async_methods<T: Load>(shape: Shape) -> impl Iterator<Item = Contender> {
    [1, 2, 3].into_iter().map(move |arbiters| {
        timed(shape, "tidegate, async methods", on(arbiters), Class::Tidegate, move |messages| {
            tidegate::async_chain::<T>(shape.with(messages), arbiters)
        })
    })
}

/// Tidegate, built from TOML, with one, two and three arbiters.
pub fn in_toml<T: Load + JsonSchema>(shape: Shape) -> impl Iterator<Item = Contender> {
    [1, 2, 3].into_iter().map(move |arbiters| {
        timed(shape, "tidegate from TOML", on(arbiters), Class::Tidegate, move |messages| {
            toml::chain::<T>(shape.with(messages), arbiters)
        })
    })
}

/// Everybody else.
pub fn peers<T: Carried>(shape: Shape) -> Vec<Contender> {
    let mut peers = Vec::new();
    for workers in [1, 2] {
        peers.push(on_tasks::<Tokio, T>("tokio mpsc", Class::Bounded, shape, workers));
    }
    for workers in [1, 2] {
        peers.push(on_tasks::<TokioMany, T>("tokio mpsc recv_many", Class::Batch, shape, workers));
    }
    for workers in [1, 2] {
        peers.push(on_tasks::<Flume, T>("flume async", Class::Bounded, shape, workers));
    }
    for workers in [1, 2] {
        peers.push(on_tasks::<Kanal, T>("kanal async", Class::Bounded, shape, workers));
    }
    if shape.stages <= MOST_THREADS {
        peers.extend(on_threads::<T>(shape));
    }
    for (name, sending) in
        [("actix try_send, then wait", Sending::TryThenWait), ("actix send().await", Sending::Await)]
    {
        for arbiters in [1, 3] {
            peers.push(timed(shape, name, on(arbiters), Class::Bounded, move |messages| {
                actix::chain::<T>(shape.with(messages), sending, arbiters)
            }));
        }
    }
    for workers in [1, 2] {
        peers.push(timed(shape, "kameo tell", layout(workers), Class::Bounded, move |messages| {
            kameo::chain::<T>(shape.with(messages), workers)
        }));
    }
    // elfo numbers its groups with one byte.
    if shape.stages <= MOST_THREADS {
        for workers in [1, 2] {
            peers.push(timed(shape, "elfo send_to", layout(workers), Class::Bounded, move |messages| {
                elfo::chain::<T>(shape.with(messages), workers)
            }));
        }
    }
    for workers in [1, 2] {
        let ractor = timed(shape, "ractor cast", layout(workers), Class::Unbounded, move |messages| {
            ractor::chain::<T>(shape.with(messages), workers)
        });
        peers.push(ractor.note(ractor::NOTE));
    }
    peers
}

fn on_threads<T: Load>(shape: Shape) -> Vec<Contender> {
    let count = format!("{} threads", shape.stages + 2);
    let on_threads = |name: &str, run: fn(Chain) -> ::tidegate::Result| {
        timed(shape, name, count.clone(), Class::Bounded, move |messages| run(shape.with(messages)))
    };
    vec![
        on_threads("crossbeam", threads::chain::<Crossbeam, T>),
        on_threads("flume", threads::chain::<Flume, T>),
        on_threads("kanal", threads::chain::<Kanal, T>),
        on_threads("std sync_channel", threads::chain::<Std, T>),
        timed(shape, "rtrb", count.clone(), Class::Floor, move |messages| {
            rings::chain::<T>(shape.with(messages))
        })
        .note("a bare ring: its threads are busy even where there is nothing to do"),
        timed(shape, "futures buffered", "1 thread", Class::Other, move |messages| {
            streams::chain::<T>(shape.with(messages))
        })
        .note("one task that pulls: `buffered` bounds what is under way, nothing waits in a mailbox"),
    ]
}

/// A contender measured by the messages, and the hops from actor to actor, of a second.
fn timed(
    shape: Shape,
    name: impl Into<String>,
    layout: impl Into<String>,
    class: Class,
    run: impl Fn(u64) -> ::tidegate::Result + 'static,
) -> Contender {
    Contender::new(name, layout, class, move |messages| {
        let since = Instant::now();
        run(messages)?;
        let rate = at_rate(messages, since);
        Ok(vec![rate, rate.map(|rate| rate * (shape.stages + 1) as f64)])
    })
}

fn on_tasks<C: Suspending, T: Load>(name: &str, class: Class, shape: Shape, workers: usize) -> Contender {
    timed(shape, name, layout(workers), class, move |messages| {
        tasks::chain::<C, T>(shape.with(messages), workers)
    })
}

/// How so many arbiters are called in tables.
pub fn on(arbiters: usize) -> String {
    if arbiters == 1 { "1 arbiter".into() } else { format!("{arbiters} arbiters") }
}

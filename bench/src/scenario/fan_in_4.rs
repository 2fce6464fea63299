//! Four producers, one consumer.

use super::chain::on;
use crate::args::Args;
use crate::harness::{Class, Contender, Metric, Scenario, per_second};
use crate::peer::actix::Sending;
use crate::peer::channels::{Crossbeam, Flume, Kanal, Std, Suspending, Tokio, TokioMany};
use crate::peer::tasks::layout;
use crate::peer::{CAPACITY, WIDTH, actix, kameo, ractor, tasks, threads, tidegate};

pub fn scenario(_: &Args) -> Scenario {
    let mut contenders = Vec::new();
    for arbiters in [1, 2, 3] {
        contenders.push(per_second("tidegate", on(arbiters), Class::Tidegate, move |messages| {
            tidegate::fan_in(CAPACITY, messages, arbiters)
        }));
    }
    for workers in [1, 2] {
        contenders.push(on_tasks::<Tokio>("tokio mpsc", Class::Bounded, workers));
        contenders.push(on_tasks::<TokioMany>("tokio mpsc recv_many", Class::Batch, workers));
        contenders.push(on_tasks::<Flume>("flume async", Class::Bounded, workers));
        contenders.push(on_tasks::<Kanal>("kanal async", Class::Bounded, workers));
        contenders.push(per_second("kameo tell", layout(workers), Class::Bounded, move |messages| {
            kameo::fan_in(CAPACITY, messages, workers)
        }));
        let ractor = per_second("ractor cast", layout(workers), Class::Unbounded, move |messages| {
            ractor::fan_in(messages, workers)
        });
        contenders.push(ractor.note(ractor::NOTE));
    }
    contenders.push(on_threads("crossbeam", threads::fan_in::<Crossbeam>));
    contenders.push(on_threads("flume", threads::fan_in::<Flume>));
    contenders.push(on_threads("kanal", threads::fan_in::<Kanal>));
    contenders.push(on_threads("std sync_channel", threads::fan_in::<Std>));
    for arbiters in [1, 3] {
        let name = "actix try_send, then wait";
        contenders.push(per_second(name, on(arbiters), Class::Bounded, move |messages| {
            actix::fan_in(CAPACITY, messages, Sending::TryThenWait, arbiters)
        }));
    }
    Scenario {
        name: "fan_in_4",
        workload: format!(
            "{WIDTH} producers emit numbers of 64 bits into one mailbox of {CAPACITY}, a consumer adds up. Sum, \
             count and the order of each producer are checked. The clock runs from before anything is made until \
             everything has ended, threads included."
        ),
        metrics: vec![Metric::high("messages", "M/s")],
        contenders,
        calibrated: true,
        messages: 0,
    }
}

fn on_tasks<C: Suspending>(name: &str, class: Class, workers: usize) -> Contender {
    per_second(name, layout(workers), class, move |messages| tasks::fan_in::<C>(CAPACITY, messages, workers))
}

fn on_threads(name: &str, run: fn(usize, u64) -> ::tidegate::Result) -> Contender {
    let threads = format!("{} threads", WIDTH + 1);
    per_second(name, threads, Class::Bounded, move |messages| run(CAPACITY, messages))
}

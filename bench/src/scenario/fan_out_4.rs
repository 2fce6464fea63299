//! One producer, four consumers.

use super::chain::on;
use crate::args::Args;
use crate::harness::{Class, Contender, Metric, Scenario, per_second};
use crate::load::Count;
use crate::peer::channels::{Blocking, Crossbeam, Flume, Kanal, Std, Suspending, Tokio, TokioMany};
use crate::peer::tasks::layout;
use crate::peer::{CAPACITY, Spread, WIDTH, tasks, threads, tidegate};

pub fn broadcast(_: &Args) -> Scenario {
    scenario(
        "fan_out_4_broadcast",
        Spread::Broadcast,
        "each consumer gets every message, which counts once; each has a mailbox",
    )
}

pub fn round_robin(_: &Args) -> Scenario {
    scenario("fan_out_4_round_robin", Spread::RoundRobin, "the consumers take turns; each has a mailbox")
}

pub fn hash(_: &Args) -> Scenario {
    scenario(
        "fan_out_4_hash",
        Spread::Hash,
        "the key of the message says which consumer gets it; each has a mailbox",
    )
}

pub fn shared(_: &Args) -> Scenario {
    scenario("fan_out_4_shared", Spread::Shared, "the consumers take from one mailbox")
}

fn scenario(name: &'static str, spread: Spread, how: &str) -> Scenario {
    let mut contenders = Vec::new();
    for arbiters in [1, 2, 3] {
        contenders.push(per_second("tidegate", on(arbiters), Class::Tidegate, move |messages| {
            tidegate::fan_out(spread, CAPACITY, messages, arbiters)
        }));
    }
    contenders.extend(if spread == Spread::Shared { of_one_mailbox() } else { of_four_mailboxes(spread) });
    Scenario {
        name,
        workload: format!(
            "A producer emits numbers of 64 bits to {WIDTH} consumers that add up: {how} of {CAPACITY}. Sum, count \
             and order are checked. The clock runs from before anything is made until everything has ended, threads \
             included."
        ),
        metrics: vec![Metric::high("messages", "M/s")],
        contenders,
        calibrated: true,
        messages: 0,
    }
}

fn of_four_mailboxes(spread: Spread) -> Vec<Contender> {
    let mut contenders = Vec::new();
    for workers in [1, 2] {
        contenders.push(on_tasks::<Tokio>("tokio mpsc", Class::Bounded, spread, workers));
        contenders.push(on_tasks::<TokioMany>("tokio mpsc recv_many", Class::Batch, spread, workers));
        contenders.push(on_tasks::<Flume>("flume async", Class::Bounded, spread, workers));
        contenders.push(on_tasks::<Kanal>("kanal async", Class::Bounded, spread, workers));
    }
    contenders.push(on_threads::<Crossbeam>("crossbeam", spread));
    contenders.push(on_threads::<Flume>("flume", spread));
    contenders.push(on_threads::<Kanal>("kanal", spread));
    contenders.push(on_threads::<Std>("std sync_channel", spread));
    contenders
}

/// tokio's and std's channels have one receiver, so they take no part.
fn of_one_mailbox() -> Vec<Contender> {
    let mut contenders = Vec::new();
    for workers in [1, 2] {
        contenders.push(on_shared_tasks::<Flume>("flume async", workers));
        contenders.push(on_shared_tasks::<Kanal>("kanal async", workers));
    }
    contenders.push(on_shared_threads::<Crossbeam>("crossbeam"));
    contenders.push(on_shared_threads::<Flume>("flume"));
    contenders.push(on_shared_threads::<Kanal>("kanal"));
    contenders
}

fn on_tasks<C: Suspending>(name: &str, class: Class, spread: Spread, workers: usize) -> Contender {
    per_second(name, layout(workers), class, move |messages| {
        tasks::fan_out::<C>(spread, CAPACITY, messages, workers)
    })
}

fn on_shared_tasks<C: Suspending>(name: &str, workers: usize) -> Contender
where
    C::Receiver<Count>: Clone,
{
    per_second(name, layout(workers), Class::Bounded, move |messages| {
        tasks::shared::<C>(CAPACITY, messages, workers)
    })
}

fn on_threads<C: Blocking>(name: &str, spread: Spread) -> Contender {
    let run = move |messages| threads::fan_out::<C>(spread, CAPACITY, messages);
    per_second(name, format!("{} threads", WIDTH + 1), Class::Bounded, run)
}

fn on_shared_threads<C: Blocking>(name: &str) -> Contender
where
    C::Receiver<Count>: Clone,
{
    let run = move |messages| threads::shared::<C>(CAPACITY, messages);
    per_second(name, format!("{} threads", WIDTH + 1), Class::Bounded, run)
}

//! How long control waits while data floods everything.

use super::chain::on;
use crate::args::Args;
use crate::harness::{Class, Contender, Metric, Sample, Scenario, quantile};
use crate::load::Count;
use crate::peer::CAPACITY;
use crate::peer::actix::on_arbiters;
use crate::peer::tasks::{layout, runtime};
use crate::peer::tidegate::{Numbers, Step, completed};
use ::tidegate::ActorState;
use ::tidegate::prelude::*;
use actix::Actor;
use std::thread;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

/// Between two control messages the flood comes back.
const REST: Duration = Duration::from_millis(1);

/// Nothing answers this late.
const PATIENCE: Duration = Duration::from_secs(10);

pub fn scenario(_: &Args) -> Scenario {
    let mut contenders = Vec::new();
    for arbiters in [1, 2, 3] {
        contenders.push(Contender::new("tidegate pause", on(arbiters), Class::Tidegate, move |times| {
            pause(arbiters, times)
        }));
    }
    for workers in [1, 2] {
        contenders.push(
            Contender::new("tokio mpsc, biased select", layout(workers), Class::Bounded, move |times| {
                select(workers, times)
            })
            .note("written by hand: the consumer asks a second channel first"),
        );
    }
    for arbiters in [1, 2] {
        contenders.push(
            Contender::new("actix send", on(arbiters), Class::Bounded, move |times| {
                ask_actix(arbiters, times)
            })
            .note("a control message waits behind the data of its mailbox"),
        );
    }
    Scenario {
        name: "control",
        workload: format!(
            "A producer emits numbers as fast as they are handled; {CAPACITY} may wait. From time to time somebody \
             outside sends a control message, for Tidegate an order to pause the producer, and looks at how long it \
             takes until it is obeyed."
        ),
        metrics: vec![Metric::low("p99", "us"), Metric::low("p50", "us"), Metric::low("worst", "us")],
        contenders,
        calibrated: false,
        messages: 300,
    }
}

fn sample(mut latencies: Vec<f64>) -> Sample {
    [0.99, 0.5, 1.0].map(|share| quantile(&mut latencies, share)).into()
}

fn pause(arbiters: usize, times: u64) -> Result<Sample> {
    let running = Topology::new("control")
        .arbiters(arbiters)
        .default_mailbox(MailboxOptions::capacity(CAPACITY))
        .producer("numbers", Numbers::<Count>::below(u64::MAX))
        .stage("step", Step::<Count>::new())
        .consumer("sink", for_each(|_: Count| {}))
        .start()?;
    let mut latencies = Vec::new();
    for _ in 0..times {
        let emitted = running.snapshot().actors["numbers"].emitted;
        until(|| running.snapshot().actors["numbers"].emitted > emitted + CAPACITY as u64)?;
        thread::sleep(REST);
        let since = Instant::now();
        running.pause("numbers");
        until(|| running.snapshot().actors["numbers"].state == ActorState::Paused)?;
        latencies.push(micros(since));
        running.resume("numbers");
    }
    running.drain(PATIENCE);
    completed(&running.join())?;
    Ok(sample(latencies))
}

/// Asks until it is so, leaving the core to others in between.
fn until(is_so: impl Fn() -> bool) -> Result {
    let since = Instant::now();
    while !is_so() {
        if since.elapsed() > PATIENCE {
            return Err(format!("nothing happened for {} seconds", PATIENCE.as_secs()).into());
        }
        thread::yield_now();
    }
    Ok(())
}

fn micros(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e6
}

fn select(workers: usize, times: u64) -> Result<Sample> {
    let runtime = runtime(workers)?;
    let (data, mut flood) = mpsc::channel::<u64>(CAPACITY);
    let (control, mut orders) = mpsc::channel::<oneshot::Sender<()>>(1);
    let consumer = async move {
        let mut sum = 0u64;
        loop {
            tokio::select! {
                biased;
                order = orders.recv() => match order {
                    Some(answer) => drop(answer.send(())),
                    None => return sum,
                },
                message = flood.recv() => sum = sum.wrapping_add(message.unwrap_or_default()),
            }
        }
    };
    let producer = async move {
        let mut n = 0;
        while data.send(n).await.is_ok() {
            n += 1;
        }
    };
    // The runtime has threads of its own only where there are several; a single one needs this one to drive it.
    let latencies = thread::scope(|scope| {
        let asking = scope.spawn(move || {
            let mut latencies = Vec::new();
            for _ in 0..times {
                thread::sleep(REST);
                let (answer, answered) = oneshot::channel();
                let since = Instant::now();
                control.blocking_send(answer).ok()?;
                answered.blocking_recv().ok()?;
                latencies.push(micros(since));
            }
            Some(latencies)
        });
        runtime.block_on(async {
            tokio::spawn(producer);
            tokio::spawn(consumer).await
        })?;
        Ok::<_, ::tidegate::BoxError>(asking.join())
    })?;
    let latencies = latencies.map_err(|_| "the thread that asks panicked")?;
    Ok(sample(latencies.ok_or("the consumer has gone")?))
}

/// An actor that is flooded.
struct Flooded;

impl Actor for Flooded {
    type Context = actix::Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        context.set_mailbox_capacity(CAPACITY);
    }
}

struct Data(u64);

impl actix::Message for Data {
    type Result = u64;
}

struct Control;

impl actix::Message for Control {
    type Result = ();
}

impl actix::Handler<Data> for Flooded {
    type Result = u64;

    fn handle(&mut self, Data(n): Data, _: &mut Self::Context) -> u64 {
        n
    }
}

impl actix::Handler<Control> for Flooded {
    type Result = ();

    fn handle(&mut self, _: Control, _: &mut Self::Context) {}
}

/// The producer, on an arbiter, floods the actor on the same or another one; the question comes from a third thread.
fn ask_actix(arbiters: usize, times: u64) -> Result<Sample> {
    let (results, result) = oneshot::channel();
    on_arbiters(arbiters, move |places| async move {
        let flooded = Flooded::start_in_arbiter(&places[places.len() - 1], |_| Flooded);
        let address = flooded.clone();
        places[0].spawn(async move {
            let mut n = 0;
            loop {
                match address.try_send(Data(n)) {
                    Ok(()) => n += 1,
                    Err(actix::prelude::SendError::Closed(_)) => return,
                    Err(actix::prelude::SendError::Full(data)) => {
                        let _ = address.clone().send(data).await;
                    }
                }
            }
        });
        let mut latencies = Vec::new();
        for _ in 0..times {
            tokio::time::sleep(REST).await;
            let since = Instant::now();
            flooded.clone().send(Control).await?;
            latencies.push(micros(since));
        }
        results.send(latencies).map_err(|_| "nobody waits for the result".into())
    })?;
    Ok(sample(result.blocking_recv()?))
}

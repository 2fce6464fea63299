//! Ticks on a thread that has no time.

use super::chain::on;
use crate::args::Args;
use crate::harness::{Class, Contender, Metric, Sample, Scenario};
use crate::load::Count;
use crate::peer::CAPACITY;
use crate::peer::actix::on_arbiters;
use crate::peer::tasks::{layout, runtime};
use crate::peer::tidegate::{Numbers, completed};
use ::tidegate::prelude::*;
use actix::{Actor, ActorContext as _, AsyncContext as _};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

const EVERY: Duration = Duration::from_millis(10);

/// A tick this late does not count.
const LATE: Duration = Duration::from_millis(5);

/// Ticks for which there is time; who has not ticked so often by then ticks no more.
const WINDOW: Duration = Duration::from_secs(2);

pub fn scenario(_: &Args) -> Scenario {
    let contenders = vec![
        Contender::new("tidegate", on(1), Class::Tidegate, in_tidegate),
        Contender::new("tokio mpsc, select", layout(1), Class::Bounded, in_tokio)
            .note("written by hand: the consumer asks its interval and its channel, in a random order"),
        Contender::new("actix", on(1), Class::Bounded, in_actix),
    ];
    Scenario {
        name: "timers",
        workload: format!(
            "A consumer shall tick 30 times, every {EVERY:?}, while a producer on the same thread floods it with \
             numbers; {CAPACITY} may wait. A tick counts if it comes less than {LATE:?} late, by the time since the \
             one before; after {WINDOW:?} no more are waited for."
        ),
        metrics: vec![Metric::high("ticks in time", "of 30"), Metric::low("latest", "ms late")],
        contenders,
        calibrated: false,
        messages: 30,
    }
}

/// Tells the times of its ticks.
struct Ticker {
    left: u64,
    until: Instant,
    ticks: Sender<Instant>,
}

impl Ticker {
    fn new(ticks: u64) -> (Self, Receiver<Instant>) {
        let (sender, receiver) = channel();
        let start = Instant::now();
        // The first time is the start: what the first tick is late by counts from there.
        let _ = sender.send(start);
        (Self { left: ticks, until: start + WINDOW, ticks: sender }, receiver)
    }

    fn tick(&mut self) {
        self.left = self.left.saturating_sub(1);
        let _ = self.ticks.send(Instant::now());
    }

    fn is_done(&self) -> bool {
        self.left == 0
    }

    fn is_late(&self) -> bool {
        Instant::now() > self.until
    }
}

fn sample(ticks: &Receiver<Instant>) -> Sample {
    let times: Vec<Instant> = ticks.try_iter().collect();
    let late = |pair: &[Instant]| (pair[1] - pair[0]).saturating_sub(EVERY);
    let in_time = times.windows(2).filter(|pair| late(pair) < LATE).count();
    let latest = times.windows(2).map(late).max().unwrap_or(WINDOW);
    vec![Some(in_time as f64), Some(latest.as_secs_f64() * 1e3)]
}

impl Consumer for Ticker {
    type In = Count;

    async fn handle(&mut self, message: Count) -> Result {
        // The clock is dear; a look at it now and then is enough to come to an end.
        if message.0.is_multiple_of(65_536) && self.is_late() {
            self.left = 0;
        }
        Ok(())
    }

    fn tick_every(&self) -> Option<Duration> {
        Some(EVERY)
    }

    async fn on_tick(&mut self) -> Result {
        self.tick();
        Ok(())
    }

    fn is_finished(&self) -> bool {
        self.is_done()
    }
}

fn in_tidegate(ticks: u64) -> Result<Sample> {
    let (ticker, ticks) = Ticker::new(ticks);
    let report = Topology::new("timers")
        .arbiters(1)
        .default_mailbox(MailboxOptions::capacity(CAPACITY))
        .producer("numbers", Numbers::<Count>::below(u64::MAX))
        .consumer("ticker", ticker)
        .start()?
        .join();
    completed(&report)?;
    Ok(sample(&ticks))
}

fn in_tokio(ticks: u64) -> Result<Sample> {
    let (mut ticker, ticks) = Ticker::new(ticks);
    runtime(1)?.block_on(async move {
        let (sender, mut receiver) = mpsc::channel::<u64>(CAPACITY);
        tokio::spawn(async move {
            let mut n = 0;
            while sender.send(n).await.is_ok() {
                n += 1;
            }
        });
        let consumer = tokio::spawn(async move {
            let mut interval = tokio::time::interval_at(tokio::time::Instant::now() + EVERY, EVERY);
            interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            while !ticker.is_done() {
                tokio::select! {
                    _ = interval.tick() => ticker.tick(),
                    message = receiver.recv() => match message {
                        Some(n) if n % 65_536 == 0 && ticker.is_late() => return,
                        Some(_) => {}
                        None => return,
                    },
                }
            }
        });
        consumer.await
    })?;
    Ok(sample(&ticks))
}

/// The ticker as an actor, and how it says that it has ended.
struct Flooded(Ticker, Option<oneshot::Sender<()>>);

struct Data(u64);

impl actix::Message for Data {
    type Result = ();
}

impl Flooded {
    fn end(&mut self, context: &mut actix::Context<Self>) {
        if let Some(ended) = self.1.take() {
            let _ = ended.send(());
        }
        context.stop();
    }
}

impl Actor for Flooded {
    type Context = actix::Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        context.set_mailbox_capacity(CAPACITY);
        context.run_interval(EVERY, |flooded, context| {
            flooded.0.tick();
            if flooded.0.is_done() {
                flooded.end(context);
            }
        });
    }
}

impl actix::Handler<Data> for Flooded {
    type Result = ();

    fn handle(&mut self, Data(n): Data, context: &mut Self::Context) {
        if n.is_multiple_of(65_536) && self.0.is_late() {
            self.end(context);
        }
    }
}

fn in_actix(ticks: u64) -> Result<Sample> {
    let (ticker, ticks) = Ticker::new(ticks);
    on_arbiters(1, move |places| async move {
        let (end, ended) = oneshot::channel();
        let flooded = Flooded::start_in_arbiter(&places[0], |_| Flooded(ticker, Some(end)));
        places[0].spawn(async move {
            let mut n = 0;
            loop {
                match flooded.try_send(Data(n)) {
                    Ok(()) => n += 1,
                    Err(actix::prelude::SendError::Closed(_)) => return,
                    Err(actix::prelude::SendError::Full(data)) => {
                        // Gone with the actor, which the next attempt finds out.
                        let _ = flooded.clone().send(data).await;
                    }
                }
            }
        });
        Ok(ended.await?)
    })?;
    Ok(sample(&ticks))
}

//! Tidegate, with topologies built in code.

use super::{Chain, Spread, WIDTH};
use crate::load::{Count, Load, Tally};
use schemars::JsonSchema;
use serde::Deserialize;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex};
use tidegate::prelude::*;

/// Emits messages, one a call.
#[derive(Deserialize, JsonSchema)]
#[serde(bound = "")]
pub struct Numbers<T> {
    /// The number of the first.
    from: u64,
    /// From one to the next.
    every: u64,
    /// No number is this high.
    below: u64,
    #[serde(skip)]
    kind: PhantomData<fn() -> T>,
}

impl<T> Numbers<T> {
    /// Messages `0..below`.
    pub fn below(below: u64) -> Self {
        Self::every(0, 1, below)
    }

    /// Every `every`th message, from `from` on.
    pub fn every(from: u64, every: u64, below: u64) -> Self {
        Self { from, every, below, kind: PhantomData }
    }
}

impl<T: Load> Numbers<T> {
    #[inline]
    fn emit_next(&mut self, out: &mut Outlet<T>) -> Result<Next> {
        if self.from >= self.below {
            return Ok(Next::Done);
        }
        out.emit(T::make(self.from));
        self.from += self.every;
        Ok(T::REST.map_or(Next::More, Next::After))
    }
}

impl<T: Load> Producer for Numbers<T> {
    type Out = Outlet<T>;

    async fn produce(&mut self, out: &mut Outlet<T>) -> Result<Next> {
        self.emit_next(out)
    }

    #[inline]
    fn produce_now(&mut self, out: &mut Outlet<T>) -> Option<Result<Next>> {
        Some(self.emit_next(out))
    }
}

/// Does a step with each message.
#[derive(Deserialize, JsonSchema)]
#[serde(bound = "")]
pub struct Step<T> {
    #[serde(skip)]
    kind: PhantomData<fn() -> T>,
}

impl<T> Step<T> {
    pub fn new() -> Self {
        Self { kind: PhantomData }
    }
}

impl<T: Load> Stage for Step<T> {
    type In = T;
    type Out = Outlet<T>;

    async fn handle(&mut self, message: T, out: &mut Outlet<T>) -> Result {
        out.emit(message.step());
        Ok(())
    }

    #[inline]
    fn handle_now(&mut self, message: T, out: &mut Outlet<T>) -> Now<T> {
        out.emit(message.step());
        Now::Done(Ok(()))
    }
}

/// Adds up what it gets, and fails at the end if that is not what was to come.
#[derive(Deserialize, JsonSchema)]
#[serde(bound = "")]
pub struct Sum<T> {
    messages: u64,
    stages: usize,
    #[serde(skip)]
    tally: Tally,
    #[serde(skip)]
    kind: PhantomData<fn() -> T>,
}

impl<T> Sum<T> {
    /// Expects messages `0..messages` after so many stages.
    pub fn of(messages: u64, stages: usize) -> Self {
        Self { messages, stages, tally: Tally::default(), kind: PhantomData }
    }
}

impl<T: Load> Consumer for Sum<T> {
    type In = T;

    async fn handle(&mut self, message: T) -> Result {
        self.tally.add(&message);
        Ok(())
    }

    #[inline]
    fn handle_now(&mut self, message: T) -> Now<T> {
        self.tally.add(&message);
        Now::Done(Ok(()))
    }

    async fn on_end(&mut self) -> Result {
        self.tally.check::<T>(self.messages, self.stages, 1)
    }
}

/// An actor of which only the async methods are called.
struct Waiting<A>(A);

impl<T: Load> Producer for Waiting<Numbers<T>> {
    type Out = Outlet<T>;

    async fn produce(&mut self, out: &mut Outlet<T>) -> Result<Next> {
        self.0.emit_next(out)
    }
}

impl<T: Load> Stage for Waiting<Step<T>> {
    type In = T;
    type Out = Outlet<T>;

    async fn handle(&mut self, message: T, out: &mut Outlet<T>) -> Result {
        out.emit(message.step());
        Ok(())
    }
}

impl<T: Load> Consumer for Waiting<Sum<T>> {
    type In = T;

    async fn handle(&mut self, message: T) -> Result {
        self.0.tally.add(&message);
        Ok(())
    }

    async fn on_end(&mut self) -> Result {
        self.0.on_end().await
    }
}

/// What several consumers got, together.
type Total<const LANES: usize> = Arc<Mutex<Tally<LANES>>>;

/// Adds up what it gets, and at the end adds that to a total.
struct Gather<T, const LANES: usize> {
    tally: Tally<LANES>,
    total: Total<LANES>,
    kind: PhantomData<fn() -> T>,
}

impl<T, const LANES: usize> Gather<T, LANES> {
    fn into(total: &Total<LANES>) -> Self {
        Self { tally: Tally::default(), total: total.clone(), kind: PhantomData }
    }
}

impl<T: Load, const LANES: usize> Consumer for Gather<T, LANES> {
    type In = T;

    async fn handle(&mut self, message: T) -> Result {
        self.tally.add(&message);
        Ok(())
    }

    #[inline]
    fn handle_now(&mut self, message: T) -> Now<T> {
        self.tally.add(&message);
        Now::Done(Ok(()))
    }

    async fn on_end(&mut self) -> Result {
        let mut total = self.total.lock().map_err(|_| "another consumer panicked")?;
        *total = std::mem::take(&mut *total).and(&self.tally);
        Ok(())
    }
}

/// A chain; each stage and the consumer have a mailbox.
pub fn chain<T: Load>(chain: Chain, arbiters: usize) -> Result {
    run(chain_topology::<T>(chain, arbiters))
}

/// The same, to be started.
pub fn chain_topology<T: Load>(chain: Chain, arbiters: usize) -> Topology {
    let mut topology = chain_of(chain, arbiters).producer("numbers", Numbers::<T>::below(chain.messages));
    for stage in 0..chain.stages {
        topology = topology.stage(&format!("step_{stage}"), Step::<T>::new());
    }
    topology.consumer("sum", Sum::<T>::of(chain.messages, chain.stages))
}

/// The same, of actors that have async methods only.
pub fn async_chain<T: Load>(chain: Chain, arbiters: usize) -> Result {
    let numbers = Waiting(Numbers::<T>::below(chain.messages));
    let mut topology = chain_of(chain, arbiters).producer("numbers", numbers);
    for stage in 0..chain.stages {
        topology = topology.stage(&format!("step_{stage}"), Waiting(Step::<T>::new()));
    }
    run(topology.consumer("sum", Waiting(Sum::<T>::of(chain.messages, chain.stages))))
}

fn chain_of(chain: Chain, arbiters: usize) -> Topology {
    Topology::new("chain").arbiters(arbiters).default_mailbox(MailboxOptions::capacity(chain.capacity))
}

/// Several producers, one consumer.
pub fn fan_in(capacity: usize, messages: u64, arbiters: usize) -> Result {
    let total = Total::<WIDTH>::default();
    let mut topology =
        Topology::new("fan_in").arbiters(arbiters).default_mailbox(MailboxOptions::capacity(capacity));
    for producer in 0..WIDTH as u64 {
        let numbers = Numbers::<Count>::every(producer, WIDTH as u64, messages);
        topology = topology.producer(&format!("numbers_{producer}"), numbers);
    }
    let inputs: Vec<String> = (0..WIDTH).map(|producer| format!("numbers_{producer}")).collect();
    let inputs = inputs.iter().map(String::as_str);
    run(topology.consumer("sum", Gather::<Count, WIDTH>::into(&total)).inputs(inputs))?;
    checked(&total, messages, 1)
}

/// One producer, several consumers.
pub fn fan_out(spread: Spread, capacity: usize, messages: u64, arbiters: usize) -> Result {
    let total = Total::<1>::default();
    let gather = total.clone();
    let mut topology = Topology::new("fan_out")
        .arbiters(arbiters)
        .default_mailbox(MailboxOptions::capacity(capacity))
        .keyed::<Count>()
        .producer("numbers", Numbers::<Count>::below(messages));
    let routing = match spread {
        Spread::Broadcast => {
            for consumer in 0..WIDTH {
                let name = format!("sum_{consumer}");
                topology = topology.consumer(&name, Gather::<Count, 1>::into(&total)).inputs(["numbers"]);
            }
            None
        }
        Spread::RoundRobin => Some(Routing::RoundRobin),
        Spread::Hash => Some(Routing::Hash),
        Spread::Shared => Some(Routing::Shared),
    };
    if let Some(routing) = routing {
        topology = topology.consumer_each("sum", WIDTH, move |_| Gather::<Count, 1>::into(&gather));
        topology = if routing == Routing::Hash { topology.hash_by("n") } else { topology.routing(routing) };
    }
    run(topology)?;
    checked(&total, messages, spread.copies())
}

/// Runs a topology to its end; its ledger must balance, and no actor may have failed.
pub fn run(topology: Topology) -> Result {
    completed(&topology.start()?.join())
}

/// Whether a run ended as it should.
pub fn completed(report: &Report) -> Result {
    match &report.error {
        Some(error) => Err(error.clone().into()),
        None if !report.balanced => Err("the ledger does not balance".into()),
        None => Ok(()),
    }
}

fn checked<const LANES: usize>(total: &Total<LANES>, messages: u64, copies: u64) -> Result {
    total.lock().map_err(|_| "a consumer panicked")?.check::<Count>(messages, 0, copies)
}

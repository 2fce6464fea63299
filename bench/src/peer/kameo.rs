//! kameo: actors with bounded mailboxes, as tasks of a tokio runtime; messages are told, not asked.

use super::tasks::runtime;
use super::{Chain, WIDTH};
use crate::load::{Count, Load, Tally, rest};
use kameo::actor::{Actor, ActorRef, Spawn};
use kameo::error::Infallible;
use kameo::mailbox;
use kameo::message::{Context, Message};
use std::marker::PhantomData;
use tidegate::Result;
use tokio::sync::oneshot;

/// Where an actor's messages go.
enum Next<T: Load, const LANES: usize> {
    Step(ActorRef<Step<T, LANES>>),
    Sum(ActorRef<Sum<T, LANES>>),
}

impl<T: Load, const LANES: usize> Next<T, LANES> {
    /// Waits for room. False if the actor is gone.
    async fn send(&self, message: T) -> bool {
        match self {
            Self::Step(step) => step.tell(Carry(message)).send().await.is_ok(),
            Self::Sum(sum) => sum.tell(Carry(message)).send().await.is_ok(),
        }
    }
}

/// The message on its way.
struct Carry<T>(T);

struct Step<T: Load, const LANES: usize> {
    next: Next<T, LANES>,
}

impl<T: Load, const LANES: usize> Actor for Step<T, LANES> {
    type Args = Self;
    type Error = Infallible;

    async fn on_start(step: Self, _: ActorRef<Self>) -> std::result::Result<Self, Infallible> {
        Ok(step)
    }
}

impl<T: Load, const LANES: usize> Message<Carry<T>> for Step<T, LANES> {
    type Reply = ();

    async fn handle(&mut self, Carry(message): Carry<T>, _: &mut Context<Self, ()>) {
        self.next.send(message.step()).await;
    }
}

struct Sum<T: Load, const LANES: usize> {
    tally: Tally<LANES>,
    messages: u64,
    done: Option<oneshot::Sender<Tally<LANES>>>,
    kind: PhantomData<fn() -> T>,
}

impl<T: Load, const LANES: usize> Actor for Sum<T, LANES> {
    type Args = Self;
    type Error = Infallible;

    async fn on_start(sum: Self, _: ActorRef<Self>) -> std::result::Result<Self, Infallible> {
        Ok(sum)
    }
}

impl<T: Load, const LANES: usize> Message<Carry<T>> for Sum<T, LANES> {
    type Reply = ();

    async fn handle(&mut self, Carry(message): Carry<T>, _: &mut Context<Self, ()>) {
        self.tally.add(&message);
        if self.tally.count == self.messages
            && let Some(done) = self.done.take()
        {
            let _ = done.send(std::mem::take(&mut self.tally));
        }
    }
}

impl<T: Load, const LANES: usize> Sum<T, LANES> {
    fn start(messages: u64, capacity: usize) -> (ActorRef<Self>, oneshot::Receiver<Tally<LANES>>) {
        let (done, result) = oneshot::channel();
        let sum = Self { tally: Tally::default(), messages, done: Some(done), kind: PhantomData };
        (Self::spawn_with_mailbox(sum, mailbox::bounded(capacity)), result)
    }
}

/// A chain; the producer is a task, as an actor that only sends need not be one.
pub fn chain<T: Load>(chain: Chain, workers: usize) -> Result {
    runtime(workers)?.block_on(async {
        let (sum, result) = Sum::<T, 1>::start(chain.messages, chain.capacity);
        let mut next = Next::Sum(sum);
        for _ in 0..chain.stages {
            let mailbox = mailbox::bounded(chain.capacity);
            next = Next::Step(Step::spawn_with_mailbox(Step { next }, mailbox));
        }
        tokio::spawn(produce(next, 0, 1, chain.messages));
        result.await?.check::<T>(chain.messages, chain.stages, 1)
    })
}

/// Several producers, one consumer.
pub fn fan_in(capacity: usize, messages: u64, workers: usize) -> Result {
    runtime(workers)?.block_on(async {
        let (sum, result) = Sum::<Count, WIDTH>::start(messages, capacity);
        for producer in 0..WIDTH as u64 {
            tokio::spawn(produce(Next::Sum(sum.clone()), producer, WIDTH as u64, messages));
        }
        result.await?.check::<Count>(messages, 0, 1)
    })
}

async fn produce<T: Load, const LANES: usize>(next: Next<T, LANES>, from: u64, every: u64, below: u64) {
    for n in (from..below).step_by(every as usize) {
        rest::<T>().await;
        if !next.send(T::make(n)).await {
            return;
        }
    }
}

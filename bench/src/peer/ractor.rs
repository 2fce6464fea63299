//! ractor: actors as tasks of a tokio runtime. Their mailboxes cannot be bounded.

use super::tasks::runtime;
use super::{Chain, WIDTH};
use crate::load::{Count, Load, Tally, rest};
use ractor::{Actor, ActorProcessingErr, ActorRef};
use std::marker::PhantomData;
use tidegate::Result;
use tokio::sync::oneshot;

/// What a reader must know about its figures.
pub const NOTE: &str =
    "its mailboxes cannot be bounded: what the consumer has not handled piles up in memory";

/// The message on its way.
struct Carry<T>(T);

struct Step<T>(PhantomData<fn() -> T>);

impl<T: Load> Actor for Step<T> {
    type Msg = Carry<T>;
    type State = ActorRef<Carry<T>>;
    type Arguments = ActorRef<Carry<T>>;

    async fn pre_start(
        &self,
        _: ActorRef<Carry<T>>,
        next: ActorRef<Carry<T>>,
    ) -> std::result::Result<ActorRef<Carry<T>>, ActorProcessingErr> {
        Ok(next)
    }

    async fn handle(
        &self,
        _: ActorRef<Carry<T>>,
        Carry(message): Carry<T>,
        next: &mut ActorRef<Carry<T>>,
    ) -> std::result::Result<(), ActorProcessingErr> {
        next.cast(Carry(message.step()))?;
        Ok(())
    }
}

struct Sum<T, const LANES: usize>(PhantomData<fn() -> T>);

struct SumState<const LANES: usize> {
    tally: Tally<LANES>,
    messages: u64,
    done: Option<oneshot::Sender<Tally<LANES>>>,
}

impl<T: Load, const LANES: usize> Actor for Sum<T, LANES> {
    type Msg = Carry<T>;
    type State = SumState<LANES>;
    type Arguments = SumState<LANES>;

    async fn pre_start(
        &self,
        _: ActorRef<Carry<T>>,
        state: SumState<LANES>,
    ) -> std::result::Result<SumState<LANES>, ActorProcessingErr> {
        Ok(state)
    }

    async fn handle(
        &self,
        _: ActorRef<Carry<T>>,
        Carry(message): Carry<T>,
        state: &mut SumState<LANES>,
    ) -> std::result::Result<(), ActorProcessingErr> {
        state.tally.add(&message);
        if state.tally.count == state.messages
            && let Some(done) = state.done.take()
        {
            let _ = done.send(std::mem::take(&mut state.tally));
        }
        Ok(())
    }
}

impl<T: Load, const LANES: usize> Sum<T, LANES> {
    async fn start(messages: u64) -> Result<(ActorRef<Carry<T>>, oneshot::Receiver<Tally<LANES>>)> {
        let (done, result) = oneshot::channel();
        let state = SumState { tally: Tally::default(), messages, done: Some(done) };
        let (sum, _) = Actor::spawn(None, Self(PhantomData), state).await?;
        Ok((sum, result))
    }
}

/// A chain.
pub fn chain<T: Load>(chain: Chain, workers: usize) -> Result {
    runtime(workers)?.block_on(async {
        let (mut next, result) = Sum::<T, 1>::start(chain.messages).await?;
        for _ in 0..chain.stages {
            next = Actor::spawn(None, Step(PhantomData), next).await?.0;
        }
        tokio::spawn(produce(next, 0, 1, chain.messages));
        result.await?.check::<T>(chain.messages, chain.stages, 1)
    })
}

/// Several producers, one consumer.
pub fn fan_in(messages: u64, workers: usize) -> Result {
    runtime(workers)?.block_on(async {
        let (sum, result) = Sum::<Count, WIDTH>::start(messages).await?;
        for producer in 0..WIDTH as u64 {
            tokio::spawn(produce(sum.clone(), producer, WIDTH as u64, messages));
        }
        result.await?.check::<Count>(messages, 0, 1)
    })
}

/// Yields now and then, as nothing else makes it: the others would not get the thread before it is done.
async fn produce<T: Load>(next: ActorRef<Carry<T>>, from: u64, every: u64, below: u64) {
    for (sent, n) in (from..below).step_by(every as usize).enumerate() {
        rest::<T>().await;
        if next.cast(Carry(T::make(n))).is_err() {
            return;
        }
        if sent % super::CAPACITY == super::CAPACITY - 1 {
            tokio::task::yield_now().await;
        }
    }
}

//! Suspending channels between tasks of a tokio runtime: a task for each producer, stage and consumer.

use super::channels::Suspending;
use super::{Chain, Spread, WIDTH, lane};
use crate::load::{Count, Load, Tally, rest};
use std::thread;
use tidegate::Result;
use tokio::runtime::{Builder, Runtime};

/// A runtime with so many threads; with one, the flavour that needs no synchronisation between workers.
pub fn runtime(workers: usize) -> Result<Runtime> {
    let mut builder = if workers == 1 { Builder::new_current_thread() } else { Builder::new_multi_thread() };
    Ok(builder.worker_threads(workers).enable_time().build()?)
}

/// How [`runtime`] is called in tables.
pub fn layout(workers: usize) -> String {
    if workers == 1 { "1 worker".into() } else { format!("{workers} workers") }
}

/// A chain, with a channel in front of each stage and the consumer.
pub fn chain<C: Suspending, T: Load>(chain: Chain, workers: usize) -> Result {
    let tally = runtime(workers)?.block_on(async {
        let (sender, mut receiver) = C::bounded::<T>(chain.capacity);
        tokio::spawn(produce::<C, T>(sender, 0, 1, chain.messages));
        for _ in 0..chain.stages {
            let (sender, next) = C::bounded::<T>(chain.capacity);
            tokio::spawn(step::<C, T>(std::mem::replace(&mut receiver, next), sender));
        }
        tokio::spawn(consume::<C, T, 1>(receiver)).await
    })?;
    tally.check::<T>(chain.messages, chain.stages, 1)
}

/// A chain, with a thread and a runtime of its own for each task.
pub fn chain_apart<C: Suspending, T: Load>(chain: Chain) -> Result {
    let (sender, mut receiver) = C::bounded::<T>(chain.capacity);
    let tally = thread::scope(|scope| -> Result<Tally> {
        let producer = runtime(1)?;
        scope.spawn(move || producer.block_on(produce::<C, T>(sender, 0, 1, chain.messages)));
        for _ in 0..chain.stages {
            let (sender, next) = C::bounded::<T>(chain.capacity);
            let input = std::mem::replace(&mut receiver, next);
            let stage = runtime(1)?;
            scope.spawn(move || stage.block_on(step::<C, T>(input, sender)));
        }
        Ok(runtime(1)?.block_on(consume::<C, T, 1>(receiver)))
    })?;
    tally.check::<T>(chain.messages, chain.stages, 1)
}

/// Several producers, one consumer.
pub fn fan_in<C: Suspending>(capacity: usize, messages: u64, workers: usize) -> Result {
    let tally = runtime(workers)?.block_on(async {
        let (sender, receiver) = C::bounded::<Count>(capacity);
        for producer in 0..WIDTH as u64 {
            tokio::spawn(produce::<C, Count>(sender.clone(), producer, WIDTH as u64, messages));
        }
        drop(sender);
        tokio::spawn(consume::<C, Count, WIDTH>(receiver)).await
    })?;
    tally.check::<Count>(messages, 0, 1)
}

/// One producer, several consumers with a channel each.
pub fn fan_out<C: Suspending>(spread: Spread, capacity: usize, messages: u64, workers: usize) -> Result {
    let tally = runtime(workers)?.block_on(async {
        let (senders, receivers): (Vec<_>, Vec<_>) =
            (0..WIDTH).map(|_| C::bounded::<Count>(capacity)).unzip();
        tokio::spawn(async move {
            for n in 0..messages {
                match spread {
                    Spread::Broadcast => {
                        for sender in &senders {
                            C::send(sender, Count(n)).await;
                        }
                    }
                    _ => {
                        C::send(&senders[lane(spread, n)], Count(n)).await;
                    }
                }
            }
        });
        gather::<C>(receivers).await
    })?;
    tally.check::<Count>(messages, 0, spread.copies())
}

/// One producer, several consumers on one channel.
pub fn shared<C: Suspending>(capacity: usize, messages: u64, workers: usize) -> Result
where
    C::Receiver<Count>: Clone,
{
    let tally = runtime(workers)?.block_on(async {
        let (sender, receiver) = C::bounded::<Count>(capacity);
        tokio::spawn(produce::<C, Count>(sender, 0, 1, messages));
        gather::<C>(vec![receiver; WIDTH]).await
    })?;
    tally.check::<Count>(messages, 0, 1)
}

/// Several consumers, together.
async fn gather<C: Suspending>(receivers: Vec<C::Receiver<Count>>) -> Result<Tally> {
    let consumers: Vec<_> =
        receivers.into_iter().map(|receiver| tokio::spawn(consume::<C, Count, 1>(receiver))).collect();
    let mut total = Tally::default();
    for consumer in consumers {
        total = total.and(&consumer.await?);
    }
    Ok(total)
}

async fn produce<C: Suspending, T: Load>(sender: C::Sender<T>, from: u64, every: u64, below: u64) {
    for n in (from..below).step_by(every as usize) {
        rest::<T>().await;
        if !C::send(&sender, T::make(n)).await {
            return;
        }
    }
}

async fn step<C: Suspending, T: Load>(mut input: C::Receiver<T>, sender: C::Sender<T>) {
    while let Some(message) = C::recv(&mut input).await {
        if !C::send(&sender, message.step()).await {
            return;
        }
    }
}

async fn consume<C: Suspending, T: Load, const LANES: usize>(mut receiver: C::Receiver<T>) -> Tally<LANES> {
    let mut tally = Tally::default();
    while let Some(message) = C::recv(&mut receiver).await {
        tally.add(&message);
    }
    tally
}

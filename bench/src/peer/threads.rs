//! Blocking channels between threads: a thread for each producer, stage and consumer.

use super::channels::Blocking;
use super::{Chain, Spread, WIDTH, lane};
use crate::load::{Count, Load, Tally, rest_blocking};
use std::thread;
use tidegate::Result;

/// A chain, with a channel in front of each stage and the consumer.
pub fn chain<C: Blocking, T: Load>(chain: Chain) -> Result {
    let (sender, mut receiver) = C::bounded::<T>(chain.capacity);
    let tally = thread::scope(|scope| {
        scope.spawn(move || produce::<C, T>(&sender, 0, 1, chain.messages));
        for _ in 0..chain.stages {
            let (sender, next) = C::bounded::<T>(chain.capacity);
            let input = std::mem::replace(&mut receiver, next);
            scope.spawn(move || {
                while let Some(message) = C::recv(&input) {
                    if !C::send(&sender, message.step()) {
                        return;
                    }
                }
            });
        }
        consume::<C, T, 1>(&receiver)
    });
    tally.check::<T>(chain.messages, chain.stages, 1)
}

/// Several producers, one consumer.
pub fn fan_in<C: Blocking>(capacity: usize, messages: u64) -> Result {
    let (sender, receiver) = C::bounded::<Count>(capacity);
    let tally = thread::scope(|scope| {
        for producer in 0..WIDTH as u64 {
            let sender = sender.clone();
            scope.spawn(move || produce::<C, Count>(&sender, producer, WIDTH as u64, messages));
        }
        drop(sender);
        consume::<C, Count, WIDTH>(&receiver)
    });
    tally.check::<Count>(messages, 0, 1)
}

/// One producer, several consumers with a channel each.
pub fn fan_out<C: Blocking>(spread: Spread, capacity: usize, messages: u64) -> Result {
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..WIDTH).map(|_| C::bounded::<Count>(capacity)).unzip();
    let produce = move || {
        for n in 0..messages {
            match spread {
                Spread::Broadcast => senders.iter().for_each(|sender| {
                    C::send(sender, Count(n));
                }),
                _ => {
                    C::send(&senders[lane(spread, n)], Count(n));
                }
            }
        }
    };
    gather::<C>(produce, receivers)?.check::<Count>(messages, 0, spread.copies())
}

/// One producer, several consumers on one channel.
pub fn shared<C: Blocking>(capacity: usize, messages: u64) -> Result
where
    C::Receiver<Count>: Clone,
{
    let (sender, receiver) = C::bounded::<Count>(capacity);
    let produce = move || produce::<C, Count>(&sender, 0, 1, messages);
    gather::<C>(produce, vec![receiver; WIDTH])?.check::<Count>(messages, 0, 1)
}

fn gather<C: Blocking>(produce: impl FnOnce() + Send, receivers: Vec<C::Receiver<Count>>) -> Result<Tally> {
    thread::scope(|scope| {
        scope.spawn(produce);
        let consumers: Vec<_> = receivers
            .into_iter()
            .map(|receiver| scope.spawn(move || consume::<C, Count, 1>(&receiver)))
            .collect();
        let tallies: Option<Vec<_>> = consumers.into_iter().map(|consumer| consumer.join().ok()).collect();
        let tallies = tallies.ok_or("a consumer panicked")?;
        Ok(tallies.iter().fold(Tally::default(), |total, tally| total.and(tally)))
    })
}

fn produce<C: Blocking, T: Load>(sender: &C::Sender<T>, from: u64, every: u64, below: u64) {
    for n in (from..below).step_by(every as usize) {
        rest_blocking::<T>();
        if !C::send(sender, T::make(n)) {
            return;
        }
    }
}

fn consume<C: Blocking, T: Load, const LANES: usize>(receiver: &C::Receiver<T>) -> Tally<LANES> {
    let mut tally = Tally::default();
    while let Some(message) = C::recv(receiver) {
        tally.add(&message);
    }
    tally
}

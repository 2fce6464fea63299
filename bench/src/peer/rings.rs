//! rtrb: bare single-producer single-consumer rings between busy threads. It cannot wait, so the threads spin.

use super::Chain;
use crate::load::{Load, Tally, rest_blocking};
use rtrb::{Consumer, Producer, PushError, RingBuffer};
use std::thread;
use tidegate::Result;

/// A chain, with a ring in front of each stage and the consumer.
pub fn chain<T: Load>(chain: Chain) -> Result {
    let (mut sender, mut receiver) = RingBuffer::<T>::new(chain.capacity);
    let tally = thread::scope(|scope| {
        scope.spawn(move || {
            for n in 0..chain.messages {
                rest_blocking::<T>();
                push(&mut sender, T::make(n));
            }
        });
        for _ in 0..chain.stages {
            let (mut sender, next) = RingBuffer::<T>::new(chain.capacity);
            let mut input = std::mem::replace(&mut receiver, next);
            scope.spawn(move || {
                while let Some(message) = pop(&mut input) {
                    push(&mut sender, message.step());
                }
            });
        }
        let mut tally = Tally::<1>::default();
        while let Some(message) = pop(&mut receiver) {
            tally.add(&message);
        }
        tally
    });
    tally.check::<T>(chain.messages, chain.stages, 1)
}

fn push<T>(ring: &mut Producer<T>, mut message: T) {
    while let Err(PushError::Full(back)) = ring.push(message) {
        message = back;
        // With more threads than cores, the one that makes room may be waiting for this core.
        thread::yield_now();
    }
}

fn pop<T>(ring: &mut Consumer<T>) -> Option<T> {
    loop {
        // The order matters: what was pushed before the end is seen by a look after the end.
        let ended = ring.is_abandoned();
        match ring.pop() {
            Ok(message) => return Some(message),
            Err(_) if ended => return None,
            Err(_) => thread::yield_now(),
        }
    }
}

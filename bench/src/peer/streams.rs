//! `futures` streams: one task that pulls, with a `buffered` stage at each boundary.

use super::Chain;
use crate::load::{Load, Tally};
use futures_util::stream::{self, BoxStream, StreamExt};
use tidegate::Result;

/// A chain on one thread. `buffered` keeps up to `capacity` futures of the stage before it under way.
pub fn chain<T: Load>(chain: Chain) -> Result {
    let numbers = stream::iter(0..chain.messages).map(|n| async move { T::make(n) });
    let mut messages: BoxStream<'static, T> = numbers.buffered(chain.capacity).boxed();
    for _ in 0..chain.stages {
        messages = messages.map(|message| async move { message.step() }).buffered(chain.capacity).boxed();
    }
    let sum = messages.fold(Tally::<1>::default(), |mut tally, message| async move {
        tally.add(&message);
        tally
    });
    super::tasks::runtime(1)?.block_on(sum).check::<T>(chain.messages, chain.stages, 1)
}

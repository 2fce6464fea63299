//! Producer, stage, consumer.

use super::chain::{Shape, in_code, in_toml, peers, with_async_methods};
use crate::args::Args;
use crate::harness::Scenario;
use crate::peer::CAPACITY;

pub fn scenario(_: &Args) -> Scenario {
    let shape = Shape { stages: 1, capacity: CAPACITY };
    let contenders = in_code::<u64>(shape)
        .chain(with_async_methods::<u64>(shape))
        .chain(in_toml::<u64>(shape))
        .chain(peers::<u64>(shape))
        .collect();
    shape.scenario(
        "chain3",
        "A producer emits `u64`s, a stage computes `n * 2 + 1`, a consumer adds up",
        contenders,
    )
}

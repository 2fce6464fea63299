//! Producer, eight stages, consumer.

use super::chain::{Shape, in_code, in_toml, peers};
use crate::args::Args;
use crate::harness::Scenario;
use crate::load::Count;
use crate::peer::CAPACITY;

pub fn scenario(_: &Args) -> Scenario {
    let shape = Shape { stages: 8, capacity: CAPACITY };
    let contenders =
        in_code::<Count>(shape).chain(in_toml::<Count>(shape)).chain(peers::<Count>(shape)).collect();
    shape.scenario(
        "chain10",
        "A producer emits numbers of 64 bits, eight stages add 1, a consumer adds up",
        contenders,
    )
}

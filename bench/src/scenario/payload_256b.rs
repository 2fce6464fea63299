//! Producer, stage, consumer, with 256 bytes moved by value.

use super::chain::{Shape, in_code, peers};
use crate::args::Args;
use crate::harness::Scenario;
use crate::load::Block;
use crate::peer::CAPACITY;

pub fn scenario(_: &Args) -> Scenario {
    let shape = Shape { stages: 1, capacity: CAPACITY };
    let contenders = in_code::<Block>(shape).chain(peers::<Block>(shape)).collect();
    shape.scenario(
        "payload_256B",
        "A producer emits blocks of 256 bytes, a stage changes the first word, a consumer adds up",
        contenders,
    )
}

//! Producer, stage, consumer, with an allocation for each message.

use super::chain::{Shape, in_code, peers};
use crate::args::Args;
use crate::harness::Scenario;
use crate::peer::CAPACITY;

pub fn scenario(_: &Args) -> Scenario {
    let shape = Shape { stages: 1, capacity: CAPACITY };
    let contenders = in_code::<String>(shape).chain(peers::<String>(shape)).collect();
    shape.scenario("payload_string", "A producer allocates strings of 16 digits, a stage hands them on, a consumer parses, adds up and frees", contenders)
}

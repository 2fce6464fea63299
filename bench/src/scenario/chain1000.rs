//! Producer, 998 stages, consumer.

use super::chain::{Shape, in_code, in_toml, peers};
use crate::args::Args;
use crate::harness::{Contender, Scenario};
use crate::load::Count;
use crate::peer::CAPACITY;

const WORKLOAD: &str = "A producer emits numbers of 64 bits, 998 stages add 1, a consumer adds up";

/// With little waiting before each: the whole chain stays in the cache.
pub fn shallow(_: &Args) -> Scenario {
    let shape = Shape { stages: 998, capacity: 64 };
    shape.scenario("chain1000", WORKLOAD, contenders(shape))
}

/// With as much as in the other scenarios: a million messages may be under way.
pub fn deep(_: &Args) -> Scenario {
    let shape = Shape { stages: 998, capacity: CAPACITY };
    shape.scenario("chain1000_deep", WORKLOAD, contenders(shape))
}

fn contenders(shape: Shape) -> Vec<Contender> {
    in_code::<Count>(shape).chain(in_toml::<Count>(shape)).chain(peers::<Count>(shape)).collect()
}

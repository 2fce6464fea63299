//! All topologies there are.

use super::{Back, Box, Origin, Policy, Reader, Second, Shape, Share, Trouble};
use crate::actors::Kind;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use tidegate::prelude::*;

fn policy() -> impl Strategy<Value = Policy> {
    use Policy::*;
    select(vec![
        Skip,
        Skip,
        DeadLetter,
        Retry,
        RetryThenDeadLetter,
        Restart,
        RetryThenRestart,
        StopBranch,
        Stop,
    ])
}

fn mailbox() -> impl Strategy<Value = Box> {
    use Overflow::*;
    let overflow = prop_oneof![
        8 => Just(Backpressure),
        1 => select(vec![DropNewest, DropOldest, DropYoungest, DropAll]),
    ];
    (1..=8usize, option::weighted(0.2, 40..200usize), overflow).prop_map(|(capacity, bytes, overflow)| Box {
        capacity,
        bytes,
        overflow,
    })
}

fn reader() -> impl Strategy<Value = Reader> {
    let kind = select(vec![Kind::Map, Kind::Map, Kind::Filter, Kind::Copies, Kind::Holds, Kind::Detached]);
    let share = {
        use Share::*;
        select(vec![Shared, RoundRobin, LeastLoaded, Hash, Ordered, Elastic])
    };
    let breaker = option::weighted(0.2, (1..=3u32, any::<bool>(), any::<bool>()));
    let inputs = (any::<Index>(), option::weighted(0.4, (any::<Index>(), second())));
    let work = (kind, prop::bool::weighted(0.2), 1..=3usize, share, prop::bool::weighted(0.2));
    let back = option::weighted(0.1, (any::<Index>(), back()));
    let care = (mailbox(), option::weighted(0.8, (policy(), policy())), breaker, prop::bool::weighted(0.25));
    (work, (inputs, back), care, option::weighted(0.1, 1..30u64)).prop_map(|(work, inputs, care, wants)| {
        let (kind, joins, instances, share, confined) = work;
        let (((from, and), back), (mailbox, policies, breaker, letters)) = (inputs, care);
        Reader {
            kind,
            joins,
            from,
            and,
            back,
            confined,
            instances,
            share,
            mailbox,
            policies,
            breaker,
            letters,
            wants,
        }
    })
}

fn back() -> impl Strategy<Value = Back> {
    let overflow = select(vec![Overflow::DropNewest, Overflow::DropOldest]);
    (1..=8usize, overflow).prop_map(|(capacity, overflow)| Back { capacity, overflow })
}

fn second() -> impl Strategy<Value = Second> {
    prop_oneof![
        2 => Just(Second::Equal),
        1 => (1..=6u32).prop_map(Second::Weighs),
        1 => Just(Second::Preferred),
        2 => Just(Second::Tap),
    ]
}

fn origin() -> impl Strategy<Value = Origin> {
    let slows = prop::bool::weighted(0.15);
    (1..=2usize, 0..60u64, slows).prop_map(|(instances, end, slows)| Origin { instances, end, slows })
}

/// All topologies there are.
pub(crate) fn shape() -> impl Strategy<Value = Shape> {
    let faults = select(vec![Trouble::None, Trouble::Some, Trouble::Much]);
    let whole = (faults, prop::bool::weighted(0.8), prop::bool::weighted(0.3), 1..=3usize);
    let nodes = (vec(origin(), 1..=3), vec(reader(), 0..=5), vec(reader(), 1..=3));
    (any::<u64>().no_shrink(), whole, nodes, any::<bool>()).prop_map(|(seed, whole, nodes, also_ends)| {
        let ((faults, operator, acknowledged, in_flight), (sources, stages, ends)) = (whole, nodes);
        Shape { seed, faults, operator, acknowledged, in_flight, sources, stages, ends, also_ends }
    })
}

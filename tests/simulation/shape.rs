//! Topologies as values that proptest makes up and shrinks.

use crate::actors::{Both, End, Kind, Parcel, Source, Work, World};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use std::time::Duration;
use tidegate::prelude::*;
use tidegate::testkit::{Dice, Faults, Scene};
use tidegate::{Stop, Then};

/// A topology, what goes wrong in it, and the seed that all else follows from.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) seed: u64,
    faults: Trouble,
    sources: Vec<(usize, u64)>,
    stages: Vec<Reader>,
    /// Whoever nobody reads has one of these behind it.
    ends: Vec<Reader>,
    /// The share of what is read that has an end all the same.
    also_ends: bool,
}

/// A stage or consumer.
#[derive(Clone, Debug)]
struct Reader {
    kind: Kind,
    /// Whether it takes two inputs in turn, if they have no producer in common.
    joins: bool,
    from: Index,
    and: Option<(Index, bool)>,
    instances: usize,
    share: Share,
    mailbox: Box,
    policies: Option<(Policy, Policy)>,
    breaker: Option<(u32, bool, bool)>,
    letters: bool,
    wants: Option<u64>,
}

#[derive(Clone, Debug)]
struct Box {
    capacity: usize,
    bytes: Option<usize>,
    overflow: Overflow,
}

#[derive(Clone, Copy, Debug)]
enum Trouble {
    None,
    Some,
    Much,
}

#[derive(Clone, Copy, Debug)]
enum Share {
    Shared,
    RoundRobin,
    LeastLoaded,
    Hash,
    Ordered,
    Elastic,
}

#[derive(Clone, Copy, Debug)]
enum Policy {
    Skip,
    DeadLetter,
    Retry,
    RetryThenDeadLetter,
    Restart,
    RetryThenRestart,
    StopBranch,
    Stop,
}

impl Policy {
    fn resolve(self) -> OnError {
        let millis = Duration::from_millis;
        let retry = Retry::times(2).backoff(millis(2)).max_backoff(millis(20));
        let restart = Restart::times(20).backoff(millis(3)).max_backoff(millis(20)).then(Stop::Branch);
        match self {
            Self::Skip => OnError::Skip,
            Self::DeadLetter => OnError::DeadLetter,
            Self::Retry => retry.then(Then::Skip).into(),
            Self::RetryThenDeadLetter => retry.then(Then::DeadLetter).into(),
            Self::Restart => restart.into(),
            Self::RetryThenRestart => retry.then(Then::Restart(restart)).into(),
            Self::StopBranch => OnError::StopBranch,
            Self::Stop => OnError::Stop,
        }
    }
}

impl Box {
    fn resolve(&self) -> MailboxOptions {
        let options = MailboxOptions::capacity(self.capacity).overflow(self.overflow);
        match self.bytes {
            Some(bytes) => options.max_bytes(bytes).max_message_bytes(40),
            None => options,
        }
    }
}

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
    let inputs = (any::<Index>(), option::weighted(0.4, (any::<Index>(), prop::bool::weighted(0.3))));
    let work = (kind, prop::bool::weighted(0.2), 1..=3usize, share);
    let care = (mailbox(), option::weighted(0.8, (policy(), policy())), breaker, prop::bool::weighted(0.25));
    (work, inputs, care, option::weighted(0.1, 1..30u64)).prop_map(|(work, inputs, care, wants)| {
        let (kind, joins, instances, share) = work;
        let ((from, and), (mailbox, policies, breaker, letters)) = (inputs, care);
        Reader { kind, joins, from, and, instances, share, mailbox, policies, breaker, letters, wants }
    })
}

/// All topologies there are.
pub(crate) fn shape() -> impl Strategy<Value = Shape> {
    let faults = select(vec![Trouble::None, Trouble::Some, Trouble::Much]);
    let (sources, stages, ends) =
        (vec((1..=2usize, 0..60u64), 1..=3), vec(reader(), 0..=5), vec(reader(), 1..=3));
    (any::<u64>().no_shrink(), faults, sources, stages, ends, any::<bool>()).prop_map(
        |(seed, faults, sources, stages, ends, also_ends)| Shape {
            seed,
            faults,
            sources,
            stages,
            ends,
            also_ends,
        },
    )
}

/// Something that can be read.
struct Emitter {
    name: String,
    /// The producers it comes from, a bit each.
    origins: u64,
    /// Whether what a producer makes comes out in order.
    in_order: bool,
    is_read: bool,
}

impl Shape {
    pub(crate) fn faults(&self) -> Faults {
        let millis = Duration::from_millis;
        match self.faults {
            Trouble::None => Faults::none(),
            Trouble::Some => Faults::none().errors(0.01).panics(0.01).delays(0.05, millis(10)),
            Trouble::Much => Faults::none().errors(0.1).panics(0.05).delays(0.2, millis(30)),
        }
    }

    /// The topology, with the check that all came in order and once.
    pub(crate) fn build(&self, dice: &Dice) -> Scene {
        let world = World::new(dice.clone());
        let mut topology = Topology::new("shape").keyed::<Parcel>().weighed::<Parcel>().arbiters(1);
        let mut emitters = Vec::new();
        for (at, (instances, end)) in self.sources.iter().enumerate() {
            let (name, world, end) = (format!("source{at}"), world.clone(), *end);
            topology = topology.producer_each(&name, *instances, move |instance| Source {
                world: world.clone(),
                who: (at, instance),
                end,
            });
            emitters.push(Emitter { name, origins: 1 << at, in_order: true, is_read: false });
        }
        let mut joined = false;
        for (at, stage) in self.stages.iter().enumerate() {
            let number = self.sources.len() + at;
            topology = stage.add_stage(topology, number, &world, &mut emitters, &mut joined);
        }
        let mut number = self.sources.len() + self.stages.len();
        for emitter in &emitters {
            if !emitter.is_read || self.also_ends {
                let end = &self.ends[number % self.ends.len()];
                topology = end.add_end(topology, number, &world, emitter);
                number += 1;
            }
        }
        Scene::new(topology).verify(move |_| world.verdict())
    }
}

impl Reader {
    fn add_stage(
        &self,
        mut topology: Topology,
        number: usize,
        world: &World,
        emitters: &mut Vec<Emitter>,
        joined: &mut bool,
    ) -> Topology {
        let name = format!("stage{number}");
        let first = self.from.index(emitters.len());
        let second =
            self.and.map(|(and, tap)| (and.index(emitters.len()), tap)).filter(|(at, _)| *at != first);
        emitters[first].is_read = true;
        let mut origins = emitters[first].origins;
        let mut inputs = vec![InputOptions::new(&emitters[first].name)];
        let mut in_order = emitters[first].in_order && second.is_none();
        if let Some((second, tap)) = second {
            emitters[second].is_read = true;
            let disjoint = origins & emitters[second].origins == 0;
            origins |= emitters[second].origins;
            // Two joins that share a producer may wait for each other.
            if self.joins && disjoint && !*joined {
                *joined = true;
                let both = Both { world: world.clone(), who: (number, 0), turn: true };
                let (left, right) = (emitters[first].name.clone(), emitters[second].name.clone());
                topology = topology.join(&name, both, left.as_str(), right.as_str());
                topology =
                    topology.on_error(OnError::Skip).on_panic(Retry::times(2).then(Then::Skip)).allow_loss();
                emitters.push(Emitter { name, origins, in_order: false, is_read: false });
                return topology;
            }
            let input = InputOptions::new(&emitters[second].name);
            inputs.push(if tap { input.tap() } else { input });
        }
        let (kind, watched, world) = (self.kind, in_order, world.clone());
        topology = topology
            .stage_each(&name, self.instances, move |instance| Work {
                world: world.clone(),
                who: (number, instance),
                kind,
                in_order: watched,
                held: Vec::new(),
            })
            .inputs(inputs);
        // What several instances hold and emit at a tick has no place in the order.
        let restored = matches!(self.share, Share::Ordered) && self.kind != Kind::Holds;
        in_order = in_order && (self.instances == 1 || restored);
        emitters.push(Emitter { name: name.clone(), origins, in_order, is_read: false });
        self.look_after(topology, &name)
    }

    fn add_end(&self, topology: Topology, number: usize, world: &World, from: &Emitter) -> Topology {
        let name = format!("end{number}");
        let (world, in_order) = (world.clone(), from.in_order);
        let wants = self.wants.unwrap_or(u64::MAX);
        let topology = topology
            .consumer_each(&name, self.instances, move |instance| End {
                world: world.clone(),
                who: (number, instance),
                in_order,
                wants,
            })
            .inputs([from.name.as_str()]);
        self.look_after(topology, &name)
    }

    /// All that stages and consumers have in common.
    fn look_after(&self, topology: Topology, name: &str) -> Topology {
        let mut topology = topology.mailbox(self.mailbox.resolve()).allow_loss();
        if self.instances > 1 {
            let millis = Duration::from_millis;
            topology = match self.share {
                Share::Shared => topology,
                Share::RoundRobin => topology.routing(Routing::RoundRobin),
                Share::LeastLoaded => topology.routing(Routing::LeastLoaded),
                Share::Hash => topology.hash_by("number"),
                Share::Ordered if name.starts_with("stage") => topology.ordered(),
                Share::Ordered => topology,
                Share::Elastic => topology.elastic(
                    ElasticOptions::between(1, self.instances).up_after(millis(5)).down_after(millis(10)),
                ),
            };
        }
        if let Some((on_error, on_panic)) = self.policies {
            topology = topology.on_error(on_error.resolve()).on_panic(on_panic.resolve());
        }
        if let Some((failures, sheds, times_out)) = self.breaker {
            let breaker = Breaker::after(failures).reset(Duration::from_millis(10));
            let breaker = if sheds { breaker.shed() } else { breaker };
            let timeout = Duration::from_millis(5);
            topology = topology.breaker(if times_out { breaker.call_timeout(timeout) } else { breaker });
        }
        if self.letters {
            let letters = format!("{name}.dead_letters");
            topology = topology
                .consumer(&format!("letters_{name}"), for_each(|_: DeadLetter| {}))
                .inputs([letters.as_str()]);
        }
        topology
    }
}

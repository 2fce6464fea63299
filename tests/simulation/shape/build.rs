//! From a value to the topology.

use super::loops::Loops;
use super::{Reader, Second, Shape, Share};
use crate::actors::{Both, End, Kind, Parcel, Round, Source, Work, World};
use std::time::Duration;
use tidegate::prelude::*;
use tidegate::testkit::{Dice, Scene};
use tidegate::{Aimd, Then};

/// The bulkhead that some share.
const NARROW: &str = "narrow";

/// The origins of what went round in a loop.
const ANYWHERE: u64 = u64::MAX;

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
    /// The topology, with the check that all came in order and once.
    pub(crate) fn build(&self, dice: &Dice) -> Scene {
        let world = World::new(dice.clone(), self.acknowledged);
        let mut topology = Topology::new("shape").keyed::<Parcel>().weighed::<Parcel>().arbiters(1);
        topology = topology.bulkhead(NARROW, BulkheadOptions::threads(1).max_in_flight(self.in_flight));
        let mut emitters = Vec::new();
        for (at, source) in self.sources.iter().enumerate() {
            let (name, world, end) = (format!("source{at}"), world.clone(), source.end);
            topology = topology.producer_each(&name, source.instances, move |instance| Source {
                world: world.clone(),
                who: (at, instance),
                end,
            });
            if source.slows {
                topology = topology.aimd(Aimd { start: 200.0, ..Aimd::default() });
            }
            emitters.push(Emitter { name, origins: 1 << at, in_order: true, is_read: false });
        }
        let (loops, mut joined) = (Loops::of(self), false);
        for (at, stage) in self.stages.iter().enumerate() {
            let number = self.sources.len() + at;
            topology = stage.add_stage(topology, number, &world, &mut emitters, &loops, &mut joined);
        }
        let mut number = self.sources.len() + self.stages.len();
        for emitter in &emitters {
            if !emitter.is_read || self.also_ends {
                let end = &self.ends[number % self.ends.len()];
                topology = end.add_end(topology, number, &world, emitter);
                number += 1;
            }
        }
        // Whoever is stopped does not wait for what it would be told.
        let hears_all = self.acknowledged && !self.operator;
        Scene::new(topology).verify(move |report| world.verdict(report, hears_all))
    }
}

impl Reader {
    fn add_stage(
        &self,
        mut topology: Topology,
        number: usize,
        world: &World,
        emitters: &mut Vec<Emitter>,
        loops: &Loops,
        joined: &mut bool,
    ) -> Topology {
        let name = format!("stage{number}");
        let first = self.from.index(emitters.len());
        let second = self.and.map(|(and, how)| (and.index(emitters.len()), how));
        let second = second.filter(|(at, _)| *at != first);
        emitters[first].is_read = true;
        let mut origins = emitters[first].origins;
        let mut inputs = vec![InputOptions::new(&emitters[first].name)];
        let mut in_order = emitters[first].in_order && second.is_none() && !loops.has(number);
        if let Some((second, how)) = second {
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
            // What a tap has is nobody's business, so it may come after it was acknowledged.
            let how = if how == Second::Tap && world.acknowledges { Second::Equal } else { how };
            inputs.push(how.resolve(&emitters[second].name));
        }
        if loops.has(number) || origins == ANYWHERE {
            origins = ANYWHERE;
            world.is_behind_loop(number);
        }
        inputs.extend(loops.to.get(&number).into_iter().flatten().cloned());
        let (kind, watched, world) = (self.kind, in_order, world.clone());
        if loops.from.contains(&number) {
            let round = move |instance| Round { world: world.clone(), who: (number, instance) };
            topology = topology.stage_each(&name, self.instances, round).inputs(inputs);
            let done = format!("{name}.done");
            emitters.push(Emitter { name: done, origins, in_order: false, is_read: false });
            return self.look_after(topology, &name);
        }
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
        if from.origins == ANYWHERE {
            world.is_behind_loop(number);
        }
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
        if self.confined {
            topology = topology.in_bulkhead(NARROW);
        }
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

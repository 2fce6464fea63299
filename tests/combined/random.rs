//! A topology that follows from a seed.

use crate::actors::{Both, End, Kind, Source, Wild};
use crate::dice::Dice;
use crate::world::{Parcel, World};
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;
use tidegate::prelude::*;
use tidegate::{Stop, Then};

pub(crate) fn policy(dice: &Dice, may_stop: bool) -> OnError {
    let stop = if dice.one_in(2) { Stop::Branch } else { Stop::Topology };
    let restart = Restart::times(if may_stop { dice.roll(20) as u32 + 1 } else { 100_000 })
        .backoff(dice.millis(5))
        .max_backoff(Duration::from_millis(20))
        .then(stop);
    let retry =
        Retry::times(dice.roll(3) as u32 + 1).backoff(dice.millis(5)).max_backoff(Duration::from_millis(20));
    match dice.roll(if may_stop { 8 } else { 6 }) {
        0 => OnError::Skip,
        1 => OnError::DeadLetter,
        2 => restart.into(),
        3 => retry.then(Then::Restart(restart)).into(),
        4 => retry.then(Then::DeadLetter).into(),
        5 => retry.then(Then::Skip).into(),
        6 => OnError::StopBranch,
        _ => OnError::Stop,
    }
}

/// What may happen in a round.
pub(crate) struct Round {
    pub(crate) topology: Topology,
    pub(crate) world: World,
    pub(crate) told: String,
    pub(crate) actors: Vec<String>,
    /// Whether it is one producer that delivers at least once, one way, and nothing that loses messages by design.
    pub(crate) is_path: bool,
}

pub(crate) struct Building {
    pub(crate) dice: Dice,
    pub(crate) world: World,
    pub(crate) topology: Option<Topology>,
    pub(crate) told: String,
    pub(crate) actors: Vec<String>,
    pub(crate) is_path: bool,
}

impl Building {
    pub(crate) fn change(&mut self, what: &str, change: impl FnOnce(Topology) -> Topology) {
        let _ = write!(self.told, " {what}");
        self.topology = self.topology.take().map(change);
    }

    pub(crate) fn name(&mut self, kind: &str) -> (String, usize) {
        let number = self.actors.len();
        let name = format!("{kind}{number}");
        let _ = write!(self.told, "\n  {name}:");
        self.actors.push(name.clone());
        (name, number)
    }

    pub(crate) fn mailbox(&mut self) -> MailboxOptions {
        let dice = self.dice.clone();
        let mut mailbox = MailboxOptions::capacity(if dice.one_in(2) { dice.size(64) } else { dice.size(4) });
        if dice.one_in(6) && !self.is_path {
            mailbox = mailbox.overflow(*dice.pick(&[
                Overflow::DropNewest,
                Overflow::DropOldest,
                Overflow::DropYoungest,
                Overflow::DropAll,
            ]));
        }
        mailbox
    }

    pub(crate) fn place(&mut self) {
        let dice = self.dice.clone();
        match dice.roll(6) {
            0 => self.change("bulkhead", |topology| topology.in_bulkhead("io")),
            1 => self.change("blocking", Topology::blocking),
            _ => {}
        }
    }

    pub(crate) fn supervise(&mut self) {
        let dice = self.dice.clone();
        let may_stop = dice.one_in(3);
        let (on_error, on_panic) = (policy(&dice, may_stop), policy(&dice, may_stop));
        if !dice.one_in(5) {
            self.change(&format!("on_error({on_error:?})"), |topology| topology.on_error(on_error));
            self.change(&format!("on_panic({on_panic:?})"), |topology| topology.on_panic(on_panic));
        }
        if dice.one_in(4) {
            let mut breaker = Breaker::after(dice.roll(3) as u32 + 1).reset(Duration::from_millis(10));
            // What is dropped after a while has failed, and the actor cannot know.
            if !self.is_path && dice.one_in(2) {
                breaker = breaker.call_timeout(Duration::from_millis(1));
            }
            if !self.is_path && dice.one_in(2) {
                breaker = breaker.shed();
            }
            self.change(&format!("breaker({breaker:?})"), |topology| topology.breaker(breaker));
        }
    }

    pub(crate) fn reads(&mut self, inputs: &[String], plain: bool) {
        let dice = self.dice.clone();
        let inputs: Vec<InputOptions> = inputs
            .iter()
            .map(|name| {
                let input = InputOptions::new(name);
                match dice.roll(8) {
                    0 if !plain => input.weight(dice.roll(5) as u32 + 1),
                    1 if !plain => input.preferred(),
                    2 if !plain && !self.is_path => input.tap(),
                    3 => input.mailbox(self.mailbox()),
                    _ => input,
                }
            })
            .collect();
        self.change(&format!("{inputs:?}"), |topology| topology.inputs(inputs));
        if dice.one_in(2) {
            let mailbox = self.mailbox();
            self.change(&format!("{mailbox:?}"), |topology| topology.mailbox(mailbox));
        }
        if !self.is_path {
            self.change("", Topology::allow_loss);
        }
    }

    /// How its instances share the work; whether what they take is passed on in order.
    pub(crate) fn share(&mut self, instances: usize, may_order: bool) -> bool {
        let dice = self.dice.clone();
        if instances == 1 {
            return true;
        }
        match dice.roll(7) {
            0 => self.change("round robin", |topology| topology.routing(Routing::RoundRobin)),
            1 => self.change("least loaded", |topology| topology.routing(Routing::LeastLoaded)),
            2 => self.change("hash", |topology| topology.hash_by("number")),
            3 | 4 if may_order => {
                self.change("ordered", Topology::ordered);
                return true;
            }
            5 | 6 => {
                let elastic = ElasticOptions::between(1, instances)
                    .up_after(Duration::from_millis(5))
                    .down_after(Duration::from_millis(10));
                self.change("elastic", |topology| topology.elastic(elastic));
                if may_order && dice.one_in(3) {
                    self.change("ordered", Topology::ordered);
                    return true;
                }
            }
            _ => {}
        }
        false
    }

    pub(crate) fn instances(&self) -> usize {
        if self.dice.one_in(2) { 1 } else { self.dice.size(4) }
    }

    pub(crate) fn wants(&self) -> u64 {
        if !self.is_path && self.dice.one_in(8) { self.dice.roll(50) + 1 } else { u64::MAX }
    }

    pub(crate) fn dead_letters(&mut self, of: &str) {
        if self.dice.one_in(4) {
            let (name, _) = self.name("letters");
            let of = format!("{of}.dead_letters");
            self.change(&of.clone(), |topology| {
                topology.consumer(&name, for_each(|_: DeadLetter| {})).inputs([of.as_str()])
            });
        }
    }
}

pub(crate) fn round(seed: u64) -> Round {
    let dice = Dice::new(seed);
    let is_path = dice.one_in(3);
    let world = World {
        seen: Arc::default(),
        dice: dice.clone(),
        calm: *dice.pick(&[20, 100, 1000, u64::MAX]),
        in_order: false,
    };
    let mut topology = Topology::new("combined")
        .keyed::<Parcel>()
        .seed(seed)
        .arbiters(dice.size(3))
        .default_mailbox(MailboxOptions::capacity(dice.size(16)));
    let mut io = BulkheadOptions::threads(dice.size(2));
    if dice.one_in(2) {
        io = io.max_in_flight(dice.size(3)).blocking_threads(dice.size(3));
    }
    topology = topology.bulkhead("io", io);
    let mut building = Building {
        dice: dice.clone(),
        world: world.clone(),
        topology: Some(topology),
        told: String::new(),
        actors: Vec::new(),
        is_path,
    };
    build(&mut building);
    let Building { topology, told, actors, world, .. } = building;
    Round { topology: topology.expect("it is always put back"), world, told, actors, is_path }
}

pub(crate) fn build(building: &mut Building) {
    let dice = building.dice.clone();
    let is_path = building.is_path;
    let mut order: Vec<Option<bool>> = Vec::new();
    // What can be read, the producers it comes from, and whether anybody reads it.
    let mut sources: Vec<(String, u64, bool)> = Vec::new();
    for producer in 0..if is_path { 1 } else { dice.size(3) } {
        let (name, number) = building.name("producer");
        let instances = if is_path { 1 } else { dice.size(2) };
        let (end, resumes) = (dice.roll(200), is_path || dice.one_in(3));
        let fails = !is_path && dice.one_in(3);
        let world = building.world.clone();
        building.change(&format!("{instances} x {end} resumes={resumes} fails={fails}"), |topology| {
            let world = world.clone();
            topology.producer_each(&name, instances, move |instance| Source {
                world: world.clone(),
                who: (number, instance),
                end,
                resumes,
                fails,
            })
        });
        if fails {
            let restart = Restart::times(5).backoff(dice.millis(3));
            building.change("restarts", |topology| topology.on_error(restart).on_panic(restart));
        }
        if dice.one_in(8) {
            building.place();
        }
        sources.push((name, 1 << producer, false));
    }
    // A path may be one on which order is kept.
    let wants_order = is_path && dice.one_in(2);
    building.world.in_order = wants_order;
    let mut joined = false;
    for _ in 0..dice.roll(if is_path { 4 } else { 6 }) {
        let first = if is_path { sources.len() - 1 } else { dice.roll(sources.len() as u64) as usize };
        let second = dice.roll(sources.len() as u64) as usize;
        // Two joins that share a producer may wait for each other.
        let disjoint = !joined && sources[first].1 & sources[second].1 == 0;
        let world = building.world.clone();
        if disjoint && dice.one_in(2) {
            joined = true;
            let (name, number) = building.name("join");
            let (left, right) = (sources[first].0.clone(), sources[second].0.clone());
            building.change(&format!("{left} {right}"), |topology| {
                topology.join(
                    &name,
                    Both { world, who: (number, 0), turn: true },
                    left.as_str(),
                    right.as_str(),
                )
            });
            if dice.one_in(2) {
                let skip = if dice.one_in(2) { OnError::Skip } else { OnError::DeadLetter };
                building.change("skips", |topology| {
                    topology.on_error(skip).on_panic(Retry::times(2).then(Then::Skip))
                });
            }
            building.change("", Topology::allow_loss);
            let from = sources[first].1 | sources[second].1;
            (sources[first].2, sources[second].2) = (true, true);
            sources.push((name, from, false));
            continue;
        }
        let (name, number) = building.name("stage");
        let kind =
            *dice.pick(&[Kind::Map, Kind::Map, Kind::Filter, Kind::Copies, Kind::Holds, Kind::Detached]);
        let (instances, wants) = (building.instances(), building.wants());
        let may_order = !matches!(kind, Kind::Holds | Kind::Detached);
        let instances = if wants_order && !may_order { 1 } else { instances };
        building.change(&format!("{kind:?} x {instances} wants {wants}"), |topology| {
            topology.stage_each(&name, instances, move |instance| Wild {
                world: world.clone(),
                who: (number, instance),
                kind,
                held: Vec::new(),
                wants,
            })
        });
        let mut inputs = vec![sources[first].0.clone()];
        sources[first].2 = true;
        let mut from = sources[first].1;
        if first != second && !is_path && dice.one_in(2) {
            inputs.push(sources[second].0.clone());
            sources[second].2 = true;
            from |= sources[second].1;
        }
        if wants_order && instances > 1 {
            building.reads(&inputs, false);
            building.change("ordered", Topology::ordered);
        } else {
            building.reads(&inputs, false);
            order.push(Some(building.share(instances, may_order)));
        }
        building.supervise();
        building.place();
        sources.push((name.clone(), from, false));
        building.dead_letters(&name);
    }
    for (source, _, read) in sources {
        if read && (is_path || !dice.one_in(5)) {
            continue;
        }
        let (name, number) = building.name("end");
        let (instances, wants) = (building.instances(), building.wants());
        let world = building.world.clone();
        building.change(&format!("x {instances} wants {wants}"), |topology| {
            topology.consumer_each(&name, instances, move |instance| End {
                world: world.clone(),
                who: (number, instance),
                wants,
            })
        });
        building.reads(&[source], false);
        building.share(instances, false);
        building.supervise();
        building.place();
        building.dead_letters(&name);
    }
}

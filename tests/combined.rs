//! Everything at once: random topologies whose actors fail, wait, hold and end as they like, while an operator interferes.
//!
//! `COMBINED_ROUNDS` says how many topologies are tried, `COMBINED_SEED` from which number on.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};
use tidegate::{ActorReport, Join, Outcome, Severity, Side, Stop, Then};

const ROUNDS: u64 = 300;
const ROUNDS_ON_THREADS: u64 = 20;

/// Numbers that follow from a seed.
#[derive(Clone)]
struct Dice(Arc<AtomicU64>);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(Arc::new(AtomicU64::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))))
    }

    /// A number below `sides`.
    fn roll(&self, sides: u64) -> u64 {
        // Steele's splitmix64.
        let mut state = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (state ^ (state >> 31)) % sides
    }

    fn one_in(&self, sides: u64) -> bool {
        self.roll(sides) == 0
    }

    fn size(&self, most: u64) -> usize {
        self.roll(most) as usize + 1
    }

    fn millis(&self, most: u64) -> Duration {
        Duration::from_millis(self.roll(most + 1))
    }

    fn pick<'a, T>(&self, of: &'a [T]) -> &'a T {
        &of[self.roll(of.len() as u64) as usize]
    }
}

/// An instance of an actor.
type Who = (usize, usize);

#[derive(Clone, Copy, Debug)]
struct Parcel {
    /// The producer that made it, and its number there, from 1.
    origin: (Who, u64),
    /// Who sent it last, and its number there.
    sent: (Who, u64),
}

impl Keyed for Parcel {
    fn key(&self, _: &str) -> u64 {
        self.origin.1 % 7
    }
}

/// What is seen of a topology from inside.
#[derive(Default)]
struct Seen {
    /// How much each instance has sent.
    sent: HashMap<Who, u64>,
    /// The last that came from one instance to another.
    came: HashMap<(Who, Who), u64>,
    /// The last of each producer that came to an instance.
    reached: HashMap<(Who, Who), u64>,
    /// What came to its end: was handled by a consumer, filtered out, or failed.
    done: HashSet<u64>,
    made: HashMap<Who, u64>,
    acknowledged: u64,
    wrong: Vec<String>,
}

#[derive(Clone)]
struct World {
    seen: Arc<Mutex<Seen>>,
    dice: Dice,
    /// One call in so many goes wrong.
    calm: u64,
    /// Whether all that a producer makes comes in order to each instance.
    in_order: bool,
}

impl World {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn arrives(&self, parcel: &Parcel, at: Who) {
        let mut seen = self.seen();
        let last = std::mem::replace(seen.came.entry((parcel.sent.0, at)).or_default(), parcel.sent.1);
        if parcel.sent.1 < last {
            seen.wrong.push(format!("{parcel:?} came to {at:?} after {last} of the same sender"));
        }
        let last = std::mem::replace(seen.reached.entry((parcel.origin.0, at)).or_default(), parcel.origin.1);
        if self.in_order && parcel.origin.1 < last {
            seen.wrong.push(format!("{parcel:?} came to {at:?} after {last} of the same producer"));
        }
    }

    fn leaves(&self, parcel: Parcel, from: Who) -> Parcel {
        let mut seen = self.seen();
        let count = seen.sent.entry(from).or_default();
        *count += 1;
        Parcel { sent: (from, *count), ..parcel }
    }

    fn ends(&self, parcel: &Parcel) {
        self.seen().done.insert(parcel.origin.1);
    }

    fn perhaps(&self, parcel: Option<&Parcel>) -> Result {
        match self.dice.roll(self.calm) {
            kind @ 0..2 => {
                parcel.into_iter().for_each(|parcel| self.ends(parcel));
                assert!(kind == 0, "unlucky");
                Err("unlucky".into())
            }
            _ => Ok(()),
        }
    }

    async fn dawdle(&self) {
        match self.dice.roll(8) {
            0 => tidegate::time::sleep(self.dice.millis(3)).await,
            1 => tokio::task::yield_now().await,
            _ => {}
        }
    }
}

struct Source {
    world: World,
    who: Who,
    end: u64,
    resumes: bool,
    fails: bool,
}

impl Producer for Source {
    type Out = Outlet<Parcel>;

    async fn produce(&mut self, out: &mut Outlet<Parcel>) -> Result<Next> {
        self.world.dawdle().await;
        if self.fails {
            self.world.perhaps(None)?;
        }
        let made = {
            let mut seen = self.world.seen();
            let made = seen.made.entry(self.who).or_default();
            if *made == self.end {
                return Ok(Next::Done);
            }
            *made += 1;
            *made
        };
        let parcel = Parcel { origin: (self.who, made), sent: (self.who, made) };
        if self.world.dice.one_in(3) {
            out.send(parcel).await
        } else {
            out.emit(parcel)
        }
        Ok(if self.world.dice.one_in(20) { Next::After(self.world.dice.millis(5)) } else { Next::More })
    }

    fn can_resume(&self) -> bool {
        self.resumes
    }

    fn on_acknowledged(&mut self, count: u64) {
        self.world.seen().acknowledged = count;
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Map,
    Filter,
    Copies,
    Holds,
    Detached,
}

struct Wild {
    world: World,
    who: Who,
    kind: Kind,
    held: Vec<Parcel>,
    /// It wants no more after so many.
    wants: u64,
}

impl Wild {
    fn is_full(&self) -> bool {
        self.held.len() >= 4
    }
}

impl Stage for Wild {
    type In = Parcel;
    type Out = Outlet<Parcel>;

    async fn on_start(&mut self, _: &mut Outlet<Parcel>) -> Result {
        if self.world.dice.one_in(20) { self.world.perhaps(None) } else { Ok(()) }
    }

    async fn handle(&mut self, parcel: Parcel, out: &mut Outlet<Parcel>) -> Result {
        self.world.arrives(&parcel, self.who);
        self.world.dawdle().await;
        self.world.perhaps(Some(&parcel))?;
        self.wants -= 1;
        match self.kind {
            Kind::Map => out.emit(self.world.leaves(parcel, self.who)),
            Kind::Filter if self.world.dice.one_in(2) => self.world.ends(&parcel),
            Kind::Filter => out.send(self.world.leaves(parcel, self.who)).await,
            Kind::Copies => {
                let copies = self.world.dice.roll(4);
                for _ in 0..copies {
                    out.send(self.world.leaves(parcel, self.who)).await;
                }
                if copies == 0 {
                    self.world.ends(&parcel);
                }
            }
            Kind::Detached => self.held.push(parcel),
            Kind::Holds => {
                self.held.push(parcel);
                if self.is_full() {
                    let first = self.held.remove(0);
                    out.emit(self.world.leaves(first, self.who));
                }
            }
        }
        if matches!(self.kind, Kind::Map | Kind::Filter) { self.world.perhaps(Some(&parcel)) } else { Ok(()) }
    }

    fn handle_now(&mut self, parcel: Parcel, out: &mut Outlet<Parcel>) -> Now<Parcel> {
        if self.kind != Kind::Map || self.world.dice.one_in(2) {
            return Now::Later(parcel);
        }
        self.world.arrives(&parcel, self.who);
        self.wants -= 1;
        out.emit(self.world.leaves(parcel, self.who));
        Now::Done(self.world.perhaps(Some(&parcel)))
    }

    fn is_detached(&self) -> bool {
        self.kind == Kind::Detached
    }

    fn takes_input(&self) -> bool {
        !self.is_full()
    }

    fn has_output(&self) -> bool {
        !self.held.is_empty()
    }

    fn on_room(&mut self, out: &mut Outlet<Parcel>) -> Result {
        let first = self.held.remove(0);
        out.emit(self.world.leaves(first, self.who));
        Ok(())
    }

    fn tick_every(&self) -> Option<Duration> {
        (self.kind == Kind::Holds).then_some(Duration::from_millis(7))
    }

    async fn on_tick(&mut self, out: &mut Outlet<Parcel>) -> Result {
        for parcel in self.held.drain(..) {
            out.send(self.world.leaves(parcel, self.who)).await;
        }
        Ok(())
    }

    async fn on_end(&mut self, out: &mut Outlet<Parcel>) -> Result {
        for parcel in self.held.drain(..) {
            out.send(self.world.leaves(parcel, self.who)).await;
        }
        Ok(())
    }

    fn held(&self) -> usize {
        self.held.len()
    }

    fn max_held(&self) -> usize {
        4
    }

    fn is_finished(&self) -> bool {
        self.wants == 0
    }
}

/// Takes from both sides in turn.
struct Both {
    world: World,
    who: Who,
    turn: bool,
}

impl Both {
    async fn take(&mut self, parcel: Parcel, out: &mut Outlet<Parcel>) -> Result {
        self.turn = !self.turn;
        self.world.arrives(&parcel, self.who);
        self.world.dawdle().await;
        self.world.perhaps(Some(&parcel))?;
        out.emit(self.world.leaves(parcel, self.who));
        Ok(())
    }
}

impl Join for Both {
    type Left = Parcel;
    type Right = Parcel;
    type Out = Outlet<Parcel>;

    fn wants(&self) -> Side {
        if self.turn { Side::Left } else { Side::Right }
    }

    async fn left(&mut self, parcel: Parcel, out: &mut Outlet<Parcel>) -> Result {
        self.take(parcel, out).await
    }

    async fn right(&mut self, parcel: Parcel, out: &mut Outlet<Parcel>) -> Result {
        self.take(parcel, out).await
    }
}

struct End {
    world: World,
    who: Who,
    wants: u64,
}

impl Consumer for End {
    type In = Parcel;

    async fn handle(&mut self, parcel: Parcel) -> Result {
        self.world.arrives(&parcel, self.who);
        self.world.dawdle().await;
        self.world.perhaps(Some(&parcel))?;
        self.wants -= 1;
        self.world.ends(&parcel);
        Ok(())
    }

    fn is_finished(&self) -> bool {
        self.wants == 0
    }
}

fn policy(dice: &Dice, may_stop: bool) -> OnError {
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
struct Round {
    topology: Topology,
    world: World,
    told: String,
    actors: Vec<String>,
    /// Whether it is one producer that delivers at least once, one way, and nothing that loses messages by design.
    is_path: bool,
}

struct Building {
    dice: Dice,
    world: World,
    topology: Option<Topology>,
    told: String,
    actors: Vec<String>,
    is_path: bool,
}

impl Building {
    fn change(&mut self, what: &str, change: impl FnOnce(Topology) -> Topology) {
        let _ = write!(self.told, " {what}");
        self.topology = self.topology.take().map(change);
    }

    fn name(&mut self, kind: &str) -> (String, usize) {
        let number = self.actors.len();
        let name = format!("{kind}{number}");
        let _ = write!(self.told, "\n  {name}:");
        self.actors.push(name.clone());
        (name, number)
    }

    fn mailbox(&mut self) -> MailboxOptions {
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

    fn place(&mut self) {
        let dice = self.dice.clone();
        match dice.roll(6) {
            0 => self.change("bulkhead", |topology| topology.in_bulkhead("io")),
            1 => self.change("blocking", Topology::blocking),
            _ => {}
        }
    }

    fn supervise(&mut self) {
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

    fn reads(&mut self, inputs: &[String], plain: bool) {
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
    fn share(&mut self, instances: usize, may_order: bool) -> bool {
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

    fn instances(&self) -> usize {
        if self.dice.one_in(2) { 1 } else { self.dice.size(4) }
    }

    fn wants(&self) -> u64 {
        if !self.is_path && self.dice.one_in(8) { self.dice.roll(50) + 1 } else { u64::MAX }
    }

    fn dead_letters(&mut self, of: &str) {
        if self.dice.one_in(4) {
            let (name, _) = self.name("letters");
            let of = format!("{of}.dead_letters");
            self.change(&of.clone(), |topology| {
                topology.consumer(&name, for_each(|_: DeadLetter| {})).inputs([of.as_str()])
            });
        }
    }
}

fn round(seed: u64) -> Round {
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

fn build(building: &mut Building) {
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

/// Interferes once.
fn interfere(running: &Handle, actors: &[String], is_path: bool, dice: &Dice) -> String {
    let actor = dice.pick(actors);
    let what = match dice.roll(9) {
        0 => {
            running.pause(actor);
            "pause"
        }
        1 | 2 => {
            running.resume(actor);
            "resume"
        }
        3 => {
            running.pause_all();
            "pause all"
        }
        4 => {
            running.resume_all();
            "resume all"
        }
        5 => {
            let _ = running.set_mailbox(actor, &MailboxOptions::capacity(dice.size(64)));
            "set mailbox"
        }
        6 => {
            let _ = running.set_instances(actor, dice.size(4));
            "set instances"
        }
        // What is cancelled counts as done.
        7 if !is_path && dice.one_in(3) => {
            let _ = running.drain_actor(actor);
            "drain"
        }
        8 if dice.one_in(3) => {
            let _ = running.stop_actor(actor);
            "stop"
        }
        _ => "nothing",
    };
    format!(" {what} {actor}")
}

/// Runs a topology, with an operator who interferes now and then; what they did, and the report.
async fn operate(
    running: Handle,
    actors: &[String],
    is_path: bool,
    dice: &Dice,
    longest: Duration,
) -> (String, Report) {
    let mut told = String::from("\n  operator:");
    if dice.one_in(2) {
        for _ in 0..dice.roll(12) {
            tidegate::time::sleep(dice.millis(20)).await;
            told += &interfere(&running, actors, is_path, dice);
        }
        running.resume_all();
    }
    if dice.one_in(4) {
        tidegate::time::sleep(dice.millis(100)).await;
        match dice.roll(3) {
            0 => running.stop(),
            1 => running.drain(dice.millis(50)),
            _ => running.drain(Duration::from_secs(3600)),
        }
        told += " and an end";
    }
    match tidegate::time::timeout(longest, running.wait()).await {
        Ok(report) => (told, report),
        Err(_) => {
            let actors = running.snapshot().actors;
            let actors: String =
                actors.iter().map(|(name, actor)| format!("\n  {name}: {actor:?}")).collect();
            panic!("it does not end;{told}{actors}")
        }
    }
}

/// Looks at what came of a round.
fn judge(report: &Report, world: &World, is_path: bool, was_stopped: bool) {
    balanced(report);
    let seen = world.seen();
    assert_eq!(seen.wrong, Vec::<String>::new());
    if !is_path {
        return;
    }
    let lost: Vec<u64> = (1..=seen.acknowledged).filter(|n| !seen.done.contains(n)).collect();
    assert_eq!(lost, Vec::<u64>::new(), "of {} that are said to be done", seen.acknowledged);
    // A producer that is stopped does not wait until all is done.
    if !was_stopped
        && matches!(report.outcome, Outcome::Completed)
        && report.actors.values().all(|actor| actor.left == 0)
    {
        let made = seen.made.values().sum::<u64>();
        let refused: u64 = report.links.iter().map(|link| link.refused).sum();
        if refused == 0 {
            assert_eq!(seen.acknowledged, made, "all that was made is done");
        }
    }
}

fn attempt(seed: u64, threads: bool) -> bool {
    let Round { topology, world, told, actors, is_path } = round(seed);
    let errors: Vec<String> = topology
        .check(false)
        .iter()
        .filter(|problem| problem.severity == Severity::Error)
        .map(ToString::to_string)
        .collect();
    if !errors.is_empty() {
        if std::env::var("COMBINED_SHOW").is_ok() {
            eprintln!("{seed}: {errors:?}");
        }
        return false;
    }
    if std::env::var("COMBINED_SHOW").is_ok() {
        eprintln!("{seed}:{told}");
    }
    let dice = world.dice.clone();
    let run = || {
        let (operator, report) = if threads {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let running = topology.start().expect("it was checked");
                operate(running, &actors, is_path, &dice, Duration::from_secs(20)).await
            })
        } else {
            testkit::virtual_time(async {
                operate(testkit::start(topology), &actors, is_path, &dice, Duration::from_secs(3600)).await
            })
        };
        if let Err(panic) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            judge(&report, &world, is_path, operator.contains(" stop "))
        })) {
            let actors: String = report.actors.iter().map(short).collect();
            panic!(
                "{}{operator}\n{:?} {:?}{actors}\n{:?}",
                text(&*panic),
                report.outcome,
                report.error,
                report.links
            );
        }
    };
    if let Err(panic) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)) {
        panic!("seed {seed}:{told}\n{}", text(&*panic));
    }
    true
}

fn text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string)).unwrap_or_else(|| "a panic".into())
}

/// The state and counts of an actor in a line.
fn short((name, actor): (&String, &ActorReport)) -> String {
    format!(
        "\n  {name} {:?} {}: received {} handled {} emitted {} failed {} {:?} left {} waiting {} in hand {} held {}",
        actor.state,
        actor.instances,
        actor.received,
        actor.handled,
        actor.emitted,
        actor.failed,
        actor.dropped,
        actor.left,
        actor.waiting,
        actor.in_handler,
        actor.held
    )
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Seeds that stood still once, and are not among the first.
const KNOWN: [u64; 1] = [827];

fn attempts(rounds: u64, threads: bool) {
    if std::env::var("COMBINED_SHOW").is_err() {
        std::panic::set_hook(Box::new(|_| {}));
    }
    let (first, rounds) = (number("COMBINED_SEED", 0), number("COMBINED_ROUNDS", rounds));
    let (mut failures, mut valid) = (Vec::new(), 0);
    // Where all stands still without a timer, virtual time does not pass: the seed is told at least.
    let current = Arc::new(AtomicU64::new(first));
    let at = current.clone();
    std::thread::spawn(move || {
        let mut last = u64::MAX;
        loop {
            std::thread::sleep(Duration::from_secs(40));
            let now = at.load(Ordering::Relaxed);
            if now == last {
                eprintln!("seed {now} does not end (on threads: {threads})");
                std::process::exit(1);
            }
            last = now;
        }
    });
    for seed in (first..first + rounds).chain(KNOWN) {
        current.store(seed, Ordering::Relaxed);
        match std::panic::catch_unwind(|| attempt(seed, threads)) {
            Ok(is_valid) => valid += u64::from(is_valid),
            Err(panic) => failures.push((seed, text(&*panic))),
        }
    }
    drop(std::panic::take_hook());
    for (_, failure) in failures.iter().take(number("COMBINED_TELL", 1) as usize) {
        eprintln!("{failure}\n");
    }
    let seeds: Vec<u64> = failures.iter().map(|(seed, _)| *seed).collect();
    assert!(seeds.is_empty(), "{} of {rounds} failed: {seeds:?}", seeds.len());
    assert!(rounds < 20 || valid > rounds / 2, "{valid} of {rounds} topologies could run");
}

#[test]
fn whatever_meets_in_a_topology_it_ends_and_keeps_its_promises() {
    attempts(ROUNDS, false);
}

#[test]
fn so_it_does_on_several_threads() {
    attempts(ROUNDS_ON_THREADS, true);
}

//! From a checked topology to everything that runs: mailboxes, links, and a job for each actor instance.

use super::delivery::tracked;
use super::maker::AnyMailbox;
use super::ranks::{Rank, ranks};
use super::wires::Wires;
use super::{Node, Role, Routing, Topology};
use crate::Limit;
use crate::cell::{Job, Setup, Supervision};
use crate::dead_letter::DEAD_LETTERS;
use crate::delivery::{Origin, Tracker};
use crate::ledger::Tally;
use crate::mailbox::{Cycle, Link, MailboxFace, Sequence};
use crate::message::MessageFacts;
use crate::outlet::{Ahead, Choice, LanePlan, PortPlan, TargetPlan, Wiring};
use crate::sync::{Arc, AtomicU64};
use indexmap::IndexMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, RandomState};

/// What is to be started.
pub(crate) struct Plan {
    pub(crate) name: String,
    /// In the order of the topology.
    pub(crate) nodes: Vec<PlannedNode>,
    pub(crate) links: Vec<Arc<Link>>,
    /// One per actor instance, those that come first in the graph first.
    pub(crate) cells: Vec<PlannedCell>,
}

/// What reports need to know about one actor.
pub(crate) struct PlannedNode {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) actor: String,
    pub(crate) mailboxes: Vec<Arc<dyn MailboxFace>>,
    /// The links that lead to it.
    pub(crate) inputs: Vec<Arc<Link>>,
    pub(crate) tallies: Vec<Arc<Tally>>,
    /// Counts what each instance emits through each port.
    pub(crate) emitted: Vec<Arc<AtomicU64>>,
    /// Whether its messages come over taps only: its failure is no reason to stop the others.
    pub(crate) aside: bool,
}

/// One actor instance.
pub(crate) struct PlannedCell {
    /// The index of its node.
    pub(crate) node: usize,
    pub(crate) instance: usize,
    pub(crate) job: Job,
    /// The links it sends over.
    pub(crate) outputs: Vec<Arc<Link>>,
    /// Whether it takes no input.
    pub(crate) produces: bool,
    pub(crate) blocking: bool,
    pub(crate) arbiter: Option<usize>,
}

/// Whether other threads run beside that of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Company {
    /// All cells share one thread.
    None,
    /// There are more threads than cores.
    Threads,
    /// Each thread has a core.
    Cores,
}

impl Company {
    /// What so many `threads` are to each other.
    pub(crate) fn of(threads: usize) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, Into::into);
        match threads {
            0 | 1 => Self::None,
            _ if threads <= cores => Self::Cores,
            _ => Self::Threads,
        }
    }
}

/// Which actor could not be made, and why.
pub(crate) struct Unmade {
    pub(crate) actor: String,
    pub(crate) error: crate::BoxError,
}

/// Plans `topology`. `started` makes what the cell of this number calls once its actor has started.
pub(crate) fn plan(
    mut topology: Topology,
    company: Company,
    started: impl Fn(usize) -> Box<dyn FnOnce() + Send>,
) -> Result<Plan, Unmade> {
    let wires = Wires::of(&topology);
    let mut builder = Builder::new(&topology, wires, company);
    for index in 0..topology.nodes.len() {
        builder.mailboxes_of(&topology, index);
    }
    let mut plan =
        Plan { name: topology.name.clone(), nodes: Vec::new(), links: Vec::new(), cells: Vec::new() };
    plan.nodes = topology.nodes.iter().zip(&builder.mailboxes).map(planned).collect();
    for (node, aside) in plan.nodes.iter_mut().zip(aside(&topology, &builder.wires)) {
        node.aside = aside;
    }
    let mut order: Vec<usize> = (0..topology.nodes.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(builder.ranks[*index].part));
    for index in order {
        for instance in 0..topology.nodes[index].options.instances {
            let started = started(plan.cells.len());
            let cell = builder.cell(&mut topology, index, instance, &mut plan, started)?;
            plan.cells.push(cell);
        }
    }
    builder.hear_the_ends_of_cycles();
    Ok(plan)
}

fn planned((node, mailboxes): (&Node, &Mailboxes)) -> PlannedNode {
    let mailboxes = mailboxes.values().flatten();
    PlannedNode {
        name: node.name.clone(),
        role: node.role,
        actor: node.actor.clone(),
        mailboxes: mailboxes.map(|mailbox| mailbox.face.clone()).collect(),
        inputs: Vec::new(),
        tallies: (0..node.options.instances).map(|_| Arc::default()).collect(),
        emitted: Vec::new(),
        aside: false,
    }
}

/// Which actors no message reaches but over a tap.
fn aside(topology: &Topology, wires: &Wires) -> Vec<bool> {
    let is_producer = |number: &usize| topology.nodes[*number].role == Role::Producer;
    let mut next: Vec<usize> = (0..topology.nodes.len()).filter(is_producer).collect();
    let mut aside = vec![true; topology.nodes.len()];
    while let Some(number) = next.pop() {
        if std::mem::replace(&mut aside[number], false) {
            let readers = wires.readers(number).filter(|wire| !wire.options(topology).tap);
            next.extend(readers.map(|wire| wire.to));
        }
    }
    aside
}

/// The mailboxes of an actor: those that its inputs share, under `None`, and those of inputs that have their own, under
/// the number of the input. Each time one for all instances, or one for each.
type Mailboxes = IndexMap<Option<usize>, Vec<AnyMailbox>>;

struct Builder {
    ranks: Vec<Rank>,
    cycles: IndexMap<usize, Arc<Cycle>>,
    /// In the order of the topology.
    mailboxes: Vec<Mailboxes>,
    /// What restores the order behind the instances, likewise.
    sequences: Vec<Option<Arc<Sequence>>>,
    wires: Wires,
    /// Whether at-least-once producers want to know what becomes of the messages of each actor.
    tracked: Vec<bool>,
    facts: Arc<MessageFacts>,
    company: Company,
    /// Each of them one, whoever shares it.
    limits: IndexMap<String, Limit>,
}

impl Builder {
    fn new(topology: &Topology, wires: Wires, company: Company) -> Self {
        let ranks = ranks(topology, &wires);
        let cycles =
            ranks.iter().filter(|rank| rank.in_cycle).map(|rank| (rank.part, Arc::default())).collect();
        let limits = topology.limits.iter().map(|(name, limit)| (name.clone(), (*limit).into())).collect();
        let facts = Arc::new(topology.facts.clone());
        let tracked = tracked(topology, &wires);
        let (mailboxes, sequences) = (Vec::new(), Vec::new());
        Self { ranks, cycles, mailboxes, sequences, wires, tracked, facts, company, limits }
    }

    fn mailboxes_of(&mut self, topology: &Topology, index: usize) {
        let node = &topology.nodes[index];
        let cycle = self.cycles.get(&self.ranks[index].part).filter(|_| self.ranks[index].in_cycle);
        let instances = node.options.instances;
        let shared = instances == 1 || node.options.routing == Routing::Shared;
        let (count, readers) = if shared { (1, instances) } else { (instances, 1) };
        let mut mailboxes = Mailboxes::new();
        for (number, settings) in topology.mailboxes_of(node) {
            let made = (0..count).filter_map(|_| {
                node.maker.mailbox(number, &settings, &topology.facts, readers, cycle.cloned())
            });
            mailboxes.insert(number, made.collect());
        }
        self.mailboxes.push(mailboxes);
        self.sequences.push((readers > 1 && node.options.ordered).then(Arc::default));
    }

    fn cell(
        &self,
        topology: &mut Topology,
        index: usize,
        instance: usize,
        plan: &mut Plan,
        started: Box<dyn FnOnce() + Send>,
    ) -> Result<PlannedCell, Unmade> {
        let (node, mut outputs, mut ports) = (&topology.nodes[index], Vec::new(), Vec::new());
        let names = node.info().ports.iter().map(|port| port.name).chain([DEAD_LETTERS]);
        let tracker = self.tracked[index].then(Tracker::new);
        for port in names {
            let planned = self.port(topology, index, port, tracker.as_ref(), plan, &mut outputs);
            if port != DEAD_LETTERS {
                plan.nodes[index].emitted.push(planned.emitted.clone());
            }
            ports.push(planned);
        }
        plan.links.extend(outputs.iter().cloned());
        let own = self.mailboxes[index].values();
        let mailboxes = own.filter_map(|all| all.get(instance).or(all.first()));
        let options = &node.options;
        let setup = Setup {
            name: node.name.as_str().into(),
            mailboxes: mailboxes.map(|mailbox| mailbox.typed.clone()).collect(),
            shares: topology.shares_of(node),
            sequence: self.sequences[index].clone(),
            reader: instance,
            wiring: Wiring::new(ports, self.facts.clone(), self.ahead(options.blocking)),
            tally: plan.nodes[index].tallies[instance].clone(),
            supervision: Supervision {
                on_error: options.on_error,
                on_panic: options.on_panic,
                breaker: options.breaker,
                seed: seed(topology, index, instance),
            },
            reaction: options.reaction,
            limit: options.rate_limit.as_ref().and_then(|name| self.limits.get(name)).cloned(),
            blocking: options.blocking,
            has_company: self.company == Company::Cores,
            tracker,
            started,
        };
        let (blocking, arbiter, produces) = (options.blocking, options.arbiter, node.role == Role::Producer);
        let node = &mut topology.nodes[index];
        let job = node.maker.job(setup).map_err(|error| Unmade { actor: node.name.clone(), error })?;
        Ok(PlannedCell { node: index, instance, job, outputs, produces, blocking, arbiter })
    }

    /// How much room an actor reserves at once.
    fn ahead(&self, blocking: bool) -> Ahead {
        match self.company {
            _ if blocking => Ahead::Nothing,
            Company::None => Ahead::All,
            Company::Threads | Company::Cores => Ahead::Half,
        }
    }

    /// Links one port of one instance to every mailbox it leads to.
    fn port(
        &self,
        topology: &Topology,
        from: usize,
        port: &str,
        tracker: Option<&Arc<Tracker>>,
        plan: &mut Plan,
        outputs: &mut Vec<Arc<Link>>,
    ) -> PortPlan {
        let name = &topology.nodes[from].name;
        let label = if port.is_empty() { name.clone() } else { format!("{name}.{port}") };
        let readers = self.wires.readers(from).filter(|wire| wire.options(topology).port == port);
        let label: Arc<str> = label.into();
        let mut planned = PortPlan::default();
        for wire in readers {
            let (to, node) = (wire.to, wire.reader(topology));
            let inside = self.ranks[from].in_cycle && self.ranks[from].part == self.ranks[to].part;
            let input = wire.options(topology);
            let own = node.has_own_mailbox(input).then_some(wire.input);
            let lanes = self.mailboxes[to][&own].iter().map(|mailbox| {
                // What is only listened to holds up nothing.
                let tracker = tracker.filter(|_| !input.tap);
                let origin = tracker.map(|tracker| Origin::new(tracker.clone(), outputs.len()));
                let link = Link::new(Arc::clone(&label), node.name.as_str().into(), input.tap, origin);
                mailbox.face.join(link.clone(), inside);
                plan.nodes[to].inputs.push(link.clone());
                outputs.push(link.clone());
                LanePlan { mailbox: mailbox.typed.clone(), link, inside }
            });
            planned.targets.push(TargetPlan { lanes: lanes.collect(), choice: choice(node) });
        }
        planned
    }

    /// The readers of a cycle wake when it ends.
    fn hear_the_ends_of_cycles(&self) {
        for mailbox in self.mailboxes.iter().flat_map(Mailboxes::values).flatten() {
            let Some(cycle) = mailbox.face.cycle() else { continue };
            let mailbox = Arc::downgrade(&mailbox.face);
            cycle.member(Box::new(move || {
                if let Some(mailbox) = mailbox.upgrade() {
                    mailbox.ring();
                }
            }));
        }
    }
}

/// What happens at random in an instance follows from this: another number for each.
fn seed(topology: &Topology, node: usize, instance: usize) -> u64 {
    match topology.runtime.seed {
        Some(seed) => BuildHasherDefault::<DefaultHasher>::default().hash_one((seed, node, instance)),
        None => RandomState::new().hash_one((node, instance)),
    }
}

fn choice(node: &Node) -> Choice {
    match (node.options.instances, node.options.routing) {
        (1, _) | (_, Routing::Shared) => Choice::Single,
        (_, Routing::RoundRobin) => Choice::RoundRobin,
        (_, Routing::LeastLoaded) => Choice::LeastLoaded,
        (_, Routing::Hash) => Choice::Hash(node.options.key.clone().unwrap_or_default()),
    }
}

//! From a checked topology to everything that runs: mailboxes, links, and a job for each actor instance.

use super::blueprint::{Blueprint, Output, Scale, Started};
use super::delivery::tracked;
use super::maker::{AnyMailbox, Maker};
use super::ranks::{Rank, ranks};
use super::wires::{Wire, Wires};
use super::{InputOptions, Node, Role, Routing, Topology};
use crate::Limit;
use crate::cell::{CallLimit, Job, Supervision};
use crate::dead_letter::DEAD_LETTERS;
use crate::delivery::{Origin, Tracker};
use crate::ledger::Tally;
use crate::mailbox::{Cycle, Link, MailboxFace, MailboxSettings, Sequence};
use crate::message::MessageFacts;
use crate::outlet::{Ahead, Choice, LanePlan, PortPlan, TargetPlan};
use crate::signal::feed::Feed;
use crate::sync::{Arc, AtomicU64, Mutex};
use indexmap::IndexMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, RandomState};

/// What is to be started.
pub(crate) struct Plan {
    pub(crate) name: String,
    /// In the order of the topology.
    pub(crate) nodes: Vec<PlannedNode>,
    pub(crate) links: Vec<PlannedLink>,
    pub(crate) feed: Arc<Feed>,
    /// One per actor instance, those that come first in the graph first.
    pub(crate) cells: Vec<PlannedCell>,
    /// What makes further instances of actors whose number of them follows the load.
    pub(crate) makers: IndexMap<usize, Box<dyn Maker>>,
}

/// What reports need to know about one actor.
pub(crate) struct PlannedNode {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) actor: String,
    pub(crate) mailboxes: Vec<Arc<dyn MailboxFace>>,
    /// The same, grouped by what they are for.
    pub(crate) tunable: Vec<Tunable>,
    /// The settings that can be changed while it runs.
    pub(crate) live: &'static [&'static str],
    /// How many instances there are, if that changes.
    pub(crate) scale: Option<Scale>,
    /// The links that each instance sends over.
    pub(crate) outputs: Vec<Vec<Arc<Link>>>,
    /// The links that lead to it.
    pub(crate) inputs: Vec<Arc<Link>>,
    pub(crate) tallies: Vec<Arc<Tally>>,
    /// Counts what each instance emits through each port.
    pub(crate) emitted: Vec<Arc<AtomicU64>>,
    /// Whether its messages come over taps only: its failure is no reason to stop the others.
    pub(crate) aside: bool,
}

/// What reports need to know about one link.
pub(crate) struct PlannedLink {
    pub(crate) link: Arc<Link>,
    /// The instance that sends over it.
    pub(crate) sender: Arc<Tally>,
    /// Where it leads.
    pub(crate) mailbox: Arc<dyn MailboxFace>,
}

/// The mailboxes of an actor that have their settings in common: those of all instances, for some of its inputs.
pub(crate) struct Tunable {
    /// The input they are for alone, and its number; `None` for all inputs that have none of their own.
    pub(crate) input: Option<InputOptions>,
    pub(crate) number: Option<usize>,
    pub(crate) settings: Mutex<MailboxSettings>,
    /// Room that must be there before an upstream actor is called.
    pub(crate) need: usize,
    pub(crate) mailboxes: Vec<Arc<dyn MailboxFace>>,
}

/// One actor instance.
pub(crate) struct PlannedCell {
    /// The index of its node.
    pub(crate) node: usize,
    pub(crate) instance: usize,
    /// `None` if it is not launched at the start.
    pub(crate) job: Option<Job>,
    /// What the job is made of, where it may be made again.
    pub(crate) again: Option<Blueprint>,
    /// The links it sends over.
    pub(crate) outputs: Vec<Output>,
    /// Whether it takes no input.
    pub(crate) produces: bool,
    pub(crate) blocking: bool,
    pub(crate) arbiter: Option<usize>,
    /// The number of the bulkhead whose threads it runs on.
    pub(crate) bulkhead: Option<usize>,
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
    started: impl Fn(usize) -> Started,
) -> Result<Plan, Unmade> {
    let wires = Wires::of(&topology);
    let mut builder = Builder::new(&topology, wires, company);
    for index in 0..topology.nodes.len() {
        builder.mailboxes_of(&topology, index);
    }
    let mut plan = Plan {
        name: topology.name.clone(),
        nodes: Vec::new(),
        links: Vec::new(),
        feed: builder.feed.clone(),
        cells: Vec::new(),
        makers: IndexMap::new(),
    };
    plan.nodes = (0..topology.nodes.len()).map(|index| builder.node(&topology, index)).collect();
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
    let nodes = topology.nodes.into_iter().enumerate();
    plan.makers =
        nodes.filter(|(_, node)| node.options.elastic.is_some()).map(|(at, node)| (at, node.maker)).collect();
    Ok(plan)
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
    feed: Arc<Feed>,
    /// Each of them one, whoever shares it.
    limits: IndexMap<String, Limit>,
    /// How many calls may be under way, by bulkhead.
    call_limits: Vec<Option<Arc<CallLimit>>>,
}

impl Builder {
    fn new(topology: &Topology, wires: Wires, company: Company) -> Self {
        let ranks = ranks(topology, &wires);
        let cycles =
            ranks.iter().filter(|rank| rank.in_cycle).map(|rank| (rank.part, Arc::default())).collect();
        let limits = topology.limits.iter().map(|(name, limit)| (name.clone(), (*limit).into())).collect();
        let bulkheads = topology.bulkheads.values();
        let call_limits = bulkheads.map(|bulkhead| bulkhead.max_in_flight.map(CallLimit::new)).collect();
        let facts = Arc::new(topology.facts.clone());
        let tracked = tracked(topology, &wires);
        let (mailboxes, sequences) = (Vec::new(), Vec::new());
        Self {
            ranks,
            cycles,
            mailboxes,
            sequences,
            wires,
            tracked,
            facts,
            company,
            feed: Arc::default(),
            limits,
            call_limits,
        }
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
            let made: Vec<AnyMailbox> = made.collect();
            if let Some(elastic) = &node.options.elastic {
                made.iter().for_each(|mailbox| mailbox.face.start_with(elastic.min));
            }
            mailboxes.insert(number, made);
        }
        self.mailboxes.push(mailboxes);
        self.sequences.push((readers > 1 && node.options.ordered).then(Arc::default));
    }

    fn node(&self, topology: &Topology, index: usize) -> PlannedNode {
        let node = &topology.nodes[index];
        let tunable = topology.mailboxes_of(node).into_iter().map(|(number, settings)| {
            let leads_there = |wire: &&Wire| {
                let own = wire.options(topology).mailbox.is_some();
                wire.to == index && number == own.then_some(wire.input)
            };
            let upstream = self.wires.iter().filter(leads_there).map(|wire| &topology.nodes[wire.from]);
            Tunable {
                input: number.map(|number| node.options.inputs[number].clone()),
                number,
                settings: Mutex::new(settings),
                need: upstream.map(|node| node.info().max_emit).max().unwrap_or(0),
                mailboxes: self.mailboxes[index][&number].iter().map(|one| one.face.clone()).collect(),
            }
        });
        PlannedNode {
            name: node.name.clone(),
            role: node.role,
            actor: node.actor.clone(),
            mailboxes: self.mailboxes[index].values().flatten().map(|one| one.face.clone()).collect(),
            tunable: tunable.collect(),
            live: node.info().live,
            scale: node.options.elastic.as_ref().map(Scale::new),
            outputs: Vec::new(),
            inputs: Vec::new(),
            tallies: (0..node.options.instances).map(|_| Arc::default()).collect(),
            emitted: Vec::new(),
            aside: false,
        }
    }

    fn cell(
        &self,
        topology: &mut Topology,
        index: usize,
        instance: usize,
        plan: &mut Plan,
        started: Started,
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
        let sender = plan.nodes[index].tallies[instance].clone();
        plan.links.extend(outputs.iter().map(|output: &Output| PlannedLink {
            link: output.link.clone(),
            sender: sender.clone(),
            mailbox: output.mailbox.clone(),
        }));
        plan.nodes[index].outputs.push(outputs.iter().map(|output| output.link.clone()).collect());
        let runs = node.options.elastic.as_ref().is_none_or(|elastic| instance < elastic.min);
        if runs {
            outputs.iter().for_each(|output| output.mailbox.join(output.link.clone(), output.inside));
        }
        let own = self.mailboxes[index].values();
        let mailboxes = own.filter_map(|all| all.get(instance).or(all.first()));
        let options = &node.options;
        let (name, facts): (Arc<str>, _) = (node.name.as_str().into(), self.facts.clone());
        let mailboxes: Vec<_> = mailboxes.map(|mailbox| mailbox.typed.clone()).collect();
        let tally = plan.nodes[index].tallies[instance].clone();
        let supervision = Supervision {
            on_error: options.on_error,
            on_panic: options.on_panic,
            breaker: options.breaker,
            seed: seed(topology, index, instance),
        };
        let bulkhead = options.bulkhead.as_ref().and_then(|name| topology.bulkheads.get_index_of(name));
        let call_limit = bulkhead.and_then(|number| self.call_limits[number].clone());
        let blueprint = Blueprint {
            name,
            mailboxes,
            shares: topology.shares_of(node),
            sequence: self.sequences[index].clone(),
            reader: instance,
            ports,
            facts,
            tally,
            supervision,
            reaction: options.reaction,
            limit: options.rate_limit.as_ref().and_then(|name| self.limits.get(name)).cloned(),
            call_limit: call_limit.filter(|_| node.role != Role::Producer),
            blocking: options.blocking,
            ahead: self.ahead(options.blocking),
            has_company: self.company == Company::Cores,
            origin: self.feed.since(),
            tracker,
        };
        let again = options.elastic.is_some().then(|| blueprint.clone());
        let (blocking, arbiter, produces) = (options.blocking, options.arbiter, node.role == Role::Producer);
        let node = &mut topology.nodes[index];
        let job = runs.then(|| node.maker.job(blueprint.setup(started))).transpose();
        let job = job.map_err(|error| Unmade { actor: node.name.clone(), error })?;
        Ok(PlannedCell { node: index, instance, job, again, outputs, produces, blocking, arbiter, bulkhead })
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
        outputs: &mut Vec<Output>,
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
            let leads_back = inside && !topology.mailbox_of_input(node, input).overflow.backpressures();
            let lanes = self.mailboxes[to][&own].iter().map(|mailbox| {
                // What is only listened to holds up nothing; what leads back would wait for itself.
                let tracker = tracker.filter(|_| !input.tap && !leads_back);
                let origin = tracker.map(|tracker| Origin::new(tracker.clone(), outputs.len()));
                let link = Link::new(
                    Arc::clone(&label),
                    node.name.as_str().into(),
                    input.tap,
                    origin,
                    self.feed.clone(),
                );
                plan.nodes[to].inputs.push(link.clone());
                outputs.push(Output { link: link.clone(), mailbox: mailbox.face.clone(), inside });
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

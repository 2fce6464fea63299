//! Brings the cells of a topology up and down.

use super::elastic::Elastic;
use super::report::{Outcome, Phase, Report};
use super::roster::Roster;
use super::spans::Spans;
use super::threads::{Place, Threads};
use crate::actor::Stop;
use crate::cell::{self, CellAddress, CellEnd, Job, Order, Setting};
use crate::sync::Arc;
use crate::time::{Duration, Instant, sleep_until};
use crate::topology::blueprint::{Blueprint, Output, Started};
use crate::topology::maker::Maker;
use crate::topology::plan::PlannedCell;
use indexmap::IndexMap;
use std::collections::VecDeque;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

/// How long a drain takes at most where nobody says: that after a failure.
pub(crate) const DRAIN_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a cell has to obey a forced stop; one that blocks its thread for longer is given up.
const GRACE: Duration = Duration::from_secs(2);

/// What the coordinator hears.
pub(super) enum Event {
    Started {
        cell: usize,
    },
    Ended {
        cell: usize,
        end: CellEnd,
    },
    Drain {
        timeout: Duration,
    },
    Stop,
    /// Pauses an actor, or all of them.
    Hold {
        node: Option<usize>,
    },
    Release {
        node: Option<usize>,
    },
    DrainActor {
        node: usize,
    },
    StopActor {
        node: usize,
    },
    SetInstances {
        node: usize,
        instances: usize,
    },
    LimitsChanged {
        node: usize,
    },
    /// An actor is to take over a setting; each of its instances replies.
    Set {
        node: usize,
        key: String,
        value: serde_json::Value,
        reply: UnboundedSender<Result<(), String>>,
    },
}

/// One cell, in whatever state it is.
pub(super) struct Member {
    node: usize,
    pub(super) instance: usize,
    place: Place,
    pub(super) address: Option<CellAddress>,
    started: bool,
    /// Whether somebody paused it before it was launched.
    held: bool,
    /// The same for a drain and a stop of this actor.
    draining: bool,
    stopping: bool,
    /// The links it sends over.
    pub(super) outputs: Vec<Output>,
    /// What makes it, where it may come and go.
    pub(super) again: Option<Blueprint>,
    /// Whether it was launched when the topology ran already.
    pub(super) late: bool,
    /// Whether it leaves its mailbox to others, and ends.
    pub(super) retiring: bool,
}

pub(super) struct Coordinator {
    pub(super) roster: Arc<Roster>,
    threads: Threads,
    events: UnboundedReceiver<Event>,
    pub(super) sender: UnboundedSender<Event>,
    pub(super) members: Vec<Member>,
    /// Cells not launched yet, in the order in which they will be: first all that read, and when they have started, those
    /// that produce.
    pub(super) waves: VecDeque<Vec<(usize, Job)>>,
    /// The actors whose number of instances follows the load.
    pub(super) elastic: IndexMap<usize, Elastic>,
    /// What was set since the start, by actor and key: for instances that are launched later.
    settings: IndexMap<(usize, String), serde_json::Value>,
    /// Cells that were launched and have not started.
    starting: usize,
    /// Cells that were launched and have not ended.
    alive: usize,
    draining: bool,
    pub(super) stopping: bool,
    /// Whether an actor was stopped by force.
    forced: bool,
    /// Whether messages were left behind, so that some will not be acknowledged.
    forsaken: bool,
    /// When patience ends: first with a drain, then with a stop.
    deadline: Option<Instant>,
    failure: Option<String>,
    spans: Spans,
}

impl Coordinator {
    pub(super) fn new(
        roster: Arc<Roster>,
        threads: Threads,
        cells: Vec<PlannedCell>,
        makers: IndexMap<usize, Box<dyn Maker>>,
        places: &[Place],
        (sender, events): (UnboundedSender<Event>, UnboundedReceiver<Event>),
    ) -> Self {
        let (mut members, mut readers, mut producers) = (Vec::new(), Vec::new(), Vec::new());
        for (number, (cell, place)) in cells.into_iter().zip(places).enumerate() {
            let wave = if cell.produces { &mut producers } else { &mut readers };
            wave.extend(cell.job.map(|job| (number, job)));
            members.push(Member {
                node: cell.node,
                instance: cell.instance,
                place: *place,
                address: None,
                started: false,
                held: false,
                draining: false,
                stopping: false,
                outputs: cell.outputs,
                again: cell.again,
                late: false,
                retiring: false,
            });
        }
        let cells_of = |node| {
            members.iter().enumerate().filter(move |(_, member)| member.node == node).map(|(at, _)| at)
        };
        let elastic =
            makers.into_iter().map(|(node, maker)| (node, Elastic::new(maker, cells_of(node).collect())));
        let elastic = elastic.collect();
        Self {
            roster,
            threads,
            events,
            sender,
            members,
            waves: [readers, producers].into_iter().filter(|wave| !wave.is_empty()).collect(),
            elastic,
            settings: IndexMap::new(),
            starting: 0,
            alive: 0,
            draining: false,
            stopping: false,
            forced: false,
            forsaken: false,
            deadline: None,
            failure: None,
            spans: Spans::default(),
        }
    }

    /// Runs the topology to its end.
    pub(super) async fn run(mut self) -> Report {
        self.begin_looks();
        self.launch_next_wave();
        let mut stuck = Vec::new();
        while self.alive > 0 || !self.waves.is_empty() {
            let (patience, next_look) = (until(self.deadline), until(self.next_look()));
            tokio::select! {
                biased;
                Some(event) = self.events.recv() => self.hear(event),
                () = patience => {
                    if self.stopping {
                        stuck = self.give_up();
                        break;
                    }
                    self.stop();
                }
                () = next_look => self.look(),
            }
        }
        let places: Vec<Place> = stuck.iter().map(|(_, place)| *place).collect();
        let outcome = match () {
            () if self.failure.is_some() => Outcome::Failed,
            () if self.stopping || self.forced => Outcome::Stopped,
            () if self.draining => Outcome::Drained,
            () => Outcome::Completed,
        };
        let stuck = (!stuck.is_empty()).then(|| {
            let names: Vec<&str> = stuck.iter().map(|(name, _)| name.as_str()).collect();
            format!(
                "did not end within {GRACE:?} of a forced stop, and was left behind: {}",
                names.join(", ")
            )
        });
        // The account is closed first: one that was left behind may still come round while the others are joined.
        let report = self.roster.report(outcome, self.failure.or(stuck));
        self.roster.enter(Phase::Ended);
        self.threads.end(&places);
        report
    }

    fn hear(&mut self, event: Event) {
        match event {
            Event::Started { cell } => {
                self.members[cell].started = true;
                self.starting -= 1;
                self.launch_next_wave();
            }
            Event::Ended { cell, end } => self.ended(cell, end),
            Event::Drain { timeout } => self.drain(timeout),
            Event::Stop => self.stop(),
            Event::Hold { node } => self.hold(node, true),
            Event::Release { node } => self.hold(node, false),
            Event::DrainActor { node } => self.drain_actor(node),
            Event::StopActor { node } => self.stop_actor(node),
            Event::SetInstances { node, instances } => self.set_instances(node, instances),
            Event::LimitsChanged { node } => self.keep_limits(node),
            Event::Set { node, key, value, reply } => self.set(node, key, value, &reply),
        }
    }

    /// Launches the next cells once all before them have started.
    fn launch_next_wave(&mut self) {
        if self.starting > 0 {
            return;
        }
        let Some(cells) = self.waves.pop_front() else {
            if !self.draining && !self.stopping {
                self.roster.enter(Phase::Running);
            }
            return;
        };
        for (number, job) in cells {
            self.launch(number, job);
        }
    }

    /// What says that the actor of a cell has started.
    pub(super) fn started(&self, cell: usize) -> Started {
        let sender = self.sender.clone();
        Box::new(move || drop(sender.send(Event::Started { cell })))
    }

    pub(super) fn launch(&mut self, number: usize, job: Job) {
        self.starting += 1;
        self.alive += 1;
        let sender = self.sender.clone();
        // Nobody listens any more only if this cell was given up.
        let report = move |end| drop(sender.send(Event::Ended { cell: number, end }));
        let member = &mut self.members[number];
        let scope = self.spans.open(&self.roster, number, member.node, member.instance);
        let (arbiter, disturbance) = (self.threads.at(member.place), self.threads.disturbance(number));
        let address = cell::launch(&arbiter, scope, job, disturbance, report);
        for output in &member.outputs {
            address.listen_to(&output.link);
        }
        if member.again.is_none() {
            member.outputs = Vec::new();
        }
        for ((_, key), value) in self.settings.iter().filter(|((node, _), _)| *node == member.node) {
            let (key, value) = (key.clone(), value.clone());
            address.set(Setting { key, value, reply: Box::new(drop) });
        }
        if member.held {
            address.order(Order::Hold);
        }
        if self.draining || member.draining {
            address.order(Order::Drain);
        }
        if member.stopping {
            address.order(Order::Stop);
        }
        if self.forsaken {
            address.order(Order::Forsake);
        }
        member.address = Some(address);
    }

    fn ended(&mut self, cell: usize, end: CellEnd) {
        self.alive -= 1;
        let member = &mut self.members[cell];
        self.spans.close(cell, member.node);
        (member.address, member.retiring) = (None, false);
        let node = member.node;
        let (started, late) = (std::mem::take(&mut member.started), member.late);
        if !started {
            self.starting -= 1;
        }
        self.place_is_free(node);
        self.forced |= matches!(end, CellEnd::Stopped);
        if !matches!(end, CellEnd::Completed) {
            // What it left will not be acknowledged, nor what others send to it.
            self.forsaken = true;
            self.order(Order::Forsake, |_| true);
        }
        if let CellEnd::Failed(failure) = end {
            let node = &self.roster.nodes[self.members[cell].node];
            let (name, aside) = (&node.name, node.aside);
            tracing::error!(actor = %name, "{failure}");
            let branch = failure.stops == Stop::Branch;
            let rest = if branch { "; its branch was stopped" } else { "" };
            self.failure.get_or_insert_with(|| format!("actor `{name}` {failure}{rest}"));
            if branch || (aside && started) {
                // The rest goes on, or starts; the outcome tells.
            } else if self.waves.is_empty() && (started || late) {
                self.drain(DRAIN_TIMEOUT);
            } else {
                // It never ran as a whole: there is nothing to bring to an end in good order.
                self.stop();
            }
        }
        if !started {
            // Those that come next do not wait for it.
            self.launch_next_wave();
        }
    }

    /// Producers stop; what is queued is handled.
    fn drain(&mut self, timeout: Duration) {
        if self.stopping {
            return;
        }
        // A timeout past the end of the clock is none.
        let deadline = Instant::now().checked_add(timeout);
        self.deadline = self.deadline.into_iter().chain(deadline).min();
        self.draining = true;
        self.roster.enter(Phase::Draining);
        self.order(Order::Drain, |_| true);
    }

    fn stop(&mut self) {
        if self.stopping {
            return;
        }
        self.stopping = true;
        self.roster.enter(Phase::Stopping);
        self.waves.clear();
        self.deadline = Some(Instant::now() + GRACE);
        self.order(Order::Stop, |_| true);
    }

    /// Pauses the instances of an actor, or of all, or ends that.
    fn hold(&mut self, node: Option<usize>, held: bool) {
        let concerns = |member: &Member| node.is_none_or(|node| member.node == node);
        self.members.iter_mut().filter(|member| concerns(member)).for_each(|member| member.held = held);
        self.order(if held { Order::Hold } else { Order::Release }, concerns);
    }

    /// One actor takes no more messages, handles those that wait, and ends in good order; a producer stops.
    fn drain_actor(&mut self, node: usize) {
        self.roster.nodes[node].mailboxes.iter().for_each(|mailbox| mailbox.shut());
        self.members
            .iter_mut()
            .filter(|member| member.node == node)
            .for_each(|member| member.draining = true);
        self.order(Order::Drain, |member| member.node == node);
    }

    /// One actor ends at once.
    fn stop_actor(&mut self, node: usize) {
        self.members
            .iter_mut()
            .filter(|member| member.node == node)
            .for_each(|member| member.stopping = true);
        self.order(Order::Stop, |member| member.node == node);
    }

    fn set(
        &mut self,
        node: usize,
        key: String,
        value: serde_json::Value,
        reply: &UnboundedSender<Result<(), String>>,
    ) {
        for member in self.members.iter().filter(|member| member.node == node) {
            let reply = reply.clone();
            let reply = Box::new(move |taken| drop(reply.send(taken)));
            if let Some(address) = &member.address {
                address.set(Setting { key: key.clone(), value: value.clone(), reply });
            }
        }
        self.settings.insert((node, key), value);
    }

    fn order(&self, order: Order, to: impl Fn(&Member) -> bool) {
        for address in
            self.members.iter().filter(|member| to(member)).filter_map(|member| member.address.as_ref())
        {
            address.order(order);
        }
    }

    /// The names and places of the cells that do not end.
    fn give_up(&self) -> Vec<(String, Place)> {
        let stuck = self.members.iter().filter(|member| member.address.is_some());
        let stuck = stuck.map(|member| {
            let node = &self.roster.nodes[member.node];
            node.tallies[member.instance].give_up();
            tracing::error!(actor = %node.name, "did not end within {GRACE:?} of a forced stop: left behind");
            (node.name.clone(), member.place)
        });
        stuck.collect()
    }
}

/// Waits until `moment`; for ever, if there is none.
async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

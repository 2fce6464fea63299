//! Instances that come and go with the load.
//!
//! Everything an instance needs is planned ahead for as many as there may be: its place, its links, its counts. To grow is
//! to launch one of these, and to join the mailboxes at both of its ends; to shrink is to have one leave them, in good
//! order. A mailbox downstream is joined before the one that is read: as long as somebody reads that, the links of that
//! one are open, so nobody downstream takes the input for ended meanwhile.

use super::coordinator::Coordinator;
use crate::cell::Order;
use crate::ledger::ActorState;
use crate::sync::{Arc, Ordering, lock};
use crate::time::{Duration, Instant};
use crate::topology::ElasticOptions;
use crate::topology::blueprint::Scale;
use crate::topology::maker::Maker;
use std::fmt;

/// The target of the log lines about the number of instances.
const TARGET: &str = "tidegate::scaling";

/// How often it is looked whether an instance is missing, or idle, within the time for which it must be so.
const LOOKS: u32 = 4;

/// One actor whose number of instances follows the load.
pub(super) struct Elastic {
    maker: Box<dyn Maker>,
    /// The numbers of its cells, by instance.
    cells: Vec<usize>,
    /// How many instances somebody asked for, until there are so many: those that are about to end keep their places.
    wanted: Option<usize>,
    /// When the number of instances was changed last, or could not be.
    changed: Option<Instant>,
    pressure: Watch,
    idle: Watch,
    /// For how long its mailboxes had been pressured at the last look.
    pressured: Duration,
}

/// Something that is looked at now and then, and must be so for a while.
#[derive(Default)]
struct Watch {
    /// When it was looked at last.
    last: Option<Instant>,
    /// When it is to be looked at next, if at all.
    next: Option<Instant>,
    /// Since when each look has found it so.
    since: Option<Instant>,
}

impl Watch {
    /// Begins anew: to be found so for all of `time`.
    fn begin(&mut self, now: Instant, time: Duration) {
        *self = Self { last: Some(now), since: None, next: next_look(now, time) };
    }

    fn end(&mut self) {
        self.next = None;
    }

    fn is_due(&self, now: Instant) -> bool {
        self.next.is_some_and(|next| next <= now)
    }

    /// Notes what was found; whether it has been so for all of `time`.
    fn found(&mut self, so: bool, now: Instant, time: Duration) -> bool {
        let last = self.last.replace(now).unwrap_or(now);
        self.since = so.then(|| self.since.unwrap_or(last));
        self.next = next_look(now, time);
        self.since.is_some_and(|since| now - since >= time)
    }
}

/// A moment past the end of the clock is none.
fn next_look(now: Instant, time: Duration) -> Option<Instant> {
    now.checked_add((time / LOOKS).max(Duration::from_millis(1)))
}

/// Why the number changes.
enum Why {
    Pressured(Duration),
    Idle(Duration),
    Asked,
}

impl Elastic {
    pub(super) fn new(maker: Box<dyn Maker>, cells: Vec<usize>) -> Self {
        let (pressure, idle) = (Watch::default(), Watch::default());
        Self { maker, cells, wanted: None, changed: None, pressure, idle, pressured: Duration::ZERO }
    }
}

impl Coordinator {
    /// Begins to look at the elastic actors.
    pub(super) fn begin_looks(&mut self) {
        let nodes: Vec<usize> = self.elastic.keys().copied().collect();
        nodes.into_iter().for_each(|node| self.begin_look(node));
    }

    /// Begins anew to look at an actor: its number of instances, or its limits, have changed.
    fn begin_look(&mut self, node: usize) {
        let (now, options) = (Instant::now(), self.options(node));
        let (running, pressured) = (self.scale(node).now.load(Ordering::Relaxed), self.pressured(node));
        let elastic = &mut self.elastic[&node];
        elastic.pressured = pressured;
        elastic.pressure.begin(now, span(options.up_after));
        elastic.idle.begin(now, span(options.down_after));
        if running >= options.max {
            elastic.pressure.end();
        }
        if running <= options.min {
            elastic.idle.end();
        }
    }

    /// When to look at one of them.
    pub(super) fn next_look(&self) -> Option<Instant> {
        if self.stopping {
            return None;
        }
        self.elastic.values().flat_map(|elastic| [elastic.pressure.next, elastic.idle.next]).flatten().min()
    }

    /// Changes the numbers of instances for which it is time.
    pub(super) fn look(&mut self) {
        let now = Instant::now();
        let nodes: Vec<usize> = self.elastic.keys().copied().collect();
        for node in nodes {
            let options = self.options(node);
            if self.running(&self.elastic[&node]) == 0 && self.waves.is_empty() {
                // It has ended.
                let elastic = &mut self.elastic[&node];
                elastic.pressure.end();
                elastic.idle.end();
                continue;
            }
            if self.elastic[&node].pressure.is_due(now) && self.is_pressured(node, &options, now) {
                self.grow(node, &Why::Pressured(span(options.up_after)));
            }
            if self.elastic[&node].idle.is_due(now) && self.is_idle(node, &options, now) {
                self.shrink(node, &Why::Idle(span(options.down_after)));
            }
        }
    }

    /// Whether another instance has been missing for long enough. A mailbox that was pressured for half of the time is so:
    /// one that is refilled at once turns open for a moment again and again.
    fn is_pressured(&mut self, node: usize, options: &ElasticOptions, now: Instant) -> bool {
        let (pressured, held_up) = (self.pressured(node), self.is_held_up(node));
        let rested = self.has_rested(node, options, now);
        let elastic = &mut self.elastic[&node];
        let before = std::mem::replace(&mut elastic.pressured, pressured);
        let time = elastic.pressure.last.map_or(Duration::ZERO, |last| now - last);
        let so = (pressured - before) * 2 >= time && !held_up;
        elastic.pressure.found(so, now, span(options.up_after)) && rested
    }

    /// Whether an instance has been idle for long enough.
    fn is_idle(&mut self, node: usize, options: &ElasticOptions, now: Instant) -> bool {
        let mut mailboxes = self.roster.nodes[node].mailboxes.iter();
        let so = mailboxes.clone().all(|mailbox| mailbox.gate().waiting() == 0)
            && mailboxes.any(|mailbox| mailbox.idle_readers() > 0);
        let rested = self.has_rested(node, options, now);
        self.elastic[&node].idle.found(so, now, span(options.down_after)) && rested
    }

    /// Whether the last change is long enough ago.
    fn has_rested(&self, node: usize, options: &ElasticOptions, now: Instant) -> bool {
        self.elastic[&node].changed.is_none_or(|changed| now - changed >= span(options.cooldown))
    }

    /// For how long the mailboxes of an actor have been pressured in all.
    fn pressured(&self, node: usize) -> Duration {
        let mailboxes = self.roster.nodes[node].mailboxes.iter();
        mailboxes.map(|mailbox| mailbox.gate().pressure().pressured_time).sum()
    }

    /// Sees to it that there are so many instances.
    pub(super) fn set_instances(&mut self, node: usize, instances: usize) {
        while self.running(&self.elastic[&node]) < instances && self.grow(node, &Why::Asked) {}
        while self.running(&self.elastic[&node]) > instances {
            self.shrink(node, &Why::Asked);
        }
        let reached = self.running(&self.elastic[&node]) == instances;
        self.elastic[&node].wanted = (!reached).then_some(instances);
    }

    /// An instance has ended: because it was taken away, or by itself.
    pub(super) fn place_is_free(&mut self, node: usize) {
        let Some(elastic) = self.elastic.get_mut(&node) else { return };
        let wanted = elastic.wanted.take();
        let (running, before) =
            (self.running(&self.elastic[&node]), self.scale(node).now.load(Ordering::Relaxed));
        // At the end of the input, all of them end.
        let goes_on = self.roster.nodes[node].mailboxes.iter().any(|mailbox| !mailbox.is_over());
        if goes_on && (1..before).contains(&running) {
            let scale = self.scale(node);
            scale.now.store(running, Ordering::Relaxed);
            scale.downs.fetch_add((before - running) as u64, Ordering::Relaxed);
        }
        if running <= self.options(node).min {
            self.elastic[&node].idle.end();
        }
        if let Some(instances) = wanted.filter(|_| !self.stopping) {
            self.set_instances(node, instances);
        }
    }

    /// The limits have changed: the number of instances keeps to them.
    pub(super) fn keep_limits(&mut self, node: usize) {
        let options = self.options(node);
        let running = self.running(&self.elastic[&node]);
        if running > 0 {
            self.set_instances(node, running.clamp(options.min, options.max));
            self.begin_look(node);
        }
    }

    fn scale(&self, node: usize) -> &Scale {
        self.roster.nodes[node].scale.as_ref().expect("a scale: the actor is elastic")
    }

    fn options(&self, node: usize) -> ElasticOptions {
        lock(&self.scale(node).options).clone()
    }

    fn running(&self, elastic: &Elastic) -> usize {
        let members = elastic.cells.iter().map(|cell| &self.members[*cell]);
        members.filter(|member| member.address.is_some() && !member.retiring).count()
    }

    /// Whether an instance waits for those after it, or is paused: another one would, too.
    fn is_held_up(&self, node: usize) -> bool {
        self.elastic[&node].cells.iter().any(|cell| {
            let state = self.roster.nodes[node].tallies[self.members[*cell].instance].read().state;
            matches!(state, ActorState::Paused | ActorState::Waiting)
        })
    }

    /// Launches another instance; false if there can be none now.
    fn grow(&mut self, node: usize, why: &Why) -> bool {
        self.elastic[&node].changed = Some(Instant::now());
        let elastic = &self.elastic[&node];
        let next = elastic.cells.iter().copied().find(|cell| self.members[*cell].address.is_none());
        let Some(cell) = next else { return false };
        if !self.join(node, cell) {
            return false;
        }
        let (started, member) = (self.started(cell), &self.members[cell]);
        let blueprint = member.again.clone().expect("a blueprint, as for all instances of it");
        let setup = blueprint.setup(started);
        let job = match self.elastic[&node].maker.job(setup) {
            Ok(job) => job,
            Err(error) => {
                tracing::error!(target: TARGET, actor = %self.roster.nodes[node].name, "no further instance can be made: {error}");
                self.part(node, cell);
                return false;
            }
        };
        self.roster.nodes[node].tallies[self.members[cell].instance].renew();
        self.members[cell].late = true;
        self.launch(cell, job);
        self.scale(node).ups.fetch_add(1, Ordering::Relaxed);
        self.changed(node, why);
        true
    }

    /// Has the last instance leave its mailbox and end.
    fn shrink(&mut self, node: usize, why: &Why) {
        let elastic = &mut self.elastic[&node];
        elastic.changed = Some(Instant::now());
        let last = elastic.cells.iter().copied().rev().find(|cell| {
            let member = &self.members[*cell];
            member.address.is_some() && !member.retiring
        });
        let Some(cell) = last else { return };
        let member = &mut self.members[cell];
        member.retiring = true;
        if let Some(address) = &member.address {
            address.order(Order::Retire);
        }
        self.scale(node).downs.fetch_add(1, Ordering::Relaxed);
        self.changed(node, why);
    }

    /// The number of instances is another one now.
    fn changed(&mut self, node: usize, why: &Why) {
        let running = self.running(&self.elastic[&node]);
        self.scale(node).now.store(running, Ordering::Relaxed);
        self.begin_look(node);
        let plural = if running == 1 { "" } else { "s" };
        tracing::info!(target: TARGET, actor = %self.roster.nodes[node].name, "{running} instance{plural} now: {why}");
    }

    /// Joins the mailboxes at both ends of a cell; false if there is nothing to read for ever.
    fn join(&self, node: usize, cell: usize) -> bool {
        for output in &self.members[cell].outputs {
            output.link.renew();
            output.mailbox.join(Arc::clone(&output.link), output.inside);
        }
        let mailboxes = &self.roster.nodes[node].mailboxes;
        let entered = mailboxes.iter().take_while(|mailbox| mailbox.enter()).count();
        if entered == mailboxes.len() {
            return true;
        }
        mailboxes[..entered].iter().for_each(|mailbox| mailbox.exit());
        self.leave_outputs(cell);
        false
    }

    /// Undoes [`join`](Self::join).
    fn part(&self, node: usize, cell: usize) {
        self.roster.nodes[node].mailboxes.iter().for_each(|mailbox| mailbox.exit());
        self.leave_outputs(cell);
    }

    fn leave_outputs(&self, cell: usize) {
        for output in &self.members[cell].outputs {
            output.mailbox.part(&output.link, output.inside);
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pressured(time) => {
                write!(f, "the mailbox was pressured for {}", humantime::format_duration(*time))
            }
            Self::Idle(time) => {
                write!(f, "an instance had nothing to do for {}", humantime::format_duration(*time))
            }
            Self::Asked => f.write_str("as asked"),
        }
    }
}

fn span(span: Option<crate::settings::Span>) -> Duration {
    span.map_or(Duration::ZERO, crate::settings::Span::duration)
}

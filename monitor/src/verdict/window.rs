//! What happened in a topology over some time.

use crate::{ActorDescription, Description};
use indexmap::IndexMap;
use tidegate::topology::Role;
use tidegate::{ActorReport, Hold, LinkReport, Phase, Report, Snapshot};

/// What happened between two moments of a run.
///
/// Times are shares of the time that the instances of an actor lived within the window: of an actor with four instances that
/// had one of them at work all the time, `busy` is 0.25.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Window {
    /// When it began, in seconds since the start of the topology.
    pub from_seconds: f64,
    /// When it ended, in seconds since the start of the topology.
    pub to_seconds: f64,
    /// Whether the topology had ended by then, and the window is all of the run.
    pub finished: bool,
    /// The threads that run actors, without those of blocking actors.
    pub arbiters: usize,
    /// How many of them can run at the same moment, if that is known.
    pub cores: Option<usize>,
    /// Each actor, in the order of the topology.
    pub actors: IndexMap<String, ActorWindow>,
    /// The links.
    pub links: Vec<LinkWindow>,
    /// Whether it begins at the start of the topology, so that nothing is known of what was before.
    pub(super) from_start: bool,
}

/// What happened to one actor.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ActorWindow {
    /// What was known of it at the end of the window; its counts and times are those since the start.
    pub report: ActorReport,
    /// What it is made of, if that is known.
    pub about: Option<ActorDescription>,
    /// For how long its instances lived, taken together, in seconds.
    pub lived_seconds: f64,
    /// The share of that which they waited for messages; of a producer, for the moment at which it wants to produce more.
    pub idle: f64,
    /// The share that they were in their handlers.
    pub busy: f64,
    /// The share that they were held up.
    pub blocked: f64,
    /// By what, and for what share; the largest first.
    pub blocked_by: Vec<BlockedWindow>,
    /// Messages offered to its mailbox.
    pub received: u64,
    /// Messages handled.
    pub handled: u64,
    /// Messages emitted.
    pub emitted: u64,
    /// Messages that failed.
    pub failed: u64,
    /// Messages that its full mailbox dropped.
    pub overflowed: u64,
    /// Messages that its breaker did not let through and dropped.
    pub shed: u64,
    /// How often it was made anew.
    pub restarts: u64,
}

/// One thing that held up an actor.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BlockedWindow {
    /// Why.
    pub cause: Hold,
    /// The downstream actor whose mailbox held it, if it was one.
    pub actor: Option<String>,
    /// For what share of the time.
    pub share: f64,
}

/// What happened on the links of two actors.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LinkWindow {
    /// The emitting actor.
    pub from: String,
    /// The receiving actor.
    pub to: String,
    /// Whether it only listens.
    pub tap: bool,
    /// For what share of the time its mailbox was pressured.
    pub pressured_share: f64,
}

impl Window {
    /// What happened between two snapshots of one run.
    pub fn between(earlier: &Snapshot, later: &Snapshot) -> Self {
        let mut window = Self {
            from_seconds: earlier.elapsed_seconds,
            to_seconds: later.elapsed_seconds,
            arbiters: later.arbiters,
            ..Self::default()
        };
        window.fill((&earlier.actors, &earlier.links), (&later.actors, &later.links));
        window
    }

    /// What happened in a run that has ended.
    pub fn whole(report: &Report) -> Self {
        let mut window = Self {
            to_seconds: report.elapsed_seconds,
            arbiters: report.arbiters,
            finished: true,
            from_start: true,
            ..Self::default()
        };
        window.fill((&IndexMap::new(), &[]), (&report.actors, &report.links));
        window
    }

    /// What happened since the start of a run.
    pub fn since_start(snapshot: &Snapshot) -> Self {
        let mut window = Self {
            to_seconds: snapshot.elapsed_seconds,
            arbiters: snapshot.arbiters,
            finished: snapshot.phase == Phase::Ended,
            from_start: true,
            ..Self::default()
        };
        window.fill((&IndexMap::new(), &[]), (&snapshot.actors, &snapshot.links));
        window
    }

    /// The same where it is known what the actors are made of: then advice can name what to change.
    #[must_use]
    pub fn described(mut self, description: &Description) -> Self {
        self.cores = description.cores;
        for about in &description.actors {
            if let Some(actor) = self.actors.get_mut(&about.name) {
                actor.about = Some(about.clone());
            }
        }
        self
    }

    /// How long it was, in seconds.
    pub fn seconds(&self) -> f64 {
        self.to_seconds - self.from_seconds
    }

    /// Whether it is known where the time of the actors went. It is not in reports that are older than that count.
    pub fn has_times(&self) -> bool {
        self.actors.is_empty() || self.actors.values().any(|actor| actor.report.time.total_seconds() > 0.0)
    }

    fn fill(&mut self, earlier: Known<'_>, later: Known<'_>) {
        for (name, report) in later.0 {
            self.actors.insert(name.clone(), ActorWindow::between(earlier.0.get(name), report));
        }
        let seconds = self.seconds();
        // A report that was tampered with may name actors that are not there.
        let known = |end: &str| self.actors.contains_key(end.split('.').next().unwrap_or_default());
        for link in later.1.iter().filter(|link| known(&link.from) && known(&link.to)) {
            let known = earlier.1.iter().find(|known| (&known.from, &known.to) == (&link.from, &link.to));
            self.links.push(LinkWindow::between(known, link, seconds));
        }
    }
}

/// The actors and links of a snapshot.
type Known<'a> = (&'a IndexMap<String, ActorReport>, &'a [LinkReport]);

impl ActorWindow {
    fn between(earlier: Option<&ActorReport>, later: &ActorReport) -> Self {
        let time = |of: fn(&ActorReport) -> f64| (of(later) - earlier.map_or(0.0, of)).max(0.0);
        let count = |of: fn(&ActorReport) -> u64| of(later).saturating_sub(earlier.map_or(0, of));
        let lived = time(|actor| actor.time.total_seconds());
        let share = |seconds: f64| if lived > 0.0 { (seconds / lived).clamp(0.0, 1.0) } else { 0.0 };
        let mut blocked_by: Vec<BlockedWindow> = Vec::new();
        for now in &later.time.blocked_by {
            let before = earlier.into_iter().flat_map(|actor| &actor.time.blocked_by);
            let before = before.filter(|before| (before.cause, &before.actor) == (now.cause, &now.actor));
            let share = share(now.seconds - before.map(|before| before.seconds).sum::<f64>());
            if share > 0.0 {
                blocked_by.push(BlockedWindow { cause: now.cause, actor: now.actor.clone(), share });
            }
        }
        blocked_by.sort_by(|one, other| other.share.total_cmp(&one.share));
        Self {
            report: later.clone(),
            about: None,
            lived_seconds: lived,
            idle: share(time(|actor| actor.time.idle_seconds)),
            busy: share(time(|actor| actor.time.busy_seconds)),
            blocked: share(time(|actor| actor.time.blocked_seconds)),
            blocked_by,
            received: count(|actor| actor.received),
            handled: count(|actor| actor.handled),
            emitted: count(|actor| actor.emitted),
            failed: count(|actor| actor.failed),
            overflowed: count(|actor| actor.dropped.overflow),
            shed: count(|actor| actor.dropped.shed),
            restarts: count(|actor| actor.restarts),
        }
    }

    /// Whether it emits only.
    pub(super) fn is_producer(&self) -> bool {
        self.report.role == Role::Producer
    }

    /// How many copies of it there are, or were; at least 1.
    pub(super) fn instances(&self) -> usize {
        self.report.instances.max(1)
    }

    /// For what share of the time this held it up, without any downstream actor having a part in it.
    pub(super) fn own(&self, cause: Hold) -> f64 {
        self.blocked_by.iter().filter(|by| by.cause == cause && by.actor.is_none()).map(|by| by.share).sum()
    }
}

impl LinkWindow {
    fn between(earlier: Option<&LinkReport>, later: &LinkReport, seconds: f64) -> Self {
        let pressured =
            later.mailbox.pressured_seconds - earlier.map_or(0.0, |known| known.mailbox.pressured_seconds);
        // An actor is `a` in `a` and in `a.port`.
        let actor = later.from.split('.').next().unwrap_or_default();
        Self {
            from: actor.into(),
            to: later.to.clone(),
            tap: later.tap,
            pressured_share: if seconds > 0.0 { (pressured / seconds).clamp(0.0, 1.0) } else { 0.0 },
        }
    }
}

//! Who is to blame, and what is the matter with them.

use super::advice;
use super::holds::{HELD, Holds, SATURATED};
use super::kinds::{
    CROWDED, TIME_LEFT, is_paused, is_stuck, is_throttle, is_uneven, load, reasons, share, since,
};
use super::window::{ActorWindow, Window};
use super::{Root, RootKind};
use indexmap::{IndexMap, IndexSet};
use tidegate::{BreakerState, Hold};

/// Up to this share a hold may be chance: the mailbox of an actor that has time left was full for a moment, now and then.
const CHANCE: f64 = 0.3;

/// An actor that drops less than this share of what comes is not called overloaded.
const DROPPED: f64 = 0.01;

/// An actor that is busy for this share is at its limit, even if nobody is held.
const FULLY_BUSY: f64 = 0.9;

/// Finds the roots, the one that holds most first.
pub(super) fn find(window: &Window) -> Vec<Root> {
    let holds = Holds::of(window);
    let mut finder = Finder { window, holds: &holds, found: IndexMap::new() };
    finder.follow_holds();
    finder.look_for_trouble();
    if finder.found.is_empty() {
        finder.look_for_limits();
    }
    if finder.found.is_empty() {
        finder.look_at_sources();
    }
    let mut found: Vec<(Root, f64)> =
        finder.found.into_iter().map(|(name, culprit)| culprit.into_root(window, &holds, name)).collect();
    // What an operator did, an operator can undo. Stable: of those that hold as much, the first in the topology comes first.
    let paused =
        |root: &Root| root.kind == RootKind::Paused && is_paused(window, &window.actors[&root.actor]);
    found.sort_by(|(one, takes), (other, more)| {
        paused(other).cmp(&paused(one)).then_with(|| more.total_cmp(takes))
    });
    found.into_iter().map(|(root, _)| root).collect()
}

/// An actor to blame.
struct Culprit<'a> {
    kind: RootKind,
    /// The actors that it holds, and how many steps upstream they are.
    held: IndexMap<&'a str, usize>,
}

struct Finder<'a, 'w> {
    window: &'a Window,
    holds: &'w Holds<'a>,
    found: IndexMap<&'a str, Culprit<'a>>,
}

impl<'a> Finder<'a, '_> {
    fn blame(&mut self, name: &'a str, kind: RootKind) -> &mut Culprit<'a> {
        self.found.entry(name).or_insert_with(|| Culprit { kind, held: IndexMap::new() })
    }

    /// From each held actor to those that hold it in the end.
    fn follow_holds(&mut self) {
        for held in self.holds.held_actors() {
            for way in self.holds.ways(held) {
                let mut actors = way.actors;
                let Some(mut root) = actors.pop() else { continue };
                if way.closed && self.holds.own(root) < HELD {
                    self.add(root, RootKind::Deadlock, &actors);
                    continue;
                }
                let mut kind = self.kind_of(root);
                if kind == RootKind::Busy && self.window.actors[root].idle >= TIME_LEFT {
                    if let Some(waits_for) = self.missing_input(root) {
                        actors.push(root);
                        actors.extend(waits_for);
                        root = actors.pop().unwrap_or(root);
                        kind = self.kind_of(root);
                        if kind == RootKind::Busy && self.window.actors[root].is_producer() {
                            kind = RootKind::SlowSource;
                        }
                    } else if self.window.actors[root].report.held > 0 {
                        kind = RootKind::KeepsMessages;
                    } else if !is_uneven(&self.window.actors[root]) {
                        kind = RootKind::SmallMailbox;
                    }
                }
                let own = self.holds.own(held);
                let lasted = self.holds.held(held);
                let is_chance = lasted < CHANCE && lasted <= own && self.holds.own(root) < own;
                if is_chance && matches!(kind, RootKind::Busy | RootKind::SmallMailbox) {
                    continue;
                }
                self.add(root, kind, &actors);
            }
        }
    }

    /// Blames `root` for holding these; the last of them is the nearest.
    fn add(&mut self, root: &'a str, kind: RootKind, held: &[&'a str]) {
        let culprit = self.blame(root, kind);
        for (steps, actor) in held.iter().rev().enumerate() {
            let known = culprit.held.entry(actor).or_insert(steps);
            *known = steps.min(*known);
        }
    }

    /// What an actor does that nobody downstream is to blame for.
    fn kind_of(&self, name: &str) -> RootKind {
        let Some(actor) = self.window.actors.get(name) else { return RootKind::Busy };
        if is_paused(self.window, actor) {
            return RootKind::Paused;
        }
        if is_stuck(self.window, actor) {
            return RootKind::Stuck;
        }
        for (hold, kind) in
            [(Hold::Bulkhead, RootKind::BulkheadFull), (Hold::Arbiter, RootKind::ThreadsSaturated)]
        {
            if actor.own(hold) >= CROWDED {
                return kind;
            }
        }
        let (kind, share) = reasons(actor)
            .into_iter()
            .max_by(|(_, one), (_, other)| one.total_cmp(other))
            .unwrap_or((RootKind::Busy, 0.0));
        if share >= actor.busy && share >= HELD {
            return kind;
        }
        if is_throttle(actor) {
            return RootKind::RateLimited;
        }
        if self.holds.own(name) < SATURATED && self.threads_are_busy() {
            return RootKind::ThreadsSaturated;
        }
        RootKind::Busy
    }

    /// Whether the handlers together take all the time that the threads have. Handlers that wait for something are busy as
    /// well, without a thread, so more than all of it tells nothing.
    fn threads_are_busy(&self) -> bool {
        (0.8..=1.1).contains(&load(self.window))
    }

    /// Where a join waits for one of its inputs while the other is held: the way from the join up to what is to blame for that.
    fn missing_input(&self, join: &'a str) -> Option<Vec<&'a str>> {
        let mut way: IndexSet<&str> = IndexSet::new();
        let mut at = join;
        loop {
            let missing =
                self.holds.upstream(at).into_iter().filter(|input| self.holds.share(input, at) < HELD);
            let missing =
                missing.max_by(|one, other| self.holds.own(one).total_cmp(&self.holds.own(other)))?;
            if !way.insert(missing) {
                return None;
            }
            if self.window.actors[missing].is_producer() || self.holds.own(missing) >= 0.5 {
                return Some(way.into_iter().collect());
            }
            at = missing;
        }
    }

    /// What is wrong although it may hold nobody.
    fn look_for_trouble(&mut self) {
        for (name, actor) in &self.window.actors {
            let kind = if is_paused(self.window, actor) {
                Some(RootKind::Paused)
            } else if is_stuck(self.window, actor) {
                Some(RootKind::Stuck)
            } else {
                let troubles = reasons(actor).into_iter().filter(|(kind, _)| *kind != RootKind::RateLimited);
                let worst = troubles.max_by(|(_, one), (_, other)| one.total_cmp(other));
                worst.filter(|(_, share)| *share >= HELD).map(|(kind, _)| kind)
            };
            let sheds =
                actor.report.breaker.as_ref().is_some_and(|breaker| breaker.state == BreakerState::Open)
                    && actor.shed > 0;
            let kind = kind.or(sheds.then_some(RootKind::BreakerOpen));
            let lacks = if is_throttle(actor) { RootKind::RateLimited } else { RootKind::Overloaded };
            let kind = kind.or(self.is_overloaded(name, actor).then_some(lacks));
            if let Some(kind) = kind {
                self.blame(name, kind);
            }
        }
    }

    fn is_overloaded(&self, name: &str, actor: &ActorWindow) -> bool {
        let drops = actor.overflowed as f64 >= DROPPED * actor.received as f64 && actor.overflowed > 0;
        drops && !self.holds.is_aside(name) && self.holds.held(name) < 0.5
    }

    /// Who is at a limit although nobody is held.
    fn look_for_limits(&mut self) {
        let actors = self.window.actors.iter().filter(|(name, _)| !self.holds.is_aside(name));
        let by_thread = actors.clone().map(|(name, actor)| (name, actor, actor.own(Hold::Arbiter)));
        let crowded = by_thread.max_by(|one, other| one.2.total_cmp(&other.2));
        if let Some((name, _, share)) = crowded
            && share >= CROWDED
        {
            self.blame(name, RootKind::ThreadsSaturated);
            return;
        }
        let work = |actor: &ActorWindow| actor.busy * actor.lived_seconds / actor.instances() as f64;
        let busiest = actors
            .filter(|(_, actor)| !actor.is_producer())
            .max_by(|(_, one), (_, other)| work(one).total_cmp(&work(other)));
        if let Some((name, actor)) = busiest
            && work(actor) >= FULLY_BUSY * self.window.seconds()
            && work(actor) > 0.0
        {
            let kind = self.kind_of(name);
            self.blame(name, kind);
        }
    }

    /// Messages flow and nobody is held: it is the sources that set the pace.
    fn look_at_sources(&mut self) {
        for (name, actor) in &self.window.actors {
            // One that was done long before the others did not set their pace.
            let lasted = actor.lived_seconds >= 0.5 * self.window.seconds() && actor.lived_seconds > 0.0;
            if actor.is_producer() && actor.emitted > 0 && lasted {
                let limited = actor.own(Hold::RateLimit) > actor.busy.max(actor.idle);
                self.blame(name, if limited { RootKind::RateLimited } else { RootKind::SlowSource });
            }
        }
    }
}

impl Culprit<'_> {
    /// What is told of it, and how much of the time of others it takes.
    fn into_root(mut self, window: &Window, holds: &Holds<'_>, name: &str) -> (Root, f64) {
        self.held.sort_by_key(|held, steps| (*steps, window.actors.get_index_of(*held)));
        let actor = &window.actors[name];
        let mut root = Root {
            actor: name.into(),
            kind: self.kind,
            share: share(self.kind, actor),
            holds: self.held.keys().map(ToString::to_string).collect(),
            since_seconds: since(window, name, self.kind, self.held.keys().next().copied()),
            advice: None,
        };
        root.advice = advice::advice(window, holds, &root);
        let taken = self.held.keys().map(|held| holds.held(held) * window.actors[*held].lived_seconds).sum();
        (root, taken)
    }
}

//! Who holds whom, and where that leads to.

use super::kinds::is_uneven;
use super::window::{ActorWindow, Window};
use indexmap::{IndexMap, IndexSet};
use std::cmp::Reverse;
use tidegate::Hold;

/// An actor that is held for less than this share of its time is not called held.
pub(super) const HELD: f64 = 0.1;

/// A hold is followed further downstream if it takes at least this share.
const FOLLOWED: f64 = 0.02;

/// An actor that is at work, or held up by nothing downstream, for this share of its time does what it can.
pub(super) const SATURATED: f64 = 0.8;

/// The graph of holds: from each actor to those that hold it, with the shares of its time; the largest first.
pub(super) struct Holds<'a> {
    window: &'a Window,
    edges: IndexMap<&'a str, Vec<(&'a str, f64)>>,
}

/// A way from a held actor to the one that is to blame for it, which is the last of it.
pub(super) struct Way<'a> {
    pub(super) actors: Vec<&'a str>,
    /// Whether it came back to where it was: its actors hold each other.
    pub(super) closed: bool,
}

impl<'a> Holds<'a> {
    pub(super) fn of(window: &'a Window) -> Self {
        let mut holds = Self { window, edges: IndexMap::new() };
        for (name, actor) in &window.actors {
            let edges = holds.edges_of(name, actor);
            holds.edges.insert(name, edges);
        }
        holds
    }

    fn edges_of(&self, name: &'a str, actor: &'a ActorWindow) -> Vec<(&'a str, f64)> {
        let mut edges: IndexMap<&str, f64> = IndexMap::new();
        for by in &actor.blocked_by {
            let holder = match (&by.actor, by.cause) {
                (Some(holder), _) => {
                    self.window.actors.get_key_value(holder).map(|(holder, _)| holder.as_str())
                }
                (None, Hold::Full) => self.fullest_target(name),
                (None, Hold::RateLimit) if actor.report.rate.is_some() => self.busiest_below(name),
                _ => None,
            };
            if let Some(holder) = holder.filter(|holder| *holder != name) {
                *edges.entry(holder).or_default() += by.share;
            }
        }
        edges.sort_by(|_, one, _, other| other.total_cmp(one));
        edges.into_iter().collect()
    }

    /// Who must be meant where an actor waits for room and it is not said where: the target that was pressured longest.
    fn fullest_target(&self, name: &str) -> Option<&'a str> {
        let links = self.window.links.iter().filter(|link| link.from == name && !link.tap && link.to != name);
        let fullest = links.max_by(|one, other| one.pressured_share.total_cmp(&other.pressured_share));
        fullest.map(|link| link.to.as_str())
    }

    /// The actor downstream because of which a producer that feels for its rate goes no faster, if there is one.
    fn busiest_below(&self, name: &str) -> Option<&'a str> {
        let below = self.downstream(name);
        let busiest = below.into_iter().max_by(|one, other| self.own(one).total_cmp(&self.own(other)));
        busiest.filter(|busiest| self.own(busiest) >= SATURATED)
    }

    /// All actors that messages of this one can come to, the nearest first, without itself and without taps.
    pub(super) fn downstream(&self, name: &str) -> IndexSet<&'a str> {
        let mut found: IndexSet<&str> = IndexSet::new();
        let mut from = Some(name);
        let mut next = 0;
        while let Some(actor) = from {
            let links =
                self.window.links.iter().filter(|link| link.from == actor && !link.tap && link.to != name);
            found.extend(links.map(|link| link.to.as_str()));
            from = found.get_index(next).copied();
            next += 1;
        }
        found
    }

    /// The actors that send to this one, without itself and without taps.
    pub(super) fn upstream(&self, name: &str) -> IndexSet<&'a str> {
        let links = self.window.links.iter().filter(|link| link.to == name && !link.tap && link.from != name);
        links.map(|link| link.from.as_str()).collect()
    }

    /// Whether all that comes to this actor comes over taps.
    pub(super) fn is_aside(&self, name: &str) -> bool {
        let mut links = self.window.links.iter().filter(|link| link.to == name).peekable();
        links.peek().is_some() && links.all(|link| link.tap)
    }

    /// For what share of its time an actor is held by others.
    pub(super) fn held(&self, name: &str) -> f64 {
        self.edges.get(name).into_iter().flatten().map(|(_, share)| share).sum()
    }

    /// For what share of its time one actor is held by the other.
    pub(super) fn share(&self, name: &str, holder: &str) -> f64 {
        let edges = self.edges.get(name).into_iter().flatten();
        edges.filter(|(other, _)| *other == holder).map(|(_, share)| share).sum()
    }

    /// For what share of its time an actor does something that nobody downstream is to blame for, and not just wait for
    /// messages.
    pub(super) fn work(&self, name: &str) -> f64 {
        let Some(actor) = self.window.actors.get(name) else { return 0.0 };
        let blocked: f64 = actor.blocked_by.iter().map(|by| by.share).sum();
        actor.busy + (blocked - self.held(name)).max(0.0)
    }

    /// The same as it looks from upstream. Where somebody is held by an actor of several instances although these have time
    /// left, one of them gets more than it can do: their work counts as if one did all of it.
    pub(super) fn own(&self, name: &str) -> f64 {
        let Some(actor) = self.window.actors.get(name) else { return 0.0 };
        let work = self.work(name);
        let others = if is_uneven(actor) { actor.instances() - 1 } else { 0 };
        (work + actor.idle.min(work * others as f64)).min(1.0)
    }

    /// The actors that are held for a share that counts, in the order of the topology.
    pub(super) fn held_actors(&self) -> impl Iterator<Item = &'a str> {
        self.edges.keys().copied().filter(|name| {
            let lived = self.window.actors[*name].lived_seconds;
            let held = self.held(name);
            held >= HELD && held * lived >= self.window.seconds() / 100.0
        })
    }

    /// The ways from a held actor to those that are to blame: that of its heaviest hold, and those of others that lead to
    /// an actor which does what it can. Two slow targets of one actor both hold it, whichever is mended first.
    pub(super) fn ways(&self, held: &'a str) -> Vec<Way<'a>> {
        let mut ways: Vec<Way<'a>> = Vec::new();
        for (number, (holder, share)) in self.edges[held].iter().enumerate() {
            if number > 0 && *share < HELD {
                break;
            }
            let way = self.follow(held, holder);
            let root = way.actors.last().copied();
            if root == Some(held) {
                continue;
            }
            let known = ways.iter().any(|other| other.actors.last().copied() == root);
            if number == 0 || (!known && root.is_some_and(|root| self.own(root) >= SATURATED)) {
                ways.push(way);
            }
        }
        ways
    }

    /// Goes downstream as long as the next one explains more than the actor itself.
    fn follow(&self, held: &'a str, holder: &'a str) -> Way<'a> {
        let mut actors: IndexSet<&str> = [held, holder].into_iter().collect();
        let mut closed = None;
        let mut at = holder;
        while let Some((next, _)) = self.edges[at].first().copied().filter(|(_, share)| *share >= FOLLOWED) {
            let (held, own) = (self.held(at), self.own(at));
            if held <= own && self.own(next) < own {
                break;
            }
            if !actors.insert(next) {
                closed = actors.get_index_of(next);
                break;
            }
            at = next;
        }
        if let Some(first) = closed {
            // Of actors that hold each other, the one that does most by itself is to blame; of those that do as much, the
            // first in the topology, whichever of them the search began with.
            let circle = actors.iter().enumerate().skip(first);
            let place = |name: &str| Reverse(self.window.actors.get_index_of(name));
            let most = circle.max_by(|(_, one), (_, other)| {
                self.own(one).total_cmp(&self.own(other)).then_with(|| place(one).cmp(&place(other)))
            });
            let last = most.map_or(0, |(number, _)| number);
            actors.truncate(last + 1);
        }
        Way { actors: actors.into_iter().collect(), closed: closed.is_some() }
    }
}

//! How fast each actor is and where its time goes, worked out from two snapshots.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use tidegate::topology::Role;
use tidegate::{Activity, ActorReport, Hold, Snapshot, TimeReport};

/// What happened between two snapshots, per second.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Rates {
    /// The time between them, in seconds.
    pub seconds: f64,
    /// The actors of the later one, in the order of the topology.
    pub actors: IndexMap<String, ActorRates>,
}

/// One actor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ActorRates {
    /// Messages a second that it is done with: a producer emits them, the others handle them, with or without an error.
    pub per_second: f64,
    /// Messages emitted, a second.
    pub emitted_per_second: f64,
    /// The part of the time of its instances in which they waited for messages, from 0 to 1.
    pub idle: f64,
    /// The part in which they were in their handler. The three parts add up to 1, or are all 0 where no time was counted.
    pub busy: f64,
    /// The part in which they were held up.
    pub blocked: f64,
    /// What held it up longest, if that took more than half a percent of the time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_by: Option<HeldBy>,
}

/// What holds an actor up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HeldBy {
    /// Why.
    pub cause: Hold,
    /// The downstream actor whose mailbox holds it, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// For which part of the time, from 0 to 1.
    pub share: f64,
}

impl Rates {
    /// What happened between two snapshots of one run. If the later one belongs to another run, as it does where the topology
    /// was started again, everything since that one's start.
    ///
    /// An actor that the earlier one does not know counts from nothing. A count that has become smaller has not
    /// changed: what is not known is never made up.
    pub fn between(earlier: &Snapshot, later: &Snapshot) -> Self {
        if Self::is_another_run(earlier, later) {
            return Self::since_start(later);
        }
        let seconds = later.elapsed_seconds - earlier.elapsed_seconds;
        let actors = later.actors.iter().map(|(name, actor)| {
            (name.clone(), ActorRates::between(earlier.actors.get(name), actor, seconds))
        });
        Self { seconds, actors: actors.collect() }
    }

    /// The mean since the topology started.
    pub fn since_start(snapshot: &Snapshot) -> Self {
        let seconds = snapshot.elapsed_seconds;
        let actors = snapshot
            .actors
            .iter()
            .map(|(name, actor)| (name.clone(), ActorRates::between(None, actor, seconds)));
        Self { seconds, actors: actors.collect() }
    }

    /// Whether `later` is no later moment of the run of `earlier`.
    pub fn is_another_run(earlier: &Snapshot, later: &Snapshot) -> bool {
        later.topology != earlier.topology || later.elapsed_seconds < earlier.elapsed_seconds
    }
}

impl ActorRates {
    fn between(before: Option<&ActorReport>, now: &ActorReport, seconds: f64) -> Self {
        let grown = |count: fn(&ActorReport) -> u64| grown(before.map_or(0, count), count(now), seconds);
        let none = TimeReport::default();
        let then = before.map_or(&none, |before| &before.time);
        let [idle, busy, blocked] = shares(then, &now.time);
        Self {
            per_second: grown(done),
            emitted_per_second: grown(|actor| actor.emitted),
            idle,
            busy,
            blocked,
            held_by: held_by(then, &now.time),
        }
    }
}

/// What an actor has done: a producer emits, the others handle.
fn done(actor: &ActorReport) -> u64 {
    if actor.role == Role::Producer { actor.emitted } else { actor.handled.saturating_add(actor.failed) }
}

fn grown(from: u64, to: u64, seconds: f64) -> f64 {
    if seconds > 0.0 { to.saturating_sub(from) as f64 / seconds } else { 0.0 }
}

fn part(time: f64, of: f64) -> f64 {
    if of > 0.0 { (time / of).clamp(0.0, 1.0) } else { 0.0 }
}

/// The parts of idle, busy and blocked in what was spent between two moments.
fn shares(then: &TimeReport, now: &TimeReport) -> [f64; 3] {
    let spent = [
        now.idle_seconds - then.idle_seconds,
        now.busy_seconds - then.busy_seconds,
        now.blocked_seconds - then.blocked_seconds,
    ]
    .map(|time| time.max(0.0));
    let total: f64 = spent.iter().sum();
    spent.map(|time| part(time, total))
}

/// Less than this part of the time is no hold-up worth naming.
const NEGLIGIBLE: f64 = 0.005;

/// What held the actor up longest between two moments, if that was worth naming; what holds it now, if no time was counted.
fn held_by(then: &TimeReport, now: &TimeReport) -> Option<HeldBy> {
    let total = now.total_seconds() - then.total_seconds();
    let spent = now.blocked_by.iter().map(|by| {
        let before =
            then.blocked_by.iter().find(|other| (other.cause, &other.actor) == (by.cause, &by.actor));
        (by, by.seconds - before.map_or(0.0, |before| before.seconds))
    });
    let longest = spent
        .filter(|(_, time)| *time > total * NEGLIGIBLE)
        .max_by(|(_, one), (_, other)| one.total_cmp(other));
    if let Some((by, time)) = longest {
        return Some(HeldBy { cause: by.cause, actor: by.actor.clone(), share: part(time, total) });
    }
    if total > 0.0 {
        return None;
    }
    let held = now.now.iter().find(|instance| instance.activity == Activity::Blocked)?;
    Some(HeldBy { cause: held.cause?, actor: held.actor.clone(), share: 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::snapshot;

    #[test]
    fn rates_and_shares_are_those_of_the_time_between() {
        // Every second: 100 messages; `parse` is busy for 0.25 s, held by `store` for 0.5 s, idle for the rest.
        let rates = Rates::between(&snapshot(10.0), &snapshot(12.0));
        let parse = &rates.actors["parse"];
        assert_eq!((rates.seconds, parse.per_second, parse.emitted_per_second), (2.0, 100.0, 100.0));
        assert_eq!((parse.idle, parse.busy, parse.blocked), (0.25, 0.25, 0.5));
        let held_by = HeldBy { cause: Hold::Full, actor: Some("store".into()), share: 0.5 };
        assert_eq!(parse.held_by, Some(held_by));
        assert_eq!((rates.actors["lines"].per_second, rates.actors["store"].held_by.clone()), (100.0, None));
    }

    #[test]
    fn what_was_not_there_before_counts_from_nothing() {
        let (mut earlier, later) = (snapshot(10.0), snapshot(12.0));
        earlier.actors.shift_remove("store");
        let rates = Rates::between(&earlier, &later);
        assert_eq!(rates.actors["store"].per_second, 600.0);
    }

    #[test]
    fn of_a_run_that_was_started_again_only_the_new_one_counts() {
        assert_eq!(Rates::between(&snapshot(10.0), &snapshot(2.0)), Rates::since_start(&snapshot(2.0)));
        let mut other = snapshot(12.0);
        other.topology = "other".into();
        assert_eq!(Rates::between(&snapshot(10.0), &other).actors["store"].per_second, 100.0);
    }

    #[test]
    fn counts_and_times_that_shrink_and_times_that_stand_still_are_no_change() {
        let (earlier, mut later) = (snapshot(10.0), snapshot(10.0));
        let rates = Rates::between(&earlier, &later);
        assert_eq!((rates.actors["parse"].per_second, rates.actors["parse"].busy), (0.0, 0.0));
        // No time was counted: what it is doing now is what there is to say.
        assert_eq!(rates.actors["parse"].held_by.as_ref().map(|by| by.cause), Some(Hold::Full));
        later.elapsed_seconds = 11.0;
        later.actors["parse"].handled = 1;
        later.actors["parse"].time.busy_seconds = 0.0;
        let rates = Rates::between(&earlier, &later);
        assert_eq!((rates.actors["parse"].per_second, rates.actors["parse"].busy), (0.0, 0.0));
    }

    #[test]
    fn a_hold_up_of_less_than_half_a_percent_is_not_named() {
        let (earlier, mut later) = (snapshot(10.0), snapshot(12.0));
        let held = |later: &Snapshot| Rates::between(&earlier, later).actors["parse"].held_by.is_some();
        later.actors["parse"].time.blocked_by[0].seconds = 5.0 + 0.011;
        assert!(held(&later));
        later.actors["parse"].time.blocked_by[0].seconds = 5.0 + 0.009;
        assert!(!held(&later));
    }

    #[test]
    fn the_largest_counts_do_not_overflow() {
        let (earlier, mut later) = (snapshot(10.0), snapshot(11.0));
        let store = &mut later.actors["store"];
        (store.handled, store.failed) = (u64::MAX, u64::MAX);
        store.dropped.overflow = 0;
        store.failed = 1;
        assert!(Rates::between(&earlier, &later).actors["store"].per_second > 1e19);
    }
}

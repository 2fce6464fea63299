//! The last ten minutes, one point a second.

use indexmap::IndexMap;
use serde::Serialize;
use std::collections::VecDeque;
use tidegate::{ActorReport, Snapshot};

/// The most points: ten minutes of them.
const MOST_POINTS: usize = 600;

/// The most values that are kept, for a large topology fewer points.
const MOST_VALUES: usize = 500_000;

/// The most values of one answer; with more, points are left out evenly.
const MOST_ANSWERED: usize = 25_000;

/// Points of the past.
#[derive(Debug, Default)]
pub(super) struct History(VecDeque<Point>);

/// What happened between two snapshots.
#[derive(Clone, Debug)]
struct Point {
    at: f64,
    actors: Box<[Values]>,
}

/// What one actor did between two snapshots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(super) struct Values {
    /// Shares of its time, from 0 to 1; none before it has any.
    idle: Option<f32>,
    busy: Option<f32>,
    blocked: Option<f32>,
    /// Messages per second.
    received_rate: f32,
    handled_rate: f32,
    emitted_rate: f32,
    /// Messages in its mailbox, at the end of the second.
    depth: Option<u32>,
    pressured: bool,
    /// How long 99 of 100 messages waited at most, in seconds, over the slowest of its links.
    p99_seconds: Option<f32>,
}

/// The answer of `/api/history`.
#[derive(Debug, Serialize)]
pub(super) struct Answer<'a> {
    points: Vec<AnsweredPoint<'a>>,
}

#[derive(Debug, Serialize)]
struct AnsweredPoint<'a> {
    at_seconds: f64,
    actors: IndexMap<&'a str, Values>,
}

impl History {
    /// What happened between each of `snapshots` and the next.
    pub(super) fn of(snapshots: &[Snapshot]) -> Self {
        let mut history = Self::default();
        snapshots.windows(2).for_each(|pair| history.add(&pair[0], &pair[1]));
        history
    }

    /// Adds what happened between two snapshots, if there is time between them.
    pub(super) fn add(&mut self, before: &Snapshot, now: &Snapshot) {
        let seconds = now.elapsed_seconds - before.elapsed_seconds;
        // In no time there are no rates.
        if seconds <= 0.0 {
            return;
        }
        let mut waits: IndexMap<&str, f64> = IndexMap::new();
        for link in &now.links {
            if let Some(wait) = &link.wait {
                let longest = waits.entry(&link.to).or_default();
                *longest = longest.max(wait.p99_seconds);
            }
        }
        let actors = now.actors.iter().map(|(name, now)| {
            let wait = waits.get(name.as_str()).map(|wait| *wait as f32);
            Values::between(before.actors.get(name), now, seconds, wait)
        });
        let point = Point { at: now.elapsed_seconds, actors: actors.collect() };
        let most = (MOST_VALUES / point.actors.len().max(1)).clamp(2, MOST_POINTS);
        while self.0.len() >= most {
            self.0.pop_front();
        }
        self.0.push_back(point);
    }

    /// The points of the last `seconds` before `now`, for actors of these names.
    pub(super) fn answer<'a>(&self, now: f64, seconds: f64, names: &[&'a str]) -> Answer<'a> {
        let since = now - seconds;
        let points: Vec<_> = self.0.iter().filter(|point| point.at > since).collect();
        let every = (points.len() * names.len()).div_ceil(MOST_ANSWERED).max(1);
        // Counted from the newest, which is always there.
        let kept = points.iter().rev().step_by(every).map(|point| AnsweredPoint {
            at_seconds: point.at,
            actors: names.iter().copied().zip(point.actors.iter().copied()).collect(),
        });
        let mut points: Vec<_> = kept.collect();
        points.reverse();
        Answer { points }
    }
}

impl Values {
    fn between(before: Option<&ActorReport>, now: &ActorReport, seconds: f64, wait: Option<f32>) -> Self {
        let grown = |count: fn(&ActorReport) -> u64| {
            count(now).saturating_sub(before.map_or(0, count)) as f64 / seconds
        };
        let spent = |time: fn(&ActorReport) -> f64| (time(now) - before.map_or(0.0, time)).max(0.0);
        let times: [f64; 3] = [
            spent(|one| one.time.idle_seconds),
            spent(|one| one.time.busy_seconds),
            spent(|one| one.time.blocked_seconds),
        ];
        let all: f64 = times.iter().sum();
        let [idle, busy, blocked] = times.map(|time| (all > 0.0).then(|| (time / all) as f32));
        Self {
            idle,
            busy,
            blocked,
            received_rate: grown(|one| one.received) as f32,
            handled_rate: grown(|one| one.handled) as f32,
            emitted_rate: grown(|one| one.emitted) as f32,
            depth: now.mailbox.as_ref().map(|mailbox| u32::try_from(mailbox.depth).unwrap_or(u32::MAX)),
            pressured: now.mailbox.as_ref().is_some_and(|mailbox| mailbox.pressured),
            p99_seconds: wait,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::snapshot;

    fn moments(history: &History, now: f64, seconds: f64) -> Vec<f64> {
        history.answer(now, seconds, &[]).points.iter().map(|point| point.at_seconds).collect()
    }

    #[test]
    fn after_a_year_there_is_still_a_point_for_each_second() {
        let year = 365.0 * 86_400.0;
        let history = History::of(&[0.25, 1.25, 2.25, 3.25].map(|second| snapshot(year + second)));
        assert_eq!(moments(&history, year + 3.25, 2.0), [year + 2.25, year + 3.25]);
        assert!(moments(&history, year + 3.25, 0.0).is_empty());
    }

    #[test]
    fn two_snapshots_of_the_same_moment_are_no_point() {
        let history = History::of(&[5.0, 5.0, 6.0].map(snapshot));
        assert_eq!(moments(&history, 6.0, 10.0), [6.0]);
    }
}

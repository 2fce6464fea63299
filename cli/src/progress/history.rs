//! How fast each actor has been lately.

use std::collections::VecDeque;
use tidegate::topology::Role;
use tidegate::{ActorReport, Snapshot};

/// Rates are taken over about this long, in seconds, so that they can be read.
const WINDOW: f64 = 1.0;

/// The counts of the last moments.
#[derive(Debug, Default)]
pub(super) struct History {
    /// The oldest first; the first two are at most a window apart from each other, or there are only two.
    moments: VecDeque<Moment>,
}

#[derive(Debug)]
struct Moment {
    seconds: f64,
    counts: Vec<(String, u64)>,
}

impl History {
    pub(super) fn add(&mut self, snapshot: &Snapshot) {
        let counts = snapshot.actors.iter().map(|(name, actor)| (name.clone(), done(actor))).collect();
        self.moments.push_back(Moment { seconds: snapshot.elapsed_seconds, counts });
        // The second oldest is old enough: the oldest is not needed any more.
        while self.moments.get(1).is_some_and(|moment| snapshot.elapsed_seconds - moment.seconds >= WINDOW) {
            self.moments.pop_front();
        }
    }

    /// Messages per second of the actor called `name`; 0 before there is anything to compare.
    pub(super) fn rate(&self, name: &str) -> f64 {
        let (Some(first), Some(last)) = (self.moments.front(), self.moments.back()) else { return 0.0 };
        let seconds = last.seconds - first.seconds;
        if seconds <= 0.0 { 0.0 } else { last.of(name).saturating_sub(first.of(name)) as f64 / seconds }
    }
}

impl Moment {
    fn of(&self, name: &str) -> u64 {
        self.counts.iter().find(|(other, _)| other == name).map_or(0, |(_, count)| *count)
    }
}

/// What an actor has done: a producer emits, the others handle.
pub(super) fn done(actor: &ActorReport) -> u64 {
    if actor.role == Role::Producer { actor.emitted } else { actor.handled + actor.failed }
}

/// A producer `lines` and a consumer `store` with `waiting` of 1000 places taken.
#[cfg(test)]
pub(super) fn snapshot(seconds: f64, emitted: u64, waiting: usize, pressured: bool) -> Snapshot {
    let report = crate::summary::sample();
    let mut actors = report.actors;
    actors.sort_keys();
    let mut lines = actors["numbers"].clone();
    lines.emitted = emitted;
    lines.state = tidegate::ActorState::Running;
    let mut store = actors["store"].clone();
    store.handled = emitted - waiting as u64;
    store.state = tidegate::ActorState::Running;
    let mailbox = store.mailbox.as_mut().unwrap();
    (mailbox.capacity, mailbox.depth, mailbox.pressured) = (1000, waiting, pressured);
    let actors = [("lines".to_string(), lines), ("store".to_string(), store)].into_iter().collect();
    Snapshot {
        topology: "sample".into(),
        arbiters: 1,
        phase: tidegate::Phase::Running,
        elapsed_seconds: seconds,
        actors,
        links: report.links,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_taken_over_the_last_second() {
        let mut history = History::default();
        assert_eq!(history.rate("lines"), 0.0);
        for step in 0..=10u32 {
            // 100 messages a second for a second, then 500.
            let seconds = f64::from(step) * 0.25;
            let emitted = if seconds <= 1.0 { 100.0 * seconds } else { 100.0 + 500.0 * (seconds - 1.0) };
            history.add(&snapshot(seconds, emitted as u64, 0, false));
        }
        assert_eq!(history.rate("lines"), 500.0);
        assert_eq!(history.rate("store"), 500.0);
        assert_eq!(history.rate("nobody"), 0.0);
        assert_eq!(history.moments.len(), 5);
    }
}

//! The state of a topology, as expressions see it.

use super::{boxed, fields};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::OnceLock;
use tidegate::topology::Role;
use tidegate::{ActorReport, Snapshot, WaitReport};

/// Two looks at a topology: counts and states are of the later one, rates and shares of the time between.
///
/// What has all actors in it is made once, however often an expression names it: a walk through them names it for each.
pub(crate) struct Measures<'a> {
    earlier: &'a Snapshot,
    now: &'a Snapshot,
    actors: OnceLock<Box<dyn Val>>,
    waits: OnceLock<HashMap<&'a str, Vec<&'a WaitReport>>>,
}

impl VariableResolver for Measures<'_> {
    fn resolve<'b>(&'b self, name: &str) -> Option<CowVal<'b, 'b>> {
        let value = match name {
            fields::THE_ACTORS => {
                return Some(CowVal::Borrowed(self.actors.get_or_init(|| self.all()).as_ref()));
            }
            fields::THE_TOPOLOGY => {
                let fields = [("elapsed", self.now.elapsed_seconds.into()), ("phase", word(&self.now.phase))];
                fields::table(fields.into_iter())
            }
            _ => self.actor(name, self.now.actors.get(name)?),
        };
        Some(CowVal::Owned(boxed(value)))
    }
}

impl<'a> Measures<'a> {
    pub(crate) fn new(earlier: &'a Snapshot, now: &'a Snapshot) -> Self {
        Self { earlier, now, actors: OnceLock::new(), waits: OnceLock::new() }
    }

    /// All actors, by name.
    fn all(&self) -> Box<dyn Val> {
        let actors = self.now.actors.iter();
        boxed(fields::table(actors.map(|(name, actor)| (name.as_str(), self.actor(name, actor)))))
    }

    /// The waits at the mailboxes of an actor.
    fn waits(&self, actor: &str) -> &[&'a WaitReport] {
        let waits = self.waits.get_or_init(|| {
            let mut waits: HashMap<&str, Vec<&WaitReport>> = HashMap::new();
            for link in &self.now.links {
                waits.entry(&link.to).or_default().extend(&link.wait);
            }
            waits
        });
        waits.get(actor).map_or(&[], Vec::as_slice)
    }

    fn actor(&self, name: &str, now: &ActorReport) -> cel::Value {
        let earlier = self.earlier.actors.get(name);
        let seconds = self.now.elapsed_seconds - self.earlier.elapsed_seconds;
        let done = |actor: &ActorReport| match actor.role {
            Role::Producer => actor.emitted,
            _ => actor.handled,
        };
        let made = done(now).saturating_sub(earlier.map_or(0, done));
        // Of no time there is no rate: at the first look, nothing was measured yet.
        let rate: cel::Value = if seconds > 0.0 { (number(made) / seconds).into() } else { cel::Value::Null };
        let lived = now.time.total_seconds() - earlier.map_or(0.0, |earlier| earlier.time.total_seconds());
        let share = |of: fn(&ActorReport) -> f64| -> cel::Value {
            let spent = of(now) - earlier.map_or(0.0, of);
            if lived > 0.0 { (spent / lived).clamp(0.0, 1.0).into() } else { cel::Value::Null }
        };
        let fields: [(&str, cel::Value); 19] = [
            ("mailbox", mailbox(now)),
            ("wait", wait(self.waits(name))),
            ("rate", rate),
            ("busy", share(|actor| actor.time.busy_seconds)),
            ("blocked", share(|actor| actor.time.blocked_seconds)),
            ("idle", share(|actor| actor.time.idle_seconds)),
            ("received", number(now.received).into()),
            ("handled", number(now.handled).into()),
            ("emitted", number(now.emitted).into()),
            ("failed", number(now.failed).into()),
            ("dropped", number(now.dropped.total()).into()),
            ("dead_letters", number(now.dead_lettered).into()),
            ("restarts", number(now.restarts).into()),
            ("waiting", number(now.waiting).into()),
            ("in_handler", number(now.in_handler).into()),
            ("held", number(now.held).into()),
            ("instances", number(now.instances as u64).into()),
            ("state", word(&now.state)),
            ("breaker", now.breaker.as_ref().map_or(cel::Value::Null, |breaker| word(&breaker.state))),
        ];
        fields::table(fields.into_iter())
    }
}

fn mailbox(actor: &ActorReport) -> cel::Value {
    let Some(mailbox) = &actor.mailbox else {
        let names = ["fill", "depth", "capacity", "pressured"];
        return fields::table(names.into_iter().map(|name| (name, cel::Value::Null)));
    };
    let (depth, capacity) = (number(mailbox.depth as u64), number(mailbox.capacity as u64));
    let fill = if capacity > 0.0 { depth / capacity } else { 0.0 };
    let fields: [(&str, cel::Value); 4] = [
        ("fill", fill.into()),
        ("depth", depth.into()),
        ("capacity", capacity.into()),
        ("pressured", mailbox.pressured.into()),
    ];
    fields::table(fields.into_iter())
}

/// How long messages wait, in seconds: of several links, the longest.
fn wait(waits: &[&WaitReport]) -> cel::Value {
    let longest = |of: fn(&WaitReport) -> f64| {
        let longest = waits.iter().map(|wait| of(wait)).reduce(f64::max);
        longest.map_or(cel::Value::Null, Into::into)
    };
    let fields = [
        ("p50", longest(|wait| wait.p50_seconds)),
        ("p90", longest(|wait| wait.p90_seconds)),
        ("p99", longest(|wait| wait.p99_seconds)),
        ("max", longest(|wait| wait.max_seconds)),
    ];
    fields::table(fields.into_iter())
}

/// The word that stands for `state` in reports.
fn word(state: &impl Serialize) -> cel::Value {
    match serde_json::to_value(state) {
        Ok(serde_json::Value::String(word)) => word.into(),
        _ => cel::Value::Null,
    }
}

/// A count as a number; one beyond 2^53 is rounded.
fn number(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::snapshot;

    #[test]
    fn all_actors_are_made_once_however_often_an_expression_names_them() {
        let now = snapshot(1.0);
        let measures = Measures::new(&now, &now);
        let address = |value: Option<CowVal<'_, '_>>| match value {
            Some(CowVal::Borrowed(value)) => std::ptr::from_ref(value).cast::<()>(),
            _ => panic!("it is not made anew"),
        };
        let first = address(measures.resolve(fields::THE_ACTORS));
        assert_eq!(address(measures.resolve(fields::THE_ACTORS)), first);
    }
}

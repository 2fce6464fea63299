//! How many more instances of a busy actor would help, and how far.

use super::Root;
use super::advice::{has_no_cores, no_cores};
use super::holds::Holds;
use super::kinds::{CROWDED, is_uneven};
use super::window::{ActorWindow, Window};
use super::words::{name, number};
use tidegate::Hold;
use tidegate::topology::Routing;

/// Past so many instances it is not said how many more exactly.
const FEW: usize = 8;

/// An actor that waits for its turn on its thread for this share computes; one that awaits something hardly ever does.
const COMPUTES: f64 = 0.01;

/// Ready-made actors that exist once.
const SINGLE: [&str; 7] = ["file", "stdout", "table", "zip", "concat", "Zip", "Concat"];

/// What would help where `root`, which is this actor, is busy all the time.
pub(super) fn advice(window: &Window, holds: &Holds<'_>, root: &Root, actor: &ActorWindow) -> Option<String> {
    if actor.is_producer() {
        return Some("it is a producer: only a faster source would help".into());
    }
    if actor.own(Hold::Order) >= CROWDED {
        return Some(
            "without `ordered` they would not wait for each other, if the order does not matter".into(),
        );
    }
    if is_uneven(actor) {
        return Some(match actor.about.as_ref().map(|about| about.routing) {
            Some(Routing::Hash) => "a `key` that spreads its messages more evenly would help".into(),
            Some(_) => "`routing = \"shared\"` would let those that are free help".into(),
            None => "if a `key` says which of them gets a message, one gets too many".into(),
        });
    }
    if SINGLE.contains(&actor.report.actor.as_str()) {
        return Some("it can have one instance only: send it less, or split what it gets".into());
    }
    let instances = actor.instances();
    let (least, most) = actor.about.as_ref().map_or((instances, instances), |about| about.instances);
    if least < most && instances < most {
        return Some(format!("it may grow to {} instances by itself", number(most)));
    }
    let elastic = least < most || actor.report.scaled_up > 0;
    let mut how = String::from(if elastic { ": raise `instances.max`" } else { "" });
    let Some(next) = next_bottleneck(window, holds, root) else {
        return Some(format!("more instances, or a faster handler, would help{how}"));
    };
    // What it does with so many, it does at the next one's limit. A hair's breadth more is no instance.
    let needed = (instances as f64 * holds.work(&root.actor) * next.scale - 0.02).ceil() as usize;
    let more = needed.saturating_sub(instances).max(1);
    if computes(actor) {
        if has_no_cores(window) {
            return Some(no_cores(window));
        }
        if instances + more > window.arbiters {
            let advice =
                "more instances would help if each had a thread of its own: a `bulkhead` has `threads`";
            return Some(advice.into());
        }
        how.push_str(", if each has a thread of its own (`bulkhead`)");
    }
    let verb = if window.finished { "would have moved" } else { "would move" };
    let next = name(next.actor);
    Some(match more {
        1 => format!("one more instance {verb} the bottleneck to {next}{how}"),
        2..=FEW => format!("{} more instances {verb} the bottleneck to {next}{how}", number(more)),
        _ => format!("more instances would help: {next}, the next bottleneck, is far from its limit{how}"),
    })
}

/// Whether the handler of an actor computes, on a thread that it shares. One that awaits something never has to let its
/// neighbours have their turn; and neighbours in the topology share a thread, as further instances would.
fn computes(actor: &ActorWindow) -> bool {
    let elsewhere = actor.about.as_ref().is_some_and(|about| about.blocking || about.bulkhead.is_some());
    actor.own(Hold::Arbiter) >= COMPUTES && !elsewhere
}

/// The actor that would be the bottleneck next.
struct Next<'a> {
    actor: &'a str,
    /// How many times as much it can do as now.
    scale: f64,
}

/// Of all actors before and behind the root, the one that is at its limit first when more comes through.
///
/// A stage or consumer is, when it has no time left. A producer is, when it is not held any more: whether it works or waits
/// for its source, its messages come no faster.
fn next_bottleneck<'a>(window: &'a Window, holds: &Holds<'a>, root: &Root) -> Option<Next<'a>> {
    let before = root.holds.iter().filter_map(|held| Some(window.actors.get_key_value(held)?.0.as_str()));
    let behind = holds.downstream(&root.actor).into_iter();
    let behind = behind.filter(|name| !root.holds.iter().any(|held| held == name));
    let limits = before.chain(behind).filter_map(|name| {
        let actor = window.actors.get(name)?;
        let used = if actor.is_producer() { 1.0 - holds.held(name) } else { holds.work(name) };
        (used > 0.001).then(|| Next { actor: name, scale: (1.0 / used).max(1.0) })
    });
    limits.min_by(|one, other| one.scale.total_cmp(&other.scale))
}

//! What would help.

use super::holds::Holds;
use super::roots::{CROWDED, is_throttle};
use super::window::{ActorWindow, Window};
use super::words::{name, number};
use super::{Root, RootKind};
use tidegate::Hold;
use tidegate::topology::Routing;

/// Past so many instances it is not said how many more exactly.
const FEW: usize = 8;

/// An actor that waits for its turn on its thread for this share computes; one that awaits something hardly ever does.
const COMPUTES: f64 = 0.01;

/// What would help against `root`; nothing where there is nothing to be done.
pub(super) fn advice(window: &Window, holds: &Holds<'_>, root: &Root) -> Option<String> {
    let actor = &window.actors[&root.actor];
    let about = actor.about.as_ref();
    Some(match root.kind {
        RootKind::Busy => return busy(window, holds, root, actor),
        RootKind::Stuck => "look at what its handler waits for".into(),
        RootKind::BreakerOpen => "see in the log why its calls fail; it tries one from time to time".into(),
        RootKind::Paused if window.finished => return None,
        RootKind::Paused => "resume it".into(),
        RootKind::RateLimited => match about.and_then(|about| about.rate_limit.as_ref()) {
            Some(limit) => format!("raise `rate_limits.{limit}.rate` if more may pass"),
            None if actor.report.rate.is_some() => {
                "it feels for its rate by itself; raise its `max` if more may pass".into()
            }
            None if is_throttle(actor) => "raise its `rate` if more may pass".into(),
            None => "raise its limit in `rate_limits` if more may pass".into(),
        },
        RootKind::Restarting => {
            "see in the log why it fails; `restart.backoff` says how long it waits".into()
        }
        RootKind::Retrying => "see in the log why it fails; `on_error.backoff` says how long it waits".into(),
        RootKind::BulkheadFull => match about.and_then(|about| about.bulkhead.as_ref()) {
            Some(bulkhead) => format!("raise `bulkheads.{bulkhead}.max_in_flight`"),
            None => "raise `max_in_flight` of its bulkhead".into(),
        },
        RootKind::ThreadsSaturated => match about.and_then(|about| about.bulkhead.as_ref()) {
            Some(bulkhead) => format!("raise `bulkheads.{bulkhead}.threads` if there are cores for them"),
            None => {
                format!("raise `runtime.arbiters`, which is {}, if there are cores for more", window.arbiters)
            }
        },
        RootKind::Overloaded => {
            "give it more instances or a faster handler, if it should lose nothing".into()
        }
        RootKind::KeepsMessages => "raise its `capacity` if it may keep more".into(),
        RootKind::SmallMailbox => {
            let capacity = actor.report.mailbox.as_ref().map_or(0, |mailbox| mailbox.capacity);
            format!("raise its `mailbox.capacity`, which is {capacity}")
        }
        RootKind::Deadlock => "give the way back more capacity, or a mailbox that drops".into(),
        RootKind::SlowSource => return None,
    })
}

fn busy(window: &Window, holds: &Holds<'_>, root: &Root, actor: &ActorWindow) -> Option<String> {
    if actor.is_producer() {
        return Some("it is a producer: only a faster source would help".into());
    }
    let instances = actor.instances();
    if actor.own(Hold::Order) >= CROWDED {
        return Some(
            "without `ordered` they would not wait for each other, if the order does not matter".into(),
        );
    }
    if instances > 1 && !root.holds.is_empty() && actor.idle > 0.3 {
        let routing = actor.about.as_ref().map(|about| about.routing);
        return Some(match routing {
            Some(Routing::Hash) => "a `key` that spreads its messages more evenly would help".into(),
            Some(Routing::RoundRobin) => "`routing = \"shared\"` would let those that are free help".into(),
            _ => "spread its messages more evenly over them".into(),
        });
    }
    if matches!(
        actor.report.actor.as_str(),
        "file" | "stdout" | "table" | "zip" | "concat" | "Zip" | "Concat"
    ) {
        return Some("it can have one instance only: send it less, or split what it gets".into());
    }
    let about = actor.about.as_ref();
    let (least, most) = about.map_or((instances, instances), |about| about.instances);
    if least < most && instances < most {
        return Some(format!("it may grow to {} instances by itself", number(most)));
    }
    let elastic = least < most || actor.report.scaled_up > 0;
    let raise = if elastic { ": raise `instances.max`" } else { "" };
    Some(match next_bottleneck(window, holds, root) {
        Some(Next { actor, scale }) => {
            // What it does with so many, it does at the next one's limit. A hair's breadth more is no instance.
            let needed = (instances as f64 * holds.work(&root.actor) * scale - 0.02).ceil() as usize;
            let more = needed.saturating_sub(instances).max(1);
            if let Some(advice) = too_few_threads(window, root, instances, instances + more) {
                return Some(advice);
            }
            let verb = if window.finished { "would have moved" } else { "would move" };
            match more {
                1 => format!("one more instance {verb} the bottleneck to {}{raise}", name(actor)),
                2..=FEW => {
                    format!("{} more instances {verb} the bottleneck to {}{raise}", number(more), name(actor))
                }
                _ => format!(
                    "more instances would help: {}, the next bottleneck, is far from its limit{raise}",
                    name(actor)
                ),
            }
        }
        None => format!("more instances, or a faster handler, would help{raise}"),
    })
}

/// What to say instead where an actor would need more threads than there are for the instances that it needs. It is one whose
/// handler computes: others never have to let their neighbours have their turn.
fn too_few_threads(window: &Window, root: &Root, instances: usize, needed: usize) -> Option<String> {
    let actor = &window.actors[&root.actor];
    let elsewhere = actor.about.as_ref().is_some_and(|about| about.blocking || about.bulkhead.is_some());
    let arbiters = window.arbiters;
    if actor.own(Hold::Arbiter) < COMPUTES || elsewhere || needed <= arbiters || arbiters == 0 {
        return None;
    }
    Some(match arbiters.saturating_sub(instances) {
        0 => format!("more instances would help with more `runtime.arbiters` only, which is {arbiters}"),
        1 => {
            format!("one more instance would help: then there are as many as arbiters, {}", number(arbiters))
        }
        more => format!(
            "{} more instances would help: then there are as many as arbiters, {}",
            number(more),
            number(arbiters)
        ),
    })
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
    let behind = holds.downstream(&root.actor);
    let candidates =
        before.chain(behind.into_iter().filter(|name| !root.holds.iter().any(|held| held == name)));
    let limits = candidates.filter_map(|name| {
        let actor = window.actors.get(name)?;
        let used = if actor.is_producer() { 1.0 - holds.held(name) } else { holds.work(name) };
        (used > 0.001).then(|| Next { actor: name, scale: (1.0 / used).max(1.0) })
    });
    limits.min_by(|one, other| one.scale.total_cmp(&other.scale))
}

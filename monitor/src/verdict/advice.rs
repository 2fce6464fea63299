//! What would help.

use super::holds::Holds;
use super::kinds::{is_resumed, is_throttle, load};
use super::window::Window;
use super::words::number;
use super::{Root, RootKind, instances};

/// Threads that are busy for less than this share have time left.
const FREE: f64 = 0.75;

/// What would help against `root`; nothing where there is nothing to be done.
pub(super) fn advice(window: &Window, holds: &Holds<'_>, root: &Root) -> Option<String> {
    let actor = &window.actors[&root.actor];
    let about = actor.about.as_ref();
    Some(match root.kind {
        RootKind::Busy => return instances::advice(window, holds, root, actor),
        RootKind::Stuck => "look at what its handler waits for".into(),
        RootKind::BreakerOpen => "see in the log why its calls fail; it tries one from time to time".into(),
        RootKind::Paused if window.finished || is_resumed(window, actor) => return None,
        RootKind::Paused => "resume it".into(),
        RootKind::RateLimited => match about.and_then(|about| about.rate_limit.as_ref()) {
            Some(limit) => format!("raise `rate_limits.{limit}.rate` if more may pass"),
            None if actor.report.rate.is_some() => {
                "it feels for its rate by itself; raise its `max` if more may pass".into()
            }
            // Without a description it may have a `rate` of its own, or name a limit that it shares.
            None if is_throttle(actor) && about.is_none() => "raise that if more may pass".into(),
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
        RootKind::ThreadsSaturated if has_no_cores(window) => no_cores(window),
        RootKind::ThreadsSaturated => match about.and_then(|about| about.bulkhead.as_ref()) {
            Some(bulkhead) => format!("raise `bulkheads.{bulkhead}.threads` if there are cores for them"),
            None if load(window) < FREE => {
                "others have time left: `arbiter` or a `bulkhead` puts it on another thread than its neighbours".into()
            }
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

/// Whether the threads are as many as the cores, and busy.
pub(super) fn has_no_cores(window: &Window) -> bool {
    window.cores.is_some_and(|cores| window.arbiters >= cores) && load(window) >= FREE
}

/// What is left to be done then.
pub(super) fn no_cores(window: &Window) -> String {
    let cores = match window.cores {
        Some(cores @ 2..) => format!("the {} cores are", number(cores)),
        _ => "the only core is".into(),
    };
    format!("{cores} used up: only faster handlers, or a machine with more cores, would help")
}

//! What may be the matter with an actor, and since when.

use super::RootKind;
use super::window::{ActorWindow, Window};
use tidegate::topology::Routing;
use tidegate::{Activity, ActorState, Hold};

/// An actor that is idle for this share is not slow.
pub(super) const TIME_LEFT: f64 = 0.3;

/// A handler is called stuck if its call takes at least so long, in seconds,
const STUCK_SECONDS: f64 = 1.0;

/// and so many times as long as its calls took before;
const STUCK_TIMES: f64 = 10.0;

/// or, if there were none, so long, in seconds.
const STUCK_AT_FIRST_SECONDS: f64 = 10.0;

/// From this share on it is the matter that an actor waits for its bulkhead, its thread or the order of its instances, however
/// busy it is otherwise.
pub(super) const CROWDED: f64 = 0.2;

/// What may hold up an actor without any other having a part in it, and for what share it does.
pub(super) fn reasons(actor: &ActorWindow) -> [(RootKind, f64); 5] {
    [
        (RootKind::Paused, Hold::Operator),
        (RootKind::BreakerOpen, Hold::BreakerOpen),
        (RootKind::Restarting, Hold::Restart),
        (RootKind::Retrying, Hold::Retry),
        (RootKind::RateLimited, Hold::RateLimit),
    ]
    .map(|(kind, hold)| (kind, actor.own(hold)))
}

/// The share that says how bad it is.
pub(super) fn share(kind: RootKind, actor: &ActorWindow) -> f64 {
    match kind {
        RootKind::BulkheadFull => actor.own(Hold::Bulkhead),
        RootKind::ThreadsSaturated if actor.own(Hold::Arbiter) >= CROWDED => actor.own(Hold::Arbiter),
        RootKind::SlowSource => actor.busy.max(actor.idle),
        RootKind::KeepsMessages => actor.idle,
        RootKind::Deadlock => actor.blocked,
        RootKind::RateLimited if is_throttle(actor) => actor.busy,
        _ => reasons(actor)
            .into_iter()
            .find(|(other, _)| *other == kind)
            .map_or(actor.busy, |(_, share)| share),
    }
}

/// Whether it lets messages through at a rate, and waits for that in its handler.
pub(super) fn is_throttle(actor: &ActorWindow) -> bool {
    matches!(actor.report.actor.as_str(), "throttle" | "Throttle")
}

/// Whether an operator keeps all of it from going on at the end of the window.
pub(super) fn is_paused(window: &Window, actor: &ActorWindow) -> bool {
    let now = &actor.report.time.now;
    !window.finished && !now.is_empty() && now.iter().all(|now| now.cause == Some(Hold::Operator))
}

/// Whether no part of it is paused by an operator any more, although it goes on.
pub(super) fn is_resumed(window: &Window, actor: &ActorWindow) -> bool {
    !window.finished && actor.report.time.now.iter().all(|now| now.cause != Some(Hold::Operator))
}

/// Whether one of its instances does not come back from a call.
pub(super) fn is_stuck(window: &Window, actor: &ActorWindow) -> bool {
    if actor.report.state == ActorState::Stuck {
        return true;
    }
    let Some(seconds) = busy_seconds(actor) else { return false };
    let done = [actor.report.failed, actor.report.dropped.discarded];
    // A recording may say anything.
    let done = done.into_iter().fold(actor.report.handled, u64::saturating_add);
    let usual = (actor.report.time.busy_seconds - seconds) / done as f64;
    let most = if done > 0 { STUCK_TIMES * usual } else { STUCK_AT_FIRST_SECONDS };
    let moved = (actor.handled > 0 || actor.failed > 0) && !window.from_start;
    !actor.is_producer()
        && !moved
        && seconds >= most.max(STUCK_SECONDS)
        && (window.from_start || seconds >= window.seconds())
        && !is_throttle(actor)
}

/// For how long the instance has been busy that has been for longest, in seconds.
pub(super) fn busy_seconds(actor: &ActorWindow) -> Option<f64> {
    let now = actor.report.time.now.iter().filter(|now| now.activity == Activity::Busy);
    now.map(|now| now.seconds).max_by(f64::total_cmp)
}

/// Since when, in seconds since the start of the topology, if that can be known; `nearest` is the actor held next to it.
pub(super) fn since(window: &Window, name: &str, kind: RootKind, nearest: Option<&str>) -> Option<f64> {
    if window.finished {
        return None;
    }
    let actor = &window.actors[name];
    let hold = match kind {
        RootKind::Stuck => return busy_seconds(actor).map(|seconds| window.to_seconds - seconds),
        RootKind::Paused if is_resumed(window, actor) => return None,
        RootKind::Paused => Some(Hold::Operator),
        RootKind::BreakerOpen => Some(Hold::BreakerOpen),
        _ => None,
    };
    let now = actor.report.time.now.iter().filter(|now| hold.is_some() && now.cause == hold);
    if let Some(seconds) = now.map(|now| now.seconds).max_by(f64::total_cmp) {
        return Some(window.to_seconds - seconds);
    }
    let held = window.actors.get(nearest?)?;
    let total = held.report.time.blocked_seconds;
    let in_window = held.blocked * held.lived_seconds;
    if window.from_start || held.blocked < 0.5 {
        return None;
    }
    let instances = held.instances() as f64;
    let lasted = if total - in_window < in_window / 100.0 { total } else { total / held.blocked };
    Some((window.to_seconds - lasted / instances).max(0.0))
}

/// Whether an actor has instances with time left beside one that gets more than it can do. Those that share a mailbox never do.
pub(super) fn is_uneven(actor: &ActorWindow) -> bool {
    let routing = actor.about.as_ref().map(|about| about.routing);
    actor.instances() > 1 && actor.idle >= TIME_LEFT && routing != Some(Routing::Shared)
}

/// For what share of the time of all threads there was something to do, as far as handlers do not wait for something.
pub(super) fn load(window: &Window) -> f64 {
    let blocking = |actor: &&ActorWindow| actor.about.as_ref().is_some_and(|about| about.blocking);
    let at_work = window.actors.values().filter(|actor| !blocking(actor));
    let busy: f64 = at_work.map(|actor| actor.busy * actor.lived_seconds).sum();
    let threads = window.arbiters as f64 * window.seconds();
    if threads > 0.0 { busy / threads } else { 0.0 }
}

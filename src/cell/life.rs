//! The life of a cell: its actor works, fails perhaps and is made anew, and ends.
//!
//! ```text
//!            ┌────── goes on: retried, skipped, dead-lettered ─────┐
//!            ▼                                                     │
//!   made ─▶ works ──────────────────── fails or panics ──▶ recover ┤
//!    ▲        │                                                    │
//!    │        ▼                                                    ├─▶ stop: the branch or the topology
//!    │       ends                                                  │
//!    └───────────── after a while, a few times ◀──── restart ──────┘
//! ```

use super::contain::{self, Panic, contained};
use super::controls::Controls;
use super::core::{Break, Core, Exit, Kept, Setup, Traits};
use super::end::{CellEnd, Doing, Failure, after_hook};
use crate::Limit;
use crate::error::Result;
use crate::message::Message;
use crate::outlet::Outputs;
use crate::time::Duration;
use std::rc::Rc;

/// Makes an actor anew.
pub(crate) type Remake<A> = Box<dyn FnMut() -> Result<A> + Send>;

/// The core of a cell that runs a `W`.
pub(super) type CoreOf<W> = Core<<W as Worker>::In, <<W as Worker>::Out as Outputs>::Ports>;

/// An actor, whatever its role, with the loop that calls it.
pub(super) trait Worker: Sized + 'static {
    type In: Message;
    type Out: Outputs;

    fn traits(&self) -> Traits;

    /// Calls the actor until it ends or fails. One that is not `fresh` has failed, and goes on.
    async fn work(
        &mut self,
        out: &mut Self::Out,
        core: &mut CoreOf<Self>,
        fresh: bool,
    ) -> Result<Exit, Break>;

    /// What it has kept and thrown away.
    fn kept(&self) -> Kept;

    /// Gives it the limit it shares, if it keeps to that by itself; otherwise its cell does.
    fn use_limit(&mut self, limit: &Limit);

    /// Whether it does.
    const KEEPS_TO_LIMIT: bool;

    /// How many of the messages it handled last are not safe yet.
    fn unsettled(&self) -> usize;

    /// Tells a producer that has ended what is done, until all of it is. Nobody else is told.
    async fn hear_acknowledgements(&mut self, core: &mut CoreOf<Self>);

    fn on_stop(&mut self) -> impl Future<Output = Result>;
}

/// What follows a failure.
pub(super) enum Recovery {
    /// The actor goes on as it is.
    GoOn,
    /// It is made anew after this long.
    Restart(Duration),
}

/// Runs an actor, and those that are made in its place, to the end.
pub(super) async fn live<W: Worker>(
    mut first: W,
    mut remake: impl FnMut() -> Result<W>,
    mut setup: Setup,
    controls: Rc<Controls>,
) -> CellEnd {
    let limit = if W::KEEPS_TO_LIMIT { setup.limit.take() } else { None };
    let asked = contain::sync(|| {
        limit.iter().for_each(|limit| first.use_limit(limit));
        first.traits()
    });
    // One that cannot say what it is never runs; its links and its account are closed like those of any other.
    let (traits, mut stillborn) = match asked {
        Ok(traits) => (traits, None),
        Err(Panic(text)) => (Traits::UNKNOWN, Some(Failure::panic(text, Doing::Hook("start")))),
    };
    let (mut out, mut core) = Core::open::<W::Out>(setup, &traits, controls);
    let (mut actor, mut fresh) = (Some(first), true);
    let mut exit = loop {
        if let Some(failure) = stillborn.take() {
            break Err(Break::Failed(failure));
        }
        let Some(worker) = &mut actor else { break Err(Break::Stopped) };
        let worked = contained(worker.work(&mut out, &mut core, fresh)).await;
        let broken = match worked.unwrap_or_else(|panic| Err(core.panicked(panic))) {
            Err(broken @ (Break::Failed(_) | Break::Restart(..))) => broken,
            exit => break exit,
        };
        core.tracked.iter_mut().for_each(|tracked| tracked.leaves(unsettled(worker)));
        let recovered = contained(core.recover(&mut out, broken)).await;
        match recovered.unwrap_or_else(|panic| Err(core.panicked(panic))) {
            Ok(Recovery::GoOn) => {
                fresh = false;
                core.pass_unless_retried();
            }
            Ok(Recovery::Restart(wait)) => {
                core.pass_unless_retried();
                retire(actor.take(), &mut core).await;
                let mut make = || {
                    let mut renewed = remake()?;
                    limit.iter().for_each(|limit| renewed.use_limit(limit));
                    Ok(renewed)
                };
                match renew(&mut make, wait, &mut core).await {
                    Ok(renewed) => (actor, fresh) = (Some(renewed), true),
                    Err(exit) => break exit,
                }
            }
            Err(broken) => break Err(broken),
        }
    };
    let kept = actor.as_ref().and_then(|actor| contain::sync(|| actor.kept()).ok());
    let unsettled = match exit {
        // Nobody waits for what nobody wants.
        Ok(Exit::Unwanted(unwanted)) if unwanted.cancelled => Some(0),
        _ => actor.as_ref().and_then(unsettled),
    };
    core.tracked.iter_mut().for_each(|tracked| tracked.leaves(unsettled));
    out.hand_on(&mut core.ports.0);
    core.close(&exit, kept.unwrap_or_default());
    if core.tracked.is_some()
        && core.may_stop(&exit)
        && let Some(actor) = &mut actor
    {
        let told = contained(actor.hear_acknowledgements(&mut core)).await;
        exit = after_hook("on_acknowledged", exit, told.map(Ok));
    }
    if core.may_stop(&exit)
        && let Some(actor) = &mut actor
    {
        exit = after_hook("on_stop", exit, contained(core.hook("on_stop", actor.on_stop())).await);
    }
    let _ = contain::sync(|| drop((actor, out)));
    core.end(exit)
}

/// Ends an actor in whose place another one will be.
async fn retire<W: Worker>(actor: Option<W>, core: &mut CoreOf<W>) {
    let Some(mut actor) = actor else { return };
    let Kept { held, discarded } = contain::sync(|| actor.kept()).unwrap_or_default();
    core.abandon_held(held as usize);
    core.discarded_before += discarded;
    if !core.has_panicked {
        let stopped = contained(core.hook("on_stop", actor.on_stop())).await;
        if let Ok(Err(Break::Failed(failure))) = stopped {
            tracing::warn!(actor = %core.name, "{failure}");
        }
    }
    core.tracked.iter_mut().for_each(|tracked| tracked.begins_anew(held > 0 || unsettled(&actor) != Some(0)));
    let _ = contain::sync(|| drop(actor));
}

/// How many of the messages it handled last are not safe yet; `None` if it cannot say so.
fn unsettled<W: Worker>(actor: &W) -> Option<usize> {
    contain::sync(|| actor.unsettled()).ok()
}

/// Makes an actor anew after a while. That this fails is a failure like any other.
async fn renew<W: Worker>(
    remake: &mut impl FnMut() -> Result<W>,
    mut wait: Duration,
    core: &mut CoreOf<W>,
) -> Result<W, Result<Exit, Break>> {
    loop {
        core.wait_for_restart(wait).await?;
        core.counts.restarts += 1;
        core.supervisor.runs();
        let failure = match contain::sync(&mut *remake) {
            Ok(Ok(actor)) => {
                core.tell_anew();
                return Ok(actor);
            }
            Ok(Err(error)) => Failure::error(error, Doing::Hook("restart")),
            Err(Panic(text)) => Failure::panic(text, Doing::Hook("restart")),
        };
        wait = match core.restart_or_stop(failure) {
            Ok(wait) => wait,
            Err(broken) => return Err(Err(broken)),
        };
    }
}

//! The loop of producers.

use super::call::{Called, GivesWay, Lent};
use super::contain::{self, contained};
use super::controls::Controls;
use super::core::{Break, Core, Exit, Setup, Step, Traits};
use super::end::{CellEnd, Doing, Failure, after_stop};
use crate::actor::{Next, OnError, Producer};
use crate::error::Result;
use crate::ledger::ActorState;
use crate::message::Message;
use crate::outlet::{Outputs, PortSet};
use crate::signal::SignalKind;
use crate::time::{self, Instant, Sleep};
use std::future::poll_fn;
use std::mem;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;

/// Producers have no input; this stands for its type.
type CoreOf<A> = Core<(), <<A as Producer>::Out as Outputs>::Ports>;

/// Runs a producer until it is done, drained or stopped.
pub(crate) async fn produce<A: Producer>(mut actor: A, setup: Setup, controls: Rc<Controls>) -> CellEnd {
    let traits = Traits {
        max_emit: actor.max_emit(),
        reaction: actor.reaction(),
        tick_every: actor.tick_every(),
        on_error: OnError::Stop,
        gives_way: if actor.is_cancel_safe() { GivesWay::ToNews } else { GivesWay::ToDrain },
    };
    let (mut out, mut core) = Core::open::<A::Out>(setup, &traits, controls);
    let worked = contained(work(&mut actor, &mut out, &mut core)).await;
    let mut exit = worked.unwrap_or_else(|panic| {
        Err(Break::Failed(Failure { error: panic.0, doing: Doing::Hook(core.hook), panicked: true }))
    });
    let held = contain::sync(|| actor.held()).unwrap_or(0);
    core.close(&exit, held);
    if core.may_stop(&exit) {
        exit = after_stop(exit, contained(core.hook("on_stop", actor.on_stop())).await);
    }
    let _ = contain::sync(|| drop((actor, out)));
    core.end(exit)
}

async fn work<A: Producer>(actor: &mut A, out: &mut A::Out, core: &mut CoreOf<A>) -> Result<Exit, Break> {
    core.hook("on_start", actor.on_start(out)).await?;
    core.place(out).await?;
    core.started();
    let mut sleep = None;
    while !actor.is_finished() {
        core.hook = "held";
        core.counts.held = actor.held() as u64;
        match core.step_at(&mut sleep).await {
            Step::Go => match run(actor, out, core).await? {
                Next::More => {}
                Next::After(wait) => sleep = Some(Box::pin(time::sleep(wait))),
                Next::At(moment) => sleep = Some(Box::pin(time::sleep_until(moment))),
                Next::Done => break,
            },
            Step::News => {
                tell(actor, core);
                if core.change_settings(|key, value| actor.set(key, value)) {
                    // When it is to be called next may be another moment now: it is asked.
                    sleep = None;
                }
            }
            Step::Tick => {
                core.hook("on_tick", actor.on_tick(out)).await?;
                core.place(out).await?;
            }
            Step::Ended => break,
            Step::Unwanted(unwanted) => return Ok(Exit::Unwanted(unwanted)),
            Step::Stopped => return Err(Break::Stopped),
        }
    }
    core.counts.held = actor.held() as u64;
    core.hook("on_end", actor.on_end(out)).await?;
    core.place(out).await?;
    Ok(Exit::Ended)
}

/// Calls the producer as often as nobody needs to be asked; what it wants after that. Control cannot come in between:
/// it would have to run on this thread.
async fn run<A: Producer>(actor: &mut A, out: &mut A::Out, core: &mut CoreOf<A>) -> Result<Next, Break> {
    core.hook = "produce";
    let mut left = core.run_length(usize::MAX);
    let mut next = Next::More;
    while left > 0 && next == Next::More && !actor.is_finished() {
        let called = match calls_now(actor, out, core, &mut left) {
            Some(called) => Called::Done(called),
            None => {
                let (gives_way, core) = (core.gives_way, Lent::new(&mut *core));
                let calls = pin!(calls(actor, out, &core, &mut left));
                CoreOf::<A>::call_or_drop(&core, gives_way, calls).await?
            }
        };
        match called {
            Called::Done(Some(called)) => next = settle::<A>(out, core, called, &mut left).await?,
            Called::Done(None) => {}
            // What it emitted before it was dropped stands: nothing failed.
            Called::Dropped => {
                core.place(out).await?;
                core.pulse.give_back(mem::take(&mut left));
            }
        }
        if let Next::At(moment) = next
            && moment <= Instant::now()
        {
            next = Next::More;
        }
    }
    core.pulse.give_back(left);
    core.gather();
    Ok(next)
}

/// Calls the producer again and again, as long as that is done at once; the result of the first call after which it does
/// not simply go on. `None` if the next call may have to wait.
#[inline(never)]
fn calls_now<A: Producer>(
    actor: &mut A,
    out: &mut A::Out,
    core: &mut CoreOf<A>,
    left: &mut usize,
) -> Option<Option<Result<Next>>> {
    loop {
        let next = actor.produce_now(out)?;
        *left -= 1;
        if !matches!(next, Ok(Next::More)) || !out.hand_on(&mut core.ports.0) {
            return Some(Some(next));
        }
        if *left == 0 || actor.is_finished() {
            return Some(None);
        }
    }
}

/// The same for calls that may have to wait, until one does; the result of the first call after which it does not simply go on.
async fn calls<A: Producer>(
    actor: &mut A,
    out: &mut A::Out,
    lent: &Lent<'_, CoreOf<A>>,
    left: &mut usize,
) -> Option<Result<Next>> {
    loop {
        let next = actor.produce(out).await;
        let core = lent.take();
        *left -= 1;
        if !matches!(next, Ok(Next::More)) || !core.passes(out) {
            return Some(next);
        }
        if *left == 0 || actor.is_finished() {
            return None;
        }
        lent.put_back(core);
    }
}

/// Sees to a call that does not simply go on: it failed, waited, sent, or says what comes next.
async fn settle<A: Producer>(
    out: &mut A::Out,
    core: &mut CoreOf<A>,
    next: Result<Next>,
    left: &mut usize,
) -> Result<Next, Break> {
    let next = next.map_err(|error| core.hook_failure(error))?;
    if !core.is_caught_up(out) {
        core.pulse.give_back(mem::take(left));
        core.gather();
        core.catch_up().await?;
    }
    if core.link_error.is_some() {
        return Err(core.link_failure());
    }
    out.accept(&mut core.ports.0).map_err(|error| core.hook_failure(error))?;
    Ok(next)
}

/// Tells the actor what its downstream mailboxes said.
fn tell<A: Producer>(actor: &mut A, core: &mut CoreOf<A>) {
    while let Some(signal) = core.next_news() {
        match signal.kind() {
            SignalKind::Backpressure => actor.on_backpressure(&signal),
            SignalKind::Resume => actor.on_resume(&signal),
        }
    }
}

impl<T: Message, P: PortSet> Core<T, P> {
    /// What comes next, once `sleep` is over.
    async fn step_at(&mut self, sleep: &mut Option<Pin<Box<Sleep>>>) -> Step {
        poll_fn(|cx| {
            self.poll_step(cx, |core, cx| {
                if let Some(sleeping) = sleep {
                    if sleeping.as_mut().poll(cx).is_pending() {
                        core.rest(ActorState::Running);
                        return Poll::Pending;
                    }
                    *sleep = None;
                }
                Poll::Ready(Step::Go)
            })
        })
        .await
    }
}

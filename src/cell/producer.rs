//! The loop of producers.

use super::acknowledge;
use super::call::{Called, GivesWay, Lent};
use super::controls::Controls;
use super::core::{Break, Core, Exit, Kept, Setup, Step, Traits};
use super::end::CellEnd;
use super::life::{Remake, Worker, live};
use crate::Limit;
use crate::actor::{Next, OnError, Producer};
use crate::error::Result;
use crate::ledger::{ActorState, Doing, Hold};
use crate::message::Message;
use crate::outlet::{Outputs, PortSet};
use crate::signal::SignalKind;
use crate::time::{self, Instant, Sleep};
use std::future::poll_fn;
use std::mem;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;

/// Runs a producer until it is done, drained or stopped; `remake` makes it anew.
pub(crate) async fn produce<A: Producer>(
    actor: A,
    mut remake: Remake<A>,
    setup: Setup,
    controls: Rc<Controls>,
) -> CellEnd {
    live(Source(actor), move || remake().map(Source), setup, controls).await
}

struct Source<A>(A);

type CoreOf<A> = super::life::CoreOf<Source<A>>;

impl<A: Producer> Worker for Source<A> {
    /// Producers have no input; this stands for its type.
    type In = ();
    type Out = A::Out;

    fn traits(&self) -> Traits {
        Traits {
            max_emit: self.0.max_emit(),
            reaction: self.0.reaction(),
            tick_every: self.0.tick_every(),
            detached: false,
            on_error: OnError::Stop,
            gives_way: if self.0.is_cancel_safe() { GivesWay::ToNews } else { GivesWay::ToDrain },
        }
    }

    async fn work(&mut self, out: &mut A::Out, core: &mut CoreOf<A>, fresh: bool) -> Result<Exit, Break> {
        work(&mut self.0, out, core, fresh).await
    }

    fn kept(&self) -> Kept {
        Kept { held: self.0.held() as u64, discarded: self.0.discarded() }
    }

    fn use_limit(&mut self, _: &Limit) {}

    const KEEPS_TO_LIMIT: bool = false;

    fn unsettled(&self) -> usize {
        0
    }

    async fn hear_acknowledgements(&mut self, core: &mut CoreOf<A>) {
        acknowledge::tell_all(&mut self.0, core).await;
    }

    fn on_stop(&mut self) -> impl Future<Output = Result> {
        self.0.on_stop()
    }
}

async fn work<A: Producer>(
    actor: &mut A,
    out: &mut A::Out,
    core: &mut CoreOf<A>,
    fresh: bool,
) -> Result<Exit, Break> {
    if fresh {
        core.hook("on_start", actor.on_start(out)).await?;
        core.place(out).await?;
        core.started();
    }
    let mut sleep: Option<Pin<Box<Sleep>>> = None;
    let mut waits_for = Doing::Idle;
    while !actor.is_finished() {
        core.hook = "held";
        core.counts.held = actor.held() as u64;
        if core.tracked.is_some() {
            acknowledge::tell(actor, core);
        }
        core.counts.discarded = core.discarded_before + actor.discarded();
        core.deadline.ask(actor.wake_at());
        match core.step_at(&mut sleep, waits_for).await {
            Step::Go => {
                let (next, why) = run(actor, out, core).await?;
                waits_for = why;
                match next {
                    Next::More => {}
                    Next::After(wait) => sleep = Some(Box::pin(time::sleep(wait))),
                    Next::At(moment) => sleep = Some(Box::pin(time::sleep_until(moment))),
                    Next::Done => break,
                }
            }
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
            Step::Wake => {
                core.hook("on_wake", actor.on_wake(out)).await?;
                core.place(out).await?;
            }
            Step::Ended => break,
            Step::Unwanted(unwanted) => return Ok(Exit::Unwanted(unwanted)),
            Step::Stopped => return Err(Break::Stopped),
        }
    }
    core.ending = true;
    core.counts.held = actor.held() as u64;
    core.hook("on_end", actor.on_end(out)).await?;
    core.place(out).await?;
    Ok(Exit::Ended)
}

/// Calls the producer as often as nobody needs to be asked; what it wants after that, and what it does if that is to wait. Control cannot come in between:
/// it would have to run on this thread.
async fn run<A: Producer>(
    actor: &mut A,
    out: &mut A::Out,
    core: &mut CoreOf<A>,
) -> Result<(Next, Doing), Break> {
    core.hook = "produce";
    if core.strikes.is_due() {
        let gives_way = core.gives_way;
        // What it waited with is gone: it asks for room anew.
        return match Box::pin(core.strike(gives_way)).await? {
            Some(error) => Err(core.hook_failure(error)),
            None => Ok((Next::More, Doing::Idle)),
        };
    }
    let most = core.strikes.calls(core.strikes.messages_left(|| core.ports.0.passed()));
    if most == 0 {
        return Ok((Next::Done, Doing::Idle));
    }
    let mut left = core.run_length(most);
    core.strikes.made(left);
    let allowed = match core.keep_pace(&mut left) {
        Ok(allowed) => allowed,
        Err(turn) => {
            core.pulse.give_back(left);
            return Ok((Next::At(turn), Doing::Blocked(Hold::RateLimit)));
        }
    };
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
    if let Some(allowed) = allowed {
        core.settle_pace(&allowed);
    }
    Ok((next, Doing::Idle))
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
    let mut calls = *left;
    let stopped_at = loop {
        let Some(next) = actor.produce_now(out) else { break None };
        calls -= 1;
        if !matches!(next, Ok(Next::More)) || !out.is_usual() {
            break Some(Some(next));
        }
        out.pass();
        if calls == 0 || actor.is_finished() {
            break Some(None);
        }
    };
    *left = calls;
    out.hand_on(&mut core.ports.0);
    stopped_at
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

/// What the pace allows a run, and how many messages had passed before.
struct Allowed {
    calls: usize,
    passed: u64,
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
    /// Lowers `most` to what the pace allows, if anything limits it; or says when the next call may be made.
    fn keep_pace(&mut self, most: &mut usize) -> Result<Option<Allowed>, Instant> {
        let Some(pace) = &mut self.pace else { return Ok(None) };
        let calls = pace.allow(*most)?;
        self.pulse.give_back(*most - calls);
        *most = calls;
        Ok(Some(Allowed { calls, passed: self.ports.0.passed() }))
    }

    /// What the calls of a run emitted counts, not how many there were.
    fn settle_pace(&mut self, Allowed { calls, passed }: &Allowed) {
        let made = self.ports.0.passed() - passed;
        self.pace.iter().for_each(|pace| pace.settle(*calls, made));
    }

    /// What comes next, once `sleep` is over; `waits_for` is what it does meanwhile.
    async fn step_at(&mut self, sleep: &mut Option<Pin<Box<Sleep>>>, waits_for: Doing) -> Step {
        poll_fn(|cx| {
            self.poll_step(cx, |core, cx| {
                if let Some(sleeping) = sleep {
                    if sleeping.as_mut().poll(cx).is_pending() {
                        core.rest(ActorState::Running);
                        core.hours.turn(waits_for, None, Instant::now);
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

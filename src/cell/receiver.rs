//! The loop of stages and consumers.

use super::call::{GivesWay, Lent};
use super::contain::{self, contained};
use super::controls::Controls;
use super::core::{Break, Core, Exit, Setup, Step, Traits};
use super::end::{CellEnd, Doing, Failure, after_stop};
use crate::actor::{Now, OnError, Stage};
use crate::dead_letter::DeadLetter;
use crate::error::{BoxError, Result};
use crate::ledger::ActorState;
use crate::message::Message;
use crate::outlet::{Outputs, PortSet, room};
use crate::signal::SignalKind;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

type CoreOf<S> = Core<<S as Stage>::In, <<S as Stage>::Out as Outputs>::Ports>;

/// So many failed messages are logged one by one; the ledger counts all of them.
const LOGGED: u64 = 10;

/// Runs a stage, or a consumer in the guise of one, until it has ended.
pub(crate) async fn receive<S: Stage>(mut actor: S, setup: Setup, controls: Rc<Controls>) -> CellEnd {
    let traits = Traits {
        max_emit: actor.max_emit(),
        reaction: actor.reaction(),
        tick_every: actor.tick_every(),
        on_error: actor.on_error(),
        gives_way: GivesWay::Never,
    };
    let (mut out, mut core) = Core::open::<S::Out>(setup, &traits, controls);
    let worked = contained(work(&mut actor, &mut out, &mut core)).await;
    let mut exit = worked.unwrap_or_else(|panic| {
        let doing = if core.in_hand() { core.doing() } else { Doing::Hook(core.hook) };
        Err(Break::Failed(Failure { error: panic.0, doing, panicked: true }))
    });
    let held = contain::sync(|| actor.held()).unwrap_or(0);
    core.close(&exit, held);
    if core.may_stop(&exit) {
        exit = after_stop(exit, contained(core.hook("on_stop", actor.on_stop())).await);
    }
    let _ = contain::sync(|| drop((actor, out)));
    core.end(exit)
}

async fn work<S: Stage>(actor: &mut S, out: &mut S::Out, core: &mut CoreOf<S>) -> Result<Exit, Break> {
    core.hook("on_start", actor.on_start(out)).await?;
    core.place(out).await?;
    core.started();
    core.copies = core.makes_copies();
    while !actor.is_finished() {
        core.hook = "held";
        core.counts.held = actor.held() as u64;
        match core.step().await {
            Step::Go => run(actor, out, core).await?,
            Step::News => {
                while let Some(signal) = core.next_news() {
                    match signal.kind() {
                        SignalKind::Backpressure => actor.on_backpressure(&signal),
                        SignalKind::Resume => actor.on_resume(&signal),
                    }
                }
                core.change_settings(|key, value| actor.set(key, value));
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
    core.finish_input();
    if core.input_failed {
        core.hook = "on_input_failed";
        actor.on_input_failed();
    }
    core.counts.held = actor.held() as u64;
    core.hook("on_end", actor.on_end(out)).await?;
    core.place(out).await?;
    Ok(Exit::Ended)
}

/// Handles the messages for which nobody needs to be asked. Control cannot come in between: it would have to run on
/// this thread.
async fn run<S: Stage>(actor: &mut S, out: &mut S::Out, core: &mut CoreOf<S>) -> Result<(), Break> {
    core.hook = "is_finished";
    core.begin_run();
    while core.intake.allowed() > 0 && !actor.is_finished() {
        let stopped_at = match calls_now(actor, out, core) {
            Calls::Waits(message) => {
                let core = Lent::new(&mut *core);
                CoreOf::<S>::call(&core, pin!(calls(actor, message, out, &core))).await?
            }
            Calls::Done(stopped_at) => stopped_at,
        };
        let Some(result) = stopped_at else { break };
        settle(actor, out, core, result).await?;
    }
    core.end_run();
    Ok(())
}

/// What became of some calls.
enum Calls<T> {
    /// All are done, but for the result of one that needs a closer look.
    Done(Option<Result>),
    /// The next one may have to wait.
    Waits(T),
}

/// Calls the actor with one message after the other, as long as that is done at once.
#[inline(never)]
fn calls_now<S: Stage>(actor: &mut S, out: &mut S::Out, core: &mut CoreOf<S>) -> Calls<S::In> {
    while let Some(message) = core.start_next() {
        match actor.handle_now(message, out) {
            Now::Done(result) if result.is_err() || !out.hand_on(&mut core.ports.0) => {
                return Calls::Done(Some(result));
            }
            Now::Done(_) => core.counts.handled += 1,
            Now::Later(message) => return Calls::Waits(message),
        }
        if actor.is_finished() {
            break;
        }
    }
    Calls::Done(None)
}

/// The same for calls that may have to wait, from `message` on: until one does.
///
/// It is one future for many calls, because to make one for each costs more than many a call. The compiler turns it into a
/// loop.
async fn calls<S: Stage>(
    actor: &mut S,
    mut message: S::In,
    out: &mut S::Out,
    lent: &Lent<'_, CoreOf<S>>,
) -> Option<Result> {
    loop {
        let result = actor.handle(message, out).await;
        let core = lent.take();
        if result.is_err() || !core.passes(out) {
            return Some(result);
        }
        core.counts.handled += 1;
        if actor.is_finished() {
            return None;
        }
        message = core.start_next()?;
        lent.put_back(core);
    }
}

/// Sees to a call that failed, waited, sent, or emitted what it may not.
#[cold]
async fn settle<S: Stage>(
    actor: &S,
    out: &mut S::Out,
    core: &mut CoreOf<S>,
    result: Result,
) -> Result<(), Break> {
    if !core.is_caught_up(out) {
        core.end_run();
        core.catch_up().await?;
    }
    let refused = core.link_error.take();
    let result = result.and_then(|()| refused.map_or(Ok(()), |error| Err(error.into())));
    match result.and_then(|()| out.accept(&mut core.ports.0)) {
        Ok(()) => core.counts.handled += 1,
        Err(error) => {
            out.withdraw(&mut core.ports.0);
            if actor.is_finished() {
                core.cancel();
            } else {
                core.fail(&error)?;
            }
        }
    }
    Ok(())
}

impl<T: Message, P: PortSet> Core<T, P> {
    async fn step(&mut self) -> Step {
        poll_fn(|cx| {
            self.poll_step(cx, |core, cx| {
                if core.intake.at_hand() > 0 || core.intake.refill() {
                    return Poll::Ready(Step::Go);
                }
                core.rest(ActorState::Running);
                core.intake.poll_refill(cx).map(|more| if more { Step::Go } else { Step::Ended })
            })
        })
        .await
    }

    /// Begins a run of calls: for messages at hand, as long as there is room for what they lead to.
    fn begin_run(&mut self) {
        let length = self.run_length(self.intake.at_hand());
        self.intake.allow(length);
        self.attentive = self.copies || self.blocking || self.intake.weighs();
    }

    /// Ends the run, if it is not over.
    fn end_run(&mut self) {
        self.pulse.give_back(self.intake.allowed());
        self.intake.allow(0);
        self.gather();
        if let Some(in_flight) = &mut self.in_flight {
            in_flight.end();
        }
    }

    /// The next message of the run.
    #[inline]
    fn start_next(&mut self) -> Option<T> {
        let message = self.intake.start_next()?;
        if self.attentive {
            self.attend_to(&message);
        }
        Some(message)
    }

    #[inline(never)]
    fn attend_to(&mut self, message: &T) {
        self.intake.weigh(message);
        if self.copies {
            self.copy = Some(message.clone());
        }
        if self.blocking {
            // It may block from here on, so everything is brought up to date now.
            self.counts.in_handler = 1;
            self.hand_over();
        }
    }

    /// Whether a copy of each message must be made before it is handled: for dead letters, and where none is left in the
    /// chunk.
    fn makes_copies(&mut self) -> bool {
        let dead_letters = self.on_error == OnError::DeadLetter && room::is_linked(&mut self.ports.1);
        dead_letters && std::mem::needs_drop::<T>()
    }

    /// A copy of the message in hand, if there is one.
    fn copy(&self) -> Option<&T> {
        self.copy.as_ref().or(self.intake.last())
    }

    /// The actor wants no more, and that goes for the message in hand.
    #[cold]
    fn cancel(&mut self) {
        self.others += 1;
        self.intake.cancel_one();
    }

    /// A message failed: count it, and do what `on_error` says.
    #[cold]
    fn fail(&mut self, error: &BoxError) -> Result<(), Break> {
        if self.on_error == OnError::Stop {
            // `close` counts it.
            let doing = self.doing();
            return Err(Break::Failed(Failure { error: error.to_string(), doing, panicked: false }));
        }
        self.counts.failed += 1;
        if self.counts.failed <= LOGGED {
            tracing::warn!(actor = %self.name, "{error}");
            if self.counts.failed == LOGGED {
                tracing::warn!(actor = %self.name, "further failures are counted and not logged");
            }
        }
        if room::is_linked(&mut self.ports.1)
            && let Some(message) = self.copy.take().or_else(|| self.intake.last().cloned())
        {
            let letter = DeadLetter::new(&self.name, &error.to_string(), 1, message);
            self.counts.dead_lettered += 1;
            self.hook = "dead_letters";
            self.ports.1.offer(letter).map_err(|error| self.hook_failure(error))?;
        }
        Ok(())
    }

    /// The message in hand.
    fn doing(&self) -> Doing {
        // Rendering is user code, too.
        let rendered = self.copy().and_then(|message| contain::sync(|| format!("{message:?}")).ok());
        Doing::Message { position: self.intake.position(), rendered }
    }
}

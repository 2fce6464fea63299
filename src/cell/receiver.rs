//! The loop of stages and consumers.

use super::call::GivesWay;
use super::contain::{self, contained};
use super::controls::Controls;
use super::core::{Break, Core, Exit, Setup, Step, Traits};
use super::end::{CellEnd, Doing, Failure, after_stop};
use crate::actor::{OnError, Stage};
use crate::dead_letter::DeadLetter;
use crate::error::{BoxError, Result};
use crate::ledger::ActorState;
use crate::message::Message;
use crate::outlet::{Outputs, PortSet, room};
use crate::signal::SignalKind;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll};

type CoreOf<S> = Core<<S as Stage>::In, <<S as Stage>::Out as Outputs>::Ports>;

/// Copies of messages up to this many bytes that own nothing are free: then an error can show its message.
const SMALL: usize = 64;

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
    let mut copy = None;
    let worked = contained(work(&mut actor, &mut out, &mut core, &mut copy)).await;
    let mut exit = worked.unwrap_or_else(|panic| {
        let doing = if core.in_hand { doing(&core, copy.as_ref()) } else { Doing::Hook(core.hook) };
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

async fn work<S: Stage>(
    actor: &mut S,
    out: &mut S::Out,
    core: &mut CoreOf<S>,
    copy: &mut Option<S::In>,
) -> Result<Exit, Break> {
    core.hook("on_start", actor.on_start(out)).await?;
    core.place(out).await?;
    core.started();
    let copies = core.keeps_copies();
    while !actor.is_finished() {
        core.hook = "held";
        core.counts.held = actor.held() as u64;
        match core.step().await {
            Step::Go => run(actor, out, core, copy, copies).await?,
            Step::News => {
                while let Some(signal) = core.next_news() {
                    match signal.kind() {
                        SignalKind::Backpressure => actor.on_backpressure(&signal),
                        SignalKind::Resume => actor.on_resume(&signal),
                    }
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
#[inline]
async fn run<S: Stage>(
    actor: &mut S,
    out: &mut S::Out,
    core: &mut CoreOf<S>,
    copy: &mut Option<S::In>,
    copies: bool,
) -> Result<(), Break> {
    core.hook = "is_finished";
    let waker = core.waker();
    let mut left = core.run_length(core.intake.at_hand());
    while left > 0 && !actor.is_finished() {
        left -= 1;
        let Some(message) = core.start_next() else { break };
        if copies {
            *copy = Some(message.clone());
        }
        let mut result = {
            // Pinned where it is made: a future that is moved costs more than many a handler.
            let mut handling = pin!(actor.handle(message, out));
            match handling.as_mut().poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(result) => result,
                Poll::Pending => {
                    core.pulse.give_back(std::mem::take(&mut left));
                    let result = core.finish(handling).await?;
                    core.room().await?;
                    result
                }
            }
        };
        if out.sent() {
            core.placed().await?;
            if let (Some(error), true) = (core.link_error.take(), result.is_ok()) {
                result = Err(error.into());
            }
        }
        if result.is_ok() {
            result = out.collect(&mut core.ports.0);
        }
        core.in_hand = false;
        match result {
            Ok(()) => core.counts.handled += 1,
            Err(error) => {
                out.withdraw();
                if actor.is_finished() {
                    core.cancel();
                } else {
                    core.fail(&error, copy)?;
                }
            }
        }
    }
    core.counts.in_handler = 0;
    core.pulse.give_back(left);
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

    #[inline]
    fn start_next(&mut self) -> Option<T> {
        let message = self.intake.start_next()?;
        self.in_hand = true;
        if self.blocking {
            // It may block from here on, so everything is brought up to date now.
            self.counts.in_handler = 1;
            self.hand_over();
        }
        Some(message)
    }

    /// Copies are kept where dead letters need them, and where they cost nothing.
    fn keeps_copies(&mut self) -> bool {
        let dead_letters = self.on_error == OnError::DeadLetter && room::is_linked(&mut self.ports.1);
        dead_letters || (!std::mem::needs_drop::<T>() && size_of::<T>() <= SMALL)
    }

    /// The actor wants no more, and that goes for the message in hand.
    #[cold]
    fn cancel(&mut self) {
        self.others += 1;
        self.intake.cancel_one();
    }

    /// A message failed: count it, and do what `on_error` says.
    #[cold]
    fn fail(&mut self, error: &BoxError, copy: &mut Option<T>) -> Result<(), Break> {
        if self.on_error == OnError::Stop {
            // `close` counts it.
            self.in_hand = true;
            let doing = doing(self, copy.as_ref());
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
            && let Some(message) = copy.take()
        {
            let letter = DeadLetter::new(&self.name, &error.to_string(), 1, message);
            self.counts.dead_lettered += 1;
            self.hook = "dead_letters";
            self.ports.1.offer(letter).map_err(|error| self.hook_failure(error))?;
        }
        Ok(())
    }
}

fn doing<T: Message, P: PortSet>(core: &Core<T, P>, message: Option<&T>) -> Doing {
    // Rendering is user code, too.
    let rendered = message.and_then(|message| contain::sync(|| format!("{message:?}")).ok());
    Doing::Message { position: core.intake.position(), rendered }
}

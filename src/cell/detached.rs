//! Detached stages: messages are taken in whatever the downstream mailboxes say, and what there is to emit is asked for
//! when there is room.
//!
//! ```text
//!   mailbox ──handle──▶ [ what the actor holds ] ──on_room──▶ links
//!             takes_input           has_output, room for it, and no hold
//! ```
//!
//! Output goes first: as long as downstream keeps up, each message is passed on before the next is taken.

use super::call::{GivesWay, Lent};
use super::core::{Break, Core, Step};
use super::receiver::CoreOf;
use crate::actor::{Now, Stage};
use crate::error::Result;
use crate::ledger::{ActorState, Hold};
use crate::message::Message;
use crate::outlet::{Outputs, PortSet, room};
use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll};

/// What a detached actor wants, and what it may do about it.
#[derive(Default)]
pub(crate) struct Output {
    /// Whether the actor has something to emit.
    wanted: bool,
    /// Whether it takes messages.
    takes: bool,
    /// Whether it has been told that it must wait before it may emit: for room, or until nobody holds it.
    waits: bool,
}

impl Output {
    /// Asks the actor.
    pub(super) fn ask(&mut self, actor: &impl Stage) {
        (self.wanted, self.takes) = (actor.has_output(), actor.takes_input());
    }
}

/// Calls the actor with messages at hand, and to emit, as long as nobody needs to be asked.
pub(super) async fn run<S: Stage>(
    actor: &mut S,
    out: &mut S::Out,
    core: &mut CoreOf<S>,
) -> Result<(), Break> {
    let (mut room, waits) = core.begin_detached();
    let mut again = if core.supervisor.retries() { core.try_again() } else { None };
    loop {
        core.hook = "has_output";
        // A message that is handled again has had its turn counted.
        if actor.is_finished() || (again.is_none() && core.pulse.take(1) == 0) {
            break;
        }
        if again.is_none() && actor.has_output() {
            if room > 0 {
                room -= 1;
                core.emit(actor, out)?;
                continue;
            }
            if !waits {
                // It must ask for room first.
                break;
            }
        }
        if again.is_none() && !actor.takes_input() {
            break;
        }
        let Some(message) = again.take().or_else(|| core.start_next()) else { break };
        let struck = if core.strikes.is_due() { Box::pin(core.strike(GivesWay::Never)).await? } else { None };
        if struck.is_none() {
            core.strikes.made(1);
        }
        let result =
            match struck.map_or_else(|| actor.handle_now(message, out), |error| Now::Done(Err(error))) {
                Now::Done(result) => result,
                Now::Later(message) => {
                    let lent = Lent::new(&mut *core);
                    CoreOf::<S>::call(&lent, pin!(actor.handle(message, out))).await?
                }
            };
        let (result, waited) = core.place_call(out, result).await?;
        match result {
            Ok(()) => core.succeeded(),
            Err(_) if actor.is_finished() => core.cancel(),
            Err(error) => {
                core.room_for_dead_letter().await?;
                core.message_failed(&error.to_string(), false)?;
                break;
            }
        }
        if waited {
            break;
        }
    }
    core.intake.allow(0);
    core.gather();
    Ok(())
}

impl<T: Message, P: PortSet> Core<T, P> {
    /// What comes next.
    pub(super) async fn detached_step(&mut self) -> Step {
        poll_fn(|cx| self.poll_step(cx, Self::poll_detached)).await
    }

    fn poll_detached(&mut self, cx: &mut Context<'_>) -> Poll<Step> {
        if self.supervisor.retries() {
            if self.supervisor.poll_retry(cx).is_pending() {
                self.counts.in_handler = 1;
                self.rest(ActorState::Running);
                self.is_blocked(Hold::Retry);
                return Poll::Pending;
            }
            return Poll::Ready(Step::Go);
        }
        let Output { wanted, takes, .. } = *self.output.get_or_insert_default();
        let may_emit = wanted && self.poll_emit(cx).is_ready();
        let waits = wanted && !may_emit;
        self.output = Some(Output { wanted, takes, waits });
        if may_emit || (takes && (self.intake.at_hand() > 0 || self.intake.refill())) {
            self.intake.stop_waiting();
            return Poll::Ready(Step::Go);
        }
        match waits {
            // It stands in line for room, and stays there.
            true if !self.is_held_by_links() => self.hand_over(),
            true => self.rest(ActorState::Paused),
            false => self.rest(ActorState::Running),
        }
        if !takes {
            self.intake.stop_waiting();
        } else if let Poll::Ready(more) = self.intake.poll_refill(cx) {
            return Poll::Ready(if more { Step::Go } else { Step::Ended });
        }
        match waits {
            // The wait for room has been told.
            true if !self.is_held_by_links() => {}
            true => self.is_held(),
            false => self.is_idle(),
        }
        Poll::Pending
    }

    /// Waits until the actor may emit.
    fn poll_emit(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.is_held_by_links() {
            room::let_go(&mut self.ports);
            return Poll::Pending;
        }
        let calls = self.intake.at_hand().max(1);
        self.poll_need(self.need, calls, cx)
    }

    /// Begins a run: how often the actor may emit, and whether it must wait before it may emit more.
    fn begin_detached(&mut self) -> (usize, bool) {
        if std::mem::take(&mut self.room_lent) {
            self.ports.recall_room();
        }
        self.interrupted = false;
        self.allow(self.intake.at_hand());
        let waits = self.output.as_ref().is_some_and(|output| output.waits);
        let room = if waits || self.is_held_by_links() { 0 } else { self.ports.credits() / self.need };
        (room, waits)
    }

    /// Has the actor emit, in room that is reserved.
    fn emit<S: Stage>(&mut self, actor: &mut S, out: &mut S::Out) -> Result<(), Break>
    where
        S::Out: Outputs<Ports = P>,
    {
        self.hook = "on_room";
        actor.on_room(out).map_err(|error| self.hook_failure(error))?;
        if out.is_usual() {
            out.pass();
            out.hand_on(&mut self.ports.0);
            return Ok(());
        }
        out.accept(&mut self.ports.0).map_err(|error| self.hook_failure(error))
    }

    /// Waits for room for the dead letter of a message that was handled without any, if there will be one.
    #[cold]
    async fn room_for_dead_letter(&mut self) -> Result<(), Break> {
        if !room::is_linked(&mut self.ports.1) {
            return Ok(());
        }
        self.gather();
        self.counts.in_handler = 1;
        self.rest(ActorState::Waiting);
        self.is_blocked(Hold::Full);
        poll_fn(|cx| {
            if let Err(stopped) = self.listen(cx) {
                return Poll::Ready(Err(stopped));
            }
            room::poll_room(&mut self.ports.1, 1, cx).map(Ok)
        })
        .await?;
        self.is_busy();
        self.counts.in_handler = 0;
        Ok(())
    }
}

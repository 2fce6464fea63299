//! The loop of stages and consumers.

use super::call::{Called, GivesWay, Lent};
use super::controls::Controls;
use super::core::{Break, Core, Exit, Kept, Setup, Step, Traits};
use super::detached;
use super::end::CellEnd;
use super::guard::TimedOut;
use super::life::{Remake, Worker, live};
use super::ordered::run_in_order;
use crate::Limit;
use crate::actor::{Now, Stage};
use crate::error::Result;
use crate::ledger::ActorState;
use crate::message::Message;
use crate::outlet::{Outputs, PortSet, room};
use crate::signal::SignalKind;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

/// Runs a stage, or a consumer in the guise of one, until it has ended; `remake` makes it anew.
pub(crate) async fn receive<S: Stage>(
    actor: S,
    mut remake: Remake<S>,
    setup: Setup,
    controls: Rc<Controls>,
) -> CellEnd {
    live(Receiver(actor), move || remake().map(Receiver), setup, controls).await
}

pub(super) struct Receiver<S>(S);

pub(super) type CoreOf<S> = super::life::CoreOf<Receiver<S>>;

impl<S: Stage> Worker for Receiver<S> {
    type In = S::In;
    type Out = S::Out;

    fn traits(&self) -> Traits {
        Traits {
            max_emit: self.0.max_emit(),
            reaction: self.0.reaction(),
            tick_every: self.0.tick_every(),
            detached: self.0.is_detached(),
            on_error: self.0.on_error(),
            gives_way: GivesWay::Never,
        }
    }

    async fn work(&mut self, out: &mut S::Out, core: &mut CoreOf<S>, fresh: bool) -> Result<Exit, Break> {
        work(&mut self.0, out, core, fresh).await
    }

    fn kept(&self) -> Kept {
        Kept { held: self.0.held() as u64, discarded: self.0.discarded() }
    }

    fn use_limit(&mut self, limit: &Limit) {
        self.0.use_limit(limit.clone());
    }

    const KEEPS_TO_LIMIT: bool = true;

    fn unsettled(&self) -> usize {
        self.0.unsettled()
    }

    async fn hear_acknowledgements(&mut self, _: &mut CoreOf<S>) {}

    fn on_stop(&mut self) -> impl Future<Output = Result> {
        self.0.on_stop()
    }
}

async fn work<S: Stage>(
    actor: &mut S,
    out: &mut S::Out,
    core: &mut CoreOf<S>,
    fresh: bool,
) -> Result<Exit, Break> {
    if fresh {
        core.letter = S::dead_letter;
        core.hook("on_start", actor.on_start(out)).await?;
        core.place(out).await?;
        core.started();
        core.copies = core.makes_copies();
    }
    while core.ask("is_finished", || !actor.is_finished()) {
        core.counts.held = core.ask("held", || actor.held()) as u64;
        core.counts.discarded = core.discarded_before + core.ask("discarded", || actor.discarded());
        let wake_at = core.ask("wake_at", || actor.wake_at());
        core.deadline.ask(wake_at);
        if core.tracked.is_some() {
            let unsettled = core.ask("unsettled", || actor.unsettled());
            core.tracked.iter_mut().for_each(|tracked| tracked.unsettled = unsettled as u64);
        }
        if core.careful {
            tell_breaker(actor, core);
        }
        if S::JOINS {
            core.ask_which_input(actor);
        }
        let step = match &mut core.output {
            None => core.step().await,
            Some(output) => {
                core.hook = "has_output";
                output.ask(actor);
                core.detached_step().await
            }
        };
        match step {
            Step::Go if core.output.is_some() => detached::run(actor, out, core).await?,
            Step::Go if core.careful => run_with_care(actor, out, core).await?,
            Step::Go if core.intake.is_in_order() => run_in_order(actor, out, core).await?,
            Step::Go => {
                if S::JOINS {
                    core.tell_ends(actor);
                }
                run(actor, out, core).await?;
            }
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
            Step::Wake => {
                core.hook("on_wake", actor.on_wake(out)).await?;
                core.place(out).await?;
            }
            Step::Ended => break,
            Step::Unwanted(unwanted) => return Ok(Exit::Unwanted(unwanted)),
            Step::Stopped => return Err(Break::Stopped),
        }
    }
    if S::JOINS {
        let unmatched = core.ask("unmatched", || actor.unmatched());
        core.cancel_unmatched(unmatched);
    }
    core.finish_input();
    if core.input_failed {
        core.hook = "on_input_failed";
        actor.on_input_failed();
    }
    core.counts.held = core.ask("held", || actor.held()) as u64;
    core.hook("on_end", actor.on_end(out)).await?;
    core.place(out).await?;
    Ok(Exit::Ended)
}

/// The next call where something is to be minded: a message is handled again, or the breaker is not closed.
#[cold]
async fn run_with_care<S: Stage>(actor: &mut S, out: &mut S::Out, core: &mut CoreOf<S>) -> Result<(), Break> {
    tell_breaker(actor, core);
    if core.is_shedding() {
        return core.shed();
    }
    let handled = core.counts.handled;
    match core.try_again() {
        Some(message) => run_one(actor, message, out, core).await?,
        None if core.intake.is_in_order() => run_in_order(actor, out, core).await?,
        None => run(actor, out, core).await?,
    }
    if core.counts.handled > handled {
        core.trial_succeeded();
    }
    Ok(())
}

/// Handles one message by itself: one that failed before, or one whose turn it must be.
pub(super) async fn run_one<S: Stage>(
    actor: &mut S,
    message: S::In,
    out: &mut S::Out,
    core: &mut CoreOf<S>,
) -> Result<(), Break> {
    let struck = if core.strikes.is_due() {
        let gives_way = core.time_limit();
        Box::pin(core.strike(gives_way)).await?
    } else {
        None
    };
    if struck.is_none() {
        core.strikes.made(1);
    }
    let result = match struck.map_or_else(|| actor.handle_now(message, out), |error| Now::Done(Err(error))) {
        Now::Done(result) => result,
        Now::Later(message) => {
            let (gives_way, lent) = (core.time_limit(), Lent::new(&mut *core));
            match CoreOf::<S>::call_or_drop(&lent, gives_way, pin!(actor.handle(message, out))).await? {
                Called::Done(result) => result,
                Called::Dropped => Err(TimedOut.into()),
            }
        }
    };
    core.wait_for_turn().await?;
    settle(actor, out, core, result).await?;
    core.end_run();
    core.pass_unless_retried();
    Ok(())
}

/// Tells the actor what became of its breaker.
#[cold]
fn tell_breaker<S: Stage>(actor: &mut S, core: &mut CoreOf<S>) {
    if let Some(state) = core.breaker_news() {
        actor.on_breaker(state);
    }
}

/// Handles the messages for which nobody needs to be asked. Control cannot come in between: it would have to run on
/// this thread.
async fn run<S: Stage>(actor: &mut S, out: &mut S::Out, core: &mut CoreOf<S>) -> Result<(), Break> {
    core.hook = "is_finished";
    let struck = core.strikes.is_due();
    core.begin_run();
    if struck && let Some(message) = core.start_next() {
        return Box::pin(run_one(actor, message, out, core)).await;
    }
    core.strikes.made(core.intake.allowed());
    while core.intake.allowed() > 0 && !actor.is_finished() {
        let stopped_at = match calls_now(actor, out, core) {
            Calls::Waits(message) => {
                let (gives_way, lent) = (core.time_limit(), Lent::new(&mut *core));
                match CoreOf::<S>::call_or_drop(&lent, gives_way, pin!(calls(actor, message, out, &lent)))
                    .await?
                {
                    Called::Done(stopped_at) => stopped_at,
                    Called::Dropped => Some(Err(TimedOut.into())),
                }
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
    let mut calls = Calls::Done(None);
    let mut goes_on = true;
    if !core.attentive {
        // In a loop of its own, where the optimiser sees all there is.
        let mut handled = Handled { calls: 0, count: &mut core.counts.handled };
        for message in core.intake.run() {
            goes_on = passes(actor.handle_now(message, out), out, &mut calls);
            handled.calls += u64::from(goes_on);
            goes_on = goes_on && !actor.is_finished();
            if !goes_on {
                break;
            }
        }
    }
    while goes_on && let Some(message) = core.start_next() {
        goes_on = passes(actor.handle_now(message, out), out, &mut calls);
        core.counts.handled += u64::from(goes_on);
        goes_on = goes_on && !actor.is_finished();
    }
    out.hand_on(&mut core.ports.0);
    calls
}

/// Whether a call needs no closer look; otherwise `calls` is what became of it.
#[inline]
fn passes<T>(call: Now<T>, out: &mut impl Outputs, calls: &mut Calls<T>) -> bool {
    let passes = matches!(call, Now::Done(Ok(()))) && out.is_usual();
    if passes {
        out.pass();
    } else {
        *calls = match call {
            Now::Done(result) => Calls::Done(Some(result)),
            Now::Later(message) => Calls::Waits(message),
        };
    }
    passes
}

/// Counts calls in a register, and adds them up at the end, even if that is a panic.
struct Handled<'a> {
    calls: u64,
    count: &'a mut u64,
}

impl Drop for Handled<'_> {
    #[inline]
    fn drop(&mut self) {
        *self.count += self.calls;
    }
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
pub(super) async fn settle<S: Stage>(
    actor: &S,
    out: &mut S::Out,
    core: &mut CoreOf<S>,
    result: Result,
) -> Result<(), Break> {
    core.timer = None;
    if !core.is_caught_up(out) {
        core.end_run();
        core.catch_up().await?;
    }
    let refused = core.link_error.take();
    let result = result.and_then(|()| refused.map_or(Ok(()), |error| Err(error.into())));
    match result.and_then(|()| out.accept(&mut core.ports.0)) {
        Ok(()) => core.succeeded(),
        Err(error) => {
            out.withdraw(&mut core.ports.0);
            if actor.is_finished() {
                core.cancel();
            } else {
                core.message_failed(&error.to_string(), false)?;
            }
        }
    }
    Ok(())
}

impl<T: Message, P: PortSet> Core<T, P> {
    async fn step(&mut self) -> Step {
        poll_fn(|cx| {
            self.poll_step(cx, |core, cx| {
                if core.careful {
                    return core.poll_careful(cx);
                }
                if core.intake.at_hand() > 0 || core.intake.refill() {
                    return Poll::Ready(Step::Go);
                }
                core.rest(ActorState::Running);
                let more = core.intake.poll_refill(cx);
                if more.is_pending() {
                    core.is_idle();
                }
                more.map(|more| if more { Step::Go } else { Step::Ended })
            })
        })
        .await
    }

    /// Begins a run of calls: for messages at hand, as long as there is room for what they lead to.
    pub(super) fn begin_run(&mut self) {
        // One at a time where each may be a trial.
        let most = self.strikes.calls(if self.careful { 1 } else { usize::MAX });
        let length = self.run_length(self.intake.at_hand().min(most));
        self.allow(length);
        if let Some(trace) = &mut self.trace {
            trace.begin(self.counts.handled);
        }
    }

    /// Lets at most `most` messages be started.
    pub(super) fn allow(&mut self, most: usize) {
        self.intake.allow(most);
        self.attentive = self.copies || self.blocking || self.intake.weighs();
    }

    /// Attends to a message that was started outside a run, if need be.
    pub(super) fn is_started(&mut self, message: &T) {
        if self.copies || self.blocking || self.intake.weighs() {
            self.attend_to(message);
        }
    }

    /// Ends the run, if it is not over.
    pub(super) fn end_run(&mut self) {
        // A detached stage takes its turns one by one, with each call.
        if self.output.is_none() {
            self.pulse.give_back(self.intake.allowed());
        }
        self.intake.allow(0);
        self.gather();
        if let Some(trace) = &mut self.trace {
            trace.end(self.counts.handled);
        }
        if let Some(in_flight) = &mut self.in_flight {
            in_flight.end();
        }
    }

    /// The next message of the run.
    #[inline]
    pub(super) fn start_next(&mut self) -> Option<T> {
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

    /// Whether a copy of each message must be made before it is handled: where a failure may need one, and none is left in
    /// the chunk.
    pub(super) fn makes_copies(&mut self) -> bool {
        let letters = room::is_linked(&mut self.ports.1);
        self.supervisor.needs_copies(letters) && std::mem::needs_drop::<T>()
    }

    /// A copy of the message in hand, if there is one.
    pub(super) fn copy(&self) -> Option<&T> {
        self.copy.as_ref().or(self.intake.last())
    }
}

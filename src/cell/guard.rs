//! What a cell does while its breaker is not closed, or a message waits to be handled again.
//!
//! None of this is reached while all is well: see `careful` in [`Core`].

use super::call::GivesWay;
use super::circuit::Circuit;
use super::core::{Break, Core, Step};
use crate::ledger::{ActorState, BreakerState, Hold};
use crate::message::Message;
use crate::outlet::{PortSet, room};
use crate::time::sleep;
use std::task::{Context, Poll, ready};

/// A call that waited for longer than its breaker allows was dropped.
#[derive(Debug, thiserror::Error)]
#[error("the call waited for longer than its `call_timeout`")]
pub(super) struct TimedOut;

/// What dead letters of messages say that were not even tried.
const SHED: &str = "the breaker is open";

impl<T: Message, P: PortSet> Core<T, P> {
    /// What comes next while there is something to be minded.
    pub(super) fn poll_careful(&mut self, cx: &mut Context<'_>) -> Poll<Step> {
        let retries = self.supervisor.retries();
        if self.poll_trial(cx).is_pending() && !self.is_shedding() {
            self.counts.in_handler = u64::from(retries);
            self.rest(ActorState::Paused);
            self.is_blocked(Hold::BreakerOpen);
            // The end of all input is heard, or it would keep everybody waiting until the next trial.
            return if retries { Poll::Pending } else { self.intake.poll_over(cx).map(|()| Step::Ended) };
        }
        if self.supervisor.poll_retry(cx).is_pending() {
            self.counts.in_handler = 1;
            self.rest(ActorState::Running);
            self.is_blocked(Hold::Retry);
            return Poll::Pending;
        }
        if retries || self.intake.at_hand() > 0 || self.intake.refill() {
            return Poll::Ready(Step::Go);
        }
        // A trial needs a message, and upstream actors that are held send none.
        self.intake.unbar();
        self.rest(ActorState::Running);
        let more = self.intake.poll_refill(cx);
        if more.is_pending() {
            self.is_idle();
        }
        more.map(|more| if more { Step::Go } else { Step::Ended })
    }

    /// Pending while the breaker is open.
    fn poll_trial(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(circuit) = self.supervisor.circuit() else { return Poll::Ready(()) };
        if ready!(circuit.poll_trial(cx)) {
            self.note_turn();
        }
        Poll::Ready(())
    }

    /// A call has failed, whatever becomes of its message.
    pub(super) fn call_failed(&mut self) {
        let Some(circuit) = self.supervisor.circuit() else { return };
        let holds = !circuit.sheds();
        if circuit.failed() {
            self.end_run();
            if holds {
                self.intake.bar();
            }
            self.note_turn();
        }
    }

    /// A message was handled while not all was well.
    pub(super) fn trial_succeeded(&mut self) {
        if self.supervisor.circuit().is_some_and(Circuit::succeeded) {
            self.intake.unbar();
            self.note_turn();
        }
    }

    /// The breaker has turned.
    fn note_turn(&mut self) {
        self.careful = true;
        self.note_circuit();
        self.publish();
        match self.supervisor.circuit() {
            Some(circuit) if circuit.is_open() => {
                tracing::warn!(actor = %self.name, reset = ?circuit.reset(), "the breaker is open");
            }
            Some(circuit) => tracing::info!(actor = %self.name, "the breaker is {}", circuit.state()),
            None => {}
        }
    }

    /// Brings the counts up to date with the breaker.
    pub(super) fn note_circuit(&mut self) {
        if let Some(circuit) = self.supervisor.circuit() {
            (self.counts.breaker, self.counts.opened) = (Some(circuit.state()), circuit.opened());
        }
    }

    /// The state of the breaker, if the actor is to be told of it.
    pub(super) fn breaker_news(&mut self) -> Option<BreakerState> {
        self.hook = "on_breaker";
        let news = self.supervisor.circuit().and_then(Circuit::news);
        self.careful = self.supervisor.needs_care();
        news
    }

    /// Whether messages are shed.
    pub(super) fn is_shedding(&mut self) -> bool {
        self.supervisor.circuit().is_some_and(|circuit| circuit.is_open() && circuit.sheds())
    }

    /// Sheds the messages at hand; where order is restored behind the instances, the one that it takes.
    pub(super) fn shed(&mut self) -> Result<(), Break> {
        (self.copies, self.attentive) = (false, self.intake.weighs());
        if self.intake.is_in_order() {
            let message = self.start_in_order();
            message.map_or(Ok(()), |message| self.shed_one(message))?;
            self.intake.pass();
        } else {
            let length = self.run_length(self.intake.at_hand());
            self.intake.allow(length);
            while let Some(message) = self.start_next() {
                self.shed_one(message)?;
            }
        }
        self.copies = self.makes_copies();
        self.end_run();
        Ok(())
    }

    fn shed_one(&mut self, message: T) -> Result<(), Break> {
        if room::is_linked(&mut self.ports.1) {
            self.counts.failed += 1;
            self.copy = Some(message);
            return self.write_letter(SHED, 0);
        }
        self.others += 1;
        self.intake.shed_one();
        Ok(())
    }

    /// When a call gives way.
    pub(super) fn time_limit(&mut self) -> GivesWay {
        match self.supervisor.circuit().and_then(|circuit| circuit.call_timeout()) {
            Some(_) => GivesWay::ToTimeout,
            None => GivesWay::Never,
        }
    }

    /// A call waits from now on.
    pub(super) fn start_timer(&mut self, gives_way: GivesWay) {
        if gives_way == GivesWay::ToTimeout {
            let timeout = self.supervisor.circuit().and_then(|circuit| circuit.call_timeout());
            self.timer = timeout.map(|timeout| Box::pin(sleep(timeout)));
        }
    }
}

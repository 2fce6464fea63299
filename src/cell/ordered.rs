//! One call of an instance behind which the order of input is restored; see [`Sequence`](crate::mailbox::Sequence).

use super::core::{Break, Core};
use super::receiver::{CoreOf, run_one};
use crate::actor::Stage;
use crate::ledger::{ActorState, Hold};
use crate::message::Message;
use crate::outlet::PortSet;
use std::future::poll_fn;
use std::task::Poll;

/// Handles one message, and hands on what comes of it when all that came before has been handed on.
pub(super) async fn run_in_order<S: Stage>(
    actor: &mut S,
    out: &mut S::Out,
    core: &mut CoreOf<S>,
) -> Result<(), Break> {
    match core.start_in_order() {
        Some(message) => run_one(actor, message, out, core).await,
        None => {
            // Another instance was faster.
            core.end_run();
            Ok(())
        }
    }
}

impl<T: Message, P: PortSet> Core<T, P> {
    /// The next message, if no other instance has taken it.
    pub(super) fn start_in_order(&mut self) -> Option<T> {
        self.hook = "emit";
        let taken = self.run_length(1);
        let message = self.intake.start_in_order();
        match &message {
            Some(message) => self.is_started(message),
            None => self.pulse.give_back(taken),
        }
        message
    }

    /// Waits until what the call emitted may be handed on. It keeps no room meanwhile: whoever has the turn may need it.
    pub(super) async fn wait_for_turn(&mut self) -> Result<(), Break> {
        if self.intake.is_its_turn() {
            return Ok(());
        }
        self.counts.in_handler = 1;
        self.rest(ActorState::Waiting);
        self.is_blocked(Hold::Order);
        // Whoever has the turn may need its place in the bulkhead to go on.
        if let Some(in_flight) = &mut self.in_flight {
            in_flight.end();
        }
        // As after a call that waited: there is no room for what it emitted before some is asked for.
        self.interrupted = true;
        poll_fn(|cx| match self.listen(cx) {
            Ok(()) => self.intake.poll_its_turn(cx).map(Ok),
            Err(stopped) => Poll::Ready(Err(stopped)),
        })
        .await?;
        self.is_busy();
        Ok(())
    }

    /// What came of the message is handed over; then the next may follow. One that is to be handled again keeps its turn.
    pub(super) fn pass_unless_retried(&mut self) {
        if self.intake.is_in_order() && !self.supervisor.retries() {
            self.gather();
            self.hand_over();
            self.intake.pass();
        }
    }
}

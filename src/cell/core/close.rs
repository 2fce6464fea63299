//! The end of a cell: what has become of everything is counted, and everybody is told.

use super::{Break, Core, Exit, Kept};
use crate::cell::acknowledge::Tracked;
use crate::cell::contain;
use crate::cell::end::CellEnd;
use crate::ledger::ActorState;
use crate::mailbox::Parting;
use crate::message::Message;
use crate::outlet::PortSet;
use crate::outlet::room;

impl<T: Message, P: PortSet> Core<T, P> {
    /// Ends the loop's side of everything: input, ports, counts.
    pub(in crate::cell) fn close(&mut self, exit: &Result<Exit, Break>, Kept { held, discarded }: Kept) {
        self.in_flight = None;
        (self.counts.held, self.counts.discarded) = (held, self.discarded_before + discarded);
        // User code again: `Clone` and `Keyed` of what was emitted. If that is what panicked, there is no more to say.
        let _ = contain::sync(|| self.ports.push_gathered());
        self.ports.abandon_desk();
        if self.tracked.is_some() {
            self.acknowledge();
        }
        let cancelled = match exit {
            Ok(Exit::Ended) => true,
            Ok(Exit::Unwanted(unwanted)) => unwanted.cancelled,
            Err(_) => {
                self.others += self.counts.leave_held();
                false
            }
        };
        if self.in_hand() {
            self.counts.in_handler = 0;
            match exit {
                Err(Break::Failed(_)) => self.counts.failed += 1,
                Ok(_) if cancelled => {
                    self.cancel();
                    self.acknowledge();
                }
                _ => {
                    self.counts.left += 1;
                    self.others += 1;
                }
            }
        }
        self.hand_over();
        self.intake.close(if cancelled { Parting::Finished } else { Parting::Cut });
        room::end(&mut self.ports, exit.is_err() || self.input_failed);
    }

    /// No more input comes or is wanted; what waits is cancelled, unless others read it, and so is a message that waits to be
    /// handled again.
    pub(in crate::cell) fn finish_input(&mut self) {
        if self.in_hand() {
            self.cancel();
        }
        self.hand_over();
        self.ending = true;
        self.input_failed = self.intake.input_failed();
        let goes_on = self.retiring && !self.intake.is_ended();
        self.intake.close(if goes_on { Parting::Retired } else { Parting::Finished });
    }

    /// The actor wants no more, and that goes for the message in hand.
    #[cold]
    pub(in crate::cell) fn cancel(&mut self) {
        self.others += 1;
        self.counts.in_handler = 0;
        self.supervisor.settled();
        self.intake.cancel_one();
    }

    /// What the actor holds is lost with it.
    pub(in crate::cell) fn abandon_held(&mut self, held: usize) {
        self.counts.held = held as u64;
        self.others += self.counts.leave_held();
    }

    /// Whether `on_stop` is to be called: not after a panic, when the state of the actor is unknown, nor after a
    /// forced stop.
    pub(in crate::cell) fn may_stop(&self, exit: &Result<Exit, Break>) -> bool {
        match exit {
            Ok(_) => true,
            Err(Break::Failed(failure)) => !failure.panicked,
            Err(Break::Stopped | Break::Restart(..)) => false,
        }
    }

    /// The last word.
    pub(in crate::cell) fn end(&mut self, exit: Result<Exit, Break>) -> CellEnd {
        let (state, end) = match exit {
            Ok(_) if self.tracked.as_ref().is_some_and(Tracked::has_lost) => {
                (ActorState::Ended, CellEnd::Lossy)
            }
            Ok(_) => (ActorState::Ended, CellEnd::Completed),
            Err(Break::Stopped) => (ActorState::Ended, CellEnd::Stopped),
            Err(Break::Failed(failure) | Break::Restart(failure, _)) => {
                (ActorState::Failed, CellEnd::Failed(failure))
            }
        };
        self.counts.state = state;
        self.publish();
        end
    }
}

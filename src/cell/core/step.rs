//! What a cell does next: control first, then its turn among the others, input, and room for what comes of it.

use super::{Core, Step};
use crate::cell::call::GivesWay;
use crate::ledger::{ActorState, Doing, Hold};
use crate::message::Message;
use crate::outlet::PortSet;
use crate::outlet::room;
use std::task::{Context, Poll};

impl<T: Message, P: PortSet> Core<T, P> {
    /// What comes next; `input` says whether there is something to call the actor with.
    pub(in crate::cell) fn poll_step(
        &mut self,
        cx: &mut Context<'_>,
        input: impl FnOnce(&mut Self, &mut Context<'_>) -> Poll<Step>,
    ) -> Poll<Step> {
        let poll = self.poll_next(cx, input);
        if poll.is_ready() && !self.hours.is_busy() {
            // The clock was read when the cell was polled after it had suspended.
            let polled = self.pulse.since();
            self.hours.turn(Doing::Busy, None, || polled);
        }
        poll
    }

    fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
        input: impl FnOnce(&mut Self, &mut Context<'_>) -> Poll<Step>,
    ) -> Poll<Step> {
        let poll = match self.poll_control(cx) {
            Poll::Ready(Step::Go) if self.deadline.has_come() => Poll::Ready(Step::Wake),
            Poll::Ready(Step::Go) => match input(self, cx) {
                Poll::Ready(Step::Go) if self.in_flight.is_some() => self.poll_turn(cx).map(|()| Step::Go),
                Poll::Ready(Step::Go) if self.output.is_none() => {
                    self.poll_need(self.need, self.intake.at_hand(), cx).map(|()| Step::Go)
                }
                Poll::Pending => {
                    // Others may have what it waited in line for.
                    if let Some(in_flight) = &mut self.in_flight {
                        in_flight.stop_waiting();
                    }
                    Poll::Pending
                }
                other => other,
            },
            other => other,
        };
        match poll {
            Poll::Ready(Step::Go) => self.patience.ends(),
            Poll::Ready(_) => self.stop_waiting(),
            Poll::Pending => {}
        }
        if poll.is_pending() {
            self.rested = true;
            if self.tick.as_mut().is_some_and(|tick| tick.poll_tick(cx).is_ready()) {
                self.stop_waiting();
                return Poll::Ready(Step::Tick);
            }
            if self.deadline.poll_come(cx) {
                self.stop_waiting();
                return Poll::Ready(Step::Wake);
            }
            self.controls.park(cx.waker());
            if self.patience.lasts() {
                cx.waker().wake_by_ref();
            }
        }
        poll
    }

    /// Control comes first, then the turn of others, then holds.
    pub(super) fn poll_control(&mut self, cx: &mut Context<'_>) -> Poll<Step> {
        if std::mem::take(&mut self.rested) {
            self.pulse.renew();
        }
        if self.tracked.is_some() {
            self.acknowledge();
        }
        if self.controls.wants_attention() {
            self.attend();
        }
        if self.controls.is_stopping() {
            return Poll::Ready(Step::Stopped);
        }
        if self.has_news() {
            return Poll::Ready(Step::News);
        }
        if let Some(unwanted) = self.unwanted {
            return Poll::Ready(Step::Unwanted(unwanted));
        }
        // What it has taken is not given back: others may have found nothing any more, and ended.
        let retires = self.retiring && self.intake.at_hand() == 0;
        if retires || self.gives_way != GivesWay::Never && self.controls.is_draining() {
            return Poll::Ready(Step::Ended);
        }
        if self.pulse.is_spent() && self.pulse.turn() {
            self.hand_over();
            let turned = self.pulse.since();
            self.hours.turn(Doing::Blocked(Hold::Arbiter), None, || turned);
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.paused {
            self.stop_waiting();
            self.rest(ActorState::Paused);
            self.is_held();
            return Poll::Pending;
        }
        Poll::Ready(Step::Go)
    }

    /// The cell does something else than wait for messages, or for its turn in its bulkhead: others may have them.
    pub(super) fn stop_waiting(&mut self) {
        self.intake.stop_waiting();
        if let Some(in_flight) = &mut self.in_flight {
            in_flight.stop_waiting();
        }
    }

    /// Waits for room, and for its turn in its bulkhead. It holds neither while it waits for the other: whoever frees room
    /// may wait for a turn, and the other way round.
    #[cold]
    pub(super) fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(in_flight) = self.in_flight.as_mut() else { return Poll::Ready(()) };
        // Room that is taken and given back, because there is no turn, could turn a mailbox pressured and open again.
        if !in_flight.could_begin() && in_flight.poll_begin(cx).is_pending() {
            self.rest(ActorState::Waiting);
            self.is_blocked(Hold::Bulkhead);
            return Poll::Pending;
        }
        let room = self.poll_need(self.need, self.intake.at_hand(), cx);
        let Some(in_flight) = self.in_flight.as_mut() else { return room };
        if room.is_pending() {
            in_flight.end();
            in_flight.stop_waiting();
            return Poll::Pending;
        }
        let turn = in_flight.poll_begin(cx);
        if turn.is_pending() {
            self.rest(ActorState::Waiting);
            self.is_blocked(Hold::Bulkhead);
        } else {
            self.set_state(ActorState::Running);
        }
        turn
    }

    /// Waits for room for `need` messages in every link; asks for more in view of so many calls.
    pub(in crate::cell) fn poll_need(&mut self, need: usize, calls: usize, cx: &mut Context<'_>) -> Poll<()> {
        if !self.ports.is_short(need, calls) {
            return Poll::Ready(());
        }
        self.hand_over();
        room::recount(&mut self.ports, need);
        if self.ports.credits() >= need {
            // It waits for nobody, so it stands in no line.
            room::top_up(&mut self.ports, need);
            return Poll::Ready(());
        }
        let poll = room::poll_room(&mut self.ports, need, cx);
        if poll.is_ready() {
            self.set_state(ActorState::Running);
        } else {
            self.set_state(ActorState::Waiting);
            self.waits_for_room();
        }
        poll
    }
}

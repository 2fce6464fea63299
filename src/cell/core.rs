//! What a cell works with, and what is left when its actor panics: input, ports, counts, control.

use super::acknowledge::Tracked;
use super::call::GivesWay;
use super::contain;
use super::controls::{Controls, Setting};
use super::deadline::Deadline;
use super::detached::Output;
use super::end::{CellEnd, Doing, Failure};
use super::in_flight::{CallLimit, InFlight};
use super::pace::Pace;
use super::patience::Patience;
use super::pulse::Pulse;
use super::supervisor::{Supervision, Supervisor};
use crate::Limit;
use crate::actor::{OnError, ProducerReaction, Reaction, Restart};
use crate::dead_letter::DeadLetter;
use crate::delivery::Tracker;
use crate::ledger::{ActorState, Counts, Tally};
use crate::mailbox::{Feed, Intake, Link, Sequence, Share};
use crate::message::Message;
use crate::outlet::room::{self, Unwanted};
use crate::outlet::{LinkError, Outputs, Port, PortSet, Wiring};
use crate::signal::{Signal, SignalKind};
use crate::sync::Arc;
use crate::time::{self, Duration, Interval, Sleep};
use std::any::Any;
use std::collections::VecDeque;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

/// What a cell is made of, on its way to the thread that will run it.
pub(crate) struct Setup {
    /// The actor, for people.
    pub(crate) name: Arc<str>,
    /// What a [`Feed`] of the actor's input type is made of; none for a producer.
    pub(crate) mailboxes: Vec<Arc<dyn Any + Send + Sync>>,
    /// What those ask for beside each other, in their order; none if they follow one another.
    pub(crate) shares: Vec<Share>,
    /// Restores the order of input behind the instances, where that is wanted.
    pub(crate) sequence: Option<Arc<Sequence>>,
    /// Which of the readers of its mailboxes this is.
    pub(crate) reader: usize,
    pub(crate) wiring: Wiring,
    pub(crate) tally: Arc<Tally>,
    /// What failures do, as far as the topology says so.
    pub(crate) supervision: Supervision,
    /// What a producer does about `Backpressure`, if the topology says so.
    pub(crate) reaction: Option<ProducerReaction>,
    /// The limit it shares.
    pub(crate) limit: Option<Limit>,
    /// Whether the actor may block its thread.
    pub(crate) blocking: bool,
    /// Whether other threads run beside that of the cell, on cores of their own.
    pub(crate) has_company: bool,
    /// Follows what becomes of messages, if an at-least-once producer wants to know.
    pub(crate) tracker: Option<Arc<Tracker>>,
    /// How many calls may be under way at once, where the actor's bulkhead says so.
    pub(crate) call_limit: Option<Arc<CallLimit>>,
    /// Called once the actor has started.
    pub(crate) started: Box<dyn FnOnce() + Send>,
}

/// What the actor says about itself that the loop needs to know.
pub(super) struct Traits {
    pub(super) max_emit: usize,
    pub(super) reaction: Reaction,
    pub(super) tick_every: Option<Duration>,
    /// Whether it is called without regard to room and holds.
    pub(super) detached: bool,
    pub(super) on_error: OnError,
    /// When a call that waits gives way; never, unless an order to drain ends the cell: so with producers.
    pub(super) gives_way: GivesWay,
}

/// What a cell does next.
#[derive(Debug)]
pub(super) enum Step {
    /// Call the actor.
    Go,
    /// Tell the actor the news.
    News,
    Tick,
    /// The moment has come that the actor asked for.
    Wake,
    /// There is no more input, or a producer shall produce no more.
    Ended,
    Unwanted(Unwanted),
    Stopped,
}

/// What an actor has kept of what it has handled, and what it has thrown away.
#[derive(Clone, Copy, Default)]
pub(super) struct Kept {
    pub(super) held: u64,
    pub(super) discarded: u64,
}

/// What ends a loop before its time.
#[derive(Debug)]
pub(super) enum Break {
    Stopped,
    Failed(Failure),
    /// The actor has failed, and its message is seen to: it is to be made anew.
    Restart(Failure, Box<Restart>),
}

/// How a loop ended in good order.
#[derive(Clone, Copy, Debug)]
pub(super) enum Exit {
    Ended,
    Unwanted(Unwanted),
}

pub(super) struct Core<T: Message, P: PortSet> {
    pub(super) name: Arc<str>,
    pub(super) intake: Intake<T>,
    /// The ports of the actor, and the one for its dead letters.
    pub(super) ports: (P, Port<DeadLetter>),
    /// Room that must be there before the actor is called.
    pub(super) need: usize,
    pub(super) counts: Counts,
    pub(super) controls: Rc<Controls>,
    pub(super) supervisor: Supervisor,
    /// Whether the last failure was a panic.
    pub(super) has_panicked: bool,
    /// Whether the next step is not simply to take a message: see [`poll_careful`](Self::poll_careful).
    pub(super) careful: bool,
    /// Whether the actor is called only to end: one made in its place would have nothing to do.
    pub(super) ending: bool,
    /// The newest signal of each link that the actor has not been told.
    news: VecDeque<(Arc<Link>, Signal)>,
    /// The `Backpressure` of each link that the actor was told last.
    told: Vec<(Arc<Link>, Signal)>,
    /// Settings that the actor has not taken over.
    settings: VecDeque<Setting>,
    /// A message the actor `send` to a link that would not have it.
    pub(super) link_error: Option<LinkError>,
    /// Whether an upstream actor ended without having sent all there was; known at the end of input.
    pub(super) input_failed: bool,
    /// A copy of the message in hand, for dead letters, where the chunk keeps none.
    pub(super) copy: Option<T>,
    /// Makes a dead letter of a message: the actor that failed, the error, the attempts.
    pub(super) letter: fn(&str, &str, u32, T) -> DeadLetter,
    /// Whether that is to be made.
    pub(super) copies: bool,
    /// Whether each message needs attention before it is handled: to be weighed, copied, or because it may block.
    pub(super) attentive: bool,
    /// Whether the last call was suspended: then nothing is reserved for what it emitted.
    pub(super) interrupted: bool,
    /// Whether calls may send without waiting, as far as room was lent.
    pub(super) room_lent: bool,
    /// The hook that runs or ran last.
    pub(super) hook: &'static str,
    pub(super) pulse: Pulse,
    pub(super) blocking: bool,
    pub(super) gives_way: GivesWay,
    patience: Patience,
    /// Runs while a call waits, where it may not do so for long.
    pub(super) timer: Option<Pin<Box<Sleep>>>,
    /// When the actor asked to be woken.
    pub(super) deadline: Deadline,
    /// What a detached actor has to emit, and may; `None` for all others.
    pub(super) output: Option<Output>,
    /// Its share of the calls that may be under way in its bulkhead.
    pub(super) in_flight: Option<InFlight>,
    /// Whether the cell was suspended since it last looked at the clock.
    rested: bool,
    reaction: Reaction,
    /// How fast a producer may go, if anything limits it.
    pub(super) pace: Option<Pace>,
    /// Whether no call is made.
    paused: bool,
    /// Whether a link asks to hold: then a detached actor is called all the same, and emits nothing.
    held_by_links: bool,
    unwanted: Option<Unwanted>,
    /// Whether it leaves its mailboxes to other instances.
    retiring: bool,
    tick: Option<Interval>,
    /// Messages started and accounted for that are neither handled nor failed: cancelled, or left.
    pub(super) others: u64,
    /// What actors discarded in whose place the present one is.
    pub(super) discarded_before: u64,
    /// Messages accounted for that the cycle, if there is one, has been told of.
    settled: u64,
    pub(super) tracked: Option<Tracked>,
    tally: Arc<Tally>,
    started: Option<Box<dyn FnOnce() + Send>>,
}

impl<T: Message, P: PortSet> Core<T, P> {
    pub(super) fn open<O: Outputs<Ports = P>>(
        setup: Setup,
        traits: &Traits,
        controls: Rc<Controls>,
    ) -> (O, Self) {
        let Setup {
            name,
            mailboxes,
            shares,
            sequence,
            reader,
            mut wiring,
            tally,
            supervision,
            reaction,
            limit,
            call_limit,
            blocking,
            has_company,
            tracker,
            started,
        } = setup;
        let (reaction, aimd) = match reaction {
            Some(ProducerReaction::Aimd(aimd)) => (Reaction::Continue, Some(aimd)),
            Some(ProducerReaction::Pause) => (Reaction::Pause, None),
            None => (traits.reaction, None),
        };
        let feeds = mailboxes.into_iter().map(|mailbox| {
            Feed::of(mailbox).expect("a mailbox for the input type: the maker of this actor made both")
        });
        let (out, ports) = O::open(traits.max_emit, &mut wiring);
        let mut ports = (ports, wiring.next::<DeadLetter>());
        let default = if room::is_linked(&mut ports.1) { OnError::DeadLetter } else { traits.on_error };
        let mut core = Self {
            name,
            intake: Intake::new(feeds.collect(), reader, &shares, tracker.is_some()).in_order(sequence),
            ports,
            need: traits.max_emit.max(1),
            counts: Counts::default(),
            controls,
            supervisor: Supervisor::new(&supervision, default),
            has_panicked: false,
            careful: false,
            ending: false,
            news: VecDeque::new(),
            told: Vec::new(),
            settings: VecDeque::new(),
            link_error: None,
            input_failed: false,
            copy: None,
            letter: DeadLetter::new,
            copies: false,
            attentive: false,
            interrupted: false,
            room_lent: false,
            hook: "on_start",
            pulse: Pulse::new(blocking),
            blocking,
            gives_way: traits.gives_way,
            patience: Patience::new(has_company),
            timer: None,
            deadline: Deadline::default(),
            output: traits.detached.then(Output::default),
            // A detached actor handles what comes whatever the others do.
            in_flight: call_limit.filter(|_| !traits.detached).map(InFlight::new),
            rested: false,
            reaction,
            pace: Pace::new(limit, aimd),
            paused: false,
            held_by_links: false,
            unwanted: None,
            retiring: false,
            tick: traits.tick_every.and_then(time::ticks),
            others: 0,
            discarded_before: 0,
            settled: 0,
            tracked: tracker.map(Tracked::new),
            tally,
            started: Some(started),
        };
        core.note_circuit();
        (out, core)
    }

    /// Says that the actor has started.
    pub(super) fn started(&mut self) {
        self.counts.state = ActorState::Running;
        self.publish();
        self.supervisor.runs();
        if let Some(started) = self.started.take() {
            started();
        }
    }

    /// Looks at what control has to say.
    pub(super) fn attend(&mut self) {
        for link in self.controls.attend() {
            let Some(signal) = link.receive() else { continue };
            self.news.retain(|(other, _)| !Arc::ptr_eq(other, &link));
            // A Resume is no news to an actor that has not heard of the Backpressure before it. So it is when a cell asks
            // for the last place in a mailbox, and gives it back because its actor waits for something else.
            if signal.kind() == SignalKind::Backpressure || link.was_told_to_hold() {
                self.news.push_back((link, signal));
            }
        }
        self.retiring = self.controls.is_retiring();
        self.settings.extend(self.controls.take_settings());
        self.unwanted = room::ended(&mut self.ports.0);
        self.held_by_links = self.reaction == Reaction::Pause && room::is_held(&mut self.ports);
        self.paused = self.controls.is_held() || (self.held_by_links && self.output.is_none());
    }

    /// The next signal to tell the actor; a panic of its hook will be named.
    pub(super) fn next_news(&mut self) -> Option<Signal> {
        let (link, signal) = self.news.pop_front()?;
        link.tells(signal.kind());
        self.told.retain(|(other, _)| !Arc::ptr_eq(other, &link));
        self.hook = match signal.kind() {
            SignalKind::Backpressure => {
                self.told.push((link, signal.clone()));
                "on_backpressure"
            }
            SignalKind::Resume => "on_resume",
        };
        if self.pace.is_some() {
            let held = room::is_held(&mut self.ports);
            self.pace.iter_mut().for_each(|pace| pace.hear(signal.kind(), held));
        }
        Some(signal)
    }

    /// The actor was made anew: it is told what holds it, and not what is over.
    pub(super) fn tell_anew(&mut self) {
        self.news.retain(|(_, signal)| signal.kind() == SignalKind::Backpressure);
        for (link, signal) in self.told.drain(..).rev() {
            link.tells(SignalKind::Resume);
            if link.is_held() && !self.news.iter().any(|(other, _)| Arc::ptr_eq(other, &link)) {
                self.news.push_front((link, signal));
            }
        }
    }

    /// Whether somebody takes what the actor emits; if not, why.
    pub(super) fn unwanted(&self) -> Option<Unwanted> {
        self.unwanted
    }

    /// Whether there is anything to tell the actor.
    pub(super) fn has_news(&self) -> bool {
        !self.news.is_empty() || !self.settings.is_empty()
    }

    /// Has the actor take over what was set; whether anything was.
    pub(super) fn change_settings(
        &mut self,
        mut set: impl FnMut(&str, &serde_json::Value) -> crate::Result,
    ) -> bool {
        let any = !self.settings.is_empty();
        while let Some(Setting { key, value, reply }) = self.settings.pop_front() {
            self.hook = "set";
            reply(set(&key, &value).map_err(|error| error.to_string()));
        }
        any
    }

    pub(super) fn is_held_by_links(&self) -> bool {
        self.held_by_links
    }

    /// Whether nobody takes any more what the actor emits.
    pub(super) fn is_unwanted(&self) -> bool {
        self.unwanted.is_some()
    }

    /// Whether nothing may be sent.
    pub(super) fn holds_back(&self) -> bool {
        self.paused || self.held_by_links
    }

    /// What comes next; `input` says whether there is something to call the actor with.
    pub(super) fn poll_step(
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
                self.intake.stop_waiting();
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
    fn poll_control(&mut self, cx: &mut Context<'_>) -> Poll<Step> {
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
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.paused {
            self.stop_waiting();
            self.rest(ActorState::Paused);
            return Poll::Pending;
        }
        Poll::Ready(Step::Go)
    }

    /// The cell does something else than wait for messages, or for its turn in its bulkhead: others may have them.
    fn stop_waiting(&mut self) {
        self.intake.stop_waiting();
        if let Some(in_flight) = &mut self.in_flight {
            in_flight.stop_waiting();
        }
    }

    /// Waits for room, and for its turn in its bulkhead. It holds neither while it waits for the other: whoever frees room
    /// may wait for a turn, and the other way round.
    #[cold]
    fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(in_flight) = self.in_flight.as_mut() else { return Poll::Ready(()) };
        // Room that is taken and given back, because there is no turn, could turn a mailbox pressured and open again.
        if !in_flight.could_begin() && in_flight.poll_begin(cx).is_pending() {
            self.rest(ActorState::Waiting);
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
        } else {
            self.set_state(ActorState::Running);
        }
        turn
    }

    /// Waits for room for `need` messages in every link; asks for more in view of so many calls.
    pub(super) fn poll_need(&mut self, need: usize, calls: usize, cx: &mut Context<'_>) -> Poll<()> {
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
        self.set_state(if poll.is_ready() { ActorState::Running } else { ActorState::Waiting });
        poll
    }

    /// Makes all that is done known: messages to their mailboxes, counts to the ledger.
    pub(super) fn hand_over(&mut self) {
        self.ports.flush();
        self.intake.release();
        let mut over = self.accounted();
        if self.output.is_some() {
            // What a detached actor holds will be emitted yet.
            over = over.saturating_sub(self.counts.held);
        }
        self.intake.settled(over.saturating_sub(self.settled));
        self.settled = self.settled.max(over);
        self.publish();
    }

    /// Hands over and gives back all room that is not used: before the cell suspends.
    pub(super) fn rest(&mut self, state: ActorState) {
        self.counts.state = state;
        self.hand_over();
        self.ports.recall_room();
        self.room_lent = false;
        room::let_go(&mut self.ports);
    }

    pub(super) fn set_state(&mut self, state: ActorState) {
        if self.counts.state != state {
            self.counts.state = state;
            self.publish();
        }
    }

    pub(super) fn publish(&mut self) {
        if let Some(pace) = &self.pace {
            self.counts.rate = pace.rate();
        }
        self.tally.publish(&self.counts);
    }

    /// Whether a message has been started and is not accounted for.
    pub(super) fn in_hand(&self) -> bool {
        self.intake.position() != self.accounted()
    }

    /// Messages that were started and whose fate is known.
    pub(super) fn accounted(&self) -> u64 {
        self.counts.handled + self.counts.failed + self.others
    }

    /// Ends the loop's side of everything: input, ports, counts.
    pub(super) fn close(&mut self, exit: &Result<Exit, Break>, Kept { held, discarded }: Kept) {
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
        self.intake.close(cancelled);
        room::end(&mut self.ports, exit.is_err() || self.input_failed);
    }

    /// No more input comes or is wanted; what waits is cancelled, unless others read it, and so is a message that waits to be
    /// handled again.
    pub(super) fn finish_input(&mut self) {
        if self.in_hand() {
            self.cancel();
        }
        self.hand_over();
        self.ending = true;
        self.input_failed = self.intake.input_failed();
        let cancelled = !self.retiring || self.intake.is_ended();
        self.intake.close(cancelled);
    }

    /// The actor wants no more, and that goes for the message in hand.
    #[cold]
    pub(super) fn cancel(&mut self) {
        self.others += 1;
        self.counts.in_handler = 0;
        self.supervisor.settled();
        self.intake.cancel_one();
    }

    /// What the actor holds is lost with it.
    pub(super) fn abandon_held(&mut self, held: usize) {
        self.counts.held = held as u64;
        self.others += self.counts.leave_held();
    }

    /// Whether `on_stop` is to be called: not after a panic, when the state of the actor is unknown, nor after a
    /// forced stop.
    pub(super) fn may_stop(&self, exit: &Result<Exit, Break>) -> bool {
        match exit {
            Ok(_) => true,
            Err(Break::Failed(failure)) => !failure.panicked,
            Err(Break::Stopped | Break::Restart(..)) => false,
        }
    }

    /// The last word.
    pub(super) fn end(&mut self, exit: Result<Exit, Break>) -> CellEnd {
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

    /// A link would not have what was sent.
    #[cold]
    pub(super) fn link_failure(&mut self) -> Break {
        let error = self.link_error.take().map_or_else(String::new, |error| error.to_string());
        self.hook_failure(error)
    }

    /// A failure of the hook that ran last.
    pub(super) fn hook_failure(&self, error: impl ToString) -> Break {
        Break::Failed(Failure::error(error, Doing::Hook(self.hook)))
    }
}

//! What a cell works with, and what is left when its actor panics: input, ports, counts, control.

mod close;
mod news;
mod step;
mod turns;

use super::acknowledge::Tracked;
use super::call::GivesWay;
use super::chance::Strikes;
use super::controls::{Controls, Setting};
use super::deadline::Deadline;
use super::detached::Output;
use super::end::{Doing, Failure};
use super::hours::Hours;
use super::in_flight::{CallLimit, InFlight};
use super::pace::Pace;
use super::patience::Patience;
use super::pulse::Pulse;
use super::supervisor::{Supervision, Supervisor};
use super::trace::Trace;
use crate::Limit;
use crate::actor::{OnError, ProducerReaction, Reaction, Restart};
use crate::dead_letter::DeadLetter;
use crate::delivery::Tracker;
use crate::ledger::{ActorState, Counts, Tally};
use crate::mailbox::{Feed, Intake, Link, Sequence, Share};
use crate::message::Message;
use crate::outlet::room::{self, Unwanted};
use crate::outlet::{LinkError, Outputs, Port, PortSet, Wiring};
use crate::signal::Signal;
use crate::sync::Arc;
use crate::time::{self, Duration, Instant, Interval, Sleep};
use std::any::Any;
use std::collections::VecDeque;
use std::pin::Pin;
use std::rc::Rc;

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
    /// When the topology began.
    pub(crate) origin: Instant,
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
    /// What a simulation does to its calls.
    pub(super) strikes: Strikes,
    /// Makes spans of some runs of calls, if anybody looks.
    pub(super) trace: Option<Box<Trace>>,
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
    pub(super) hours: Hours,
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
            origin,
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
        let trace = Trace::of(controls.take_scope());
        let strikes = Strikes::of(controls.take_disturbance());
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
            pulse: Pulse::new(blocking || strikes.yields()),
            blocking,
            gives_way: traits.gives_way,
            patience: Patience::new(has_company),
            timer: None,
            deadline: Deadline::default(),
            output: traits.detached.then(Output::default),
            // A detached actor handles what comes whatever the others do.
            in_flight: call_limit.filter(|_| !traits.detached).map(InFlight::new),
            strikes,
            trace,
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
            hours: Hours::new(tally.clone(), origin),
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
        // One that waits to be handled again is in hand, whatever the cell does meanwhile.
        self.counts.in_handler = u64::from(self.in_hand());
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

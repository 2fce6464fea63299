//! The parts of the hot path, for the benchmarks of this crate (`benches/parts.rs`) and nobody else.
//!
//! They run as in a cell, but on the thread of the caller: nobody waits, and nobody sleeps.

use crate::mailbox::{Gate, Intake, Link, Mailbox, MailboxFace, MailboxOptions, Marks};
use crate::message::{Keyed, Message, MessageFacts};
use crate::outlet::{
    Ahead, Choice, LanePlan, Outlet, Outputs, Port, PortPlan, PortSet, TargetPlan, Wiring, room,
};
use crate::signal::SignalKind;
use crate::sync::{Arc, AtomicU64, Ordering};
use crate::topology::Routing;
use std::task::{Context, Waker};

/// An actor linked to `targets` actors of so many `instances` each, and the reading ends in the order of their links.
pub fn linked<T: Message + Keyed>(
    targets: usize,
    instances: usize,
    routing: Routing,
    options: &MailboxOptions,
) -> (Upstream<T>, Vec<Downstream<T>>) {
    let mut facts = MessageFacts::default();
    facts.keyed::<T>();
    let mut downstreams = Vec::new();
    let mut plan = PortPlan::default();
    for _ in 0..targets {
        let lanes = (0..instances).map(|_| {
            let mailbox = Mailbox::<T>::new(&options.resolve(), facts.of::<T>(), 1, None);
            let link = Link::new("upstream".into(), "downstream".into(), false, None, Arc::default());
            mailbox.join(link.clone(), false);
            let intake = Intake::new(vec![mailbox.clone().into()], 0, &[], false);
            downstreams.push(Downstream { intake });
            LanePlan { mailbox, link, inside: false }
        });
        let choice = match routing {
            Routing::Shared => Choice::Single,
            Routing::RoundRobin => Choice::RoundRobin,
            Routing::LeastLoaded => Choice::LeastLoaded,
            Routing::Hash => Choice::Hash("key".into()),
        };
        plan.targets.push(TargetPlan { lanes: lanes.collect(), choice });
    }
    let emitted = plan.emitted.clone();
    // Room is asked for by the block here, so none is taken ahead.
    let (outlet, port) = Outlet::open(1, &mut Wiring::new(vec![plan], facts.into(), Ahead::Nothing));
    (Upstream { outlet, port, emitted }, downstreams)
}

/// The emitting end: an outlet, and the port behind it.
pub struct Upstream<T: Message> {
    outlet: Outlet<T>,
    port: Port<T>,
    emitted: Arc<AtomicU64>,
}

impl<T: Message> Upstream<T> {
    /// Reserves room for a block of messages.
    pub fn reserve(&mut self, messages: usize) {
        let room = room::poll_room(&mut self.port, messages, &mut Context::from_waker(Waker::noop()));
        assert!(room.is_ready() && self.port.credits() >= messages, "there is room for {messages} messages");
    }

    /// What a call does that emits one message.
    #[inline]
    pub fn emit(&mut self, message: T) {
        self.outlet.emit(message);
        assert!(self.outlet.is_usual(), "one message needs no closer look");
        self.outlet.pass();
        self.outlet.hand_on(&mut self.port);
    }

    /// Routes all of `messages` as what a run of calls has emitted, and leaves an empty vector.
    pub fn route(&mut self, messages: &mut Vec<T>) {
        self.port.push_all(messages).expect("a mailbox that backpressures takes what has room");
    }

    /// Ends a run of calls, and hands over what it emitted.
    pub fn flush(&mut self) {
        self.port.push_gathered();
        self.port.flush();
    }

    /// Messages emitted and handed over, each counted once.
    pub fn emitted(&self) -> u64 {
        self.emitted.load(Ordering::Relaxed)
    }
}

/// The reading end of one mailbox.
pub struct Downstream<T: Message> {
    intake: Intake<T>,
}

impl<T: Message> Downstream<T> {
    /// Takes the next chunk; false if there is none.
    pub fn take(&mut self) -> bool {
        self.intake.refill()
    }

    /// Starts the next message of the chunk.
    #[inline]
    pub fn start_next(&mut self) -> Option<T> {
        self.intake.start_next()
    }

    /// Gives the places of the messages that were started free.
    pub fn release(&mut self) {
        self.intake.release();
    }
}

/// A gate that crosses its marks, and the links that hear of it.
pub struct Crossing {
    gate: Gate,
    marks: Marks,
    links: Vec<Arc<Link>>,
}

impl Crossing {
    /// A gate with so many upstream links, filled to its low mark.
    pub fn new(links: usize, options: &MailboxOptions) -> Self {
        let settings = options.resolve();
        let link = || Link::new("upstream".into(), "downstream".into(), false, None, Arc::default());
        let links = (0..links).map(|_| link()).collect();
        let crossing = Self { gate: Gate::new(&settings), marks: settings.marks(), links };
        crossing.links.iter().for_each(|link| crossing.gate.join(link.clone()));
        crossing.put(crossing.marks.low);
        crossing
    }

    /// Fills the gate from its low mark to its high one; how many links heard `Backpressure`.
    pub fn fill(&self) -> usize {
        self.put(self.marks.high - self.marks.low);
        self.hear(SignalKind::Backpressure)
    }

    /// Drains the gate from its high mark to its low one; how many links heard `Resume`.
    pub fn drain(&self) -> usize {
        self.gate.release(self.marks.high - self.marks.low, 0);
        self.hear(SignalKind::Resume)
    }

    /// How often the gate has said `Backpressure`, and how often `Resume`.
    pub fn signals(&self) -> (u64, u64) {
        let counts = self.gate.pressure();
        (counts.backpressure_signals, counts.resume_signals)
    }

    fn put(&self, messages: usize) {
        self.gate.try_reserve(messages, 0, false, None);
        self.gate.fill(messages, None);
    }

    fn hear(&self, kind: SignalKind) -> usize {
        let heard = self.links.iter().filter_map(|link| link.receive());
        heard.filter(|signal| signal.kind() == kind).count()
    }
}

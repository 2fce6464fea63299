//! How a node makes its actors, with the actor's type forgotten.

use crate::actor::{Checks, Consumer, ConsumerStage, Producer, Stage};
use crate::cell::{self, Job, Setup};
use crate::mailbox::{Cycle, Mailbox, MailboxFace, MailboxSettings};
use crate::message::{MessageFacts, MessageType};
use crate::outlet::{Outputs, PortInfo};
use crate::sync::Arc;
use std::any::Any;

/// What an actor says about itself before it runs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ActorInfo {
    /// What it receives; `None` for a producer.
    pub input: Option<MessageType>,
    /// What it emits, by port, without the `dead_letters` port that every receiver has.
    pub ports: Vec<PortInfo>,
    /// The most messages one call emits, per port.
    pub max_emit: usize,
    /// The most messages one instance holds by design.
    pub max_held: usize,
    /// What an error of the actor does by default.
    pub on_error: crate::actor::OnError,
    /// The settings that can be changed while it runs.
    pub live: &'static [&'static str],
}

/// Makes the instances of one node and the mailboxes in front of them.
pub(crate) trait Maker: Send {
    fn info(&self) -> &ActorInfo;
    fn check(&self, checks: &mut Checks);
    /// A mailbox for messages of the input type; `None` for a producer.
    fn mailbox(
        &self,
        settings: &MailboxSettings,
        facts: &MessageFacts,
        readers: usize,
        cycle: Option<Arc<Cycle>>,
    ) -> Option<AnyMailbox>;
    /// The instance that reads as `setup` says, and all it needs to run.
    fn job(&mut self, setup: Setup) -> crate::Result<Job>;
}

/// A mailbox whose message type is forgotten.
#[derive(Clone)]
pub(crate) struct AnyMailbox {
    /// The `Arc<Mailbox<T>>`.
    pub(crate) typed: Arc<dyn Any + Send + Sync>,
    pub(crate) face: Arc<dyn MailboxFace>,
}

/// Makes actors of one type: the first one is there already, to be asked about itself.
struct Instances<A> {
    info: ActorInfo,
    check: fn(&A, &mut Checks),
    first: Option<A>,
    next: Box<dyn FnMut(usize) -> crate::Result<A> + Send>,
}

impl<A> Instances<A> {
    fn new(
        info: ActorInfo,
        check: fn(&A, &mut Checks),
        first: A,
        next: impl FnMut(usize) -> crate::Result<A> + Send + 'static,
    ) -> Self {
        Self { info, check, first: Some(first), next: Box::new(next) }
    }

    fn check(&self, checks: &mut Checks) {
        if let Some(first) = &self.first {
            (self.check)(first, checks);
        }
    }

    /// The instance of this number, from 0, which is the first to be made.
    fn make(&mut self, instance: usize) -> crate::Result<A> {
        match self.first.take() {
            Some(first) => Ok(first),
            None => (self.next)(instance),
        }
    }
}

pub(crate) fn producer<P: Producer>(
    first: P,
    next: impl FnMut(usize) -> crate::Result<P> + Send + 'static,
) -> Box<dyn Maker> {
    let info = ActorInfo {
        input: None,
        ports: P::Out::ports(),
        max_emit: first.max_emit(),
        max_held: first.max_held(),
        on_error: crate::actor::OnError::Stop,
        live: first.live(),
    };
    Box::new(ProducerMaker(Instances::new(info, P::check, first, next)))
}

pub(crate) fn stage<S: Stage>(
    first: S,
    next: impl FnMut(usize) -> crate::Result<S> + Send + 'static,
) -> Box<dyn Maker> {
    let info = ActorInfo {
        input: Some(MessageType::of::<S::In>()),
        ports: S::Out::ports(),
        max_emit: first.max_emit(),
        max_held: first.max_held(),
        on_error: first.on_error(),
        live: first.live(),
    };
    Box::new(ReceiverMaker(Instances::new(info, S::check, first, next)))
}

pub(crate) fn consumer<C: Consumer>(
    first: C,
    mut next: impl FnMut(usize) -> crate::Result<C> + Send + 'static,
) -> Box<dyn Maker> {
    stage(ConsumerStage(first), move |instance| next(instance).map(ConsumerStage))
}

struct ProducerMaker<P>(Instances<P>);
struct ReceiverMaker<S>(Instances<S>);

impl<P: Producer> Maker for ProducerMaker<P> {
    fn info(&self) -> &ActorInfo {
        &self.0.info
    }

    fn check(&self, checks: &mut Checks) {
        self.0.check(checks);
    }

    fn mailbox(
        &self,
        _: &MailboxSettings,
        _: &MessageFacts,
        _: usize,
        _: Option<Arc<Cycle>>,
    ) -> Option<AnyMailbox> {
        None
    }

    fn job(&mut self, setup: Setup) -> crate::Result<Job> {
        let actor = self.0.make(setup.reader)?;
        Ok(Box::new(move |controls| Box::pin(cell::produce(actor, setup, controls))))
    }
}

impl<S: Stage> Maker for ReceiverMaker<S> {
    fn info(&self) -> &ActorInfo {
        &self.0.info
    }

    fn check(&self, checks: &mut Checks) {
        self.0.check(checks);
    }

    fn mailbox(
        &self,
        settings: &MailboxSettings,
        facts: &MessageFacts,
        readers: usize,
        cycle: Option<Arc<Cycle>>,
    ) -> Option<AnyMailbox> {
        let mailbox = Mailbox::new(settings, facts.of::<S::In>(), readers, cycle);
        Some(AnyMailbox { typed: mailbox.clone(), face: mailbox })
    }

    fn job(&mut self, setup: Setup) -> crate::Result<Job> {
        let actor = self.0.make(setup.reader)?;
        Ok(Box::new(move |controls| Box::pin(cell::receive(actor, setup, controls))))
    }
}

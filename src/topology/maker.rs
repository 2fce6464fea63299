//! How a node makes its actors, with the actor's type forgotten.

use crate::actor::{Checks, Consumer, ConsumerStage, Either, Join, JoinStage, Producer, Stage};
use crate::cell::{self, Job, Remake, Setup};
use crate::mailbox::{AnyFeed, Cycle, Mailbox, MailboxFace, MailboxSettings, Wrapping};
use crate::message::{Message, MessageFacts, MessageType};
use crate::outlet::{Outputs, PortInfo};
use crate::sync::{Arc, Mutex, lock};
use std::any::Any;

/// What an actor says about itself before it runs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ActorInfo {
    /// What it receives; `None` for a producer.
    pub input: Option<MessageType>,
    /// What it receives from its second input, if it has two that are taken apart.
    pub second_input: Option<MessageType>,
    /// Whether it takes nothing of that before the first has ended.
    pub one_after_the_other: bool,
    /// What it emits, by port, without the `dead_letters` port that every receiver has.
    pub ports: Vec<PortInfo>,
    /// The most messages one call emits, per port.
    pub max_emit: usize,
    /// The most messages one instance holds by design.
    pub max_held: usize,
    /// Whether it takes messages whatever its links say.
    pub detached: bool,
    /// Whether it is a producer that can begin where an earlier run left off; `None` if the actor is wrong, and so not known.
    pub can_resume: Option<bool>,
    /// What an error of the actor does by default.
    pub on_error: crate::actor::OnError,
    /// Whether it can share a limit of the topology.
    pub takes_limit: bool,
    /// The settings that can be changed while it runs.
    pub live: &'static [&'static str],
}

impl ActorInfo {
    /// What it receives from its input of this number, from 0; `None` for a producer.
    pub fn input_of(&self, number: usize) -> Option<MessageType> {
        self.second_input.filter(|_| number == 1).or(self.input)
    }
}

/// Makes the instances of one node and the mailboxes in front of them.
pub(crate) trait Maker: Send {
    fn info(&self) -> &ActorInfo;
    fn check(&self, checks: &mut Checks);
    /// A mailbox for messages of the input of this number, if it has one of its own; `None` for a producer.
    fn mailbox(
        &self,
        input: Option<usize>,
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

impl AnyMailbox {
    fn of<T: Message>(mailbox: Arc<Mailbox<T>>) -> Self {
        Self { typed: mailbox.clone(), face: mailbox }
    }
}

type Next<A> = dyn FnMut(usize) -> crate::Result<A> + Send;

/// Makes actors of one type: the first one is there already, to be asked about itself.
struct Instances<A> {
    info: ActorInfo,
    check: fn(&A, &mut Checks),
    first: Option<A>,
    /// Used on the threads of the instances, too, to make them anew.
    next: Arc<Mutex<Next<A>>>,
}

impl<A: 'static> Instances<A> {
    fn new(
        info: ActorInfo,
        check: fn(&A, &mut Checks),
        first: A,
        next: impl FnMut(usize) -> crate::Result<A> + Send + 'static,
    ) -> Self {
        Self { info, check, first: Some(first), next: Arc::new(Mutex::new(next)) }
    }

    fn check(&self, checks: &mut Checks) {
        if let Some(first) = &self.first {
            (self.check)(first, checks);
        }
    }

    /// The instance of this number, from 0, which is the first to be made; and what makes it anew.
    fn make(&mut self, instance: usize) -> crate::Result<(A, Remake<A>)> {
        let actor = match self.first.take() {
            Some(first) => first,
            None => lock(&self.next)(instance)?,
        };
        let next = self.next.clone();
        Ok((actor, Box::new(move || lock(&next)(instance))))
    }
}

pub(crate) fn producer<P: Producer>(
    first: P,
    next: impl FnMut(usize) -> crate::Result<P> + Send + 'static,
) -> Box<dyn Maker> {
    let info = ActorInfo {
        input: None,
        second_input: None,
        one_after_the_other: false,
        ports: P::Out::ports(),
        max_emit: first.max_emit(),
        max_held: first.max_held(),
        detached: false,
        can_resume: Some(first.can_resume()),
        on_error: crate::actor::OnError::Stop,
        takes_limit: true,
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
        second_input: None,
        one_after_the_other: false,
        ports: S::Out::ports(),
        max_emit: first.max_emit(),
        max_held: first.max_held(),
        detached: first.is_detached(),
        can_resume: Some(false),
        on_error: first.on_error(),
        takes_limit: first.takes_limit(),
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

pub(crate) fn join<J: Join>(
    first: J,
    mut next: impl FnMut(usize) -> crate::Result<J> + Send + 'static,
) -> Box<dyn Maker> {
    let info = ActorInfo {
        input: Some(MessageType::of::<J::Left>()),
        second_input: Some(MessageType::of::<J::Right>()),
        one_after_the_other: first.one_after_the_other(),
        ports: J::Out::ports(),
        max_emit: first.max_emit(),
        max_held: first.max_held(),
        detached: false,
        can_resume: Some(false),
        takes_limit: false,
        live: first.live(),
        on_error: first.on_error(),
    };
    let next = move |instance| next(instance).map(JoinStage);
    Box::new(JoinMaker(Instances::new(info, JoinStage::<J>::check, JoinStage(first), next)))
}

struct ProducerMaker<P>(Instances<P>);
struct ReceiverMaker<S>(Instances<S>);
struct JoinMaker<J>(Instances<JoinStage<J>>);

impl<P: Producer> Maker for ProducerMaker<P> {
    fn info(&self) -> &ActorInfo {
        &self.0.info
    }

    fn check(&self, checks: &mut Checks) {
        self.0.check(checks);
    }

    fn mailbox(
        &self,
        _: Option<usize>,
        _: &MailboxSettings,
        _: &MessageFacts,
        _: usize,
        _: Option<Arc<Cycle>>,
    ) -> Option<AnyMailbox> {
        None
    }

    fn job(&mut self, setup: Setup) -> crate::Result<Job> {
        let (actor, remake) = self.0.make(setup.reader)?;
        Ok(Box::new(move |controls| Box::pin(cell::produce(actor, remake, setup, controls))))
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
        _: Option<usize>,
        settings: &MailboxSettings,
        facts: &MessageFacts,
        readers: usize,
        cycle: Option<Arc<Cycle>>,
    ) -> Option<AnyMailbox> {
        Some(AnyMailbox::of(Mailbox::new(settings, facts.of::<S::In>(), readers, cycle)))
    }

    fn job(&mut self, setup: Setup) -> crate::Result<Job> {
        let (actor, remake) = self.0.make(setup.reader)?;
        Ok(Box::new(move |controls| Box::pin(cell::receive(actor, remake, setup, controls))))
    }
}

impl<J: Join> JoinMaker<J> {
    /// The mailbox of the first or the second input, as the actor, which takes the messages of both, reads it.
    fn feed(number: usize, mailbox: Arc<dyn Any + Send + Sync>) -> Arc<dyn Any + Send + Sync> {
        const TYPED: &str = "the type of this input: `mailbox` made it";
        let feed: AnyFeed<Either<J::Left, J::Right>> = match number {
            0 => AnyFeed(Arc::new(Wrapping {
                mailbox: mailbox.downcast::<Mailbox<J::Left>>().expect(TYPED),
                wrap: Either::Left,
                unwrap: Either::left,
                look: Either::as_left,
            })),
            _ => AnyFeed(Arc::new(Wrapping {
                mailbox: mailbox.downcast::<Mailbox<J::Right>>().expect(TYPED),
                wrap: Either::Right,
                unwrap: Either::right,
                look: Either::as_right,
            })),
        };
        Arc::new(feed)
    }
}

impl<J: Join> Maker for JoinMaker<J> {
    fn info(&self) -> &ActorInfo {
        &self.0.info
    }

    fn check(&self, checks: &mut Checks) {
        self.0.check(checks);
    }

    fn mailbox(
        &self,
        input: Option<usize>,
        settings: &MailboxSettings,
        facts: &MessageFacts,
        readers: usize,
        cycle: Option<Arc<Cycle>>,
    ) -> Option<AnyMailbox> {
        Some(match input {
            Some(1) => AnyMailbox::of(Mailbox::new(settings, facts.of::<J::Right>(), readers, cycle)),
            _ => AnyMailbox::of(Mailbox::new(settings, facts.of::<J::Left>(), readers, cycle)),
        })
    }

    fn job(&mut self, mut setup: Setup) -> crate::Result<Job> {
        let (actor, remake) = self.0.make(setup.reader)?;
        let mailboxes = std::mem::take(&mut setup.mailboxes).into_iter().enumerate();
        setup.mailboxes = mailboxes.map(|(number, mailbox)| Self::feed(number, mailbox)).collect();
        Ok(Box::new(move |controls| Box::pin(cell::receive(actor, remake, setup, controls))))
    }
}

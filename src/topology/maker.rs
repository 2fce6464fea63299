//! How a node makes its actors, with the actor's type forgotten.

use crate::actor::{Checks, Consumer, ConsumerStage, Producer, Stage};
use crate::message::{Message, MessageType};
use crate::outlet::{Outputs, PortInfo};

/// What an actor says about itself before it runs.
#[derive(Clone, Debug)]
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
}

/// Makes the instances of one node and the mailboxes in front of them.
pub(crate) trait Maker: Send {
    fn info(&self) -> &ActorInfo;
    fn check(&self, checks: &mut Checks);
}

/// Makes actors of one type: the first one is there already, to be asked about itself.
struct Instances<A> {
    info: ActorInfo,
    first: Option<A>,
    next: Box<dyn FnMut(usize) -> crate::Result<A> + Send>,
    made: usize,
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
    };
    Box::new(ProducerMaker(Instances { info, first: Some(first), next: Box::new(next), made: 0 }))
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
    };
    Box::new(ReceiverMaker(Instances { info, first: Some(first), next: Box::new(next), made: 0 }))
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
        if let Some(first) = &self.0.first {
            first.check(checks);
        }
    }
}

impl<S: Stage> Maker for ReceiverMaker<S> {
    fn info(&self) -> &ActorInfo {
        &self.0.info
    }

    fn check(&self, checks: &mut Checks) {
        if let Some(first) = &self.0.first {
            first.check(checks);
        }
    }
}

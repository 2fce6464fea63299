//! From the plan of a topology to the fans of one actor instance.
//!
//! The plan knows no message types: it is made where all the actors are in view. The types come back here, where
//! the declaration of a port names them.

use super::fan::Fan;
use super::lane::{Ahead, Lane};
use super::port::Port;
use super::target::{Spread, Target};
use crate::mailbox::Link;
use crate::message::{Message, MessageFacts};
use crate::sync::{Arc, AtomicU64};
use std::any::Any;
use std::collections::VecDeque;

/// Where one port of one instance leads.
#[derive(Clone, Default)]
pub(crate) struct PortPlan {
    pub(crate) targets: Vec<TargetPlan>,
    /// Counts what is emitted through it.
    pub(crate) emitted: Arc<AtomicU64>,
}

/// The way to one receiving actor.
#[derive(Clone)]
pub(crate) struct TargetPlan {
    pub(crate) lanes: Vec<LanePlan>,
    pub(crate) choice: Choice,
}

/// The way to one mailbox.
#[derive(Clone)]
pub(crate) struct LanePlan {
    /// An `Arc<Mailbox<T>>` that `link` has joined; the topology was checked, so `T` is the type of the port.
    pub(crate) mailbox: Arc<dyn Any + Send + Sync>,
    pub(crate) link: Arc<Link>,
    /// Whether the link stays inside the mailbox's cycle.
    pub(crate) inside: bool,
}

/// How messages choose among the lanes of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    Single,
    RoundRobin,
    LeastLoaded,
    /// By this field.
    Hash(String),
}

/// The plans of the ports of one instance, in the order of their declaration, and last that of its dead letters.
pub struct Wiring {
    ports: VecDeque<PortPlan>,
    facts: Arc<MessageFacts>,
    ahead: Ahead,
}

impl Wiring {
    pub(crate) fn new(ports: Vec<PortPlan>, facts: Arc<MessageFacts>, ahead: Ahead) -> Self {
        Self { ports: ports.into(), facts, ahead }
    }

    /// The port that is next in the order of declaration.
    pub(crate) fn next<T: Message>(&mut self) -> Port<T> {
        let plan = self.ports.pop_front().unwrap_or_default();
        let targets = plan.targets.into_iter().map(|target| self.target(target)).collect();
        Port::new(Fan::new(targets, plan.emitted))
    }

    fn target<T: Message>(&self, plan: TargetPlan) -> Target<T> {
        let spread = match plan.choice {
            Choice::Single => Spread::Single,
            Choice::RoundRobin => Spread::RoundRobin,
            Choice::LeastLoaded => Spread::LeastLoaded,
            Choice::Hash(field) => {
                let key = self.facts.of::<T>().key;
                Spread::Hash { key: key.expect("keys: the check of the topology looked for them"), field }
            }
        };
        let lanes = plan.lanes.into_iter().map(|lane| {
            let mailbox = lane.mailbox.downcast().ok();
            let mailbox = mailbox.expect("the type of the port: the check of the topology compared the two");
            Lane::new(mailbox, lane.link, lane.inside, self.ahead)
        });
        Target::new(lanes.collect(), spread)
    }
}

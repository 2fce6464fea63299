//! What an instance is made of, kept where it may come and go.

use super::elastic::ElasticOptions;
use crate::Limit;
use crate::actor::ProducerReaction;
use crate::cell::{CallLimit, Setup, Supervision};
use crate::delivery::Tracker;
use crate::ledger::Tally;
use crate::mailbox::{Link, MailboxFace, Sequence, Share};
use crate::message::MessageFacts;
use crate::outlet::{Ahead, PortPlan, Wiring};
use crate::sync::{Arc, AtomicU64, AtomicUsize, Mutex};
use crate::time::Instant;
use std::any::Any;

/// Says that the actor of a cell has started.
pub(crate) type Started = Box<dyn FnOnce() + Send>;

/// All that the setup of an instance is made of, but for how it tells that it has started.
#[derive(Clone)]
pub(crate) struct Blueprint {
    pub(super) name: Arc<str>,
    pub(super) mailboxes: Vec<Arc<dyn Any + Send + Sync>>,
    pub(super) reader: usize,
    pub(super) ports: Vec<PortPlan>,
    pub(super) facts: Arc<MessageFacts>,
    pub(super) tally: Arc<Tally>,
    pub(super) shares: Vec<Share>,
    pub(super) sequence: Option<Arc<Sequence>>,
    pub(super) supervision: Supervision,
    pub(super) reaction: Option<ProducerReaction>,
    pub(super) limit: Option<Limit>,
    pub(super) call_limit: Option<Arc<CallLimit>>,
    pub(super) blocking: bool,
    pub(super) ahead: Ahead,
    pub(super) has_company: bool,
    pub(super) tracker: Option<Arc<Tracker>>,
    pub(super) origin: Instant,
}

impl Blueprint {
    pub(crate) fn setup(self, started: Started) -> Setup {
        Setup {
            name: self.name,
            mailboxes: self.mailboxes,
            shares: self.shares,
            sequence: self.sequence,
            reader: self.reader,
            wiring: Wiring::new(self.ports, self.facts, self.ahead),
            tally: self.tally,
            supervision: self.supervision,
            reaction: self.reaction,
            limit: self.limit,
            call_limit: self.call_limit,
            blocking: self.blocking,
            has_company: self.has_company,
            tracker: self.tracker,
            origin: self.origin,
            started,
        }
    }
}

/// A link of an instance, and where it leads.
pub(crate) struct Output {
    pub(crate) link: Arc<Link>,
    pub(crate) mailbox: Arc<dyn MailboxFace>,
    /// Whether it stays inside the mailbox's cycle.
    pub(crate) inside: bool,
}

/// How many instances of an actor there are, where that follows the load.
pub(crate) struct Scale {
    pub(crate) options: Mutex<ElasticOptions>,
    /// The most there is a place for.
    pub(crate) planned: usize,
    pub(crate) now: AtomicUsize,
    pub(crate) ups: AtomicU64,
    pub(crate) downs: AtomicU64,
}

impl Scale {
    pub(super) fn new(options: &ElasticOptions) -> Self {
        Self {
            options: Mutex::new(options.resolved()),
            planned: options.max,
            now: AtomicUsize::new(options.min),
            ups: AtomicU64::new(0),
            downs: AtomicU64::new(0),
        }
    }
}

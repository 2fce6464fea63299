//! Stands in the topology for an actor that is wrong, so that the rest can be checked.

use crate::actor::Checks;
use crate::cell::{Job, Setup};
use crate::mailbox::{Cycle, MailboxSettings};
use crate::message::MessageFacts;
use crate::sync::Arc;
use crate::topology::maker::{AnyMailbox, Maker};
use crate::topology::{ActorInfo, Registration};

/// An actor that cannot be made.
pub(super) struct Placeholder(ActorInfo);

impl Placeholder {
    /// In the place of one of `registration`; or of one nothing is known about.
    pub(super) fn of(registration: Option<&Registration>) -> Box<dyn Maker> {
        Box::new(Self(ActorInfo {
            input: registration.and_then(Registration::input),
            second_input: registration.and_then(Registration::second_input),
            one_after_the_other: false,
            ports: registration.map(|registration| registration.ports().to_vec()).unwrap_or_default(),
            max_emit: 1,
            max_held: 0,
            detached: false,
            can_resume: None,
            on_error: crate::OnError::Stop,
            takes_limit: true,
            live: &[],
        }))
    }
}

impl Maker for Placeholder {
    fn info(&self) -> &ActorInfo {
        &self.0
    }

    fn check(&self, _: &mut Checks) {}

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

    fn job(&mut self, _: Setup) -> crate::Result<Job> {
        Err("this actor has wrong settings and cannot be made".into())
    }
}

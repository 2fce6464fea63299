//! Which mailboxes an actor has, and their settings.
//!
//! All inputs of an actor share one mailbox, but for those that have options of their own: these have one each. What
//! an input does not say is taken from its actor, and what that does not say from the topology.

use super::{InputOptions, Node, Role, Topology};
use crate::mailbox::{MailboxOptions, MailboxSettings};

impl Topology {
    /// The settings of the mailbox that inputs of `node` share, with the topology's defaults filled in.
    pub fn mailbox_of(&self, node: &Node) -> MailboxSettings {
        self.mailbox_options(node, None).resolve()
    }

    /// The settings of the mailbox that `input`, which is one of `node`, leads to: its own, or the one that is shared.
    pub fn mailbox_of_input(&self, node: &Node, input: &InputOptions) -> MailboxSettings {
        self.mailbox_options(node, Some(input)).resolve()
    }

    /// The same as far as they were given.
    pub(crate) fn mailbox_options(&self, node: &Node, input: Option<&InputOptions>) -> MailboxOptions {
        let shared = node.options.mailbox.or(&self.mailbox);
        match input.and_then(|input| input.mailbox.as_ref()) {
            Some(own) => own.or(&shared),
            None => shared,
        }
    }

    /// The mailboxes of `node`: the one that inputs share, under `None`, where there are such inputs, and the others
    /// under the number of their input. None for a producer.
    pub(crate) fn mailboxes_of(&self, node: &Node) -> Vec<(Option<usize>, MailboxSettings)> {
        if node.role == Role::Producer {
            return Vec::new();
        }
        let inputs = &node.options.inputs;
        let shared = inputs.iter().any(|input| input.mailbox.is_none());
        let shared = shared.then(|| (None, self.mailbox_of(node)));
        let own = inputs.iter().enumerate().filter(|(_, input)| input.mailbox.is_some());
        let own = own.map(|(number, input)| (Some(number), self.mailbox_of_input(node, input)));
        shared.into_iter().chain(own).collect()
    }
}

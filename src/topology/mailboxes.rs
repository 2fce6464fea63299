//! Which mailboxes an actor has, and their settings.
//!
//! All inputs of an actor share one mailbox, but for those that have options of their own, a weight, a preference, or are
//! taps: these have one each. What an input does not say is taken from its actor, and what that does not say from the
//! topology. A tap drops, whatever the topology says.

use super::{InputOptions, Node, Role, Topology};
use crate::mailbox::{MailboxOptions, MailboxSettings, Overflow, Share};

/// Whether a tap may have this policy: one that neither holds nor fails the actor upstream.
pub(crate) fn may_tap(policy: Overflow) -> bool {
    !policy.backpressures() && policy != Overflow::Fail
}

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
        let Some(input) = input else { return node.options.mailbox.or(&self.mailbox) };
        let given = match &input.mailbox {
            Some(own) => own.or(&node.options.mailbox),
            None => node.options.mailbox.clone(),
        };
        let mut options = given.or(&self.mailbox);
        if input.tap && given.overflow.is_none() {
            options.overflow =
                options.overflow.filter(|policy| may_tap(*policy)).or(Some(Overflow::DropNewest));
        }
        options
    }

    /// The mailboxes of `node`: the one that inputs share, under `None`, where there are such inputs, and the others
    /// under the number of their input. None for a producer.
    pub(crate) fn mailboxes_of(&self, node: &Node) -> Vec<(Option<usize>, MailboxSettings)> {
        if node.role == Role::Producer {
            return Vec::new();
        }
        let inputs = &node.options.inputs;
        let shared = inputs.iter().any(|input| !node.has_own_mailbox(input));
        let shared = shared.then(|| (None, self.mailbox_of(node)));
        let own = inputs.iter().enumerate().filter(|(_, input)| node.has_own_mailbox(input));
        let own = own.map(|(number, input)| (Some(number), self.mailbox_of_input(node, input)));
        shared.into_iter().chain(own).collect()
    }

    /// What the inputs of each mailbox of `node` ask for beside the others, in the order of the mailboxes; none if no input
    /// asks for anything. Those that share a mailbox weigh together as much as they are.
    pub(crate) fn shares_of(&self, node: &Node) -> Vec<Share> {
        let inputs = &node.options.inputs;
        if !inputs.iter().any(|input| input.weight.is_some() || input.preferred) {
            return Vec::new();
        }
        let sharing = inputs.iter().filter(|input| !node.has_own_mailbox(input)).count();
        let shares = self.mailboxes_of(node).into_iter().map(|(number, _)| match number {
            None => Share { weight: u32::try_from(sharing).unwrap_or(u32::MAX), preferred: false },
            Some(number) => {
                let input = &inputs[number];
                Share { weight: input.weight.unwrap_or(1).max(1), preferred: input.preferred }
            }
        });
        shares.collect()
    }
}

//! What the loop does for an actor that chooses among its inputs.

use super::core::Core;
use crate::actor::Stage;
use crate::message::Message;
use crate::outlet::PortSet;

impl<T: Message, P: PortSet> Core<T, P> {
    /// Asks the actor which input it wants the next message from.
    pub(super) fn ask_which_input<S: Stage<In = T>>(&mut self, actor: &S) {
        self.hook = "wants";
        let (input, most) = actor.wants_input();
        self.intake.choose(input, most.max(1));
    }

    /// Tells the actor which inputs have ended.
    pub(super) fn tell_ends<S: Stage<In = T>>(&mut self, actor: &mut S) {
        self.hook = "on_side_end";
        while let Some(input) = self.intake.next_end() {
            actor.on_one_end(input);
        }
    }

    /// So many messages were handled for nothing: what was to be matched with them will not come. They count as cancelled.
    pub(super) fn cancel_unmatched(&mut self, messages: usize) {
        let unmatched = (messages as u64).min(self.counts.handled);
        self.counts.handled -= unmatched;
        self.others += unmatched;
        (0..unmatched).for_each(|_| self.intake.cancel_one());
    }
}

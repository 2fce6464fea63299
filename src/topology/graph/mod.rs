//! The graph of actors and links, to be drawn or put in words.

use crate::Topology;

/// The actors and links of a topology.
#[derive(Clone, Debug)]
pub struct Graph {}

impl Graph {
    /// The graph of `topology`.
    pub fn of(topology: &Topology) -> Self {
        let _ = topology;
        Self {}
    }

    /// The graph as a Mermaid flowchart.
    pub fn to_mermaid(&self) -> String {
        String::new()
    }

    /// The graph in the language of Graphviz.
    pub fn to_dot(&self) -> String {
        String::new()
    }

    /// The graph in words, one line per actor.
    pub fn describe(&self) -> String {
        String::new()
    }
}

//! Where messages go round.

use super::Shape;
use std::collections::{HashMap, HashSet};
use tidegate::prelude::*;

/// The stages that send back, and to which. Stages are known by their place among all that can be read, behind the producers.
#[derive(Default)]
pub(super) struct Loops {
    /// What comes back to a stage, beside its other inputs.
    pub(super) to: HashMap<usize, Vec<InputOptions>>,
    /// Stages that send back.
    pub(super) from: HashSet<usize>,
}

impl Loops {
    pub(super) fn of(shape: &Shape) -> Self {
        let mut loops = Self::default();
        let sources = shape.sources.len();
        for (at, stage) in shape.stages.iter().enumerate() {
            let Some((to, how)) = stage.back else { continue };
            // Itself, and those before it that can have a further input, the nearest first.
            let mut line = Vec::new();
            let mut next = sources + at;
            while next >= sources && !shape.stages[next - sources].joins {
                line.push(next);
                next = shape.stages[next - sources].from.index(next);
            }
            if !line.is_empty() {
                let back = how.resolve(&format!("stage{}.again", sources + at));
                loops.to.entry(line[to.index(line.len())]).or_default().push(back);
                loops.from.insert(sources + at);
            }
        }
        loops
    }

    /// Whether what this stage emits is in a loop: then it has no order.
    pub(super) fn has(&self, stage: usize) -> bool {
        self.to.contains_key(&stage) || self.from.contains(&stage)
    }
}

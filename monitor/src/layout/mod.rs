//! Where to draw the actors and links of a topology: in layers from left to right, as Sugiyama, Tagawa and Toda do it
//! ("Methods for visual understanding of hierarchical system structures", 1981).
//!
//! ```text
//! cycles   links that lead back are set aside              edges that are left have a direction
//! layers   the longest path says in which column one is    long links get a bend in each column they pass
//! order    sweeps put each one near its neighbours         few crossings
//! place    each column is pulled straight                  heights
//! route    lines through the bends, feedback underneath    points and paths
//! ```
//!
//! The same description always gives the same drawing: nothing depends on the order of a hash map or on chance.

mod cycles;
mod layers;
mod order;
mod place;
mod route;
mod svg;

use crate::Description;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// A drawing of a topology: boxes and lines, in pixels, from the top left corner.
///
/// ```
/// use tidegate::prelude::*;
/// use tidegate_monitor::{Description, Layout};
///
/// let topology = Topology::new("numbers")
///     .producer("n", iter(1..=1000u64))
///     .consumer("print", for_each(|n: u64| println!("{n}")));
/// let layout = Layout::of(&Description::of(&topology));
/// let [n, print] = &layout.nodes[..] else { unreachable!() };
/// assert!(n.x + n.width < print.x);
/// assert_eq!(n.y, print.y);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Layout {
    /// How wide all of it is.
    pub width: f64,
    /// How high all of it is.
    pub height: f64,
    /// The actors, in the order of the topology.
    pub nodes: Vec<LayoutNode>,
    /// The links, in the order of the topology.
    pub edges: Vec<LayoutEdge>,
}

/// The box of an actor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LayoutNode {
    /// The name of the actor.
    pub name: String,
    /// Its left edge.
    pub x: f64,
    /// Its upper edge.
    pub y: f64,
    /// How wide it is.
    pub width: f64,
    /// How high it is.
    pub height: f64,
    /// Its column, from 0 at the left.
    pub rank: usize,
}

/// The line of a link.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LayoutEdge {
    /// The emitting actor.
    pub from: String,
    /// Its port; empty for the only outlet of an actor.
    pub port: String,
    /// The receiving actor.
    pub to: String,
    /// Where it passes, both ends included.
    pub points: Vec<[f64; 2]>,
    /// The smooth curve through these points, as the path data of SVG.
    pub path: String,
    /// Whether it leads back and so closes a cycle; such lines run below all boxes.
    pub feedback: bool,
    /// Whether it only listens.
    pub tap: bool,
}

/// How large things are drawn, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sizes {
    /// A box.
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// Between two columns.
    pub(crate) column_gap: f64,
    /// Between two boxes of a column.
    pub(crate) row_gap: f64,
    /// Around everything.
    pub(crate) margin: f64,
}

impl Sizes {
    /// Boxes with room for a mailbox and a split of time.
    const PAGE: Self = Self { width: 212.0, height: 124.0, column_gap: 76.0, row_gap: 28.0, margin: 24.0 };
    /// Boxes with room for three lines of text.
    const DRAWING: Self = Self { width: 184.0, height: 66.0, column_gap: 72.0, row_gap: 24.0, margin: 24.0 };
}

/// The graph while it is laid out: actors by number.
struct Graph {
    actors: usize,
    /// From and to, in the order of the links.
    edges: Vec<(usize, usize)>,
    /// Of each edge, whether it leads back.
    feedback: Vec<bool>,
}

impl Layout {
    /// The drawing of the dashboard.
    pub fn of(description: &Description) -> Self {
        Self::with(description, &Sizes::PAGE)
    }

    /// Links whose ends are no actors are left out.
    pub(crate) fn with(description: &Description, sizes: &Sizes) -> Self {
        let actors = &description.actors;
        let numbers: HashMap<&str, usize> =
            actors.iter().enumerate().map(|(number, actor)| (actor.name.as_str(), number)).collect();
        let number = |name: &str| numbers.get(name).copied();
        let (links, edges): (Vec<_>, Vec<_>) = description
            .links
            .iter()
            .filter_map(|link| Some((link, (number(&link.from)?, number(&link.to)?))))
            .unzip();
        let feedback = cycles::feedback(actors.len(), &edges);
        let graph = Graph { actors: actors.len(), edges, feedback };
        let mut columns = layers::Columns::of(&graph);
        order::reduce_crossings(&mut columns);
        let centres = place::heights(&columns, sizes);
        let drawn = route::route(&graph, &columns, &centres, sizes);
        let nodes = actors.iter().enumerate().map(|(number, actor)| LayoutNode {
            name: actor.name.clone(),
            x: sizes.left(columns.rank[number]),
            y: centres[number] - sizes.height / 2.0,
            width: sizes.width,
            height: sizes.height,
            rank: columns.rank[number],
        });
        let edges =
            links.iter().zip(drawn.lines).enumerate().map(|(edge, (link, (points, path)))| LayoutEdge {
                from: link.from.clone(),
                port: link.port.clone(),
                to: link.to.clone(),
                points,
                path,
                feedback: graph.feedback[edge],
                tap: link.tap,
            });
        let edges = edges.collect();
        Self { width: drawn.width, height: drawn.height, nodes: nodes.collect(), edges }
    }
}

impl Sizes {
    /// The left edge of a column.
    fn left(&self, rank: usize) -> f64 {
        self.margin + rank as f64 * (self.width + self.column_gap)
    }
}

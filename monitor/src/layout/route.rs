//! The lines of the links.

use super::layers::Columns;
use super::{Graph, Sizes};
use std::fmt::Write;

/// Between two lines that lead back.
const LANE: f64 = 16.0;
/// The most between two lines at the side of a box.
const SPREAD: f64 = 18.0;

/// What all lines come to.
pub(super) struct Drawn {
    /// Of each edge, its points and its path.
    pub(super) lines: Vec<(Vec<[f64; 2]>, String)>,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// Draws the edges, and says how large everything is.
pub(super) fn route(graph: &Graph, columns: &Columns, centre: &[f64], sizes: &Sizes) -> Drawn {
    let ports = ports(graph, columns, centre, sizes);
    let halves = (0..columns.rank.len())
        .map(|number| centre[number] + if columns.is_bend(number) { LANE / 2.0 } else { sizes.height / 2.0 });
    let bottom = halves.max_by(f64::total_cmp).unwrap_or(sizes.margin);
    let mut lanes = 0;
    let lines = graph.edges.iter().enumerate().map(|(edge, &(from, to))| {
        let (start, end) = ports[edge];
        let start = [sizes.left(columns.rank[from]) + sizes.width, start];
        let end = [sizes.left(columns.rank[to]), end];
        if graph.feedback[edge] {
            lanes += 1;
            return back(start, end, bottom + sizes.row_gap / 2.0 + LANE * f64::from(lanes), sizes);
        }
        let mut points = vec![start];
        for &bend in &columns.bends[edge] {
            let left = sizes.left(columns.rank[bend]);
            points.extend([[left, centre[bend]], [left + sizes.width, centre[bend]]]);
        }
        points.push(end);
        let path = curve(&points);
        (points, path)
    });
    let lines = lines.collect();
    let below = if lanes > 0 { sizes.row_gap / 2.0 + LANE * f64::from(lanes) } else { 0.0 };
    let count = columns.columns.len();
    let width = if count == 0 { 0.0 } else { sizes.left(count - 1) + sizes.width };
    Drawn { lines, width: width + sizes.margin, height: bottom + below + sizes.margin }
}

/// Of each edge, the heights at which it leaves one box and enters the other: side by side, in the order in which they go on.
fn ports(graph: &Graph, columns: &Columns, centre: &[f64], sizes: &Sizes) -> Vec<(f64, f64)> {
    let mut leaving = vec![Vec::new(); graph.actors];
    let mut entering = vec![Vec::new(); graph.actors];
    for (edge, &(from, to)) in graph.edges.iter().enumerate() {
        let bends = &columns.bends[edge];
        // Those that lead back go below all others.
        let towards = |number: usize| if graph.feedback[edge] { f64::INFINITY } else { centre[number] };
        leaving[from].push((towards(bends.first().copied().unwrap_or(to)), edge));
        entering[to].push((towards(bends.last().copied().unwrap_or(from)), edge));
    }
    let mut heights = vec![(0.0, 0.0); graph.edges.len()];
    let mut spread = |lines: &mut Vec<(f64, usize)>, actor: usize, starts: bool| {
        lines.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
        let step = SPREAD.min(sizes.height * 0.7 / lines.len() as f64);
        let first = centre[actor] - step * (lines.len() - 1) as f64 / 2.0;
        for (at, (_, edge)) in lines.iter().enumerate() {
            // To a tenth of a pixel: what is sent to the page stays short.
            let height = (10.0 * (first + step * at as f64)).round() / 10.0;
            if starts { heights[*edge].0 = height } else { heights[*edge].1 = height }
        }
    };
    for actor in 0..graph.actors {
        if !leaving[actor].is_empty() {
            spread(&mut leaving[actor], actor, true);
        }
        if !entering[actor].is_empty() {
            spread(&mut entering[actor], actor, false);
        }
    }
    heights
}

/// Curves that are level at each point: between two columns no box is in the way.
fn curve(points: &[[f64; 2]]) -> String {
    let mut path = String::new();
    let write = "a string takes all it is given";
    for (at, &[x, y]) in points.iter().enumerate() {
        let Some(&[before_x, before_y]) = at.checked_sub(1).map(|before| &points[before]) else {
            write!(path, "M{x:.1},{y:.1}").expect(write);
            continue;
        };
        if before_y == y {
            write!(path, "H{x:.1}").expect(write);
        } else {
            let middle = f64::midpoint(before_x, x);
            write!(path, "C{middle:.1},{before_y:.1} {middle:.1},{y:.1} {x:.1},{y:.1}").expect(write);
        }
    }
    path
}

/// A line that leads back: out to the right, down in the gap, left below everything, up in the gap.
fn back(start: [f64; 2], end: [f64; 2], lane: f64, sizes: &Sizes) -> (Vec<[f64; 2]>, String) {
    // Within the gap between two columns, and within the margin.
    let aside = (sizes.column_gap * 0.3).min(sizes.margin * 0.75).round();
    let (right, left) = (start[0] + aside, end[0] - aside);
    let points = vec![start, [right, start[1]], [right, lane], [left, lane], [left, end[1]], end];
    let mut path = format!("M{:.1},{:.1}", start[0], start[1]);
    // The corners are rounded.
    for corner in points.windows(3) {
        let [before, at, after] = corner else { unreachable!("windows of three") };
        let near = |other: &[f64; 2]| {
            let (dx, dy) = (other[0] - at[0], other[1] - at[1]);
            let length = dx.hypot(dy).max(f64::MIN_POSITIVE);
            let by = 12.0f64.min(length / 2.0) / length;
            [at[0] + dx * by, at[1] + dy * by]
        };
        let ([ax, ay], [bx, by]) = (near(before), near(after));
        write!(path, "L{ax:.1},{ay:.1}Q{:.1},{:.1} {bx:.1},{by:.1}", at[0], at[1])
            .expect("a string takes all it is given");
    }
    write!(path, "L{:.1},{:.1}", end[0], end[1]).expect("a string takes all it is given");
    (points, path)
}

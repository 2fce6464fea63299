//! The drawing of a topology: boxes that do not overlap, lines from left to right.

use serde_json::json;
use std::time::{Duration, Instant};
use tidegate_monitor::{Description, Layout, LayoutNode};

/// A description with these actors and links (`a.port>b` for a port).
fn description(actors: &[String], links: &[String]) -> Description {
    let actors = actors.iter().map(|name| {
        json!({
            "name": name, "role": "stage", "actor": "map", "instances": [1, 1], "routing": "shared", "blocking": false
        })
    });
    let links = links.iter().map(|link| {
        let (from, to) = link.split_once('>').expect("a link has two ends");
        let (from, port) = from.split_once('.').unwrap_or((from, ""));
        json!({"from": from, "port": port, "to": to, "tap": false})
    });
    let whole = json!({
        "name": "test", "actors": actors.collect::<Vec<_>>(), "links": links.collect::<Vec<_>>()
    });
    serde_json::from_value(whole).expect("a description")
}

fn drawn(actors: &str, links: &str) -> Layout {
    let words = |text: &str| text.split_whitespace().map(String::from).collect::<Vec<_>>();
    sound(Layout::of(&description(&words(actors), &words(links))))
}

/// A graph of so many actors, each fed by up to three earlier ones: the same every time.
fn tangle(actors: usize) -> Description {
    let mut random = 12345usize;
    let mut next = |below: usize| {
        random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (random >> 33) % below
    };
    let names: Vec<String> = (0..actors).map(|number| format!("a{number}")).collect();
    let mut links = Vec::new();
    for to in 1..actors {
        for _ in 0..=next(3) {
            links.push(format!("a{}>a{to}", next(to.min(12)) + to.saturating_sub(12)));
        }
    }
    links.dedup();
    description(&names, &links)
}

/// Checks what holds for every drawing.
fn sound(layout: Layout) -> Layout {
    let node = |name: &str| layout.nodes.iter().find(|node| node.name == name).expect("an end that is drawn");
    for (at, one) in layout.nodes.iter().enumerate() {
        assert!(one.x >= 0.0 && one.y >= 0.0, "{one:?}");
        assert!(one.x + one.width <= layout.width && one.y + one.height <= layout.height, "{one:?}");
        for other in &layout.nodes[at + 1..] {
            assert!(apart(one, other), "{one:?} overlaps {other:?}");
        }
    }
    for edge in &layout.edges {
        let (from, to) = (node(&edge.from), node(&edge.to));
        let (first, last) = (edge.points[0], edge.points[edge.points.len() - 1]);
        assert_eq!((first[0], last[0]), (from.x + from.width, to.x), "{edge:?}");
        assert!(first[1] >= from.y && first[1] <= from.y + from.height, "{edge:?}");
        assert!(last[1] >= to.y && last[1] <= to.y + to.height, "{edge:?}");
        assert!(edge.path.starts_with('M') && !edge.path.contains("NaN"), "{edge:?}");
        if !edge.feedback {
            assert!(from.rank < to.rank, "{edge:?}");
            assert!(edge.points.windows(2).all(|pair| pair[0][0] < pair[1][0]), "{edge:?}");
            // What is level lies in a column: there, no other box may be in the way.
            for pair in edge.points.windows(2).filter(|pair| pair[0][1] == pair[1][1]) {
                let hit = layout.nodes.iter().find(|node| {
                    let beside = node.x >= pair[1][0] || node.x + node.width <= pair[0][0];
                    !beside && pair[0][1] > node.y && pair[0][1] < node.y + node.height
                });
                assert!(hit.is_none(), "{edge:?} runs through {hit:?}");
            }
        }
        for &[x, y] in &edge.points {
            assert!(x >= 0.0 && x <= layout.width && y >= 0.0 && y <= layout.height, "{edge:?}");
        }
    }
    layout
}

fn apart(one: &LayoutNode, other: &LayoutNode) -> bool {
    one.x + one.width < other.x
        || other.x + other.width < one.x
        || one.y + one.height < other.y
        || other.y + other.height < one.y
}

fn ranks(layout: &Layout) -> Vec<usize> {
    layout.nodes.iter().map(|node| node.rank).collect()
}

#[test]
fn a_chain_is_a_straight_line_from_left_to_right() {
    let layout = drawn("a b c", "a>b b>c");
    assert_eq!(ranks(&layout), [0, 1, 2]);
    assert!(layout.nodes.iter().all(|node| node.y == layout.nodes[0].y), "{layout:?}");
    assert!(layout.edges.iter().all(|edge| edge.path.contains('H') && !edge.feedback), "{layout:?}");
}

#[test]
fn the_ends_of_a_diamond_stand_in_the_middle_of_its_arms() {
    let layout = drawn("in up down out", "in>up in>down up>out down>out");
    let y: Vec<f64> = layout.nodes.iter().map(|node| node.y).collect();
    assert_eq!((y[0], y[3]), ((y[1] + y[2]) / 2.0, y[0]));
    assert!(y[1] < y[2], "the order of the topology stays");
}

#[test]
fn a_long_link_keeps_clear_of_the_boxes_it_passes() {
    let layout = drawn("a b c d", "a>b b>c c>d a>d");
    assert_eq!(ranks(&layout), [0, 1, 2, 3]);
    assert_eq!(layout.edges[3].points.len(), 6, "two bends, each with a point at either side of the column");
}

#[test]
fn a_link_that_leads_back_is_marked_and_runs_below_all_boxes() {
    let layout = drawn("source work sort sink", "source>work work>sort sort.again>work sort.done>sink");
    let feedback: Vec<bool> = layout.edges.iter().map(|edge| edge.feedback).collect();
    assert_eq!(feedback, [false, false, true, false]);
    let lowest_box = layout.nodes.iter().map(|node| node.y + node.height).fold(0.0, f64::max);
    let lowest = layout.edges[2].points.iter().map(|point| point[1]).fold(0.0, f64::max);
    assert!(lowest > lowest_box && lowest < layout.height, "{lowest} {lowest_box}");
}

#[test]
fn cycles_without_a_beginning_end_too() {
    assert_eq!(ranks(&drawn("a b c", "a>b b>c c>a")), [0, 1, 2]);
    assert!(drawn("a", "a>a").edges[0].feedback);
    assert_eq!(drawn("a b c d", "a>b b>a c>d d>c").edges.iter().filter(|edge| edge.feedback).count(), 2);
}

#[test]
fn two_ports_that_lead_to_the_same_actor_are_two_lines() {
    let layout = drawn("split join", "split.left>join split.right>join");
    let [left, right] = &layout.edges[..] else { panic!("{layout:?}") };
    assert!(left.points[0][1] < right.points[0][1] && left.points[1][1] < right.points[1][1], "{layout:?}");
    assert_eq!((left.port.as_str(), right.port.as_str()), ("left", "right"));
}

#[test]
fn what_is_not_linked_stands_in_the_first_column() {
    assert_eq!(ranks(&drawn("a b c", "a>b")), [0, 1, 0]);
    let empty = Layout::of(&description(&[], &[]));
    assert!(empty.nodes.is_empty() && empty.width > 0.0 && empty.height > 0.0, "{empty:?}");
}

#[test]
fn a_link_to_nobody_is_left_out() {
    assert_eq!(drawn("a b", "a>b a>ghost").edges.len(), 1);
}

#[test]
fn two_hundred_actors_are_drawn_soundly_and_at_once() {
    let description = tangle(200);
    let since = Instant::now();
    let layout = sound(Layout::of(&description));
    assert_eq!(layout.nodes.len(), 200);
    // Some milliseconds; the checks and a slow machine are allowed for.
    assert!(since.elapsed() < Duration::from_secs(5), "{:?}", since.elapsed());
}

#[test]
fn a_chain_and_a_fan_of_two_hundred_are_drawn_soundly() {
    let names: Vec<String> = (0..200).map(|number| format!("a{number}")).collect();
    let chain: Vec<String> = (1..200).map(|number| format!("a{}>a{number}", number - 1)).collect();
    assert_eq!(sound(Layout::of(&description(&names, &chain))).nodes[199].rank, 199);
    let fan: Vec<String> = (1..200).map(|number| format!("a0>a{number}")).collect();
    let layout = sound(Layout::of(&description(&names, &fan)));
    let heights: Vec<f64> = layout.nodes[1..].iter().map(|node| node.y).collect();
    assert!(heights.is_sorted(), "readers of one actor keep the order of the topology");
}

#[test]
fn the_same_topology_is_drawn_the_same_way_every_time() {
    assert_eq!(Layout::of(&tangle(120)), Layout::of(&tangle(120)));
}

#[test]
fn a_drawing_survives_json() {
    let layout = Layout::of(&tangle(20));
    let json = serde_json::to_string(&layout).expect("a layout is plain data");
    assert_eq!(serde_json::from_str::<Layout>(&json).expect("what was written"), layout);
}

//! `tidegate graph`: a topology, drawn.

#[expect(dead_code, reason = "each test program uses a part of it")]
mod support;

use support::{Workspace, numbers};

#[test]
fn a_topology_is_drawn_for_mermaid_unless_dot_is_asked_for() {
    let workspace = Workspace::new(&numbers(10));
    let ran = workspace.run(&["graph"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
    assert!(ran.stdout.contains("flowchart") && ran.stdout.contains("-->"), "{ran:?}");
    let dot = workspace.run(&["graph", "config.toml", "--format", "dot"]);
    assert_eq!((dot.code, dot.stderr.as_str()), (Some(0), ""), "{dot:?}");
    assert!(dot.stdout.contains("digraph") && dot.stdout.contains("->"), "{dot:?}");
    for drawing in [&ran.stdout, &dot.stdout] {
        assert!(
            drawing.contains("store") && drawing.ends_with('\n') && !drawing.ends_with("\n\n"),
            "{drawing}"
        );
    }
    assert_eq!(workspace.files(), ["config.toml"]);
}

#[test]
fn a_file_with_mistakes_is_not_drawn() {
    let ran = Workspace::new("[producers.n]\nactor = \"conter\"\n").run(&["graph"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran:?}");
    assert!(ran.stderr.contains("--> config.toml:2:9"), "{ran:?}");
}

#[test]
fn svg_is_a_picture_that_stands_alone() {
    let workspace = Workspace::new(&numbers(10));
    let ran = workspace.run(&["graph", "--format", "svg"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
    assert!(ran.stdout.starts_with("<svg ") && ran.stdout.ends_with("</svg>\n"), "{ran:?}");
    assert!(ran.stdout.contains(">store</text>"), "{ran:?}");
    // The namespace is a name, not something to load.
    let addresses = ran.stdout.matches("http").count();
    assert_eq!(addresses, ran.stdout.matches("http://www.w3.org/2000/svg").count(), "{ran:?}");
}

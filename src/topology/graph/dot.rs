//! The graph in the language of Graphviz: producers are ellipses, stages boxes, consumers cylinders; a dashed link
//! leads to a mailbox that drops.

use super::Graph;
use crate::topology::Role;
use std::fmt::Write;

impl Graph {
    /// The graph in the language of Graphviz.
    pub fn to_dot(&self) -> String {
        let mut text = format!("digraph {} {{\n    rankdir=LR;\n", quoted(&self.name));
        let mut line = |line: String| writeln!(text, "    {line}").expect("a string takes all it is given");
        for actor in &self.actors {
            let shape = match actor.role {
                Role::Producer => "ellipse",
                Role::Stage => "box",
                Role::Consumer => "cylinder",
            };
            let label =
                [&actor.name].into_iter().chain(&actor.details()).cloned().collect::<Vec<_>>().join("\n");
            line(format!("{} [shape={shape}, label={}];", quoted(&actor.name), quoted(&label)));
        }
        for link in &self.links {
            let style = if link.mailbox.drops.is_some() { ", style=dashed" } else { "" };
            let (from, to) = (quoted(&self.actors[link.from].name), quoted(&self.actors[link.to].name));
            line(format!("{from} -> {to} [label={}{style}];", quoted(&link.label())));
        }
        text.push_str("}\n");
        text
    }
}

/// A string of the language: quotation marks and backslashes are escaped, line breaks written as `\n`.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for char in text.chars() {
        match char {
            '"' | '\\' => quoted.extend(['\\', char]),
            '\n' => quoted.push_str("\\n"),
            char if char.is_control() => quoted.push(' '),
            char => quoted.push(char),
        }
    }
    quoted.push('"');
    quoted
}

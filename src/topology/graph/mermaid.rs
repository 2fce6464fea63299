//! The graph as a Mermaid flowchart: producers are stadiums, stages boxes, consumers cylinders; a dotted link leads
//! to a mailbox that drops.

use super::Graph;
use crate::topology::Role;
use std::fmt::Write;

impl Graph {
    /// The graph as a Mermaid flowchart.
    pub fn to_mermaid(&self) -> String {
        let mut text = format!("---\ntitle: {}\n---\nflowchart LR\n", title(&self.name));
        let mut line = |line: String| writeln!(text, "    {line}").expect("a string takes all it is given");
        for (number, actor) in self.actors.iter().enumerate() {
            let label: Vec<String> =
                [&actor.name].into_iter().chain(&actor.details()).map(|part| escape(part)).collect();
            let label = label.join("<br>");
            line(match actor.role {
                Role::Producer => format!("n{number}([\"{label}\"])"),
                Role::Stage => format!("n{number}[\"{label}\"]"),
                Role::Consumer => format!("n{number}[(\"{label}\")]"),
            });
        }
        for link in &self.links {
            let arrow = if link.mailbox.drops.is_some() { "-.->" } else { "-->" };
            line(format!("n{} {arrow}|\"{}\"| n{}", link.from, escape(&link.label()), link.to));
        }
        text
    }
}

/// Text between quotation marks, where Mermaid knows entities, written with `#`.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for char in text.chars() {
        match char {
            'a'..='z' | 'A'..='Z' | '0'..='9' | ' ' | '_' | '-' | '.' | ',' | ':' => escaped.push(char),
            char if char.is_alphanumeric() => escaped.push(char),
            char => write!(escaped, "#{};", u32::from(char)).expect("a string takes all it is given"),
        }
    }
    escaped
}

/// A string of YAML, of which the strings of JSON are a part.
fn title(name: &str) -> String {
    serde_json::Value::from(name).to_string()
}

//! `tidegate check`: what a topology is and how much it can hold, or all that is wrong with it.

use crate::alerts;
use crate::args;
use crate::diagnostics;
use crate::exit::Exit;
use crate::format::{columns, counted, grouped, list};
use crate::load::load;
use crate::output::print;
use crate::screen::Screen;
use crate::toml;
use tidegate::topology::Bound;
use tidegate::topology::file::Effective;
use tidegate::topology::graph::Graph;
use tidegate::{Registry, Topology};

/// Checks the file without starting anything.
pub(crate) fn check(arguments: &args::Check, registry: &Registry) -> Exit {
    let screen = Screen::new();
    let file = &arguments.source.file;
    let loaded = match load(&screen, file, &arguments.source.assignments, registry) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    let mut problems = loaded.topology.check(!arguments.no_environment);
    problems.extend(alerts::check(&loaded));
    let problems = loaded.diagnose(problems);
    if !problems.0.is_empty() {
        diagnostics::show(&screen, file, &problems);
    }
    if diagnostics::has_errors(&problems) {
        return Exit::Usage;
    }
    let topology = &loaded.topology;
    let mut text = format!("{}\n{}\n\n", head(topology), Graph::of(topology).describe().trim_end());
    text.push_str(&bound(&topology.bound()));
    if arguments.show_config {
        text.push('\n');
        text.push_str(&settings(&loaded.settings));
    }
    print(&screen, &text)
}

fn head(topology: &Topology) -> String {
    let nodes = topology.nodes();
    let links: usize = nodes.iter().map(|node| node.options.inputs.len()).sum();
    format!(
        "{}: {}, {}\n",
        topology.name(),
        counted(nodes.len() as u64, "actor"),
        counted(links as u64, "link")
    )
}

/// The most messages, in words and by actor.
fn bound(bound: &Bound) -> String {
    let bytes = bound.bytes.map(|bytes| format!(", {} waiting", counted(bytes as u64, "byte")));
    let mut text = format!(
        "At most {} in it at any moment{}:\n",
        counted(bound.messages as u64, "message"),
        bytes.unwrap_or_default()
    );
    let limited = bound.actors.iter().any(|actor| actor.bytes.is_some_and(|bytes| bytes > 0));
    let mut rows = vec![["actor", "mailbox", "in hand", "held", "total"].map(String::from).to_vec()];
    if limited {
        rows[0].push("mailbox bytes".into());
    }
    for actor in &bound.actors {
        let numbers = [actor.capacity, actor.in_hand, actor.held, actor.messages()];
        let mut row = vec![actor.name.clone()];
        row.extend(numbers.map(|number| grouped(number as u64)));
        if limited {
            row.push(actor.bytes.map_or_else(|| "no limit".into(), |bytes| grouped(bytes as u64)));
        }
        rows.push(row);
    }
    text.push_str(&columns("  ", &rows));
    if !bound.may_expand.is_empty() {
        let names: Vec<String> = bound.may_expand.iter().map(|name| format!("`{name}`")).collect();
        text.push_str(&format!(
            "What one call of {} emits past the room it has waits in its outlet, beside this.\n",
            list(&names)
        ));
    }
    text
}

/// Every value as a line of TOML, with its origin as a comment.
fn settings(settings: &[Effective]) -> String {
    let row = |setting: &Effective| {
        let value = match toml::value(&setting.value) {
            Some(value) => format!("{} = {value}", setting.path),
            None => format!("# {} is not set", setting.path),
        };
        vec![value, format!("# {}", setting.origin)]
    };
    columns("", &settings.iter().map(row).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use tidegate::topology::ActorBound;
    use tidegate::topology::file::Origin;

    fn actor(name: &str, capacity: usize, in_hand: usize, bytes: Option<usize>) -> ActorBound {
        ActorBound { name: name.into(), capacity, in_hand, held: 0, bytes }
    }

    #[test]
    fn the_bound_is_told_in_all_and_by_actor() {
        let whole = Bound {
            messages: 1026,
            bytes: None,
            actors: vec![actor("lines", 0, 1, Some(0)), actor("store", 1024, 1, None)],
            may_expand: vec!["lines".into()],
        };
        let expected = "At most 1,026 messages in it at any moment:\n\
            \x20 actor  mailbox  in hand  held  total\n\
            \x20 lines  0        1        0     1\n\
            \x20 store  1,024    1        0     1,025\n\
            What one call of `lines` emits past the room it has waits in its outlet, beside this.\n";
        assert_eq!(bound(&whole), expected);
    }

    #[test]
    fn limits_in_bytes_get_a_column() {
        let whole = Bound {
            messages: 12,
            bytes: Some(4096),
            actors: vec![actor("lines", 0, 1, Some(0)), actor("store", 10, 1, Some(4096))],
            may_expand: Vec::new(),
        };
        let text = bound(&whole);
        assert!(
            text.starts_with("At most 12 messages in it at any moment, 4,096 bytes waiting:\n"),
            "{text}"
        );
        assert!(text.contains("total  mailbox bytes\n") && text.contains("11     4,096\n"), "{text}");
    }

    #[test]
    fn settings_are_lines_of_toml_with_their_origin() {
        let effective = |path: &str, value, origin| Effective { path: path.into(), value, origin };
        let file = Origin::File { file: "config.toml".into(), line: 3, column: 1 };
        let all = [
            effective("mailbox.capacity", json!(64), Origin::Set("mailbox.capacity=64".into())),
            effective("producers.lines.path", json!("a \"b\".csv"), file),
            effective("runtime.arbiters", Value::Null, Origin::Default),
        ];
        let expected = "mailbox.capacity = 64                 # --set\n\
            producers.lines.path = \"a \\\"b\\\".csv\"  # config.toml:3\n\
            # runtime.arbiters is not set         # default\n";
        assert_eq!(settings(&all), expected);
    }
}

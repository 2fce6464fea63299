//! All that is known about one actor.

use super::settings::{self, Setting};
use super::types;
use crate::format::{columns, wrapped};
use crate::toml;
use indexmap::IndexMap;
use std::fmt::Write;
use tidegate::topology::{Registration, Role};

/// All that is known about the actors in `found`, which have one name.
pub(super) fn explain(found: &[Registration]) -> String {
    let first = &found[0];
    let mut text = format!("{}: {}, {}\n", first.name(), first.role(), types(found));
    let doc = Doc::read(first.summary());
    if !doc.prose.is_empty() {
        let _ = write!(text, "\n{}\n", doc.prose);
    }
    let _ = write!(text, "\n{}", ports(found));
    let settings = settings::of(first.schema().as_value());
    if settings.is_empty() {
        text.push_str("It has no settings of its own.\n");
    } else {
        text.push_str("Settings\n");
        text.extend(settings.iter().map(entry));
    }
    let _ = write!(text, "\nExample\n\n{}", doc.example.unwrap_or_else(|| example(first, &settings)));
    text
}

/// The doc comment of an actor, taken apart.
struct Doc {
    prose: String,
    /// Its first block of TOML.
    example: Option<String>,
}

impl Doc {
    fn read(text: &str) -> Self {
        let Some((before, rest)) = text.split_once("```toml\n") else {
            return Self { prose: text.trim().into(), example: None };
        };
        let (example, after) = rest.split_once("```").unwrap_or((rest, ""));
        let prose = format!("{}\n\n{}", before.trim(), after.trim());
        Self { prose: prose.trim().into(), example: Some(example.into()) }
    }
}

/// How others name its outlets in their `inputs`, and what comes out of each: `u64 | Record` where one name stands for
/// several actors.
fn ports(found: &[Registration]) -> String {
    let (actor, mut types) = (&found[0], IndexMap::<&str, Vec<String>>::new());
    for port in found.iter().flat_map(Registration::ports) {
        let (known, new) = (types.entry(port.name).or_default(), port.message.name());
        if !known.contains(&new) {
            known.push(new);
        }
    }
    let name = actor.name();
    let row = |(port, types): (&str, Vec<String>)| {
        let from = if port.is_empty() { name.to_string() } else { format!("{name}.{port}") };
        vec![format!("inputs = [\"{from}\"]"), types.join(" | "), "what it emits".into()]
    };
    let mut rows: Vec<Vec<String>> = types.into_iter().map(row).collect();
    if actor.role() != Role::Producer {
        let from = format!("inputs = [\"{name}.dead_letters\"]");
        rows.push(vec![from, "DeadLetter".into(), "messages it could not handle, with the reason".into()]);
    }
    format!("Read it with\n{}\n", columns("  ", &rows))
}

fn entry(setting: &Setting) -> String {
    let presence = match &setting.default {
        _ if setting.required => "required".into(),
        Some(default) => format!("default {}", toml::value(default).unwrap_or_default()),
        None => "optional".into(),
    };
    format!("  {}: {}, {presence}\n{}", setting.name, setting.kind, wrapped("      ", &setting.doc))
}

/// A part of a topology file that can be pasted: what is required, and the rest as comments.
fn example(actor: &Registration, settings: &[Setting]) -> String {
    let mut text = format!("[{}s.my_{}]\nactor = \"{}\"\n", actor.role(), actor.name(), actor.name());
    if actor.role() != Role::Producer {
        text.push_str("inputs = [\"...\"]\n");
    }
    for setting in settings {
        let Some(value) = toml::value(&setting.example) else { continue };
        let comment = if setting.required { "" } else { "# " };
        let _ = writeln!(text, "{comment}{} = {value}", setting.name);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::sample::registry;
    use super::*;

    #[test]
    fn an_actor_is_explained_with_ports_settings_and_an_example_to_paste() {
        let expected = r#"multiply: stage, u64 -> u64

Multiplies each number. It never
overflows.

More about it.

Read it with
  inputs = ["multiply"]               u64         what it emits
  inputs = ["multiply.dead_letters"]  DeadLetter  messages it could not handle, with the reason

Settings
  by: integer, required
      The factor.
  label: string, optional
      What to say.

Example

[stages.my_multiply]
actor = "multiply"
inputs = ["..."]
by = 1
# label = "..."
"#;
        assert_eq!(explain(registry().find("multiply")), expected);
    }

    #[test]
    fn an_outlet_of_several_types_is_listed_with_all_of_them() {
        let ported = ports(tidegate_actors::standard().find("counter"));
        assert_eq!(ported, "Read it with\n  inputs = [\"counter\"]  u64 | Record  what it emits\n\n");
    }

    #[test]
    fn the_example_in_the_doc_comment_is_preferred() {
        let doc = Doc::read("Counts.\n\n```toml\n[producers.n]\nto = 3\n```\n\nIt ends.");
        assert_eq!(doc.prose, "Counts.\n\nIt ends.");
        assert_eq!(doc.example.as_deref(), Some("[producers.n]\nto = 3\n"));
    }
}

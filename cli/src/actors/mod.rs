//! `tidegate actors`: what a topology file may name.

mod explanation;
mod settings;

use crate::args::{self, program};
use crate::exit::Exit;
use crate::format::{fit, list, wrapped};
use crate::output::print;
use crate::screen::Screen;
use console::measure_text_width;
use explanation::explain;
use std::fmt::Write;
use tidegate::topology::{Registration, Role};
use tidegate::{PortInfo, Registry};

/// How many names are suggested for one that is unknown.
const SUGGESTIONS: usize = 3;

/// Lists all actors, or explains one.
pub(crate) fn actors(arguments: &args::Actors, registry: &Registry) -> Exit {
    let screen = Screen::new();
    let Some(name) = &arguments.name else { return print(&screen, &overview(registry)) };
    let found = registry.find(name);
    if found.is_empty() {
        screen.error(&unknown(name, registry));
        return Exit::Usage;
    }
    print(&screen, &explain(found))
}

fn unknown(name: &str, registry: &Registry) -> String {
    let likeness = |other: &str| strsim::jaro_winkler(name, other);
    let mut near: Vec<&str> = registry.names().filter(|other| likeness(other) > 0.7).collect();
    near.sort_by(|a, b| likeness(b).total_cmp(&likeness(a)));
    near.truncate(SUGGESTIONS);
    let near: Vec<String> = near.into_iter().map(|name| format!("`{name}`")).collect();
    match near.as_slice() {
        [] => format!("no actor is called `{name}`; `{} actors` lists them all", program()),
        near => format!("no actor is called `{name}`; near are {}", list(near)),
    }
}

/// Every actor by role: name, message types, and what it does.
fn overview(registry: &Registry) -> String {
    let width = registry.names().map(measure_text_width).max().unwrap_or(0);
    let mut text = String::new();
    for (role, title) in
        [(Role::Producer, "Producers"), (Role::Stage, "Stages"), (Role::Consumer, "Consumers")]
    {
        let mut of_role: Vec<&[Registration]> = registry.names().map(|name| registry.find(name)).collect();
        of_role.retain(|found| found[0].role() == role);
        if of_role.is_empty() {
            continue;
        }
        let _ = writeln!(text, "{title}");
        for found in of_role {
            let _ = writeln!(text, "  {}  {}", fit(found[0].name(), width), types(found));
            text.push_str(&wrapped(&" ".repeat(width + 4), &first_sentence(found[0].summary())));
        }
        text.push('\n');
    }
    let _ = writeln!(text, "`{} actors NAME` explains one of them and shows an example.", program());
    text
}

/// `Line -> Record`, `Line -> fit: Line, unfit: Line`; where one name stands for several actors, what differs is
/// listed: `-> u64 | Record`.
fn types(found: &[Registration]) -> String {
    let inputs = distinct(found, |actor| {
        let inputs = [actor.input(), actor.second_input()].into_iter().flatten();
        inputs.map(|input| input.name()).collect::<Vec<_>>().join(" + ")
    });
    let outputs = distinct(found, outputs);
    if inputs.len() > 1 && outputs.len() > 1 {
        return distinct(found, |actor| types(std::slice::from_ref(actor))).join(", ");
    }
    format!("{} -> {}", inputs.join(" | "), outputs.join(" | ")).trim().into()
}

fn distinct(found: &[Registration], name: impl Fn(&Registration) -> String) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in found.iter().map(name) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn outputs(actor: &Registration) -> String {
    let port = |port: &PortInfo| match port.name {
        "" => port.message.name(),
        name => format!("{name}: {}", port.message.name()),
    };
    actor.ports().iter().map(port).collect::<Vec<_>>().join(", ")
}

/// The first sentence of a doc comment, on one line. Three dots do not end it.
fn first_sentence(text: &str) -> String {
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    let paragraph = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    let ends = |at: &usize| {
        let next = paragraph[at + 2..].chars().next();
        !paragraph[..*at].ends_with('.') && next.is_some_and(char::is_uppercase)
    };
    let end = paragraph.match_indices(". ").map(|(at, _)| at).find(ends);
    paragraph[..end.unwrap_or(paragraph.len())].trim_end_matches('.').into()
}

#[cfg(test)]
mod sample {
    //! Actors to list and explain.

    use std::marker::PhantomData;
    use tidegate::prelude::*;

    /// Multiplies each number. It never
    /// overflows.
    ///
    /// More about it.
    #[derive(serde::Deserialize, schemars::JsonSchema)]
    struct Multiply {
        /// The factor.
        by: u64,
        /// What to say.
        #[serde(default)]
        #[expect(dead_code, reason = "only its schema is used")]
        label: Option<String>,
    }

    impl Stage for Multiply {
        type In = u64;
        type Out = Outlet<u64>;

        async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
            out.emit(n * self.by);
            Ok(())
        }
    }

    /// Forgets.
    #[derive(serde::Deserialize, schemars::JsonSchema)]
    #[serde(bound = "")]
    struct Forget<T> {
        #[serde(skip)]
        of: PhantomData<fn(T)>,
    }

    impl<T: Message> Consumer for Forget<T> {
        type In = T;

        async fn handle(&mut self, _: T) -> Result {
            Ok(())
        }
    }

    pub(super) fn registry() -> Registry {
        Registry::new()
            .consumer::<Forget<Vec<u64>>>("forget")
            .consumer::<Forget<u64>>("forget")
            .stage::<Multiply>("multiply")
    }
}

#[cfg(test)]
mod tests {
    use super::sample::registry;
    use super::*;

    #[test]
    fn the_list_is_by_role_with_types_and_the_first_sentence() {
        let text = overview(&registry());
        let expected = "Stages\n  multiply  u64 -> u64\n            Multiplies each number\n\n\
            Consumers\n  forget    Vec<u64> | u64 ->\n            Forgets\n\n";
        assert!(text.starts_with(expected), "{text}");
    }

    #[test]
    fn a_sentence_ends_with_a_full_stop_and_not_with_three() {
        assert_eq!(first_sentence("Counts: 1, 2, ... up\nto 9. Then it ends."), "Counts: 1, 2, ... up to 9");
        assert_eq!(first_sentence("Says 1. 2 comes later"), "Says 1. 2 comes later");
        assert_eq!(first_sentence(""), "");
    }

    #[test]
    fn an_unknown_name_gets_the_nearest_ones() {
        assert_eq!(unknown("multipyl", &registry()), "no actor is called `multipyl`; near are `multiply`");
        assert!(unknown("xyz", &registry()).ends_with("actors` lists them all"));
    }
}

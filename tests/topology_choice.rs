//! Which of several actors of one name a topology file means: the one that fits its links.

mod support;

use schemars::JsonSchema;
use serde::Deserialize;
use support::{Numbers, Take, Text, one_line};
use tidegate::Message;
use tidegate::prelude::*;
use tidegate::topology::file::{Diagnostics, Loaded, Source};

/// Says one thing of any type.
#[derive(Deserialize, JsonSchema)]
#[serde(bound = "")]
struct Say<T> {
    #[serde(default, skip)]
    of: std::marker::PhantomData<fn() -> T>,
}

impl<T: Message + Default> Producer for Say<T> {
    type Out = Outlet<T>;

    async fn produce(&mut self, out: &mut Outlet<T>) -> Result<Next> {
        out.emit(T::default());
        Ok(Next::Done)
    }
}

/// Hands on what it gets.
#[derive(Deserialize, JsonSchema)]
#[serde(bound = "")]
struct Pass<T> {
    #[serde(default, skip)]
    of: std::marker::PhantomData<fn(T)>,
}

impl<T: Message> Stage for Pass<T> {
    type In = T;
    type Out = Outlet<T>;

    async fn handle(&mut self, message: T, out: &mut Outlet<T>) -> Result {
        out.emit(message);
        Ok(())
    }
}

/// The length of a text.
#[derive(Deserialize, JsonSchema)]
struct Length {}

impl Stage for Length {
    type In = String;
    type Out = Outlet<u64>;

    async fn handle(&mut self, text: String, out: &mut Outlet<u64>) -> Result {
        out.emit(text.len() as u64);
        Ok(())
    }
}

fn load(text: &str) -> std::result::Result<Loaded, Diagnostics> {
    let registry = Registry::new()
        .producer::<Numbers>("numbers")
        .producer::<Say<u64>>("say")
        .producer::<Say<String>>("say")
        .stage::<Text>("text")
        .stage::<Length>("length")
        .stage::<Pass<u64>>("pass")
        .stage::<Pass<String>>("pass")
        .consumer::<Take<String>>("take")
        .consumer::<Take<u64>>("take")
        .consumer::<Take<bool>>("flag");
    Source::text("demo.toml", text).load(&registry)
}

/// `name: actor from inputs`, one per line; without inputs a producer, without readers a consumer.
fn topology(lines: &[(&str, &str, &[&str])]) -> String {
    let read = |name: &str| lines.iter().any(|(_, _, inputs)| inputs.contains(&name));
    let actors = lines.iter().map(|(name, actor, inputs)| {
        let table = match (inputs.is_empty(), read(name)) {
            (true, _) => "producers",
            (false, true) => "stages",
            (false, false) => "consumers",
        };
        let inputs = if inputs.is_empty() { String::new() } else { format!("inputs = {inputs:?}\n") };
        format!("[{table}.{name}]\nactor = \"{actor}\"\n{inputs}")
    });
    actors.collect()
}

/// What each actor takes, or emits if it is a producer, by name; of a topology that is right.
fn chosen(lines: &[(&str, &str, &[&str])]) -> Vec<String> {
    let loaded = load(&topology(lines)).unwrap_or_else(|wrong| panic!("{wrong}"));
    assert_eq!(loaded.topology.check(false), []);
    let nodes = loaded.topology.nodes().iter();
    nodes
        .map(|node| {
            let info = node.info();
            format!("{}: {}", node.name, info.input.unwrap_or_else(|| info.ports[0].message).name())
        })
        .collect()
}

fn errors(lines: &[(&str, &str, &[&str])]) -> Vec<String> {
    load(&topology(lines)).expect_err("this topology is wrong").0.iter().map(one_line).collect()
}

#[test]
fn a_producer_emits_what_its_readers_take() {
    assert_eq!(
        chosen(&[("a", "say", &[]), ("b", "length", &["a"]), ("c", "take", &["b"])]),
        ["a: String", "b: String", "c: u64"]
    );
    assert_eq!(
        chosen(&[("a", "say", &[]), ("b", "text", &["a"]), ("c", "take", &["b"])]),
        ["a: u64", "b: u64", "c: String"]
    );
}

#[test]
fn what_a_reader_takes_is_known_through_any_number_of_undecided_actors() {
    let lines: [(&str, &str, &[&str]); 6] = [
        ("a", "say", &[]),
        ("b", "pass", &["a"]),
        ("c", "pass", &["b"]),
        ("d", "length", &["c"]),
        ("e", "take", &["d"]),
        ("beside", "take", &["b"]),
    ];
    let expected = ["a: String", "b: String", "c: String", "d: String", "e: u64", "beside: String"];
    assert_eq!(chosen(&lines), expected);
    let backwards: Vec<_> = lines.iter().rev().copied().collect();
    let expected: Vec<_> = expected.iter().rev().copied().collect();
    assert_eq!(chosen(&backwards), expected, "the order in the file is of no importance");
}

#[test]
fn where_nothing_decides_the_first_registered_is_taken_from_the_producer_on() {
    assert_eq!(
        chosen(&[("c", "take", &["b"]), ("b", "pass", &["a"]), ("a", "say", &[])]),
        ["c: u64", "b: u64", "a: u64"]
    );
}

#[test]
fn a_cycle_takes_what_comes_into_it() {
    let text = topology(&[("a", "text", &["n"]), ("b", "pass", &["a", "c"]), ("c", "pass", &["b"])])
        + "[producers.n]\nactor = \"numbers\"\nto = 1\n[mailbox]\noverflow = \"drop_newest\"\n";
    let loaded = load(&text).unwrap_or_else(|wrong| panic!("{wrong}"));
    let taken = |at: usize| loaded.topology.nodes()[at].info().input.unwrap().name();
    assert_eq!((taken(1), taken(2)), ("String".into(), "String".into()));
}

#[test]
fn what_fits_no_reader_is_an_error_that_names_all_types() {
    assert_eq!(
        errors(&[("a", "say", &[]), ("b", "flag", &["a"])]),
        ["5:11 `a` emits `u64` or `String`, but `b` takes `bool`"]
    );
}

#[test]
fn readers_that_take_different_things_are_an_error_at_the_second() {
    assert_eq!(
        errors(&[
            ("a", "say", &[]),
            ("b", "length", &["a"]),
            ("c", "text", &["a"]),
            ("d", "take", &["b"]),
            ("e", "take", &["c"]),
        ]),
        [
            "8:11 `a` emits `String` to `b`, but `c` takes `u64` (one `say` emits messages of one type; add a second \
             one for `c`)"
        ]
    );
}

#[test]
fn an_input_that_is_certain_decides_before_a_reader_does() {
    let text = topology(&[("b", "pass", &["n"]), ("c", "length", &["b"]), ("d", "take", &["c"])])
        + "[producers.n]\nactor = \"numbers\"\nto = 1\n";
    let loaded = load(&text).unwrap_or_else(|wrong| panic!("{wrong}"));
    let problems: Vec<_> = loaded.topology.check(false).iter().map(ToString::to_string).collect();
    assert_eq!(
        problems,
        [
            "actor `c`, `inputs.0`: `b` emits `u64`, but `c` takes `String` (put a stage between them that turns `u64` \
          into `String`: `actor = \"text\"`)"
        ]
    );
}

//! What the file says, read key by key: everything but the actors' own settings is understood here.

use super::super::nearest::{shown, suggestion};
use super::actor::ActorSpec;
use super::finding::{Findings, KeyPath, Mark};
use super::places::Places;
use super::{keys, kind, shape};
use crate::mailbox::MailboxOptions;
use crate::topology::{BulkheadOptions, RuntimeOptions};
use crate::{LimitOptions, Rate};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};
use std::collections::HashMap;

/// A topology as the file has it, before anybody asked whether its actors exist.
pub(super) struct Spec {
    pub(super) name: Option<String>,
    pub(super) runtime: RuntimeOptions,
    pub(super) mailbox: MailboxOptions,
    pub(super) limits: IndexMap<String, LimitOptions>,
    pub(super) bulkheads: IndexMap<String, BulkheadOptions>,
    pub(super) actors: Vec<ActorSpec>,
}

/// The table `[topology]`.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct About {
    #[serde(default)]
    name: Option<String>,
}

impl Spec {
    /// Reads the values of a file, and of what was set from outside.
    pub(super) fn read(file: &mut Json, places: &Places, findings: &mut Findings) -> Self {
        strangers(file, places, findings);
        let about: About = section(file, "topology", findings);
        if about.name.as_deref().is_some_and(|name| name.trim().is_empty()) {
            findings
                .value(KeyPath::root().child("topology").child("name"), "the name of the topology is empty")
                .help("give it a name, or leave the key out to call it after the file");
        }
        if about.name.as_deref().is_some_and(|name| name.contains(char::is_control)) {
            findings
                .value(
                    KeyPath::root().child("topology").child("name"),
                    "the name of the topology is not one line of text",
                )
                .help("leave out line breaks and control characters: it is shown in terminals and logs");
        }
        let runtime = section(file, "runtime", findings);
        let mailbox = section(file, "mailbox", findings);
        let limits = limits(file, findings);
        let bulkheads = bulkheads(file, places, findings);
        let mut actors = Vec::new();
        for (name, role) in keys::ROLES {
            let path = KeyPath::root().child(name);
            match file.get(name) {
                None => {}
                Some(Json::Object(all)) => {
                    for (name, value) in all {
                        actors.extend(ActorSpec::read(name, role, value, path.child(name), findings));
                    }
                }
                Some(other) => {
                    findings
                        .value(
                            path,
                            format!("`{name}` must be a table of {role}s, not {}", kind::describe(other)),
                        )
                        .help(format!("write a table `[{name}.NAME]` for each {role}"));
                }
            }
        }
        Self { name: about.name, runtime, mailbox, limits, bulkheads, actors }
    }
}

/// Takes out what was set from outside for actors that do not exist. An actor that is added from outside says what it
/// is made of; any other name that only exists there was meant to be one of the file.
fn strangers(file: &mut Json, places: &Places, findings: &mut Findings) {
    for (table, role) in keys::ROLES {
        let Some(actors) = file.get(table).and_then(Json::as_object) else { continue };
        let path = KeyPath::root().child(table);
        let is_stranger = |(name, value): &(&String, &Json)| {
            value.as_object().is_some_and(|keys| !keys.contains_key("actor"))
                && !places.in_file(&path.child(name))
        };
        let strangers: Vec<String> =
            actors.iter().filter(is_stranger).map(|(name, _)| name.clone()).collect();
        for name in strangers {
            let known = |table: &str| {
                file.get(table).and_then(Json::as_object).into_iter().flat_map(Map::keys).map(String::as_str)
            };
            let elsewhere = keys::ROLES
                .iter()
                .find(|(other, _)| places.in_file(&KeyPath::root().child(other).child(&name)))
                .map(|(other, role)| format!("`{}` is a {role}: set `{other}.{0}`", shown(&name)));
            let help = elsewhere.or_else(|| {
                let known: Vec<&str> = known(table).filter(|known| *known != name).collect();
                suggestion(&name, known, &format!("the {role}s are"))
            });
            let message = format!("there is no {role} `{}`", shown(&name));
            findings.key(path.child(&name), message).maybe_help(help);
            if let Some(actors) = file.get_mut(table).and_then(Json::as_object_mut) {
                actors.shift_remove(&name);
            }
        }
    }
}

/// The limits that actors share. One that is wrong is there all the same, so that those who name it are not blamed.
fn limits(file: &Json, findings: &mut Findings) -> IndexMap<String, LimitOptions> {
    let path = KeyPath::root().child("rate_limits");
    let table = match file.get("rate_limits") {
        None => return IndexMap::new(),
        Some(Json::Object(table)) => table,
        Some(other) => {
            let message = format!("`rate_limits` must be a table of limits, not {}", kind::describe(other));
            findings.value(path, message).help("write a table `[rate_limits.NAME]` for each limit");
            return IndexMap::new();
        }
    };
    let any = LimitOptions { rate: Rate::per_second(1.0), burst: 1 };
    let read = |(name, value): (&String, &Json)| {
        let limit = shape::read(value, &path.child(name), "key", findings);
        (name.clone(), limit.unwrap_or(any))
    };
    table.iter().map(read).collect()
}

/// One of the tables that are not about actors; as if it were empty, where it is wrong or not there.
fn section<T: Default + DeserializeOwned + JsonSchema>(
    file: &Json,
    name: &str,
    findings: &mut Findings,
) -> T {
    file.get(name)
        .and_then(|value| shape::read(value, &KeyPath::root().child(name), "key", findings))
        .unwrap_or_default()
}

/// The table `[bulkheads]`, in the order of the file.
fn bulkheads(file: &Json, places: &Places, findings: &mut Findings) -> IndexMap<String, BulkheadOptions> {
    let path = KeyPath::root().child("bulkheads");
    let mut all = IndexMap::new();
    match file.get("bulkheads") {
        None => {}
        Some(Json::Object(tables)) => {
            for (name, value) in tables {
                let options = shape::read(value, &path.child(name), "key", findings);
                all.insert(name.clone(), options.unwrap_or_default());
            }
        }
        Some(other) => {
            findings
                .value(path.clone(), format!("`bulkheads` must be a table, not {}", kind::describe(other)))
                .help("write a table `[bulkheads.NAME]` for each of them");
        }
    }
    all.sort_by_key(|name, _| places.order(&path.child(name)));
    all
}

/// Puts the actors in the order of the file, and reports names that are used twice, under different roles.
pub(super) fn arrange(actors: &mut [ActorSpec], places: &Places, findings: &mut Findings) {
    actors.sort_by_key(|actor| places.order(&actor.path));
    let mut first: HashMap<&str, &ActorSpec> = HashMap::new();
    for actor in actors.iter() {
        let Some(first) = first.get(actor.name.as_str()) else {
            first.insert(&actor.name, actor);
            continue;
        };
        let origin = places.place(&first.path, Mark::Key).0;
        findings
            .key(actor.path.clone(), format!("there are two actors called `{}`", shown(&actor.name)))
            .help(format!("rename one of them; the first is the {} at {origin}", first.role));
    }
}

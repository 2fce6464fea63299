//! What the file says, read key by key: everything but the actors' own settings is understood here.

use super::super::nearest::shown;
use super::actor::ActorSpec;
use super::finding::{Findings, KeyPath, Mark};
use super::places::Places;
use super::{keys, kind, shape};
use crate::mailbox::MailboxOptions;
use crate::topology::RuntimeOptions;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use std::collections::HashMap;

/// A topology as the file has it, before anybody asked whether its actors exist.
pub(super) struct Spec {
    pub(super) name: Option<String>,
    pub(super) runtime: RuntimeOptions,
    pub(super) mailbox: MailboxOptions,
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
    /// Reads the values of a file.
    pub(super) fn read(file: &Json, findings: &mut Findings) -> Self {
        let about: About = section(file, "topology", findings);
        if about.name.as_deref().is_some_and(|name| name.trim().is_empty()) {
            findings
                .value(KeyPath::root().child("topology").child("name"), "the name of the topology is empty")
                .help("give it a name, or leave the key out to call it after the file");
        }
        let runtime = section(file, "runtime", findings);
        let mailbox = section(file, "mailbox", findings);
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
        Self { name: about.name, runtime, mailbox, actors }
    }
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

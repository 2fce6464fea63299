//! One actor of the file: the keys of the runtime, and what is left for the actor.

use super::super::nearest::{nearest, shown};
use super::finding::{Findings, KeyPath};
use super::{keys, kind, shape, supervision};
use crate::actor::OnError;
use crate::mailbox::MailboxOptions;
use crate::topology::check::names;
use crate::topology::{ElasticOptions, InputOptions, NodeOptions, Role, Routing};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value as Json};

/// An actor as the file has it.
pub(super) struct ActorSpec {
    pub(super) name: String,
    pub(super) role: Role,
    /// Where it is: `stages.parse`.
    pub(super) path: KeyPath,
    /// What it is made of; `None` if that is not said.
    pub(super) actor: Option<String>,
    pub(super) options: NodeOptions,
    /// Its own settings.
    pub(super) settings: Map<String, Json>,
}

/// An input with options of its own: `{ from = "feedback", mailbox = { capacity = 8 } }`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LongInput {
    /// The upstream actor, or its port: `"actor.port"`.
    from: String,
    #[serde(default)]
    mailbox: Option<MailboxOptions>,
    /// How many of its messages are taken for how many of other inputs, while all have some.
    #[serde(default)]
    weight: Option<u32>,
    /// Whether its messages are taken before those of other inputs.
    #[serde(default)]
    preferred: bool,
    /// Whether it only listens, and can never slow the upstream actor.
    #[serde(default)]
    tap: bool,
}

impl ActorSpec {
    /// Reads `value`, which is at `path`. `None` if it is no actor at all.
    pub(super) fn read(
        name: &str,
        role: Role,
        value: &Json,
        path: KeyPath,
        findings: &mut Findings,
    ) -> Option<Self> {
        if let Some((message, help)) = names::bad_name(name) {
            findings.key(path.clone(), message).help(help);
        }
        let Json::Object(table) = value else {
            let table = keys::table_of(role);
            let message = format!("a {role} must be a table, not {}", kind::describe(value));
            findings.value(path, message).help(format!("write [{table}.{}] and its keys below", shown(name)));
            return None;
        };
        let mut reader = Reader { table, path, findings };
        let actor: Option<String> = reader.read("actor");
        if !table.contains_key("actor") {
            reader
                .findings
                .key(reader.path.child("actor"), format!("missing key `actor` in {role} `{}`", shown(name)))
                .help("say what it is made of, like `actor = \"NAME\"`");
        }
        let options = reader.options();
        let path = reader.path.clone();
        let mut settings = table.clone();
        settings.retain(|key, _| !keys::KEYS.contains(&key.as_str()));
        for key in table.keys().filter(|key| keys::is_of_inputs(key)) {
            settings.shift_remove(key);
            let message = format!("`{key}` is said of an input, not of an actor");
            let example = if key == "tap" { "tap = true" } else { "weight = 2" };
            let help = format!("write `inputs = [{{ from = \"NAME\", {example} }}]`");
            findings.key(path.child(key), message).help(help);
        }
        for key in table.keys().filter(|key| keys::is_for_later(key)) {
            settings.shift_remove(key);
            findings.key(path.child(key), format!("`{key}` is reserved, not yet supported")).help(match key
                .as_str()
            {
                "restart" => "say it with `on_error` and `on_panic`: `on_error = \"restart\"`",
                _ => "remove it",
            });
        }
        Some(Self { name: name.into(), role, path, actor, options, settings })
    }

    /// Takes what stands under a misspelt `inputs` for the inputs, so that the rest is checked as it was meant. The
    /// key is reported where settings are read, as one for which `is_unknown` holds.
    pub(super) fn guess_inputs(&mut self, is_unknown: impl Fn(&str) -> bool) {
        if self.role == Role::Producer || !self.options.inputs.is_empty() {
            return;
        }
        let is_meant = |key: &str| nearest(key, keys::KEYS) == Some("inputs") && is_unknown(key);
        let Some((_, value)) = self.settings.iter().find(|(key, _)| is_meant(key)) else { return };
        let entries = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        self.options.inputs = entries.iter().filter_map(Json::as_str).map(InputOptions::new).collect();
    }
}

struct Reader<'a> {
    table: &'a Map<String, Json>,
    path: KeyPath,
    findings: &'a mut Findings,
}

impl Reader<'_> {
    fn options(&mut self) -> NodeOptions {
        let (instances, elastic) = self.instances();
        NodeOptions {
            inputs: self.inputs(),
            mailbox: self.read("mailbox").unwrap_or_default(),
            instances,
            elastic,
            routing: self.read::<Routing>("routing").unwrap_or_default(),
            key: self.read("key"),
            ordered: self.read("ordered").unwrap_or_default(),
            arbiter: self.read("arbiter"),
            blocking: self.read("blocking").unwrap_or_default(),
            bulkhead: self.read("bulkhead"),
            on_error: self.policy("on_error"),
            on_panic: self.policy("on_panic"),
            breaker: self.read("breaker"),
            delivery: self.read("delivery"),
            allow_loss: self.read("allow_loss").unwrap_or_default(),
            reaction: self.read("reaction"),
            rate_limit: self.read("rate_limit"),
        }
    }

    fn read<T: serde::de::DeserializeOwned + JsonSchema>(&mut self, key: &str) -> Option<T> {
        shape::read(self.table.get(key)?, &self.path.child(key), "key", self.findings)
    }

    fn inputs(&mut self) -> Vec<InputOptions> {
        let path = self.path.child("inputs");
        match self.table.get("inputs") {
            None => Vec::new(),
            Some(Json::Array(entries)) => {
                let entries = entries.iter().enumerate();
                // A wrong entry keeps its number, so that those of the others are right.
                entries
                    .map(|(at, entry)| {
                        let read = input(entry, &path.child(at), self.findings);
                        read.unwrap_or_else(|| InputOptions::new(""))
                    })
                    .collect()
            }
            Some(other) => {
                let message = format!("`inputs` must be a list, not {}", kind::describe(other));
                let finding = self.findings.value(path, message);
                // What is meant is clear, and the rest of the file is checked as if it said so.
                let Json::String(name) = other else { return Vec::new() };
                finding.help(format!("write `inputs = [{other}]`"));
                vec![InputOptions::new(name)]
            }
        }
    }

    /// A fixed number of instances, or the most of one that follows the load.
    fn instances(&mut self) -> (usize, Option<ElasticOptions>) {
        if let Some(Json::Object(_)) = self.table.get("instances") {
            let elastic: Option<ElasticOptions> = self.read("instances");
            return (elastic.as_ref().map_or(1, |elastic| elastic.max.max(1)), elastic);
        }
        (self.read("instances").unwrap_or(1), None)
    }

    fn policy(&mut self, key: &str) -> Option<OnError> {
        supervision::read(self.table.get(key)?, &self.path.child(key), self.findings)
    }
}

fn input(entry: &Json, path: &KeyPath, findings: &mut Findings) -> Option<InputOptions> {
    match entry {
        Json::String(name) => Some(InputOptions::new(name)),
        Json::Object(_) => {
            let LongInput { from, mailbox, weight, preferred, tap } =
                shape::read(entry, path, "key", findings)?;
            Some(InputOptions { mailbox, weight, preferred, tap, ..InputOptions::new(&from) })
        }
        other => {
            findings
                .value(
                    path.clone(),
                    format!("an input must be the name of an actor, not {}", kind::describe(other)),
                )
                .help("write \"actor\", \"actor.port\" or { from = \"actor\", mailbox = { ... } }");
            None
        }
    }
}

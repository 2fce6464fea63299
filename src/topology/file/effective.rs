//! Every value that is in effect, and where it came from: for `check --show-config`.

use super::finding::KeyPath;
use super::places::Places;
use super::secrets::is_secret_key;
use super::tables::Tables;
use super::{Effective, Origin, keys, shape};
use crate::dead_letter::DEAD_LETTERS;
use crate::mailbox::MailboxSettings;
use crate::settings::HIDDEN;
use crate::topology::{Delivery, InputOptions, Node, Registry, Role};
use crate::{OnError, ProducerReaction, Topology};
use serde::Serialize;
use serde_json::{Map, Value as Json};

/// The values of `topology`; `settings` are those its actors were made from, in their order.
pub(super) fn settings(
    topology: &Topology,
    settings: &[Map<String, Json>],
    tables: &Tables,
    registry: &Registry,
    places: &Places,
) -> Vec<(KeyPath, Effective)> {
    let mut list = List { places, all: Vec::new() };
    let root = KeyPath::root();
    list.add(root.child("topology").child("name"), topology.name());
    list.add(root.child("runtime").child("arbiters"), topology.runtime().arbiters());
    list.some(root.child("runtime").child("seed"), topology.runtime().seed);
    list.mailbox(&root.child("mailbox"), &topology.mailbox.resolve(), &[]);
    for (name, limit) in topology.limits() {
        let path = root.child("rate_limits").child(name);
        list.add(path.child("rate"), limit.rate);
        list.add(path.child("burst"), limit.burst);
    }
    for (name, options) in topology.bulkheads() {
        let path = root.child("bulkheads").child(name);
        list.add(path.child("threads"), options.arbiters());
        list.some(path.child("max_in_flight"), options.max_in_flight);
        list.some(path.child("blocking_threads"), options.blocking_threads);
    }
    for (node, settings) in topology.nodes().iter().zip(settings) {
        list.actor(topology, node, settings, registry);
    }
    for (name, values) in tables.values() {
        list.leaves(&root.child(name), &values);
    }
    list.all
}

struct List<'a> {
    places: &'a Places,
    all: Vec<(KeyPath, Effective)>,
}

impl List<'_> {
    fn actor(&mut self, topology: &Topology, node: &Node, settings: &Map<String, Json>, registry: &Registry) {
        let path = KeyPath(vec![keys::table_of(node.role).into(), node.name.clone()]);
        let options = &node.options;
        self.add(path.child("actor"), &node.actor);
        if node.role == Role::Producer {
            let delivery =
                if node.delivers_at_least_once() { Delivery::AtLeastOnce } else { Delivery::AtMostOnce };
            self.add(path.child("delivery"), delivery);
        } else {
            self.inputs(topology, node, &path);
            let defaults = KeyPath::root().child("mailbox");
            self.mailbox(&path.child("mailbox"), &topology.mailbox_of(node), &[defaults]);
            self.add(path.child("allow_loss"), options.allow_loss);
        }
        if let Some(breaker) = options.breaker {
            let value = serde_json::to_value(breaker).expect("a plain value, because it is a table of those");
            self.leaves(&path.child("breaker"), &value);
        }
        self.policy(&path.child("on_error"), options.on_error.unwrap_or(by_default(topology, node)));
        self.policy(&path.child("on_panic"), options.on_panic.unwrap_or_default());
        match &options.elastic {
            None => self.add(path.child("instances"), options.instances),
            Some(elastic) => {
                let elastic = serde_json::to_value(elastic.resolved());
                self.leaves(
                    &path.child("instances"),
                    &elastic.expect("plain values: they were read as such"),
                );
            }
        }
        self.add(path.child("routing"), options.routing);
        self.some(path.child("key"), options.key.as_ref());
        self.some(path.child("ordered"), options.ordered.then_some(true));
        self.add(path.child("blocking"), options.blocking);
        self.some(path.child("arbiter"), options.arbiter);
        self.reaction(&path.child("reaction"), options.reaction);
        self.some(path.child("rate_limit"), options.rate_limit.as_ref());
        self.some(path.child("bulkhead"), options.bulkhead.as_ref());
        // The actors of one name differ in their messages, not in their settings.
        let registration = registry.find(&node.actor).iter().find(|one| one.role() == node.role);
        for (key, value) in settings {
            // These are as they were given, and not written out by a type that knows that it is a secret.
            match registration.is_some_and(|one| is_secret_key(one.schema().as_value(), key)) {
                true => self.add(path.child(key), HIDDEN),
                false => self.leaves(&path.child(key), value),
            }
        }
        for (key, value) in
            registration.map(|one| shape::defaults(one.schema(), settings)).into_iter().flatten()
        {
            self.add(path.child(key), value);
        }
    }

    fn inputs(&mut self, topology: &Topology, node: &Node, path: &KeyPath) {
        let inputs = path.child("inputs");
        let names: Vec<String> = node.options.inputs.iter().map(InputOptions::to_string).collect();
        self.add(inputs.clone(), names);
        for (at, input) in node.options.inputs.iter().enumerate() {
            let path_of = |key: &str| inputs.child(at).child(key);
            self.some(path_of("weight"), input.weight);
            self.some(path_of("preferred"), input.preferred.then_some(true));
            self.some(path_of("tap"), input.tap.then_some(true));
            if node.has_own_mailbox(input) {
                let settings = topology.mailbox_of_input(node, input);
                let fallbacks = [path.child("mailbox"), KeyPath::root().child("mailbox")];
                self.mailbox(&inputs.child(at).child("mailbox"), &settings, &fallbacks);
            }
        }
    }

    /// The options of one mailbox; what is not given there is from the first of `fallbacks` that has it.
    fn mailbox(&mut self, path: &KeyPath, settings: &MailboxSettings, fallbacks: &[KeyPath]) {
        if let Ok(Json::Object(values)) = serde_json::to_value(settings.options()) {
            for (key, value) in values {
                let mut given = std::iter::once(path).chain(fallbacks);
                let origin = given.find_map(|path| self.places.given(&path.child(&key)));
                self.push(path.child(&key), value, origin);
            }
        }
    }

    fn policy(&mut self, path: &KeyPath, policy: OnError) {
        let value = serde_json::to_value(policy).expect("a plain value, because it is a word or a table");
        self.leaves(path, &value);
    }

    fn reaction(&mut self, path: &KeyPath, reaction: Option<ProducerReaction>) {
        if let Some(value) = reaction.and_then(|reaction| serde_json::to_value(reaction).ok()) {
            self.leaves(path, &value);
        }
    }

    /// Every value of a table on a line of its own, as each may come from elsewhere.
    fn leaves(&mut self, path: &KeyPath, value: &Json) {
        match value {
            Json::Object(table) if !table.is_empty() => {
                table.iter().for_each(|(key, value)| self.leaves(&path.child(key), value));
            }
            leaf => self.add(path.clone(), leaf),
        }
    }

    fn some(&mut self, path: KeyPath, value: Option<impl Serialize>) {
        if let Some(value) = value {
            self.add(path, value);
        }
    }

    fn add(&mut self, path: KeyPath, value: impl Serialize) {
        let origin = self.places.given(&path);
        let value = serde_json::to_value(value).expect("a plain value, because it was read from one");
        self.push(path, value, origin);
    }

    fn push(&mut self, path: KeyPath, value: Json, origin: Option<Origin>) {
        let origin = origin.unwrap_or(Origin::Default);
        let effective = Effective { path: path.to_string(), value, origin };
        self.all.push((path, effective));
    }
}

/// Dead letters that are read are made.
fn by_default(topology: &Topology, node: &Node) -> OnError {
    let mut inputs = topology.nodes().iter().flat_map(|reader| &reader.options.inputs);
    match inputs.any(|input| input.from == node.name && input.port == DEAD_LETTERS) {
        true => OnError::DeadLetter,
        false => node.info().on_error,
    }
}

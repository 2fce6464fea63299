//! From what the file says to a topology of registered actors.

use super::super::nearest::{shown, suggestion};
use super::actor::ActorSpec;
use super::choose::choose;
use super::finding::Findings;
use super::keys;
use super::placeholder::Placeholder;
use super::shape::Shape;
use super::spec::Spec;
use crate::Topology;
use crate::topology::maker::Maker;
use crate::topology::{Node, Registration, Registry};
use serde_json::Value as Json;

/// Makes the topology `spec` describes, called `name` if it does not say how. Where an actor is wrong, a placeholder
/// stands, so that the check of all others goes on.
pub(super) fn assemble(spec: Spec, name: &str, registry: &Registry, findings: &mut Findings) -> Topology {
    let chosen = choose(&spec.actors, registry, findings);
    let mut topology = Topology::new(spec.name.as_deref().unwrap_or(name));
    topology.runtime = spec.runtime;
    topology.mailbox = spec.mailbox;
    topology.facts = registry.facts().clone();
    topology.converters = registry.converters();
    for (actor, registration) in spec.actors.into_iter().zip(chosen) {
        let maker = match registration {
            Some(registration) => maker(registration, &actor, findings),
            None => {
                unknown(&actor, registry, findings);
                None
            }
        };
        topology.nodes.push(Node {
            name: actor.name,
            actor: actor.actor.unwrap_or_default(),
            role: actor.role,
            options: actor.options,
            unknown: registration.is_none(),
            alike: true,
            maker: maker.unwrap_or_else(|| Placeholder::of(registration)),
        });
    }
    topology
}

/// Reads the settings; `None`, and findings, if they are wrong.
fn maker(registration: &Registration, actor: &ActorSpec, findings: &mut Findings) -> Option<Box<dyn Maker>> {
    let mut settings = Json::Object(actor.settings.clone());
    let shape = Shape::of(registration.schema(), &settings, &actor.path, "setting");
    settings.clone_from(&shape.known);
    if registration.schema().get("type").and_then(Json::as_str) == Some("null") {
        // A type without settings, like `struct Discard;`, is read from nothing.
        let findings_before = findings.0.len();
        for key in actor.settings.keys() {
            findings
                .key(actor.path.child(key), format!("unknown setting `{}`", shown(key)))
                .help(format!("`{}` has no settings; remove it", registration.name()));
        }
        return match findings.0.len() == findings_before {
            true => registration.make(Json::Null).ok(),
            false => None,
        };
    }
    match registration.make(settings) {
        Ok(maker) => {
            shape.accept(findings);
            Some(maker)
        }
        Err(error) => {
            shape.refuse(&actor.path, &error.key, &error.message, findings);
            None
        }
    }
}

/// Says why there is no such actor.
fn unknown(actor: &ActorSpec, registry: &Registry, findings: &mut Findings) {
    // Without a name, that it is missing was reported.
    let Some(name) = &actor.actor else { return };
    let path = actor.path.child("actor");
    if let Some(other) = registry.find(name).first() {
        findings.value(path, format!("`{name}` is a {}, not a {}", other.role(), actor.role)).help(format!(
            "move it to [{}.{}]",
            keys::table_of(other.role()),
            shown(&actor.name)
        ));
        return;
    }
    let of_role = |name: &&str| registry.find(name).iter().any(|one| one.role() == actor.role);
    let fitting: Vec<&str> = registry.names().filter(of_role).collect();
    let help = suggestion(name, fitting, &format!("the {}s are", actor.role))
        .or_else(|| suggestion(name, registry.names().collect::<Vec<_>>(), "the actors are"));
    findings.value(path, format!("unknown actor `{}`", shown(name))).maybe_help(help);
}

//! From what the file says to a topology of registered actors.

use super::super::nearest::{nearest, shown, suggestion};
use super::actor::ActorSpec;
use super::attempt::attempt;
use super::choose::choose;
use super::finding::Findings;
use super::placeholder::Placeholder;
use super::shape::Shape;
use super::spec::Spec;
use super::{keys, shape};
use crate::Topology;
use crate::topology::maker::Maker;
use crate::topology::{Node, Registration, Registry};
use serde_json::Value as Json;

/// Makes the topology `spec` describes, called `name` if it does not say how. Where an actor is wrong, a placeholder
/// stands, so that the check of all others goes on.
pub(super) fn assemble(mut spec: Spec, name: &str, registry: &Registry, findings: &mut Findings) -> Topology {
    for actor in &mut spec.actors {
        let candidates = registry.find(actor.actor.as_deref().unwrap_or_default());
        let role = actor.role;
        let candidate = candidates.iter().find(|one| one.role() == role);
        actor.guess_inputs(|key| candidate.is_some_and(|one| shape::is_unknown(one.schema(), key)));
    }
    let chosen = choose(&spec.actors, registry, findings);
    let mut topology = Topology::new(spec.name.as_deref().unwrap_or(name));
    topology.runtime = spec.runtime;
    topology.mailbox = spec.mailbox;
    topology.limits = spec.limits;
    topology.bulkheads = spec.bulkheads;
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
            single: false,
            maker: maker.unwrap_or_else(|| Placeholder::of(registration)),
        });
    }
    topology
}

/// Reads the settings; `None`, and findings, if they are wrong.
fn maker(registration: &Registration, actor: &ActorSpec, findings: &mut Findings) -> Option<Box<dyn Maker>> {
    let settings = Json::Object(actor.settings.clone());
    let beside = keys::of(actor.role);
    let shape = Shape::of(registration.schema(), &settings, &actor.path, "setting", &beside);
    if registration.schema().get("type").and_then(Json::as_str) == Some("null") {
        // A type without settings, like `struct Discard;`, is read from nothing.
        let findings_before = findings.0.len();
        for key in actor.settings.keys() {
            let near = nearest(key, beside.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            let none = || format!("`{}` has no settings; remove it", registration.name());
            findings
                .key(actor.path.child(key), format!("unknown setting `{}`", shown(key)))
                .help(near.unwrap_or_else(none));
        }
        return match findings.0.len() == findings_before {
            true => registration.make(Json::Null).ok(),
            false => None,
        };
    }
    // An actor that lacks a setting is not what was meant: it is made to find what else is wrong, and not used.
    let (made, mistakes) = attempt(shape.known.clone(), |known| registration.make(known.clone()));
    if mistakes.is_empty() {
        shape.accept(findings);
        return made;
    }
    shape.refuse(&actor.path, &mistakes, findings);
    None
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

//! Which of several actors of one name is meant: the one whose input type fits the links.

use super::actor::ActorSpec;
use super::finding::Findings;
use crate::DeadLetter;
use crate::message::MessageType;
use crate::topology::plan::DEAD_LETTERS;
use crate::topology::{InputOptions, Registration, Registry};
use std::collections::HashMap;

/// The registration of each actor, in their order; `None` where nothing is registered for its name and role.
pub(super) fn choose<'r>(
    actors: &[ActorSpec],
    registry: &'r Registry,
    findings: &mut Findings,
) -> Vec<Option<&'r Registration>> {
    let candidates: Vec<Vec<&Registration>> =
        actors.iter().map(|actor| candidates(actor, registry)).collect();
    let index: HashMap<&str, usize> =
        actors.iter().enumerate().rev().map(|(at, actor)| (actor.name.as_str(), at)).collect();
    let mut choice = Choice { actors, index, chosen: candidates.iter().map(|all| only(all)).collect() };
    // From the producers downstream. Every round decides at least one, or none can be decided by its inputs.
    let mut open: Vec<usize> = (0..actors.len()).filter(|at| candidates[*at].len() > 1).collect();
    while !open.is_empty() {
        let before = open.len();
        open.retain(|at| !choice.decide(*at, &candidates[*at], findings));
        if open.len() == before {
            // A cycle of which nothing is known, or inputs that are wrong, which others report.
            let first = open.remove(0);
            choice.chosen[first] = candidates[first].first().copied();
        }
    }
    choice.chosen
}

fn candidates<'r>(actor: &ActorSpec, registry: &'r Registry) -> Vec<&'r Registration> {
    let all = actor.actor.as_deref().map_or(&[][..], |name| registry.find(name));
    all.iter().filter(|one| one.role() == actor.role).collect()
}

fn only<'r>(candidates: &[&'r Registration]) -> Option<&'r Registration> {
    match candidates {
        [only] => Some(only),
        _ => None,
    }
}

struct Choice<'a, 'r> {
    actors: &'a [ActorSpec],
    index: HashMap<&'a str, usize>,
    chosen: Vec<Option<&'r Registration>>,
}

impl<'r> Choice<'_, 'r> {
    /// Decides for the actor `at`, if the types of its inputs are known; true if it did.
    fn decide(&mut self, at: usize, candidates: &[&'r Registration], findings: &mut Findings) -> bool {
        let actor = &self.actors[at];
        let known: Vec<(usize, MessageType)> = actor
            .options
            .inputs
            .iter()
            .enumerate()
            .filter_map(|(number, input)| Some((number, self.message(input)?)))
            .collect();
        let Some((_, first)) = known.first() else { return false };
        let fits = |one: &&&Registration| known.iter().all(|(_, message)| one.input() == Some(*message));
        let part = |one: &&&Registration| one.input() == Some(*first);
        let fitting = candidates.iter().find(fits).or_else(|| candidates.iter().find(part));
        if fitting.is_none() {
            let (number, message) = known[0];
            let takes: Vec<String> =
                candidates.iter().filter_map(|one| Some(format!("`{}`", one.input()?.name()))).collect();
            findings.value(
                actor.path.child("inputs").child(number),
                format!(
                    "`{}` emits `{}`, but `{}` takes {}",
                    actor.options.inputs[number],
                    message.name(),
                    actor.actor.as_deref().unwrap_or_default(),
                    takes.join(" or ")
                ),
            );
        }
        self.chosen[at] = fitting.or(candidates.first()).copied();
        true
    }

    /// What comes over an input, if that is known yet.
    fn message(&self, input: &InputOptions) -> Option<MessageType> {
        if input.port == DEAD_LETTERS {
            return Some(MessageType::of::<DeadLetter>());
        }
        let upstream = self.chosen[*self.index.get(input.from.as_str())?]?;
        upstream.ports().iter().find(|port| port.name == input.port).map(|port| port.message)
    }
}

//! Which of several actors of one name is meant: the one whose messages fit the links.
//!
//! Every actor starts with all that are registered for its name and role. Each link takes away those that do not fit
//! what is left at its other end, until nothing changes any more: first downstream only, as what is emitted is more
//! certain than what is taken, then both ways. Where several are left then, any of them fits, and the first one
//! registered is taken, from the producers on. A link that would take away all of them takes none, and is an error.

use super::actor::ActorSpec;
use super::finding::Findings;
use crate::DeadLetter;
use crate::dead_letter::DEAD_LETTERS;
use crate::message::MessageType;
use crate::topology::{Registration, Registry, Role};
use std::collections::{HashMap, VecDeque};

/// The registration of each actor, in their order; `None` where nothing is registered for its name and role.
pub(super) fn choose<'r>(
    actors: &[ActorSpec],
    registry: &'r Registry,
    findings: &mut Findings,
) -> Vec<Option<&'r Registration>> {
    let candidates: Vec<Vec<&Registration>> =
        actors.iter().map(|actor| candidates(actor, registry)).collect();
    let mut choice = Choice::new(actors, candidates.clone());
    choice.settle(Way::Down);
    choice.settle(Way::Both);
    let (producers, others): (Vec<usize>, Vec<usize>) =
        (0..actors.len()).partition(|at| actors[*at].role == Role::Producer);
    for at in producers.into_iter().chain(others) {
        if choice.left[at].len() > 1 {
            choice.left[at].truncate(1);
            choice.due.extend(&choice.links_of[at]);
            choice.work_off(Way::Both);
        }
    }
    for link in &choice.links {
        choice.report(link, actors, &candidates, findings);
    }
    choice.left.iter().map(|left| left.first().copied()).collect()
}

fn candidates<'r>(actor: &ActorSpec, registry: &'r Registry) -> Vec<&'r Registration> {
    let all = actor.actor.as_deref().map_or(&[][..], |name| registry.find(name));
    all.iter().filter(|one| one.role() == actor.role).collect()
}

/// Which ends of its links an actor is fitted to.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Down,
    Both,
}

/// A link between actors of which at least one is known.
struct Link<'a> {
    from: usize,
    port: &'a str,
    to: usize,
    /// Which input of `to` it is.
    input: usize,
}

struct Choice<'a, 'r> {
    links: Vec<Link<'a>>,
    /// The numbers of the links at each actor.
    links_of: Vec<Vec<usize>>,
    /// What each actor may still be.
    left: Vec<Vec<&'r Registration>>,
    /// The link to a reader that narrowed what an actor may be, last.
    fitted: Vec<Option<usize>>,
    /// The numbers of the links to be looked at again.
    due: VecDeque<usize>,
}

impl<'a, 'r> Choice<'a, 'r> {
    fn new(actors: &'a [ActorSpec], left: Vec<Vec<&'r Registration>>) -> Self {
        let numbers: HashMap<&str, usize> =
            actors.iter().enumerate().rev().map(|(at, actor)| (actor.name.as_str(), at)).collect();
        let (mut links, mut links_of) = (Vec::new(), vec![Vec::new(); actors.len()]);
        let readers = actors.iter().enumerate().filter(|(_, actor)| actor.role != Role::Producer);
        for (to, actor) in readers {
            for (input, options) in actor.options.inputs.iter().enumerate() {
                let Some(from) = numbers.get(options.from.as_str()).copied() else { continue };
                links_of[from].push(links.len());
                links_of[to].push(links.len());
                links.push(Link { from, port: &options.port, to, input });
            }
        }
        let fitted = vec![None; actors.len()];
        Self { links, links_of, left, fitted, due: VecDeque::new() }
    }

    /// Looks at every link, and again at those of each actor about which that said something.
    fn settle(&mut self, way: Way) {
        self.due.extend(0..self.links.len());
        self.work_off(way);
    }

    fn work_off(&mut self, way: Way) {
        while let Some(number) = self.due.pop_front() {
            let Link { from, port, to, input } = self.links[number];
            let (given, taken) = (messages(&self.left[from], port), inputs(&self.left[to], input));
            if given.iter().all(|message| !taken.contains(message)) {
                continue;
            }
            self.keep(to, |one| one.input_of(input).is_some_and(|taken| given.contains(&taken)));
            let fits = |one: &Registration| message(one, port).is_some_and(|given| taken.contains(&given));
            if way == Way::Both && port != DEAD_LETTERS && self.keep(from, fits) {
                self.fitted[from] = Some(number);
            }
        }
    }

    /// Leaves of the actor `at` what `fits`; true if that took something away.
    fn keep(&mut self, at: usize, fits: impl Fn(&Registration) -> bool) -> bool {
        let before = self.left[at].len();
        self.left[at].retain(|one| fits(one));
        let narrowed = self.left[at].len() < before;
        if narrowed {
            self.due.extend(&self.links_of[at]);
        }
        narrowed
    }

    /// Says what does not fit at `link`, where it took a choice to find out; the check of all links says the rest.
    fn report(
        &self,
        link: &Link,
        actors: &[ActorSpec],
        candidates: &[Vec<&Registration>],
        findings: &mut Findings,
    ) {
        let (emitted, taken) =
            (messages(&self.left[link.from], link.port), inputs(&self.left[link.to], link.input));
        if emitted.is_empty() || taken.is_empty() || emitted == taken {
            return;
        }
        let reader = &actors[link.to];
        let (input, path) =
            (&reader.options.inputs[link.input], reader.path.child("inputs").child(link.input));
        let all_emitted = messages(&candidates[link.from], link.port);
        let all_taken = inputs(&candidates[link.to], link.input);
        if all_emitted.iter().all(|message| !all_taken.contains(message)) {
            if all_emitted.len() > 1 || all_taken.len() > 1 {
                let name = if all_taken.len() > 1 { &reader.actor } else { &None };
                let message = format!(
                    "`{input}` emits {}, but `{}` takes {}",
                    or(&all_emitted),
                    name.as_ref().unwrap_or(&reader.name),
                    or(&all_taken)
                );
                findings.value(path, message);
            }
        } else if let Some(other) = self.fitted[link.from].map(|number| &self.links[number]) {
            let message = format!(
                "`{input}` emits {} to `{}`, but `{}` takes {}",
                or(&emitted),
                actors[other.to].name,
                reader.name,
                or(&taken)
            );
            let upstream = &actors[link.from];
            findings.value(path, message).help(format!(
                "one `{}` emits messages of one type; add a second one for `{}`",
                upstream.actor.as_deref().unwrap_or(&upstream.name),
                reader.name
            ));
        }
    }
}

/// What `one` emits through `port`.
fn message(one: &Registration, port: &str) -> Option<MessageType> {
    if port == DEAD_LETTERS && one.role() != Role::Producer {
        return Some(MessageType::of::<DeadLetter>());
    }
    one.ports().iter().find(|known| known.name == port).map(|known| known.message)
}

/// What `all` of them emit through `port`, each type once.
fn messages(all: &[&Registration], port: &str) -> Vec<MessageType> {
    each_once(all.iter().filter_map(|one| message(one, port)))
}

/// What `all` of them take from their input of this number, each type once.
fn inputs(all: &[&Registration], number: usize) -> Vec<MessageType> {
    each_once(all.iter().filter_map(|one| one.input_of(number)))
}

fn each_once(all: impl Iterator<Item = MessageType>) -> Vec<MessageType> {
    let mut once = Vec::new();
    for message in all {
        if !once.contains(&message) {
            once.push(message);
        }
    }
    once
}

/// "`u64` or `Record`".
fn or(messages: &[MessageType]) -> String {
    messages.iter().map(|message| format!("`{}`", message.name())).collect::<Vec<_>>().join(" or ")
}

//! Where an actor reports what is wrong with its settings.

use crate::problem::{Place, Problem};

/// Collects what an actor finds wrong with itself before it is started.
#[derive(Debug)]
pub struct Checks {
    actor: String,
    environment: bool,
    problems: Vec<Problem>,
}

impl Checks {
    /// A collection for the actor called `actor`; `environment` says whether to look at the world too.
    pub fn new(actor: &str, environment: bool) -> Self {
        Self { actor: actor.into(), environment, problems: Vec::new() }
    }

    /// Whether to look at the world: files, sockets. Off under `--no-environment`.
    pub fn environment(&self) -> bool {
        self.environment
    }

    /// Reports that the setting `key` is wrong.
    pub fn error(&mut self, key: &str, message: impl Into<String>) {
        self.add(Problem::error(Place::actor(&self.actor).key(key), message));
    }

    /// Reports that the setting `key` is doubtful.
    pub fn warning(&mut self, key: &str, message: impl Into<String>) {
        self.add(Problem::warning(Place::actor(&self.actor).key(key), message));
    }

    /// Reports any problem.
    pub fn add(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// What was found.
    pub fn into_problems(self) -> Vec<Problem> {
        self.problems
    }
}

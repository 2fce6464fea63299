//! Where an actor reports what is wrong with its settings.

use crate::problem::{Place, Problem};

/// Collects what an actor finds wrong with itself before it is started.
#[derive(Debug)]
pub struct Checks {
    actor: String,
    environment: bool,
    instances: usize,
    limited: bool,
    key: Option<String>,
    restarted_by: Option<&'static str>,
    at_least_once: bool,
    /// What is to be used by this actor alone, and the setting that names it.
    claims: Vec<(String, String)>,
    problems: Vec<Problem>,
}

impl Checks {
    /// A collection for the only instance of the actor called `actor`; `environment` says whether to look at the world
    /// too.
    pub fn new(actor: &str, environment: bool) -> Self {
        Self {
            actor: actor.into(),
            environment,
            instances: 1,
            limited: false,
            key: None,
            restarted_by: None,
            at_least_once: false,
            claims: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// The same for so many instances, to which messages go by the hash of the field `key`, or in any other way if it
    /// is `None`.
    #[must_use]
    pub fn with_instances(mut self, instances: usize, key: Option<&str>) -> Self {
        (self.instances, self.key) = (instances, key.map(Into::into));
        self
    }

    /// The same for an actor that is made anew when it fails, as its key `key` says.
    #[must_use]
    pub(crate) fn with_restarts(mut self, key: Option<&'static str>) -> Self {
        self.restarted_by = key;
        self
    }

    /// The same for an actor that messages reach, or leave, which are to be delivered at least once.
    #[must_use]
    pub(crate) fn with_at_least_once(mut self, at_least_once: bool) -> Self {
        self.at_least_once = at_least_once;
        self
    }

    /// The same for an actor that shares a limit of the topology, or not.
    #[must_use]
    pub fn with_limit(mut self, limited: bool) -> Self {
        self.limited = limited;
        self
    }

    /// Whether the actor shares a limit of the topology: the key `rate_limit`.
    pub fn is_limited(&self) -> bool {
        self.limited
    }

    /// Whether to look at the world: files, sockets. Off under `--no-environment`.
    pub fn environment(&self) -> bool {
        self.environment
    }

    /// How many instances run with these settings. Those that code makes one by one may differ, and are checked as
    /// one.
    pub fn instances(&self) -> usize {
        self.instances
    }

    /// The field that decides which instance a message goes to, where they are routed by hash: messages in which it is
    /// equal meet in one instance.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// The key that has the actor made anew when it fails, `on_error` or `on_panic`, if one does: then all that it
    /// remembers is gone, while the messages it remembers it from are handled.
    pub fn restarted_by(&self) -> Option<&'static str> {
        self.restarted_by
    }

    /// Whether its messages are to be delivered at least once, also if the process is killed: what an actor has handled is
    /// not produced again, so it must not be lost then. Not where the topology allows it, by `allow_loss`.
    pub fn at_least_once(&self) -> bool {
        self.at_least_once
    }

    /// Claims what only one actor can use at a time, like "standard input", as the setting `key` says. That another
    /// actor of the topology claims the same is an error.
    pub fn exclusive(&mut self, key: &str, resource: impl Into<String>) {
        self.claims.push((key.into(), resource.into()));
    }

    /// Reports that the setting `key` is wrong.
    pub fn error(&mut self, key: &str, message: impl Into<String>) {
        self.error_at(&[key], message);
    }

    /// Reports that what is at this path in the settings is wrong: `["with", "mean"]` is one entry of a table.
    pub fn error_at(&mut self, path: &[&str], message: impl Into<String>) {
        let place = path.iter().fold(Place::actor(&self.actor), |place, key| place.key(key));
        self.add(Problem::error(place, message));
    }

    /// Reports that the setting `key` is doubtful.
    pub fn warning(&mut self, key: &str, message: impl Into<String>) {
        self.add(Problem::warning(Place::actor(&self.actor).key(key), message));
    }

    /// Reports any problem.
    pub fn add(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// What is claimed, each with the setting that says so.
    pub(crate) fn claims(&self) -> impl Iterator<Item = (&str, &str)> {
        self.claims.iter().map(|(key, resource)| (key.as_str(), resource.as_str()))
    }

    /// What was found.
    pub fn into_problems(self) -> Vec<Problem> {
        self.problems
    }
}

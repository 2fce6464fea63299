//! What is wrong with the alerts of a file, all at once.

use super::alert::Alert;
use super::condition::Condition;
use super::expression::{Expression, Known};
use super::history::History;
use super::nearest::suggestion;
use super::options::{AlertOptions, Channel, Kind};
use indexmap::IndexMap;
use std::time::Duration;
use tidegate::Topology;
use tidegate::topology::Role;

/// The longest time that is waited for or counted in: what is kept of it must stay small.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The most alerts of a topology; all are looked at once a second.
const MOST: usize = 200;

/// One thing that is wrong with the alerts of a file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The keys that lead to it, outermost first: `alerts`, the name of the alert, the key.
    pub path: Vec<String>,
    /// What is wrong.
    pub message: String,
    /// What to do about it, if that is known.
    pub help: Option<String>,
}

/// The alerts that `options` say, or all that is wrong with them.
pub(super) fn build(
    options: &IndexMap<String, AlertOptions>,
    has_webhook: bool,
    topology: &Topology,
) -> Result<Vec<Alert>, Vec<Flaw>> {
    let known = known(topology);
    let mut flaws = Vec::new();
    if options.len() > MOST {
        let message = format!("there are {} alerts; at most {MOST} are looked at", options.len());
        flaws.push(Flaw { path: vec!["alerts".into()], message, help: Some("remove some".into()) });
        return Err(flaws);
    }
    let mut alerts = Vec::new();
    for (name, options) in options {
        let mut check = Check { name, options, known: &known, flaws: &mut flaws };
        check.keys(has_webhook);
        if let Some(condition) = check.condition() {
            let channels = [Channel::Log, Channel::Webhook];
            let notify = channels.into_iter().filter(|channel| options.tells(*channel)).collect();
            alerts.push(Alert::new(name, condition, options.lasting(), notify));
        }
    }
    if flaws.is_empty() { Ok(alerts) } else { Err(flaws) }
}

fn known(topology: &Topology) -> Vec<Known> {
    let known = topology.nodes().iter().map(|node| Known {
        name: node.name.clone(),
        produces: node.role == Role::Producer,
        has_breaker: node.options.breaker.is_some(),
    });
    known.collect()
}

/// The check of one alert.
struct Check<'a> {
    name: &'a str,
    options: &'a AlertOptions,
    known: &'a [Known],
    flaws: &'a mut Vec<Flaw>,
}

impl Check<'_> {
    /// What does not fit together.
    fn keys(&mut self, has_webhook: bool) {
        let AlertOptions { kind, actors, more_than, within, notify, lasting, .. } = self.options;
        if kind.is_none() && actors.is_some() {
            self.flaw(&["actors"], "it goes with `kind` only", "name the actors in `when`");
        }
        if !kind.is_some_and(Kind::counts) {
            let help = "of `restarts`, `dead_letters` and `drops`, it says how many are all right, and within what time";
            for (key, given) in [("more_than", more_than.is_some()), ("within", within.is_some())] {
                if given {
                    self.flaw(&[key], "nothing is counted here", help);
                }
            }
        }
        for (key, span) in [("for", lasting), ("within", within)] {
            if span.is_some_and(|span| span.duration() > LONGEST) {
                self.flaw(&[key], "it is longer than 24h", "choose a shorter time");
            }
        }
        if within.is_some_and(|span| span.duration().is_zero()) {
            self.flaw(&["within"], "nothing happens within no time", "choose a time like `1m`");
        }
        if notify.as_ref().is_some_and(Vec::is_empty) {
            self.flaw(&["notify"], "nobody is told", "name `log` or `webhook`, or leave the key out");
        }
        if self.options.tells(Channel::Webhook) && !has_webhook {
            let help = "add the table `[monitor.webhook]` with a `url`";
            self.flaw(&["notify"], "there is no webhook to post to", help);
        }
        for (at, name) in actors.iter().flatten().enumerate() {
            self.actor(at, name, *kind);
        }
    }

    /// Whether a ready-made condition can look at the actor `name`, the `at`th of the list.
    fn actor(&mut self, at: usize, name: &str, kind: Option<Kind>) {
        let keys = ["actors", &at.to_string()];
        let Some(known) = self.known.iter().find(|known| known.name == name) else {
            let names = self.known.iter().map(|known| known.name.as_str());
            let help = suggestion(name, names, "the actors are");
            let shown: String = name.chars().take(64).flat_map(char::escape_debug).collect();
            return self.push(&keys, format!("there is no actor `{shown}`"), help);
        };
        let (produces, has_breaker) = (known.produces, known.has_breaker);
        match kind {
            Some(Kind::BreakerOpen) if !has_breaker => {
                let help = "give it a `breaker`, or leave it out here";
                self.flaw(&keys, &format!("`{name}` has no breaker"), help);
            }
            Some(Kind::Restarts) | None => {}
            Some(_) if produces => {
                let help = "name the actors that it sends to";
                self.flaw(&keys, &format!("`{name}` is a producer, and has no mailbox"), help);
            }
            Some(_) => {}
        }
    }

    fn condition(&mut self) -> Option<Condition> {
        let actors = self.options.actors.clone();
        match (&self.options.when, self.options.kind) {
            (Some(_), Some(_)) => {
                self.flaw(
                    &["kind"],
                    "there is `when` already",
                    "make two alerts of it, or remove one of the two keys",
                );
                None
            }
            (None, None) => {
                self.flaw(&[], "it does not say when it fires", "give it `when`, or a ready-made `kind`");
                None
            }
            (Some(when), None) => match Expression::compile(when, self.known) {
                Ok(expression) => Some(Condition::Expression { expression, told: false }),
                Err(wrong) => {
                    for (message, help) in wrong {
                        self.push(&["when"], message, help);
                    }
                    None
                }
            },
            (None, Some(kind)) if kind.counts() => Some(Condition::Count {
                kind,
                actors,
                more_than: self.options.more_than.unwrap_or(0),
                history: History::new(self.options.within()),
            }),
            (None, Some(kind)) => Some(Condition::State { kind, actors }),
        }
    }

    fn flaw(&mut self, keys: &[&str], message: &str, help: &str) {
        self.push(keys, message.into(), Some(help.into()));
    }

    fn push(&mut self, keys: &[&str], message: String, help: Option<String>) {
        let path = ["alerts", self.name].iter().chain(keys).map(ToString::to_string).collect();
        self.flaws.push(Flaw { path, message, help });
    }
}

//! What is wrong with the alerts of a file, all at once.

use super::alert::Alert;
use super::condition::Condition;
use super::expression::{Expression, Known};
use super::history::History;
use super::nearest::suggestion;
use super::options::{AlertOptions, AlertsOptions, Channel, Kind, WebhookOptions};
use std::time::Duration;
use tidegate::topology::{Role, Table};
use tidegate::{Place, Problem, Topology};

/// The longest time that is waited for or counted in: what is kept of it must stay small.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The most alerts of a topology; all are looked at once a second.
const MOST: usize = 200;

impl Table for AlertsOptions {
    const NAME: &'static str = "alerts";

    fn check(&self, topology: &Topology) -> Vec<Problem> {
        build(self, topology).err().unwrap_or_default()
    }
}

impl AlertsOptions {
    /// Those that are to be posted while there is no `webhook` to post them to, by their places in the file.
    ///
    /// This is about two tables, and so is for whoever has both.
    pub fn unposted(&self, webhook: Option<&WebhookOptions>) -> Vec<Problem> {
        let posted = self.0.iter().filter(|(_, alert)| webhook.is_none() && alert.tells(Channel::Webhook));
        let problem = |(name, _): (&String, &AlertOptions)| {
            let place = Place::default().key(Self::NAME).key(name).key("notify");
            Problem::error(place, "there is no webhook to post to")
                .help("add the table `[webhook]` with a `url`")
        };
        posted.map(problem).collect()
    }
}

/// The alerts that `options` say, or all that is wrong with them.
pub(super) fn build(options: &AlertsOptions, topology: &Topology) -> Result<Vec<Alert>, Vec<Problem>> {
    let known = known(topology);
    let options = &options.0;
    if options.len() > MOST {
        let message = format!("there are {} alerts; at most {MOST} are looked at", options.len());
        return Err(vec![Problem::error(Place::default(), message).help("remove some")]);
    }
    let (mut alerts, mut problems) = (Vec::new(), Vec::new());
    for (name, options) in options {
        let mut check = Check { name, options, known: &known, problems: &mut problems };
        check.name();
        check.keys();
        if let Some(condition) = check.condition() {
            let channels = [Channel::Log, Channel::Webhook];
            let notify = channels.into_iter().filter(|channel| options.tells(*channel)).collect();
            alerts.push(Alert::new(name, condition, options.lasting(), notify));
        }
    }
    if problems.is_empty() { Ok(alerts) } else { Err(problems) }
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
    problems: &'a mut Vec<Problem>,
}

impl Check<'_> {
    /// Alerts are named like actors: their names go into metrics.
    fn name(&mut self) {
        let mut letters = self.name.chars();
        let starts = letters.next().is_some_and(|first| first.is_ascii_lowercase());
        let rest = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
        if !(starts && letters.all(rest)) {
            let help =
                "names are of lower-case letters, digits and `_`, and start with a letter: `slow_store`";
            self.wrong(&[], &format!("`{}` cannot be the name of an alert", shown(self.name)), help);
        }
    }

    /// What does not fit together.
    fn keys(&mut self) {
        let AlertOptions { kind, actors, more_than, within, notify, lasting, .. } = self.options;
        if kind.is_none() && actors.is_some() {
            self.wrong(&["actors"], "it goes with `kind` only", "name the actors in `when`");
        }
        if !kind.is_some_and(Kind::counts) {
            let help = "of `restarts`, `dead_letters` and `drops`, it says how many are all right, and within what time";
            for (key, given) in [("more_than", more_than.is_some()), ("within", within.is_some())] {
                if given {
                    self.wrong(&[key], "nothing is counted here", help);
                }
            }
        }
        for (key, span) in [("for", lasting), ("within", within)] {
            if span.is_some_and(|span| span.duration() > LONGEST) {
                self.wrong(&[key], "it is longer than 24h", "choose a shorter time");
            }
        }
        if within.is_some_and(|span| span.duration().is_zero()) {
            self.wrong(&["within"], "nothing happens within no time", "choose a time like `1m`");
        }
        if notify.as_ref().is_some_and(Vec::is_empty) {
            self.wrong(&["notify"], "nobody is told", "name `log` or `webhook`, or leave the key out");
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
            return self.push(&keys, format!("there is no actor `{}`", shown(name)), help);
        };
        let (produces, has_breaker) = (known.produces, known.has_breaker);
        match kind {
            Some(Kind::BreakerOpen) if !has_breaker => {
                let help = "give it a `breaker`, or leave it out here";
                self.wrong(&keys, &format!("`{name}` has no breaker"), help);
            }
            Some(Kind::Restarts) | None => {}
            Some(_) if produces => {
                let help = "name the actors that it sends to";
                self.wrong(&keys, &format!("`{name}` is a producer, and has no mailbox"), help);
            }
            Some(_) => {}
        }
    }

    fn condition(&mut self) -> Option<Condition> {
        let actors = self.options.actors.clone();
        match (&self.options.when, self.options.kind) {
            (Some(_), Some(_)) => {
                self.wrong(
                    &["kind"],
                    "there is `when` already",
                    "make two alerts of it, or remove one of the two keys",
                );
                None
            }
            (None, None) => {
                self.wrong(&[], "it does not say when it fires", "give it `when`, or a ready-made `kind`");
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

    fn wrong(&mut self, keys: &[&str], message: &str, help: &str) {
        self.push(keys, message.into(), Some(help.into()));
    }

    fn push(&mut self, keys: &[&str], message: String, help: Option<String>) {
        let place = keys.iter().fold(Place::default().key(self.name), |place, key| place.key(key));
        let problem = Problem::error(place, message);
        self.problems.push(match help {
            Some(help) => problem.help(help),
            None => problem,
        });
    }
}

/// A name as it may be shown: on one line, and not too long.
pub(super) fn shown(name: &str) -> String {
    name.chars().take(64).flat_map(char::escape_debug).collect()
}

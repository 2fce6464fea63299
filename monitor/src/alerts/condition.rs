//! What makes an alert fire, and of which actors it is so at a moment.

use super::expression::{Expression, Measures};
use super::history::History;
use super::options::Kind;
use std::time::Duration;
use tidegate::settings::Span;
use tidegate::{Activity, ActivityReport, ActorReport, BreakerState, Hold, Snapshot};

/// Looks at a topology again and again.
#[derive(Debug)]
pub(super) enum Condition {
    /// True or false of the topology as a whole.
    Expression {
        expression: Expression,
        /// Whether it was logged that it cannot be worked out.
        told: bool,
    },
    /// True or false of each actor.
    State { kind: Kind, actors: Option<Vec<String>> },
    /// More events within a time than are all right.
    Count { kind: Kind, actors: Option<Vec<String>>, more_than: u64, history: History },
}

/// Two looks, one second apart, and the one at which rates and shares begin.
#[derive(Clone, Copy)]
pub(super) struct Look<'a> {
    /// What expressions see: rates and shares of the time since the first of these.
    pub(super) measures: &'a Measures<'a>,
    pub(super) last: &'a Snapshot,
    pub(super) now: &'a Snapshot,
}

/// An actor of which a condition is true.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Culprit {
    /// Its name; empty for the topology as a whole.
    pub(super) actor: String,
    /// The number that is too large or too small, if there is one.
    pub(super) value: Option<f64>,
}

impl Condition {
    /// Of whom it is true now. `alert` is for the log.
    pub(super) fn look(&mut self, alert: &str, look: Look<'_>) -> Vec<Culprit> {
        match self {
            Self::Expression { expression, told } => match expression.holds(look.measures) {
                Ok(true) => vec![Culprit { actor: String::new(), value: expression.value(look.measures) }],
                Ok(false) => Vec::new(),
                Err(error) => {
                    if !std::mem::replace(told, true) {
                        tracing::warn!(target: super::TARGET, alert, "`{}` cannot be worked out: {error}", expression.text());
                    }
                    Vec::new()
                }
            },
            Self::State { kind, actors } => {
                let holds = |(name, now): &(&String, &ActorReport)| {
                    let last = look.last.actors.get(*name);
                    let passed = look.now.elapsed_seconds - look.last.elapsed_seconds;
                    match kind {
                        Kind::PressuredLongerThan => is_pressured(last, now, passed),
                        Kind::BreakerOpen => {
                            now.breaker.as_ref().is_some_and(|breaker| breaker.state != BreakerState::Closed)
                        }
                        _ => last.is_some_and(|last| makes_no_progress(last, now)),
                    }
                };
                let all = look.now.actors.iter().filter(|(name, _)| is_meant(actors.as_deref(), name));
                let culprits = all.filter(holds);
                culprits.map(|(name, _)| Culprit { actor: name.clone(), value: None }).collect()
            }
            Self::Count { kind, actors, more_than, history } => {
                let all = look.now.actors.iter().filter(|(name, _)| is_meant(actors.as_deref(), name));
                let counts = all.map(|(name, actor)| (name.as_str(), count(*kind, actor)));
                let grown = history.add(look.now.elapsed_seconds, counts);
                let culprits = grown.into_iter().filter(|(_, grown)| grown > more_than);
                culprits.map(|(actor, grown)| Culprit { actor, value: Some(grown as f64) }).collect()
            }
        }
    }

    /// What is so of `actors`, for people.
    pub(super) fn sentence(&self, actors: &[Culprit], lasting: Duration) -> String {
        let lasts = |before: &str| match lasting.is_zero() {
            true => String::new(),
            false => format!(" {before} {}", Span::from(lasting)),
        };
        let names: Vec<&str> = actors.iter().map(|culprit| culprit.actor.as_str()).collect();
        let (who, is, has) = match names.as_slice() {
            [one] => (format!("`{one}`"), "is", "has"),
            many => {
                let names: Vec<String> = many.iter().take(10).map(|name| format!("`{name}`")).collect();
                let more =
                    if many.len() > 10 { format!(" and {} more", many.len() - 10) } else { String::new() };
                (format!("{}{more}", names.join(", ")), "are", "have")
            }
        };
        match self {
            Self::Expression { expression, .. } => {
                let value = actors.first().and_then(|culprit| culprit.value);
                let value = value.map(|value| format!(" ({})", rounded(value))).unwrap_or_default();
                format!("`{}`{}{value}", expression.text(), lasts("for"))
            }
            Self::State { kind: Kind::PressuredLongerThan, .. } => {
                format!("the mailbox of {who} {is} pressured{}", lasts("for"))
            }
            Self::State { kind: Kind::BreakerOpen, .. } => {
                format!("the breaker of {who} {is} not closed{}", lasts("for"))
            }
            Self::State { .. } => format!("{who} {has} something to do and made no progress{}", lasts("for")),
            Self::Count { kind, history, .. } => {
                let all: f64 = actors.iter().filter_map(|culprit| culprit.value).sum();
                let what = match (kind, all == 1.0) {
                    (Kind::Restarts, true) => "restart",
                    (Kind::Restarts, false) => "restarts",
                    (Kind::DeadLetters, true) => "dead letter",
                    (Kind::DeadLetters, false) => "dead letters",
                    (_, true) => "dropped message",
                    (_, false) => "dropped messages",
                };
                format!("{} {what} of {who} within {}", rounded(all), Span::from(history.within()))
            }
        }
    }

    /// Whether it looks at how long messages wait, which is measured only while somebody watches.
    pub(super) fn needs_waits(&self) -> bool {
        matches!(self, Self::Expression { expression, .. } if expression.text().contains("wait"))
    }
}

fn is_meant(actors: Option<&[String]>, name: &str) -> bool {
    actors.is_none_or(|actors| actors.iter().any(|actor| actor == name))
}

/// Whether its mailbox was pressured for at least half of the time since the last look. Signals do not tell: one that is
/// refilled at once turns open for a moment again and again.
fn is_pressured(last: Option<&ActorReport>, now: &ActorReport, passed: f64) -> bool {
    let seconds =
        |actor: &ActorReport| actor.mailbox.as_ref().map_or(0.0, |mailbox| mailbox.pressured_seconds);
    let pressured = seconds(now) - last.map_or(0.0, seconds);
    passed > 0.0 && pressured >= passed / 2.0 - 1e-6
}

/// Whether it had something to do at both looks, and did nothing of it. One that somebody downstream holds, or a rate, is
/// not to blame: what holds it is.
fn makes_no_progress(last: &ActorReport, now: &ActorReport) -> bool {
    let is_held = |now: &ActivityReport| {
        now.activity == Activity::Blocked
            && (now.actor.is_some() || matches!(now.cause, Some(Hold::Full | Hold::RateLimit)))
    };
    let has_work =
        |actor: &ActorReport| actor.waiting + actor.in_handler > 0 && !actor.time.now.iter().any(is_held);
    let done = |actor: &ActorReport| {
        (actor.handled, actor.emitted, actor.failed, actor.dropped.total(), actor.left, actor.restarts)
    };
    has_work(last) && has_work(now) && done(last) == done(now)
}

/// How often it has happened so far.
fn count(kind: Kind, actor: &ActorReport) -> u64 {
    match kind {
        Kind::Restarts => actor.restarts,
        Kind::DeadLetters => actor.dead_lettered,
        // What an actor discards by its own settings, and what nobody wanted at the end, is no alarm.
        _ => actor.dropped.overflow + actor.dropped.shed,
    }
}

fn rounded(value: f64) -> String {
    let rounded = (value * 1000.0).round() / 1000.0;
    rounded.to_string()
}

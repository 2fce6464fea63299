//! What can be named in an expression, and of what kind it is.

/// What a name leads to.
#[derive(Debug, PartialEq)]
pub(super) enum Shape {
    Number,
    Truth,
    /// One of these words.
    Word(&'static [&'static str]),
    Table(Fields),
}

pub(super) type Fields = &'static [(&'static str, Shape)];

/// The fields of an actor.
pub(super) const ACTOR: Fields = &[
    ("mailbox", Shape::Table(MAILBOX)),
    ("wait", Shape::Table(WAIT)),
    ("rate", Shape::Number),
    ("busy", Shape::Number),
    ("blocked", Shape::Number),
    ("idle", Shape::Number),
    ("received", Shape::Number),
    ("handled", Shape::Number),
    ("emitted", Shape::Number),
    ("failed", Shape::Number),
    ("dropped", Shape::Number),
    ("dead_letters", Shape::Number),
    ("restarts", Shape::Number),
    ("waiting", Shape::Number),
    ("in_handler", Shape::Number),
    ("held", Shape::Number),
    ("instances", Shape::Number),
    ("state", Shape::Word(STATES)),
    ("breaker", Shape::Word(&["closed", "half_open", "open"])),
];

/// The fields of a mailbox.
pub(super) const MAILBOX: Fields = &[
    ("fill", Shape::Number),
    ("depth", Shape::Number),
    ("capacity", Shape::Number),
    ("pressured", Shape::Truth),
];

/// The fields of how long messages wait, in seconds.
const WAIT: Fields =
    &[("p50", Shape::Number), ("p90", Shape::Number), ("p99", Shape::Number), ("max", Shape::Number)];

/// The fields of the topology as a whole.
pub(super) const TOPOLOGY: Fields = &[
    ("elapsed", Shape::Number),
    ("phase", Shape::Word(&["starting", "running", "draining", "stopping", "ended"])),
];

const STATES: &[&str] =
    &["starting", "ended", "running", "waiting", "paused", "restarting", "stuck", "failed"];

/// The name of the topology as a whole.
pub(super) const THE_TOPOLOGY: &str = "topology";

/// The name of all actors by their names.
pub(super) const THE_ACTORS: &str = "actors";

/// A value of this shape, for a trial.
pub(super) fn sample(shape: &Shape) -> cel::Value {
    match shape {
        Shape::Number => cel::Value::Float(1.0),
        Shape::Truth => cel::Value::Bool(true),
        Shape::Word(words) => words.first().copied().unwrap_or_default().into(),
        Shape::Table(fields) => table(fields.iter().map(|(name, shape)| (*name, sample(shape)))),
    }
}

/// Named values.
pub(super) fn table<'a>(fields: impl Iterator<Item = (&'a str, cel::Value)>) -> cel::Value {
    let fields: std::collections::HashMap<String, cel::Value> =
        fields.map(|(name, value)| (name.to_string(), value)).collect();
    fields.into()
}

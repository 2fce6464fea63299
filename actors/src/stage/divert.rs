//! Records that go one way, and records that go the other.

use crate::expression::Predicate;
use crate::message::Record;
use crate::settings::settings;
use schemars::JsonSchema;
use serde::Deserialize;
use tidegate::{Checks, Now, OnError, Result, Stage};

/// Sends the records for which an expression is true to its port `matched`, and all others to its port `rest`. A port that
/// nobody reads lets go what comes to it.
///
/// The expression is as that of `filter`: null, because a field is null, is not true. A record for which it fails is a failed
/// message; the run goes on, unless `on_error = "stop"`.
///
/// ```toml
/// [stages.split]
/// actor = "divert"
/// inputs = ["parse"]
/// expr = "dep_delay > 60"
///
/// [consumers.very_late]
/// actor = "file"
/// inputs = ["split.matched"]
/// path = "very_late.jsonl"
/// ```
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "divert")]
pub struct DivertSettings {
    /// What must be true of a record to go to `matched`.
    pub expr: String,
}

tidegate::ports! {
    /// The two ways of a [`Divert`].
    pub struct Diverted {
        /// Records for which the expression is true.
        pub matched: Record,
        /// All others.
        pub rest: Record,
    }
}

/// A stage that splits its stream by an expression; see [`DivertSettings`].
pub struct Divert {
    predicate: Predicate,
}

settings! { Divert: DivertSettings }

impl Divert {
    /// A stage that sends the records for which `expr` is true to `matched`.
    pub fn new(expr: impl Into<String>) -> Self {
        DivertSettings { expr: expr.into() }.into()
    }

    fn split(&mut self, record: Record, out: &mut Diverted) -> Result {
        match self.predicate.holds(&record)? {
            true => out.matched.emit(record),
            false => out.rest.emit(record),
        }
        Ok(())
    }
}

impl From<DivertSettings> for Divert {
    fn from(settings: DivertSettings) -> Self {
        Self { predicate: Predicate::new(&settings.expr) }
    }
}

impl Stage for Divert {
    type In = Record;
    type Out = Diverted;

    async fn handle(&mut self, record: Record, out: &mut Diverted) -> Result {
        self.split(record, out)
    }

    #[inline]
    fn handle_now(&mut self, record: Record, out: &mut Diverted) -> Now<Record> {
        Now::Done(self.split(record, out))
    }

    fn on_error(&self) -> OnError {
        OnError::DeadLetter
    }

    fn check(&self, checks: &mut Checks) {
        self.predicate.check(checks);
    }
}

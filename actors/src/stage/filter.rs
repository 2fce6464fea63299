//! Records that pass, and records that do not.

use crate::expression::Predicate;
use crate::message::Record;
use crate::settings::settings;
use schemars::JsonSchema;
use serde::Deserialize;
use tidegate::{Checks, Now, OnError, Outlet, Result, Stage};

/// Passes the records on for which an expression is true.
///
/// The expression is written in the Common Expression Language (CEL, <https://cel.dev>); the fields of the record
/// are its variables. A record for which it is null, because a field in it is null, does not pass, as in SQL.
/// `record` is the record as a whole, for fields that may be missing or have unusual names:
/// `has(record.gate) && record["dep delay"] > 15`. A record for which it fails is a failed message; the run goes on,
/// unless `on_error = "stop"`.
///
/// ```toml
/// [stages.late]
/// actor = "filter"
/// inputs = ["parse"]
/// expr = "dep_delay > 15 && carrier in ['UA', 'DL']"
/// ```
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "filter")]
pub struct FilterSettings {
    /// What must be true of a record.
    pub expr: String,
}

/// A stage that passes on the records for which an expression is true; see [`FilterSettings`].
///
/// ```
/// use tidegate::{Outlet, Stage};
/// use tidegate_actors::{Filter, Record};
///
/// # tidegate::testkit::virtual_time(async {
/// let (mut filter, mut out) = (Filter::new("metres > 6.0"), Outlet::collecting());
/// for metres in [6.8, 5.9, 7.1] {
///     filter.handle(Record::from_iter([("metres", metres)]), &mut out).await?;
/// }
/// assert_eq!(out.take().len(), 2);
/// # Ok::<(), tidegate::BoxError>(()) }).unwrap();
/// ```
pub struct Filter {
    predicate: Predicate,
}

settings! { Filter: FilterSettings }

impl Filter {
    /// A stage that passes on the records for which `expr` is true.
    pub fn new(expr: impl Into<String>) -> Self {
        FilterSettings { expr: expr.into() }.into()
    }

    /// Emits `record` if the expression is true of it.
    fn pass(&mut self, record: Record, out: &mut Outlet<Record>) -> Result {
        if self.predicate.holds(&record)? {
            out.emit(record);
        }
        Ok(())
    }
}

impl From<FilterSettings> for Filter {
    fn from(settings: FilterSettings) -> Self {
        Self { predicate: Predicate::new(&settings.expr) }
    }
}

impl Stage for Filter {
    type In = Record;
    type Out = Outlet<Record>;

    async fn handle(&mut self, record: Record, out: &mut Outlet<Record>) -> Result {
        self.pass(record, out)
    }

    #[inline]
    fn handle_now(&mut self, record: Record, out: &mut Outlet<Record>) -> Now<Record> {
        Now::Done(self.pass(record, out))
    }

    fn on_error(&self) -> OnError {
        OnError::DeadLetter
    }

    fn check(&self, checks: &mut Checks) {
        self.predicate.check(checks);
    }
}

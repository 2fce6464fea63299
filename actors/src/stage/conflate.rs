//! Messages merged while downstream is pressured.

use super::aggregate::reducer::{Function, Reducer, Reduction};
use crate::message::{Column, Content, Fields, Record, located};
use crate::settings::settings;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;
use tidegate::{Checks, Now, Outlet, Result, Stage};

/// Merges messages while downstream is pressured, so that its upstream never has to wait: what comes out is the latest
/// message, when there is room. As long as downstream keeps up, every message passes as it is.
///
/// Without `with`, the messages that a later one replaced are gone; the report counts them as discarded. With it, records
/// get further fields that are worked out over all that were merged into them, and nothing is counted as discarded.
///
/// ```toml
/// [stages.latest]
/// actor = "conflate"
/// inputs = ["parse"]
/// with = { merged = "count", total = "sum(amount)" }
/// ```
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "conflate")]
pub struct ConflateSettings {
    /// Fields that are worked out over the merged records, each as `count` (of records), or `count`, `sum`, `mean`, `min`
    /// or `max` of a field: `"sum(amount)"`. All other fields are those of the latest record. Records only.
    #[serde(default)]
    pub with: IndexMap<String, String>,
}

/// A stage that merges messages while downstream is pressured; see [`ConflateSettings`].
///
/// ```
/// use tidegate::{Outlet, Stage};
/// use tidegate_actors::{Conflate, Record};
///
/// # tidegate::testkit::virtual_time(async {
/// let (mut conflate, mut out) = (Conflate::new().with("n", "count").with("highest", "max(metres)"), Outlet::collecting());
/// for metres in [6.8, 7.1, 5.9] {
///     conflate.handle(Record::from_iter([("metres", metres)]), &mut out).await?;
/// }
/// conflate.on_room(&mut out)?;
/// assert_eq!(out.take()[0].to_string(), r#"{"metres":5.9,"n":3,"highest":7.1}"#);
/// # Ok::<(), tidegate::BoxError>(()) }).unwrap();
/// ```
pub struct Conflate<T> {
    settings: ConflateSettings,
    latest: Option<T>,
    discarded: u64,
    merges: Vec<Merge>,
    /// The fields of the records that came last, and the same with those that are worked out.
    fields: Option<(Arc<Fields>, Arc<Fields>)>,
}

settings! { Conflate<T: Content>: ConflateSettings }

/// One field that is worked out.
struct Merge {
    name: Arc<str>,
    function: Function,
    column: Option<Column>,
    so_far: Reducer,
}

impl<T: Content> Conflate<T> {
    /// A stage that keeps the latest message.
    pub fn new() -> Self {
        ConflateSettings::default().into()
    }

    /// The same, and works out `field` as `reduction`, like `sum(amount)`, over the merged records.
    #[must_use]
    pub fn with(self, field: impl Into<String>, reduction: impl Into<String>) -> Self {
        let mut settings = self.settings;
        settings.with.insert(field.into(), reduction.into());
        settings.into()
    }

    fn merge(&mut self, message: T) -> Result {
        if let Some(record) = message.record().filter(|_| !self.merges.is_empty()) {
            self.add(record).map_err(|problem| located(record.origin(), problem))?;
        }
        if self.latest.replace(message).is_some() && self.merges.is_empty() {
            self.discarded += 1;
        }
        Ok(())
    }

    /// Takes in all of `record` or nothing.
    fn add(&mut self, record: &Record) -> Result<(), String> {
        let mut values = Vec::with_capacity(self.merges.len());
        for Merge { function, column, .. } in &mut self.merges {
            let Some(column) = column else {
                values.push(None);
                continue;
            };
            let position = column.position(record.fields());
            let value = position.map(|position| &record.values()[position]);
            let value = value.ok_or_else(|| format!("there is no field `{}`", column.name()))?;
            if !function.takes(value) {
                return Err(format!("{} of `{}` takes no {value:?}", function.name(), column.name()));
            }
            values.push(Some(value));
        }
        for (merge, value) in self.merges.iter_mut().zip(values) {
            match value {
                Some(value) => merge.so_far.add(value),
                None => merge.so_far.add_row(),
            }
        }
        Ok(())
    }

    /// `record` with what was worked out; then all begins anew.
    fn finish(
        merges: &mut [Merge],
        known: &mut Option<(Arc<Fields>, Arc<Fields>)>,
        record: Record,
    ) -> Record {
        let (fields, mut values, origin) = record.into_parts();
        let all = match known {
            Some((known, all)) if Arc::ptr_eq(known, &fields) => all.clone(),
            _ => {
                let names = merges.iter().map(|merge| merge.name.clone());
                let all = Fields::new(fields.shared().iter().cloned().chain(names));
                *known = Some((fields, all.clone()));
                all
            }
        };
        values.resize(all.len(), crate::message::Value::Null);
        for merge in merges {
            let so_far = std::mem::replace(&mut merge.so_far, merge.function.start());
            if let Some(position) = all.position(&merge.name) {
                values[position] = so_far.finish();
            }
        }
        Record::with_fields(all, values).read_at(origin)
    }
}

impl<T: Content> Default for Conflate<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> From<ConflateSettings> for Conflate<T> {
    fn from(settings: ConflateSettings) -> Self {
        // What is wrong with the settings keeps the topology from starting; `check` says it.
        let merges = settings.with.iter().filter_map(|(name, text)| {
            let Reduction { function, column } = text.parse().ok()?;
            let column = column.as_deref().map(Column::new);
            Some(Merge { name: name.as_str().into(), function, column, so_far: function.start() })
        });
        Self { merges: merges.collect(), settings, latest: None, discarded: 0, fields: None }
    }
}

impl<T: Content> Stage for Conflate<T> {
    type In = T;
    type Out = Outlet<T>;

    async fn handle(&mut self, message: T, _: &mut Outlet<T>) -> Result {
        self.merge(message)
    }

    #[inline]
    fn handle_now(&mut self, message: T, _: &mut Outlet<T>) -> Now<T> {
        Now::Done(self.merge(message))
    }

    fn is_detached(&self) -> bool {
        true
    }

    fn has_output(&self) -> bool {
        self.latest.is_some()
    }

    fn on_room(&mut self, out: &mut Outlet<T>) -> Result {
        if let Some(latest) = self.latest.take() {
            let (merges, fields) = (&mut self.merges, &mut self.fields);
            out.emit(match merges.is_empty() {
                true => latest,
                false => latest.map_record(|record| Self::finish(merges, fields, record)),
            });
        }
        Ok(())
    }

    async fn on_end(&mut self, out: &mut Outlet<T>) -> Result {
        self.on_room(out)
    }

    fn max_held(&self) -> usize {
        1
    }

    fn held(&self) -> usize {
        usize::from(self.latest.is_some())
    }

    fn discarded(&self) -> u64 {
        self.discarded
    }

    fn check(&self, checks: &mut Checks) {
        for (name, text) in &self.settings.with {
            if let Err(problem) = text.parse::<Reduction>() {
                checks.error_at(&["with", name], problem);
            }
        }
        if !self.settings.with.is_empty() && !T::RECORDS {
            checks.error("with", "only records have fields; turn lines into records with `csv` or `json`");
        }
    }
}

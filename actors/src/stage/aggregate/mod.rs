//! Counts, sums, means, minima and maxima of groups.
//!
//! ```text
//! record --> window of its time --> group of its key --> a reducer per column
//!                 |
//!                 +-- is over: one record per group, sorted
//! ```

mod groups;
pub(super) mod reducer;
mod settings;
mod time;
mod windows;

use crate::message::{Column, Fields, Record, Value, located};
use crate::settings::settings;
use groups::Groups;
use reducer::Function;
pub use settings::AggregateSettings;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tidegate::time::{Duration, Instant};
use tidegate::{Checks, Now, OnError, Outlet, Result, Stage};
use time::Micros;
use windows::{Late, Windows};

/// A stage that works out counts, sums, means, minima and maxima; see [`AggregateSettings`].
///
/// ```
/// use tidegate::{Outlet, Stage};
/// use tidegate_actors::{Aggregate, Record, Value};
///
/// # tidegate::testkit::virtual_time(async {
/// let mut highest = Aggregate::by(["port"]).with("tides", "count").with("highest", "max(metres)");
/// let mut out = Outlet::collecting();
/// for (port, metres) in [("Dover", 6.8), ("Brest", 7.2), ("Dover", 7.1)] {
///     let record = Record::from_iter([("port", Value::from(port)), ("metres", metres.into())]);
///     highest.handle(record, &mut out).await?;
/// }
/// highest.on_end(&mut out).await?;
/// let rows: Vec<String> = out.take().iter().map(ToString::to_string).collect();
/// assert_eq!(rows, [
///     r#"{"port":"Brest","tides":1,"highest":7.2}"#,
///     r#"{"port":"Dover","tides":2,"highest":7.1}"#,
/// ]);
/// # Ok::<(), tidegate::BoxError>(()) }).unwrap();
/// ```
pub struct Aggregate {
    settings: AggregateSettings,
    keys: Vec<Column>,
    /// The columns of the reductions; `None` counts rows.
    columns: Vec<Option<Column>>,
    functions: Vec<Function>,
    time: Option<Column>,
    windows: Windows,
    /// What has come out and is not sent yet.
    closed: VecDeque<Record>,
    /// The fields of what comes out.
    fields: Arc<Fields>,
    /// When the run began, by the runtime's clock and by the wall's: windows of arrival are counted from here.
    began: Option<(Instant, Micros)>,
}

/// What counts of a record.
struct Row<'r> {
    /// When it happened, where that matters.
    moment: Option<Micros>,
    key: Vec<&'r Value>,
    /// The value for each reduction; `None` for one that counts rows.
    inputs: Vec<Option<&'r Value>>,
}

settings! { Aggregate: AggregateSettings }

impl Aggregate {
    /// A stage that groups records by these columns.
    pub fn by<N: Into<String>>(columns: impl IntoIterator<Item = N>) -> Self {
        AggregateSettings { group_by: columns.into_iter().collect(), ..AggregateSettings::default() }.into()
    }

    /// The same, and works out `column` as `reduction`, like `mean(delay)`.
    #[must_use]
    pub fn with(self, column: impl Into<String>, reduction: impl Into<String>) -> Self {
        let mut settings = self.settings;
        settings.with.insert(column.into(), reduction.into());
        settings.into()
    }

    /// The same over windows of this length.
    #[must_use]
    pub fn window(self, window: Duration) -> Self {
        AggregateSettings { window: Some(window.into()), ..self.settings }.into()
    }

    /// The same, where this column says when a row happened.
    #[must_use]
    pub fn time(self, column: impl Into<String>) -> Self {
        AggregateSettings { time: Some(column.into()), ..self.settings }.into()
    }

    /// The same with windows that stay open so long for rows that come out of order.
    #[must_use]
    pub fn lateness(self, lateness: Duration) -> Self {
        AggregateSettings { lateness: Some(lateness.into()), ..self.settings }.into()
    }

    /// The same with another limit for the number of groups.
    #[must_use]
    pub fn max_groups(self, groups: usize) -> Self {
        AggregateSettings { max_groups: groups, ..self.settings }.into()
    }

    /// What of `record` counts, if all of it can be taken in.
    fn read<'r>(&mut self, record: &'r Record) -> Result<Row<'r>, String> {
        let moment = self.moment(record)?;
        let (fields, values) = (record.fields(), record.values());
        let value_of = |column: &mut Column| match column.position(fields) {
            Some(position) => Ok(&values[position]),
            None => Err(missing(column, fields)),
        };
        let key = self.keys.iter_mut().map(value_of).collect::<Result<Vec<&Value>, String>>()?;
        let mut inputs = Vec::with_capacity(self.columns.len());
        for (column, function) in self.columns.iter_mut().zip(&self.functions) {
            let Some(column) = column else {
                inputs.push(None);
                continue;
            };
            let value = value_of(column)?;
            if !function.takes(value) {
                return Err(format!("{} of `{}` takes no {value:?}", function.name(), column.name()));
            }
            inputs.push(Some(value));
        }
        if let Some(moment) = moment {
            self.windows.admit(moment).map_err(|Late { end }| {
                format!(
                    "the row is late: its window ended at {} and is closed; see `lateness`",
                    time::show(end)
                )
            })?;
        }
        Ok(Row { moment, key, inputs })
    }

    /// Adds `row` to its group, new if there may be one more.
    fn add(&mut self, row: Row<'_>) -> Result<(), String> {
        let most = self.settings.max_groups;
        let start = self.windows.start_of(row.moment.unwrap_or_default());
        let may_grow = self.windows.groups() < most;
        let functions = &self.functions;
        let added = self.windows.change(start, may_grow, |groups| {
            let reducers = groups.entry(&row.key, functions, may_grow)?;
            for (reducer, input) in reducers.iter_mut().zip(row.inputs) {
                match input {
                    Some(value) => reducer.add(value),
                    None => reducer.add_row(),
                }
            }
            Some(())
        });
        added.ok_or_else(|| {
            format!("there would be more than {most} groups; raise `max_groups`, or group by less")
        })
    }

    /// Whether windows are over when `row` comes. They go first, whatever becomes of the row: their groups make room for
    /// others.
    fn is_due_at(&mut self, row: &Row<'_>) -> bool {
        let Some(moment) = row.moment else { return false };
        self.windows.advance(moment);
        self.windows.is_due()
    }

    /// When the row happened, where that matters.
    fn moment(&mut self, record: &Record) -> Result<Option<Micros>, String> {
        if self.settings.window.is_none() {
            return Ok(None);
        }
        let Some(column) = &mut self.time else { return Ok(Some(self.elapsed())) };
        let Some(position) = column.position(record.fields()) else {
            return Err(missing(column, record.fields()));
        };
        let value = &record.values()[position];
        match time::moment(value) {
            Some(moment) => Ok(Some(moment)),
            None => Err(format!("`{}` is no time: {value:?}", column.name())),
        }
    }

    /// Time since the run began.
    fn elapsed(&mut self) -> Micros {
        let (began, _) = *self.began.get_or_insert_with(now);
        micros(began.elapsed())
    }

    /// Sends the groups of all windows that are over.
    async fn send_due(&mut self, out: &mut Outlet<Record>) {
        while self.windows.is_due() {
            self.close_first();
            self.send_closed(out).await;
        }
    }

    async fn send_closed(&mut self, out: &mut Outlet<Record>) {
        while let Some(record) = self.closed.pop_front() {
            out.send(record).await;
        }
    }

    /// Works out the groups of the first window; false if there is none.
    fn close_first(&mut self) -> bool {
        let Some((start, end, groups)) = self.windows.close_first() else { return false };
        self.closed.extend(self.records(start, end, groups));
        true
    }

    fn records(
        &self,
        start: Micros,
        end: Option<Micros>,
        groups: Groups,
    ) -> impl Iterator<Item = Record> + use<> {
        // Windows of arrival are counted from the beginning of the run; people want the time of day.
        let offset = match (&self.time, self.began) {
            (None, Some((_, began))) => began,
            _ => 0,
        };
        let bounds: Vec<Value> = match end {
            Some(end) => [start, end].map(|bound| time::show(bound.saturating_add(offset))).into(),
            None => Vec::new(),
        };
        let fields = self.fields.clone();
        groups.into_sorted().into_iter().map(move |(key, reducers)| {
            let results = reducers.into_iter().map(reducer::Reducer::finish);
            let values = bounds.iter().cloned().chain(key).chain(results).collect();
            Record::with_fields(fields.clone(), values)
        })
    }
}

impl From<AggregateSettings> for Aggregate {
    fn from(settings: AggregateSettings) -> Self {
        // What is wrong with the settings keeps the topology from starting; `check` says it.
        let reductions: Vec<_> = settings.reductions().filter_map(|(_, reduction)| reduction.ok()).collect();
        let window = settings.window.map(|window| micros(window.duration()).max(1));
        let lateness = settings.lateness.map_or(0, |lateness| micros(lateness.duration()));
        let bounds = window.iter().flat_map(|_| ["window_start", "window_end"]);
        let names = bounds.chain(settings.group_by.iter()).chain(settings.with.keys().map(String::as_str));
        Self {
            keys: settings.group_by.iter().map(Column::new).collect(),
            columns: reductions.iter().map(|of| of.column.as_deref().map(Column::new)).collect(),
            functions: reductions.iter().map(|of| of.function).collect(),
            time: settings.time.as_deref().map(Column::new),
            windows: Windows::new(window, lateness),
            closed: VecDeque::new(),
            fields: Fields::new(names),
            began: None,
            settings,
        }
    }
}

impl Stage for Aggregate {
    type In = Record;
    type Out = Outlet<Record>;

    async fn on_start(&mut self, _: &mut Outlet<Record>) -> Result {
        self.began = Some(now());
        Ok(())
    }

    async fn handle(&mut self, record: Record, out: &mut Outlet<Record>) -> Result {
        let failed = |problem| located(record.origin(), problem);
        let row = self.read(&record).map_err(failed)?;
        if self.is_due_at(&row) {
            self.send_due(out).await;
        }
        self.add(row).map_err(failed)
    }

    fn handle_now(&mut self, record: Record, _: &mut Outlet<Record>) -> Now<Record> {
        let failed = |problem| located(record.origin(), problem);
        match self.read(&record) {
            Ok(row) if self.is_due_at(&row) => Now::Later(record),
            Ok(row) => Now::Done(self.add(row).map_err(failed)),
            Err(problem) => Now::Done(Err(failed(problem))),
        }
    }

    fn on_error(&self) -> OnError {
        OnError::DeadLetter
    }

    fn tick_every(&self) -> Option<Duration> {
        self.settings.window.filter(|_| self.time.is_none()).map(|window| window.duration())
    }

    async fn on_tick(&mut self, out: &mut Outlet<Record>) -> Result {
        let elapsed = self.elapsed();
        self.windows.advance(elapsed);
        self.send_due(out).await;
        Ok(())
    }

    async fn on_end(&mut self, out: &mut Outlet<Record>) -> Result {
        while self.close_first() {
            self.send_closed(out).await;
        }
        Ok(())
    }

    fn max_held(&self) -> usize {
        self.settings.max_groups
    }

    fn held(&self) -> usize {
        self.windows.groups() + self.closed.len()
    }

    fn check(&self, checks: &mut Checks) {
        self.settings.check(checks);
    }
}

#[cold]
fn missing(column: &Column, fields: &Fields) -> String {
    let names: Vec<&str> = fields.names().collect();
    format!("there is no field `{}`; the record has {}", column.name(), names.join(", "))
}

fn now() -> (Instant, Micros) {
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (Instant::now(), micros(wall))
}

fn micros(duration: Duration) -> Micros {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

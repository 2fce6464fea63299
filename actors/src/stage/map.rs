//! Records with other fields.

use crate::expression::Expression;
use crate::message::{Fields, Record, located};
use crate::settings::{Names, settings};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;
use tidegate::{Checks, Now, OnError, Outlet, Result, Stage};

/// Changes the fields of records: sets some by expressions, drops others.
///
/// Expressions are those of `filter`. They are worked out in the order they are written, each with what those before
/// it have set; a field that is new comes last. Where a value that is needed is null, the result is null. A record
/// for which an expression fails is a failed message; the run goes on, unless `on_error = "stop"`.
///
/// ```toml
/// [stages.enrich]
/// actor = "map"
/// inputs = ["late"]
/// set = { hours = "double(air_time) / 60.0", mph = "double(distance) / hours" }
/// drop = ["air_time", "hours"]
/// ```
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "map")]
pub struct MapSettings {
    /// Fields to set, each with its expression.
    #[serde(default)]
    pub set: IndexMap<String, String>,
    /// Fields to take away afterwards; those a record does not have are no error.
    #[serde(default)]
    pub drop: Names,
    /// The only fields to keep afterwards, in this order; by default all are kept.
    #[serde(default)]
    pub keep: Option<Names>,
}

/// A stage that changes the fields of records; see [`MapSettings`].
///
/// ```
/// use tidegate::{Outlet, Stage};
/// use tidegate_actors::{Map, Record};
///
/// # tidegate::testkit::virtual_time(async {
/// let (mut map, mut out) = (Map::new().set("feet", "metres * 3.28084").keep(["feet"]), Outlet::collecting());
/// map.handle(Record::from_iter([("metres", 10.0)]), &mut out).await?;
/// assert_eq!(out.take()[0].to_string(), r#"{"feet":32.8084}"#);
/// # Ok::<(), tidegate::BoxError>(()) }).unwrap();
/// ```
pub struct Map {
    settings: MapSettings,
    /// One for each field to set; what is wrong with one is said by `check`, or else with each record.
    expressions: Vec<Result<Expression, String>>,
    plan: Option<Plan>,
}

settings! { Map: MapSettings }

/// What is done to records of one kind.
struct Plan {
    input: Arc<Fields>,
    /// The fields of the input, and those that are new.
    all: Arc<Fields>,
    /// Where each field to set is among all.
    set: Vec<usize>,
    /// The fields that remain, and where they are among all; `None` if all do.
    rest: Option<(Arc<Fields>, Vec<usize>)>,
}

impl Map {
    /// A stage that changes nothing yet.
    pub fn new() -> Self {
        MapSettings::default().into()
    }

    /// The same, and then sets `field` to what `expr` comes to.
    #[must_use]
    pub fn set(self, field: impl Into<String>, expr: impl Into<String>) -> Self {
        let mut settings = self.settings;
        settings.set.insert(field.into(), expr.into());
        settings.into()
    }

    /// The same, and then drops these fields.
    #[must_use]
    pub fn drop<N: Into<String>>(mut self, fields: impl IntoIterator<Item = N>) -> Self {
        self.settings.drop = fields.into_iter().collect();
        self
    }

    /// The same, and then keeps these fields only.
    #[must_use]
    pub fn keep<N: Into<String>>(mut self, fields: impl IntoIterator<Item = N>) -> Self {
        self.settings.keep = Some(fields.into_iter().collect());
        self
    }

    #[cold]
    fn plan(&mut self, input: &Arc<Fields>) {
        let names = self.settings.set.keys().map(|name| Arc::from(name.as_str()));
        let all = Fields::new(input.shared().iter().cloned().chain(names));
        let set = self.settings.set.keys().filter_map(|name| all.position(name)).collect();
        let settings = &self.settings;
        let kept: Vec<Arc<str>> = match &settings.keep {
            Some(keep) => keep.iter().filter(|name| all.position(name).is_some()).map(Arc::from).collect(),
            None => all.shared().to_vec(),
        };
        let dropped = |name: &Arc<str>| settings.drop.iter().any(|drop| *drop == **name);
        let rest = Fields::new(kept.into_iter().filter(|name| !dropped(name)));
        let rest = (rest != all).then(|| {
            let positions = rest.names().filter_map(|name| all.position(name)).collect();
            (rest, positions)
        });
        self.plan = Some(Plan { input: input.clone(), all, set, rest });
    }

    fn change(&mut self, record: Record) -> Result<Record> {
        if !self.plan.as_ref().is_some_and(|plan| Arc::ptr_eq(&plan.input, record.fields())) {
            self.plan(record.fields());
        }
        let plan = self.plan.as_ref().expect("a plan, because it was just made");
        let (_, mut values, origin) = record.into_parts();
        values.reserve(plan.all.len() - values.len());
        for ((name, position), expression) in
            self.settings.set.keys().zip(&plan.set).zip(&mut self.expressions)
        {
            let result = match expression {
                Ok(expression) => {
                    expression.evaluate(&plan.all, &values).map_err(|failure| failure.to_string())
                }
                Err(problem) => Err(problem.clone()),
            };
            let value = result
                .map_err(|problem| located(origin.as_ref(), format_args!("`set.{name}`: {problem}")))?;
            // New fields come in the order they are set, so that a value to push has its place at the end.
            match values.get_mut(*position) {
                Some(place) => *place = value,
                None => values.push(value),
            }
        }
        let (fields, values) = match &plan.rest {
            Some((rest, positions)) => {
                let taken = positions.iter().map(|position| std::mem::take(&mut values[*position]));
                (rest.clone(), taken.collect())
            }
            None => (plan.all.clone(), values),
        };
        Ok(Record::with_fields(fields, values).read_at(origin))
    }
}

impl Default for Map {
    fn default() -> Self {
        Self::new()
    }
}

impl From<MapSettings> for Map {
    fn from(settings: MapSettings) -> Self {
        let expressions = settings.set.values().map(|expr| Expression::compile(expr)).collect();
        Self { settings, expressions, plan: None }
    }
}

impl Stage for Map {
    type In = Record;
    type Out = Outlet<Record>;

    async fn handle(&mut self, record: Record, out: &mut Outlet<Record>) -> Result {
        self.change(record).map(|changed| out.emit(changed))
    }

    #[inline]
    fn handle_now(&mut self, record: Record, out: &mut Outlet<Record>) -> Now<Record> {
        Now::Done(self.change(record).map(|changed| out.emit(changed)))
    }

    fn on_error(&self) -> OnError {
        OnError::DeadLetter
    }

    fn check(&self, checks: &mut Checks) {
        for (name, expression) in self.settings.set.keys().zip(&self.expressions) {
            if let Err(problem) = expression {
                checks.error_at(&["set", name], format!("the expression cannot be used: {problem}"));
            }
        }
        let both = self
            .settings
            .keep
            .iter()
            .flat_map(Names::iter)
            .find(|kept| self.settings.drop.iter().any(|name| name == *kept));
        if let Some(both) = both {
            checks.error("drop", format!("`{both}` is also in `keep`; a field is kept or dropped"));
        }
        if self.settings.set.is_empty() && self.settings.drop.0.is_empty() && self.settings.keep.is_none() {
            checks.warning("set", "nothing is set, dropped or kept, so records pass unchanged");
        }
    }
}

//! Tables of a topology file that are not the runtime's: whoever loads the file says what they may hold.

use super::registry::{SettingsError, deserialize};
use crate::{Problem, Topology};
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use std::any::Any;
use std::fmt;

/// An outermost table of a topology file that somebody else than the runtime reads: `[monitor]`.
///
/// One that is [registered](crate::Registry::table) is checked like all else in the file: unknown keys and values of
/// the wrong kind are errors with their place, the environment and the command line can set it, and what is in effect
/// can be shown. A value that must not be is a [`Secret`](crate::settings::Secret).
///
/// A map of tables, like `[alerts.NAME]`, is a type around an `IndexMap`; it has them in the order of the file.
///
/// ```
/// use tidegate::prelude::*;
/// use tidegate::topology::Table;
/// use tidegate::topology::file::Source;
///
/// #[derive(serde::Deserialize, serde::Serialize, schemars::JsonSchema)]
/// #[serde(deny_unknown_fields)]
/// struct Lamp {
///     /// How bright it is.
///     brightness: u8,
/// }
///
/// impl Table for Lamp {
///     const NAME: &'static str = "lamp";
/// }
///
/// let registry = Registry::new().table::<Lamp>();
/// let loaded = Source::text("demo.toml", "[lamp]\nbrightness = 7\n").load(&registry).unwrap();
/// assert_eq!(loaded.table::<Lamp>().unwrap().brightness, 7);
///
/// let wrong = Source::text("demo.toml", "[lamp]\nbrightnes = 7\n").load(&registry).unwrap_err();
/// assert!(wrong.to_string().contains("did you mean `brightness`?"));
/// ```
pub trait Table: DeserializeOwned + Serialize + JsonSchema + Send + Sync + 'static {
    /// What it is called in the file.
    const NAME: &'static str;

    /// What is wrong with it that its types do not say, or where it does not fit `topology`; in which actors may be
    /// missing that have mistakes of their own. The keys of a place are those inside the table.
    fn check(&self, topology: &Topology) -> Vec<Problem> {
        let _ = topology;
        Vec::new()
    }
}

/// A table of any type.
pub(crate) trait AnyTable: Send + Sync {
    fn check(&self, topology: &Topology) -> Vec<Problem>;
    /// What is in effect, defaults included and secrets hidden.
    fn values(&self) -> Json;
    fn as_any(&self) -> &dyn Any;
}

impl<T: Table> AnyTable for T {
    fn check(&self, topology: &Topology) -> Vec<Problem> {
        let mut problems = Table::check(self, topology);
        for problem in problems.iter_mut().filter(|problem| problem.place.actor.is_none()) {
            problem.place.key.insert(0, T::NAME.into());
        }
        problems
    }

    fn values(&self) -> Json {
        serde_json::to_value(self).unwrap_or_default()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl fmt::Debug for dyn AnyTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // As it may be shown, whatever its own type would print.
        self.values().fmt(f)
    }
}

/// How a table is read.
#[derive(Clone)]
pub(crate) struct TableRegistration {
    pub(crate) schema: Schema,
    pub(crate) make: fn(&Json) -> Result<Box<dyn AnyTable>, SettingsError>,
}

impl TableRegistration {
    pub(crate) fn of<T: Table>() -> Self {
        Self { schema: schemars::schema_for!(T), make: |value| Ok(Box::new(deserialize::<T>(value)?)) }
    }
}

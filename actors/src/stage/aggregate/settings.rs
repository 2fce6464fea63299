//! What an aggregate can be told.

use super::reducer::Reduction;
use crate::settings::Names;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use tidegate::Checks;
use tidegate::settings::Span;

/// Works out counts, sums, means, minima and maxima of groups of records: over all input, or over windows of time.
///
/// What comes out is one record per group, with the columns of `group_by` first and those of `with` after them,
/// sorted by group. Over all input it comes at the end; with a `window`, each when it closes, and
/// `window_start` and `window_end` are the first columns then. Windows follow one another without overlap.
///
/// A window of a time column closes when a row comes whose time is past its end by `lateness`, or at the end of
/// input. A row that comes for a closed window is late: a failed message, counted and reported. Without a time column
/// rows belong to the window of their arrival, and windows are counted from the start of the run.
///
/// Null counts for nothing in a column; in `group_by` it is a group of its own. A row that cannot be taken in, say
/// with text where a sum is asked for, is a failed message and counts nowhere.
///
/// With several `instances`, `routing = "hash"` and a column of `group_by` as the `key` bring all rows of a group to one
/// of them; each sends its own groups, sorted, and has `max_groups` of its own.
///
/// The groups that are open are held: a forced stop reports each as left.
///
/// ```toml
/// [stages.per_carrier]
/// actor = "aggregate"
/// inputs = ["late"]
/// group_by = ["carrier"]
/// with = { flights = "count", mean_delay = "mean(dep_delay)", worst = "max(dep_delay)" }
/// window = "1h"
/// time = "time_hour"
/// ```
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "aggregate")]
pub struct AggregateSettings {
    /// The columns whose values make a group; without any, all rows are one group.
    #[serde(default)]
    pub group_by: Names,
    /// The columns that are worked out, each as `count` (of rows), or `count`, `sum`, `mean`, `min` or `max` of a
    /// column: `"mean(delay)"`.
    pub with: IndexMap<String, String>,
    /// How long a window is, like `"1h"`. By default all input is one.
    #[serde(default)]
    pub window: Option<Span>,
    /// The column that says when a row happened: a date with or without a time (UTC unless it says otherwise), or
    /// seconds since 1970. By default the time of arrival counts.
    #[serde(default)]
    pub time: Option<String>,
    /// How long a window of a time column stays open for rows that come out of order.
    #[serde(default)]
    pub lateness: Option<Span>,
    /// The most groups at any time, windows taken together; a row of one more fails.
    #[serde(default = "default_max_groups")]
    pub max_groups: usize,
}

fn default_max_groups() -> usize {
    100_000
}

impl Default for AggregateSettings {
    fn default() -> Self {
        Self {
            group_by: Names::default(),
            with: IndexMap::new(),
            window: None,
            time: None,
            lateness: None,
            max_groups: default_max_groups(),
        }
    }
}

impl AggregateSettings {
    /// The reductions, by the name of the column they make, or what is wrong with them.
    pub(super) fn reductions(&self) -> impl Iterator<Item = (&str, Result<Reduction, String>)> {
        self.with.iter().map(|(name, text)| (name.as_str(), text.parse()))
    }

    pub(super) fn check(&self, checks: &mut Checks) {
        for (name, reduction) in self.reductions() {
            if let Err(problem) = reduction {
                checks.error_at(&["with", name], problem);
            }
        }
        self.check_instances(checks);
        if self.with.is_empty() {
            checks.error("with", "say what is to be worked out, like `with = { n = \"count\" }`");
        }
        for name in self.with.keys().filter(|name| self.group_by.iter().any(|group| group == *name)) {
            checks.error_at(&["with", name], format!("`{name}` is also in `group_by`; give it another name"));
        }
        let own = |name: &str| self.window.is_some() && matches!(name, "window_start" | "window_end");
        if let Some(taken) =
            self.group_by.iter().chain(self.with.keys().map(String::as_str)).find(|name| own(name))
        {
            checks
                .error("window", format!("makes a column `{taken}`, but there is one of that name already"));
        }
        if self.window.is_some_and(|window| window.duration().as_micros() == 0) {
            checks.error("window", "a window has some length; leave it out to take all input together");
        }
        for (key, given) in [("time", self.time.is_some()), ("lateness", self.lateness.is_some())] {
            if given && self.window.is_none() {
                checks.error(key, "says nothing without a `window`");
            }
        }
        if self.lateness.is_some() && self.time.is_none() && self.window.is_some() {
            checks.error(
                "lateness",
                "what counts is the time of arrival, and nothing arrives late; give a `time` column",
            );
        }
        if self.max_groups == 0 {
            checks.error("max_groups", "at least one group is needed");
        }
    }

    /// All rows of a group must meet in one instance.
    fn check_instances(&self, checks: &mut Checks) {
        let by_group = checks.key().is_some_and(|key| self.group_by.iter().any(|group| group == key));
        if checks.instances() == 1 || by_group {
            return;
        }
        let instances = checks.instances();
        let remedy = match self.group_by.iter().next() {
            Some(column) => {
                format!("let a column of `group_by` decide: `routing = \"hash\"`, `key = \"{column}\"`")
            }
            None => "without `group_by` only 1 can work".into(),
        };
        checks.error(
            "instances",
            format!("each of {instances} instances would have a part of every group; {remedy}"),
        );
    }
}

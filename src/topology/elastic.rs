//! A number of instances that follows the load.

use crate::settings::Span;
use crate::time::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How many instances of an actor run, between a least and a most: one more when its mailbox stays pressured, one fewer
/// when one of them stays idle.
///
/// An actor that is held up by those after it gets no further instances: they would be held up, too.
///
/// ```
/// use std::time::Duration;
/// use tidegate::prelude::*;
///
/// let report = Topology::new("elastic")
///     .producer("n", iter(1..=100u64))
///     .consumer_each("work", 8, |_| for_each(|n: u64| println!("{n}")))
///     .elastic(ElasticOptions::between(1, 8).up_after(Duration::from_millis(100)))
///     .start()?
///     .join();
/// assert_eq!(report.actors["work"].handled, 100);
/// # Ok::<(), tidegate::StartError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ElasticOptions {
    /// The fewest instances, with which it starts; at least 1. Default 1.
    #[serde(default = "one")]
    pub min: usize,
    /// The most instances; at least `min`.
    pub max: usize,
    /// There is one more when the mailbox has been pressured for this long. Default `"1s"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_after: Option<Span>,
    /// There is one fewer when an instance had nothing to do for this long. Default `"30s"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub down_after: Option<Span>,
    /// The least time from one change to the next. Default: that of `up_after`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cooldown: Option<Span>,
}

fn one() -> usize {
    1
}

impl ElasticOptions {
    /// Between `min` and `max` instances, and everything else by default.
    pub fn between(min: usize, max: usize) -> Self {
        Self { min, max, up_after: None, down_after: None, cooldown: None }
    }

    /// The same with one more after this long under pressure.
    #[must_use]
    pub fn up_after(mut self, time: Duration) -> Self {
        self.up_after = Some(time.into());
        self
    }

    /// The same with one fewer after this long with an idle instance.
    #[must_use]
    pub fn down_after(mut self, time: Duration) -> Self {
        self.down_after = Some(time.into());
        self
    }

    /// The same with at least this long from one change to the next.
    #[must_use]
    pub fn cooldown(mut self, time: Duration) -> Self {
        self.cooldown = Some(time.into());
        self
    }

    /// The same with everything decided.
    pub(crate) fn resolved(&self) -> Self {
        let up_after = self.up_after.unwrap_or(Duration::from_secs(1).into());
        let down_after = self.down_after.unwrap_or(Duration::from_secs(30).into());
        Self {
            up_after: Some(up_after),
            down_after: Some(down_after),
            cooldown: Some(self.cooldown.unwrap_or(up_after)),
            ..self.clone()
        }
    }
}

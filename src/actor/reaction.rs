//! What a producer does about `Backpressure`, where the topology says so.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a producer does about `Backpressure`: the key `reaction`. By default the actor decides, and most pause.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProducerReaction {
    /// It is held until the matching `Resume`.
    Pause,
    /// It goes on, at a rate that falls with every `Backpressure` and rises while there is none.
    Aimd(Aimd),
}

/// Additive increase, multiplicative decrease: the rate of a producer that feels for what its readers can take.
///
/// Each second in which nothing was held adds `increase`; a `Backpressure`, and each further second that it lasts, multiplies by
/// `decrease`. Messages are counted, over all ports together; each of several instances has a rate of its own.
///
/// ```
/// use tidegate::prelude::*;
/// use tidegate::Aimd;
///
/// let topology = Topology::new("careful")
///     .producer("n", iter(1..=1000u64))
///     .aimd(Aimd { start: 100.0, max: Some(500.0), ..Aimd::default() })
///     .consumer("end", for_each(|n: u64| println!("{n}")));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Aimd {
    /// Messages per second at the start, as far as `min` and `max` allow.
    pub start: f64,
    /// What each second without `Backpressure` adds.
    pub increase: f64,
    /// What `Backpressure` multiplies the rate by; between 0 and 1.
    pub decrease: f64,
    /// The rate never falls below this.
    pub min: f64,
    /// Nor rises above this; by default without end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
}

impl Default for Aimd {
    fn default() -> Self {
        Self { start: 1000.0, increase: 100.0, decrease: 0.5, min: 1.0, max: None }
    }
}

impl Aimd {
    /// What is wrong with it: the key, what, and what to do.
    pub(crate) fn problem(&self) -> Option<(&'static str, String, &'static str)> {
        let Self { start, increase, decrease, min, max } = *self;
        let wrong = |key, number: f64, help| Some((key, format!("{number} cannot be"), help));
        match () {
            () if !(min.is_finite() && min > 0.0) => {
                wrong("min", min, "give the least messages per second, more than 0")
            }
            () if max.is_some_and(|max| !(max.is_finite() && max >= min)) => {
                wrong("max", max.unwrap_or_default(), "give the most messages per second, at least `min`")
            }
            () if !(start.is_finite() && start > 0.0) => {
                wrong("start", start, "give messages per second, more than 0")
            }
            () if !(increase.is_finite() && increase > 0.0) => {
                wrong("increase", increase, "give what each second adds, more than 0")
            }
            () if !(decrease > 0.0 && decrease < 1.0) => {
                wrong("decrease", decrease, "give a factor between 0 and 1, like 0.5")
            }
            () => None,
        }
    }
}

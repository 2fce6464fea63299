//! Named groups of threads, each with limits of its own.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Options of a bulkhead: a named group of arbiters (threads) that run the actors put into it, and no others.
///
/// An actor that burns its processor or blocks its thread delays those on the same thread. In a bulkhead of its own it
/// delays nobody outside.
///
/// ```
/// use tidegate::prelude::*;
///
/// let report = Topology::new("apart")
///     .bulkhead("heavy", BulkheadOptions::threads(1))
///     .producer("n", iter(1..=100u64))
///     .consumer("hog", for_each(|n: u64| assert!((0..n).sum::<u64>() < 5_000)))
///     .in_bulkhead("heavy")
///     .start()?
///     .join();
/// assert_eq!(report.actors["hog"].handled, 100);
/// # Ok::<(), tidegate::StartError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct BulkheadOptions {
    /// How many arbiters (threads) run its actors, those that block aside; at least 1. Default 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threads: Option<usize>,
    /// The most calls of its stages and consumers that may be under way at once; at least 1. Further messages wait in
    /// their mailboxes. Default: no limit but one for each instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_in_flight: Option<usize>,
    /// The most threads for its blocking actors, which take turns if there are more of them; at least 1. Default: one
    /// for each instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocking_threads: Option<usize>,
}

impl BulkheadOptions {
    /// A bulkhead with so many arbiters and everything else by default.
    pub fn threads(threads: usize) -> Self {
        Self { threads: Some(threads), ..Self::default() }
    }

    /// The same with at most so many calls under way at once.
    #[must_use]
    pub fn max_in_flight(mut self, calls: usize) -> Self {
        self.max_in_flight = Some(calls);
        self
    }

    /// The same with at most so many threads for blocking actors.
    #[must_use]
    pub fn blocking_threads(mut self, threads: usize) -> Self {
        self.blocking_threads = Some(threads);
        self
    }

    /// How many arbiters it has.
    pub fn arbiters(&self) -> usize {
        self.threads.unwrap_or(1)
    }
}

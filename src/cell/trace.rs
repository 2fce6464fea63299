//! What a cell shows to whoever follows its work as spans.
//!
//! ```text
//!  actor{actor=parse instance=0}  ◀─ follows from ─  actor{actor=store instance=0}
//!                                 ◀─ follows from ─      └── handle{actor=store from=parse count=64}
//! ```
//!
//! The span of a cell is open as long as the cell, and entered while it is polled, so that log lines of the actor are
//! inside. Now and then a run of calls has a span of its own. Who does not subscribe to `tidegate::actor` pays a branch per
//! poll; who does not to `tidegate::handle`, a branch per run of calls.

use crate::sync::{Arc, Mutex, lock};
use tracing::field::Empty;
use tracing::{Id, Level, Span};

/// One of so many runs of calls has a span.
const EVERY: u32 = 100;

/// Those that send to a cell, by name, and their spans.
type Upstream = Arc<Mutex<Vec<(String, Id)>>>;

/// The span of a cell, and what it follows from.
#[derive(Clone)]
pub(crate) struct Scope {
    pub(super) span: Span,
    actor: Arc<str>,
    instance: usize,
    upstream: Upstream,
}

impl Scope {
    /// The span of an instance of `actor`.
    pub(crate) fn open(actor: &str, instance: usize) -> Self {
        let span =
            tracing::info_span!(target: "tidegate::actor", parent: None, "actor", actor = %actor, instance);
        Self { span, actor: actor.into(), instance, upstream: Upstream::default() }
    }

    /// Whether nobody looks.
    pub(crate) fn is_disabled(&self) -> bool {
        self.span.is_disabled()
    }

    /// What it is about follows from what `other` is about, which sends to it.
    pub(crate) fn follows(&self, name: &str, other: &Self) {
        self.span.follows_from(&other.span);
        if let Some(id) = other.span.id() {
            lock(&self.upstream).push((name.into(), id));
        }
    }

    /// What `other` is about has ended.
    pub(crate) fn forget(&self, other: &Self) {
        let id = other.span.id();
        lock(&self.upstream).retain(|(_, one)| Some(one) != id.as_ref());
    }
}

/// Makes spans of some of the runs of calls of one cell.
pub(super) struct Trace {
    scope: Scope,
    /// How many runs there are before the next one that has a span.
    countdown: u32,
    /// That of the present run, with the messages handled before it.
    run: Option<(Span, u64)>,
}

impl Trace {
    /// For the cell of `scope`; none if nobody looks.
    pub(super) fn of(scope: Option<Scope>) -> Option<Box<Self>> {
        let looked_at = tracing::enabled!(target: "tidegate::handle", Level::DEBUG);
        let scope = scope.filter(|scope| looked_at && !scope.is_disabled())?;
        Some(Box::new(Self { scope, countdown: 0, run: None }))
    }

    /// A run begins, after `handled` messages.
    pub(super) fn begin(&mut self, handled: u64) {
        if self.countdown > 0 {
            self.countdown -= 1;
            return;
        }
        self.countdown = EVERY - 1;
        let upstream = lock(&self.scope.upstream).clone();
        let mut from: Vec<&str> = upstream.iter().map(|(name, _)| name.as_str()).collect();
        from.dedup();
        let span = tracing::debug_span!(
            target: "tidegate::handle", parent: &self.scope.span, "handle",
            actor = %self.scope.actor, instance = self.scope.instance, from = %from.join(","), count = Empty,
        );
        for (_, id) in &upstream {
            span.follows_from(id);
        }
        self.run = Some((span, handled));
    }

    /// The run is over, after `handled` messages.
    pub(super) fn end(&mut self, handled: u64) {
        if let Some((span, before)) = self.run.take() {
            span.record("count", handled.saturating_sub(before));
        }
    }
}

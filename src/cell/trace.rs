//! What a cell shows to whoever follows its work as spans.
//!
//! ```text
//!  actor{actor=parse instance=0}  ◀─ follows from ─  actor{actor=store instance=0}
//!                                 ◀─ follows from ─      └── handle{actor=store from=parse count=64}
//! ```
//!
//! The span of a cell is open as long as the cell, and entered while it is polled, so that log lines of the actor are
//! inside. Now and then a run of calls has a span of its own. Who does not subscribe to `tidegate::actor` pays a branch per
//! poll; who does not to anything as detailed as `tidegate::handle`, a branch per run of calls.

use crate::sync::{Arc, Mutex, lock};
use tracing::field::{Empty, display};
use tracing::level_filters::LevelFilter;
use tracing::{Id, Level, Span};

/// One of so many runs of calls has a span.
const EVERY: u32 = 100;

/// The span of a cell, and what it follows from.
#[derive(Clone)]
pub(crate) struct Scope {
    pub(super) span: Span,
    /// What its runs of calls say; none if nobody looks.
    origin: Option<Arc<Origin>>,
}

struct Origin {
    actor: String,
    instance: usize,
    /// Those that send to it, or did, by name, and their spans.
    upstream: Mutex<Vec<(String, Option<Id>)>>,
}

impl Scope {
    /// The span of an instance of `actor`.
    pub(crate) fn open(actor: &str, instance: usize) -> Self {
        let span =
            tracing::info_span!(target: "tidegate::actor", parent: None, "actor", actor = %actor, instance);
        let origin = (!span.is_disabled())
            .then(|| Arc::new(Origin { actor: actor.into(), instance, upstream: Mutex::default() }));
        Self { span, origin }
    }

    /// Whether nobody looks.
    pub(crate) fn is_disabled(&self) -> bool {
        self.origin.is_none()
    }

    /// What it is about follows from what `other` is about, which sends to it.
    pub(crate) fn follows(&self, other: &Self) {
        self.span.follows_from(&other.span);
        if let (Some(origin), Some(upstream), Some(id)) = (&self.origin, &other.origin, other.span.id()) {
            let mut known = lock(&origin.upstream);
            known.retain(|(name, id)| id.is_some() || *name != upstream.actor);
            known.push((upstream.actor.clone(), Some(id)));
        }
    }

    /// What `other` is about has ended: it keeps its name, for what waits still comes from it.
    pub(crate) fn forget(&self, other: &Self) {
        let id = other.span.id();
        let upstream = self.origin.iter().map(|origin| lock(&origin.upstream));
        upstream.for_each(|mut upstream| {
            upstream.iter_mut().filter(|(_, one)| *one == id).for_each(|(_, one)| *one = None);
        });
    }
}

/// Makes spans of some of the runs of calls of one cell.
pub(super) struct Trace {
    span: Span,
    origin: Arc<Origin>,
    /// How many runs there are before the next one that has a span.
    countdown: u32,
    /// That of the present run, with the messages handled before it.
    run: Option<(Span, u64)>,
}

impl Trace {
    /// For the cell of `scope`; none if nobody looks at it, or at anything in such detail.
    pub(super) fn of(scope: Option<Scope>) -> Option<Box<Self>> {
        // Only a span knows for sure, and that comes later. `enabled!` must not be asked: where no span or event follows a
        // "no", filters of layers apply it to whatever this thread logs next.
        let looked_at = Level::DEBUG <= LevelFilter::current();
        let Scope { span, origin } = scope.filter(|_| looked_at)?;
        Some(Box::new(Self { span, origin: origin?, countdown: 0, run: None }))
    }

    /// A run begins, after `handled` messages.
    pub(super) fn begin(&mut self, handled: u64) {
        if self.countdown > 0 {
            self.countdown -= 1;
            return;
        }
        self.countdown = EVERY - 1;
        let span = tracing::debug_span!(
            target: "tidegate::handle", parent: &self.span, "handle",
            actor = %self.origin.actor, instance = self.origin.instance, from = Empty, count = Empty,
        );
        if span.is_disabled() {
            return;
        }
        let upstream = lock(&self.origin.upstream).clone();
        let mut from: Vec<&str> = upstream.iter().map(|(name, _)| name.as_str()).collect();
        from.dedup();
        span.record("from", display(from.join(",")));
        for id in upstream.iter().filter_map(|(_, id)| id.as_ref()) {
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

//! Which actor speaks: whose span a log line is in.

use std::fmt::Debug;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

/// The target of the spans of actors.
pub(super) const ACTOR: &str = "tidegate::actor";

/// An instance of an actor, kept with its span.
#[derive(Clone, Debug, Default)]
pub(super) struct Speaker {
    pub(super) actor: String,
    pub(super) instance: u64,
}

impl Speaker {
    /// Whoever speaks in `scope`.
    pub(super) fn of<'a, R: LookupSpan<'a> + 'a>(
        mut scope: impl Iterator<Item = SpanRef<'a, R>>,
    ) -> Option<Self> {
        scope.find_map(|span| span.extensions().get::<Self>().cloned())
    }

    /// Whether the runtime itself speaks of an actor while it runs it: then the line says of whom.
    pub(super) fn is_meant(event: &Event<'_>) -> bool {
        let module = event.metadata().module_path().unwrap_or_default();
        module.split("::").next() != Some("tidegate")
    }
}

impl Visit for Speaker {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "instance" {
            self.instance = value;
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "actor" {
            self.actor = format!("{value:?}");
        }
    }
}

/// Keeps the speaker with each span of an actor.
pub(super) struct Speakers;

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Speakers {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if attributes.metadata().target() == ACTOR
            && let Some(span) = context.span(id)
        {
            let mut speaker = Speaker::default();
            attributes.record(&mut speaker);
            span.extensions_mut().insert(speaker);
        }
    }
}

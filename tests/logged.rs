//! What the runtime logs reaches whoever subscribes to it, line by line. A program of its own: the subscriber is everyone's.

use std::sync::{Arc, Mutex};
use std::time::Duration;
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};
use tokio::time::sleep;
use tracing::field::{Field, Visit};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, Filter, SubscriberExt};

/// Writes down the epochs of signals, in the order in which it hears of them.
#[derive(Clone, Default)]
struct Epochs(Arc<Mutex<Vec<u64>>>);

impl<S: Subscriber> Layer<S> for Epochs {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "tidegate::signal" {
            event.record(&mut self.clone());
        }
    }
}

impl Visit for Epochs {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "epoch" {
            self.0.lock().unwrap().push(value);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

/// Wants no spans of runs of calls. To a question that no span or event comes after, it says "it depends" first: that is what
/// any filter looks like to a thread that asks while another one is the first to.
struct NoRuns;

impl<S> Filter<S> for NoRuns {
    fn enabled(&self, of: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        of.target() != "tidegate::handle"
    }

    fn callsite_enabled(&self, of: &'static Metadata<'static>) -> Interest {
        match of.target() {
            "tidegate::handle" if of.is_span() => Interest::never(),
            "tidegate::handle" => Interest::sometimes(),
            _ => Interest::always(),
        }
    }
}

#[derive(Clone)]
struct Slow;

impl Consumer for Slow {
    type In = u64;

    async fn handle(&mut self, _: u64) -> Result<()> {
        sleep(Duration::from_millis(5)).await;
        Ok(())
    }
}

#[test]
fn who_wants_no_spans_of_runs_of_calls_hears_of_each_signal() {
    let epochs = Epochs::default();
    let subscriber = tracing_subscriber::registry().with(epochs.clone().with_filter(NoRuns));
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let report = testkit::virtual_time(async {
        let topology = Topology::new("logged")
            .producer("n", iter(1..=50u64))
            .consumer("slow", Slow)
            .mailbox(MailboxOptions::capacity(10));
        balanced(&testkit::start(topology).wait().await)
    });
    let heard = epochs.0.lock().unwrap();
    assert_eq!(*heard, (1..=heard.len() as u64).collect::<Vec<_>>());
    // Of the last Resume nobody is left to hear.
    let raised = report.actors["slow"].mailbox.as_ref().unwrap().backpressure_signals;
    assert_eq!(heard.len() as u64, 2 * raised - 1);
}

//! What the runtime logs reaches whoever subscribes to it, line by line. A program of its own: the subscriber is everyone's.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};
use tokio::time::sleep;
use tracing::field::{Field, Visit};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, Filter, SubscriberExt};

/// What was logged of an actor: by itself, or of a signal to it.
#[derive(Clone, Default)]
struct Line {
    of: String,
    epoch: u64,
    text: String,
    /// For how long a breaker stays open.
    reset: String,
}

impl Visit for Line {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "epoch" {
            self.epoch = value;
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        match field.name() {
            "actor" | "to" => self.of = format!("{value:?}"),
            "message" => self.text = format!("{value:?}"),
            "reset" => self.reset = format!("{value:?}"),
            _ => {}
        }
    }
}

/// Writes down what it hears, in that order.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<Line>>>);

impl Log {
    /// The one of this program.
    fn start() -> Self {
        static LOG: OnceLock<Log> = OnceLock::new();
        let log = LOG.get_or_init(|| {
            let log = Log::default();
            let subscriber = tracing_subscriber::registry().with(log.clone().with_filter(NoRuns));
            tracing::subscriber::set_global_default(subscriber).unwrap();
            log
        });
        log.clone()
    }

    fn of(&self, actor: &str) -> Vec<Line> {
        self.0.lock().unwrap().iter().filter(|line| line.of == actor).cloned().collect()
    }
}

impl<S: Subscriber> Layer<S> for Log {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Line::default();
        event.record(&mut line);
        self.0.lock().unwrap().push(line);
    }
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

#[derive(Clone)]
struct Wary;

impl Consumer for Wary {
    type In = u64;

    async fn handle(&mut self, n: u64) -> Result<()> {
        Err(format!("{n} is too many").into())
    }
}

#[test]
fn who_wants_no_spans_of_runs_of_calls_hears_of_each_signal() {
    let log = Log::start();
    let report = testkit::virtual_time(async {
        let topology = Topology::new("logged")
            .producer("n", iter(1..=50u64))
            .consumer("slow", Slow)
            .mailbox(MailboxOptions::capacity(10));
        balanced(&testkit::start(topology).wait().await)
    });
    let signals = log.of("slow").into_iter().filter(|line| line.epoch > 0);
    let heard: Vec<u64> = signals.map(|line| line.epoch).collect();
    assert_eq!(heard, (1..=heard.len() as u64).collect::<Vec<_>>());
    // Of the last Resume nobody is left to hear.
    let raised = report.actors["slow"].mailbox.as_ref().unwrap().backpressure_signals;
    assert_eq!(heard.len() as u64, 2 * raised - 1);
}

#[test]
fn ten_failures_are_logged_and_then_that_no_more_are() {
    let log = Log::start();
    let report = testkit::virtual_time(async {
        let topology = Topology::new("failures")
            .producer("m", iter(1..=50u64))
            .consumer("wary", Wary)
            .on_error(OnError::Skip);
        balanced(&testkit::start(topology).wait().await)
    });
    assert_eq!(report.actors["wary"].failed, 50);
    let mut expected: Vec<String> = (1..=10).map(|n| format!("{n} is too many")).collect();
    expected.push("further failures are counted and not logged".into());
    let heard: Vec<String> = log.of("wary").into_iter().map(|line| line.text).collect();
    assert_eq!(heard, expected);
}

/// Fails three times.
#[derive(Clone)]
struct Frail(u32);

impl Consumer for Frail {
    type In = u64;

    async fn handle(&mut self, _: u64) -> Result<()> {
        self.0 += 1;
        if self.0 <= 3 { Err("not yet".into()) } else { Ok(()) }
    }
}

#[test]
fn each_turn_of_a_breaker_is_logged() {
    let log = Log::start();
    let report = testkit::virtual_time(async {
        let topology = Topology::new("turns")
            .producer("k", iter(1..=20u64))
            .consumer("frail", Frail(0))
            .on_error(OnError::Skip)
            .breaker(Breaker::after(3).reset(Duration::from_secs(15)));
        balanced(&testkit::start(topology).wait().await)
    });
    assert_eq!((report.actors["frail"].failed, report.actors["frail"].handled), (3, 17));
    let turns = log.of("frail").into_iter().filter(|line| line.text.starts_with("the breaker"));
    let turns: Vec<(String, String)> = turns.map(|line| (line.text, line.reset)).collect();
    let expected = [("open", "15s"), ("half-open", ""), ("closed", "")];
    assert_eq!(turns, expected.map(|(state, reset)| (format!("the breaker is {state}"), reset.into())));
}

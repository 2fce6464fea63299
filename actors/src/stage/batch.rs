//! Messages in batches.

use crate::settings::settings;
use schemars::JsonSchema;
use serde::Deserialize;
use tidegate::settings::Span;
use tidegate::time::Duration;
use tidegate::{Checks, Message, Now, Outlet, Result, Stage};

/// Puts messages together into batches: when there are enough of them, when `every` has passed, and at the end of
/// input, whichever comes first. Consumers write a batch as if its messages had come one by one.
///
/// ```toml
/// [stages.batches]
/// actor = "batch"
/// inputs = ["parse"]
/// size = 500
/// every = "2s"
/// ```
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "batch")]
pub struct BatchSettings {
    /// The most messages of a batch; at least 1.
    #[serde(default = "default_size")]
    pub size: usize,
    /// What has come is passed on this often, however little it is, so that no message waits longer. By default a
    /// batch waits until it is full.
    #[serde(default)]
    pub every: Option<Span>,
}

fn default_size() -> usize {
    100
}

/// A stage that puts messages together into batches; see [`BatchSettings`].
///
/// ```
/// use tidegate::prelude::*;
/// use tidegate_actors::Batch;
///
/// let report = Topology::new("batches")
///     .producer("n", iter(1..=10u64))
///     .stage("batches", Batch::<u64>::new(4))
///     .consumer("print", for_each(|batch: Vec<u64>| println!("{batch:?}")))
///     .start()?
///     .join();
/// assert_eq!(report.actors["print"].handled, 3);
/// # Ok::<(), tidegate::StartError>(())
/// ```
pub struct Batch<T> {
    settings: BatchSettings,
    /// At most `size` messages.
    kept: Vec<T>,
}

settings! { Batch<T: Message>: BatchSettings }

impl<T: Message> Batch<T> {
    /// A stage that makes batches of `size` messages.
    pub fn new(size: usize) -> Self {
        BatchSettings { size, every: None }.into()
    }

    /// The same, and what has come is passed on this often.
    #[must_use]
    pub fn every(mut self, every: Duration) -> Self {
        self.settings.every = Some(every.into());
        self
    }

    /// Keeps `message`, and emits the batch if that makes it full.
    #[inline]
    fn keep(&mut self, message: T, out: &mut Outlet<Vec<T>>) {
        self.kept.push(message);
        if self.kept.len() >= self.settings.size {
            out.emit(self.take());
        }
    }

    fn take(&mut self) -> Vec<T> {
        // The next batch will most likely be as long as this one.
        let next = Vec::with_capacity(self.kept.len());
        std::mem::replace(&mut self.kept, next)
    }
}

impl<T> From<BatchSettings> for Batch<T> {
    fn from(settings: BatchSettings) -> Self {
        Self { settings, kept: Vec::new() }
    }
}

impl<T: Message> Stage for Batch<T> {
    type In = T;
    type Out = Outlet<Vec<T>>;

    async fn handle(&mut self, message: T, out: &mut Outlet<Vec<T>>) -> Result {
        self.keep(message, out);
        Ok(())
    }

    #[inline]
    fn handle_now(&mut self, message: T, out: &mut Outlet<Vec<T>>) -> Now<T> {
        self.keep(message, out);
        Now::Done(Ok(()))
    }

    fn tick_every(&self) -> Option<Duration> {
        self.settings.every.map(Span::duration)
    }

    async fn on_tick(&mut self, out: &mut Outlet<Vec<T>>) -> Result {
        if !self.kept.is_empty() {
            let batch = self.take();
            out.send(batch).await;
        }
        Ok(())
    }

    async fn on_end(&mut self, out: &mut Outlet<Vec<T>>) -> Result {
        self.on_tick(out).await
    }

    fn max_held(&self) -> usize {
        self.settings.size
    }

    fn held(&self) -> usize {
        self.kept.len()
    }

    fn check(&self, checks: &mut Checks) {
        if self.settings.size == 0 {
            checks.error("size", "a batch has at least one message");
        }
        if self.settings.every.is_some_and(|every| every.duration().is_zero()) {
            checks.error(
                "every",
                "batches need some time between them; leave it out to wait until they are full",
            );
        }
    }
}

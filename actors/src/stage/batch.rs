//! Messages in batches.

use crate::settings::settings;
use schemars::JsonSchema;
use serde::Deserialize;
use tidegate::settings::Span;
use tidegate::time::Duration;
use tidegate::{Checks, Message, Now, Outlet, Result, Stage, Weigh};

/// Puts messages together into batches: when there are enough of them or they weigh enough, when `every` has passed, and
/// at the end of input, whichever comes first. Consumers write a batch as if its messages had come one by one.
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
    /// The most bytes of a batch, in the messages themselves; one that is larger makes a batch of its own. By default only
    /// their number counts.
    #[serde(default)]
    pub max_bytes: Option<usize>,
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
    /// What they weigh, where that matters.
    bytes: usize,
    /// Weighs a message.
    weigh: fn(&T) -> usize,
}

settings! { Batch<T: Weighed>: BatchSettings }

/// Messages that topology files can have in batches.
trait Weighed: Message + Weigh {}

impl<T: Message + Weigh> Weighed for T {}

impl<T: Message> Batch<T> {
    /// A stage that makes batches of `size` messages.
    pub fn new(size: usize) -> Self {
        let settings = BatchSettings { size, max_bytes: None, every: None };
        Self { settings, kept: Vec::new(), bytes: 0, weigh: |_| 0 }
    }

    /// The same with so many bytes at most.
    #[must_use]
    pub fn max_bytes(mut self, bytes: usize) -> Self
    where
        T: Weigh,
    {
        (self.settings.max_bytes, self.weigh) = (Some(bytes), T::weight);
        self
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
        if self.settings.max_bytes.is_some() {
            return self.keep_weighed(message, out);
        }
        self.kept.push(message);
        if self.kept.len() >= self.settings.size {
            out.emit(self.take());
        }
    }

    /// The same where bytes count. A message that does not fit begins the next batch; so a call emits one at most, and a
    /// message too large for any goes with the next call.
    fn keep_weighed(&mut self, message: T, out: &mut Outlet<Vec<T>>) {
        let (most, weight) = (self.settings.max_bytes.unwrap_or(usize::MAX), (self.weigh)(&message));
        let fits = self.kept.is_empty() || self.bytes.saturating_add(weight) <= most;
        if !fits {
            out.emit(self.take());
        }
        self.kept.push(message);
        self.bytes = self.bytes.saturating_add(weight);
        if fits && (self.kept.len() >= self.settings.size || self.bytes >= most) {
            out.emit(self.take());
        }
    }

    fn take(&mut self) -> Vec<T> {
        self.bytes = 0;
        // The next batch will most likely be as long as this one.
        let next = Vec::with_capacity(self.kept.len());
        std::mem::replace(&mut self.kept, next)
    }
}

impl<T: Weigh> From<BatchSettings> for Batch<T> {
    fn from(settings: BatchSettings) -> Self {
        Self { settings, kept: Vec::new(), bytes: 0, weigh: T::weight }
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
        if self.settings.max_bytes == Some(0) {
            checks.error("max_bytes", "a batch has some bytes; leave it out if only their number counts");
        }
        if self.settings.every.is_some_and(|every| every.duration().is_zero()) {
            checks.error(
                "every",
                "batches need some time between them; leave it out to wait until they are full",
            );
        }
    }
}

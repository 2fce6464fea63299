//! Messages held back for a while.

use crate::settings::settings;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::VecDeque;
use tidegate::settings::Span;
use tidegate::time::{Duration, Instant, sleep_until};
use tidegate::{Checks, Message, Now, Outlet, Overflow, Result, Stage};

/// Passes each message on when it is so old, in order. What waits is held, at most `capacity` messages; `overflow` says
/// what happens when there is one more. At the end of input, what is held is passed on at its time.
///
/// ```toml
/// [stages.later]
/// actor = "delay"
/// inputs = ["events"]
/// by = "5s"
/// capacity = 10_000
/// ```
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "delay")]
pub struct DelaySettings {
    /// How long each message is held, from its arrival on.
    pub by: Span,
    /// The most messages that are held; at least 1.
    #[serde(default = "default_capacity")]
    pub capacity: usize,
    /// What goes when there is one more: nothing (`backpressure`: it waits in the mailbox), the new one (`drop_newest`),
    /// the one held longest (`drop_oldest`), the one held shortest (`drop_youngest`), all that are held (`drop_all`); or the
    /// new one fails (`fail`). What goes is counted as discarded.
    #[serde(default)]
    pub overflow: Overflow,
}

fn default_capacity() -> usize {
    1024
}

/// A stage that holds messages back for a while; see [`DelaySettings`].
///
/// ```
/// use std::time::Duration;
/// use tidegate::prelude::*;
/// use tidegate::testkit;
/// use tidegate_actors::Delay;
///
/// let report = testkit::run(
///     Topology::new("later")
///         .producer("n", iter(1..=3u64))
///         .stage("later", Delay::<u64>::new(Duration::from_secs(60)))
///         .consumer("end", for_each(|n: u64| println!("{n}"))),
/// );
/// assert_eq!(report.elapsed_seconds.floor(), 60.0);
/// ```
pub struct Delay<T> {
    settings: DelaySettings,
    /// What is held, and when each is due.
    kept: VecDeque<(Instant, T)>,
    discarded: u64,
}

settings! { Delay<T: Message>: DelaySettings }

impl<T: Message> Delay<T> {
    /// A stage that holds each message for so long.
    pub fn new(by: Duration) -> Self {
        DelaySettings { by: by.into(), capacity: default_capacity(), overflow: Overflow::default() }.into()
    }

    /// The same with so many messages at most.
    #[must_use]
    pub fn capacity(mut self, messages: usize) -> Self {
        self.settings.capacity = messages;
        self
    }

    /// The same with this answer to one message more.
    #[must_use]
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.settings.overflow = overflow;
        self
    }

    fn keep(&mut self, message: T) -> Result {
        if self.is_full() {
            match self.settings.overflow {
                Overflow::DropNewest => {
                    self.discarded += 1;
                    return Ok(());
                }
                Overflow::DropOldest => self.discard(1),
                Overflow::DropYoungest => {
                    self.kept.pop_back();
                    self.discarded += 1;
                }
                Overflow::DropAll => self.discard(self.kept.len()),
                Overflow::Fail => {
                    let capacity = self.settings.capacity;
                    return Err(format!(
                        "{capacity} messages are held already, its capacity; raise `capacity`, or choose another `overflow`"
                    )
                    .into());
                }
                // It takes no input while it is full.
                _ => {}
            }
        }
        self.kept.push_back((Instant::now() + self.settings.by.duration(), message));
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.kept.len() >= self.settings.capacity
    }

    fn discard(&mut self, oldest: usize) {
        self.kept.drain(..oldest);
        self.discarded += oldest as u64;
    }
}

impl<T> From<DelaySettings> for Delay<T> {
    fn from(settings: DelaySettings) -> Self {
        Self { settings, kept: VecDeque::new(), discarded: 0 }
    }
}

impl<T: Message> Stage for Delay<T> {
    type In = T;
    type Out = Outlet<T>;

    async fn handle(&mut self, message: T, _: &mut Outlet<T>) -> Result {
        self.keep(message)
    }

    #[inline]
    fn handle_now(&mut self, message: T, _: &mut Outlet<T>) -> Now<T> {
        Now::Done(self.keep(message))
    }

    fn is_detached(&self) -> bool {
        true
    }

    fn has_output(&self) -> bool {
        self.kept.front().is_some_and(|(due, _)| *due <= Instant::now())
    }

    fn takes_input(&self) -> bool {
        self.settings.overflow != Overflow::Backpressure || !self.is_full()
    }

    fn on_room(&mut self, out: &mut Outlet<T>) -> Result {
        if let Some((_, message)) = self.kept.pop_front() {
            out.emit(message);
        }
        Ok(())
    }

    fn wake_at(&self) -> Option<Instant> {
        self.kept.front().map(|(due, _)| *due)
    }

    async fn on_end(&mut self, out: &mut Outlet<T>) -> Result {
        while let Some((due, _)) = self.kept.front() {
            sleep_until(*due).await;
            if let Some((_, message)) = self.kept.pop_front() {
                out.send(message).await;
            }
        }
        Ok(())
    }

    fn max_held(&self) -> usize {
        self.settings.capacity
    }

    fn held(&self) -> usize {
        self.kept.len()
    }

    fn discarded(&self) -> u64 {
        self.discarded
    }

    fn check(&self, checks: &mut Checks) {
        if self.settings.capacity == 0 {
            checks.error("capacity", "at least one message must be held to be delayed");
        }
        if self.settings.by.duration().is_zero() {
            checks.error("by", "a delay takes some time; to pass messages on at once, leave the stage out");
        }
        if self.settings.overflow == Overflow::Spill {
            checks.error("overflow", "`spill` is reserved, not yet supported");
        }
    }
}

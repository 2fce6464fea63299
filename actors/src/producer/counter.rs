//! Numbers, one after the other.

use crate::message::{Fields, Record};
use crate::settings::{one_instance, settings};
use schemars::JsonSchema;
use serde::Deserialize;
use std::marker::PhantomData;
use std::sync::{Arc, LazyLock};
use tidegate::{Checks, Message, Next, Outlet, Producer, Result};

/// Emits numbers as fast as they are taken: `from`, `from + step`, ... up to `to`, as numbers or as records with the
/// field `n`, whichever its readers take.
///
/// ```toml
/// [producers.n]
/// actor = "counter"
/// to = 1000
/// ```
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "counter")]
pub struct CounterSettings {
    /// The first number.
    #[serde(default = "one")]
    pub from: u64,
    /// The last number, at most. Without it there is no end.
    #[serde(default)]
    pub to: Option<u64>,
    /// From one number to the next; at least 1.
    #[serde(default = "one")]
    pub step: u64,
}

fn one() -> u64 {
    1
}

/// What a number is emitted as.
pub trait Counted: Message {
    /// The message that stands for `n`.
    fn of_number(n: u64) -> Self;
}

impl Counted for u64 {
    fn of_number(n: u64) -> Self {
        n
    }
}

/// A record with the field `n`.
impl Counted for Record {
    fn of_number(n: u64) -> Self {
        static FIELDS: LazyLock<Arc<Fields>> = LazyLock::new(|| Fields::new(["n"]));
        Self::with_fields(FIELDS.clone(), vec![n.into()])
    }
}

/// A producer of numbers; see [`CounterSettings`].
///
/// ```
/// use tidegate::prelude::*;
/// use tidegate_actors::Counter;
///
/// let report = Topology::new("ten")
///     .producer("n", Counter::<u64>::to(10))
///     .consumer("end", for_each(|n: u64| println!("{n}")))
///     .start()?
///     .join();
/// assert_eq!(report.actors["end"].handled, 10);
/// # Ok::<(), tidegate::StartError>(())
/// ```
pub struct Counter<T> {
    settings: CounterSettings,
    /// The next number; `None` when there is none.
    next: Option<u64>,
    messages: PhantomData<fn() -> T>,
}

settings! { Counter<T: Counted>: CounterSettings }

impl<T: Counted> Counter<T> {
    /// Numbers from 1 to `last`.
    pub fn to(last: u64) -> Self {
        CounterSettings { from: 1, to: Some(last), step: 1 }.into()
    }

    #[inline]
    fn emit_next(&mut self, out: &mut Outlet<T>) -> Next {
        let Some(n) = self.next else { return Next::Done };
        out.emit(T::of_number(n));
        let next = n.checked_add(self.settings.step);
        self.next = next.filter(|next| self.settings.to.is_none_or(|last| *next <= last));
        if self.next.is_some() { Next::More } else { Next::Done }
    }
}

impl<T> From<CounterSettings> for Counter<T> {
    fn from(settings: CounterSettings) -> Self {
        let next = Some(settings.from).filter(|first| settings.to.is_none_or(|last| *first <= last));
        Self { settings, next, messages: PhantomData }
    }
}

impl<T: Counted> Producer for Counter<T> {
    type Out = Outlet<T>;

    async fn produce(&mut self, out: &mut Outlet<T>) -> Result<Next> {
        Ok(self.emit_next(out))
    }

    #[inline]
    fn produce_now(&mut self, out: &mut Outlet<T>) -> Option<Result<Next>> {
        Some(Ok(self.emit_next(out)))
    }

    fn check(&self, checks: &mut Checks) {
        one_instance(checks, "would emit all of the numbers");
        if self.settings.step == 0 {
            checks.error("step", "the numbers must grow; leave it out for steps of 1");
        }
        if self.settings.to.is_some_and(|last| last < self.settings.from) {
            checks.warning("to", "lies below `from`, so no number is emitted");
        }
    }
}

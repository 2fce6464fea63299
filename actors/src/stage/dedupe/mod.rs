//! Each message once.

mod seen;

use crate::message::{Column, Content, Record, Value, located};
use crate::settings::{Names, settings};
use schemars::JsonSchema;
use seen::Rows;
use serde::Deserialize;
use std::collections::{HashSet, VecDeque};
use std::marker::PhantomData;
use std::path::PathBuf;
use tidegate::settings::Span;
use tidegate::time::{Duration, Instant};
use tidegate::{Checks, Now, OnError, Outlet, Result, Stage};
use tokio::task::spawn_blocking;

/// Passes on the first message of each key, and forgets the others; the report counts them as discarded.
///
/// Keys are remembered, at most `max_keys`: when there is one more, the oldest is forgotten, and a message with it passes
/// again. With a `window`, keys are also forgotten when they are so old, counted from the message that passed.
///
/// A record without a field of the key is a failed message; the run goes on, unless `on_error = "stop"`. With several
/// `instances`, `routing = "hash"` and a field of the key as `key` bring equal messages to the same one.
///
/// ```toml
/// [stages.once]
/// actor = "dedupe"
/// inputs = ["parse"]
/// fields = ["carrier", "flight"]
/// ```
///
/// A producer that delivers at least once repeats a few messages when a run goes on where another was killed. With `seen_in`,
/// the keys are known from what `file` has written by then, and each message is written exactly once, as long as
/// `max_keys` is more than can come twice: what is on its way, and what is done between two checkpoints.
///
/// ```toml
/// [stages.once]
/// actor = "dedupe"
/// inputs = ["parse"]
/// fields = ["flight"]
/// seen_in = "out/flights.jsonl"
/// ```
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "dedupe")]
pub struct DedupeSettings {
    /// The fields that make the key of a record; by default all of them, and of lines and numbers always the whole.
    #[serde(default)]
    pub fields: Names,
    /// The most keys that are remembered; at least 1.
    #[serde(default = "default_max_keys")]
    pub max_keys: usize,
    /// How long a key is remembered. By default as long as there is room for it.
    #[serde(default)]
    pub window: Option<Span>,
    /// The file that what passes comes to, by way of a `file` with `resume = true`: at the start, the
    /// keys of its last rows are remembered. It must be JSON lines or CSV (if it ends in `.csv`) of records that have the
    /// fields of the key as they are here, or lines. Fractions may come back from it a little changed, and so do not make
    /// a good key.
    #[serde(default)]
    pub seen_in: Option<PathBuf>,
}

type Key = Vec<Value>;

fn default_max_keys() -> usize {
    100_000
}

/// A stage that passes on the first message of each key; see [`DedupeSettings`].
///
/// ```
/// use tidegate::prelude::*;
/// use tidegate_actors::Dedupe;
///
/// let report = Topology::new("once")
///     .producer("n", iter([1, 2, 1, 3, 2, 1u64]))
///     .stage("once", Dedupe::<u64>::new())
///     .consumer("print", for_each(|n: u64| println!("{n}")))
///     .start()?
///     .join();
/// assert_eq!((report.actors["print"].handled, report.actors["once"].dropped.discarded), (3, 3));
/// # Ok::<(), tidegate::StartError>(())
/// ```
pub struct Dedupe<T> {
    settings: DedupeSettings,
    columns: Vec<Column>,
    known: HashSet<Key>,
    /// The same keys with the time of their message, the oldest in front.
    order: VecDeque<(Instant, Key)>,
    /// How a key is told from a row, where one is.
    rows: Option<Rows>,
    discarded: u64,
    messages: PhantomData<fn(T) -> T>,
}

settings! { Dedupe<T: Content>: DedupeSettings }

impl<T: Content> Dedupe<T> {
    /// A stage that passes on the first of equal messages.
    pub fn new() -> Self {
        Self::by::<String>([])
    }

    /// A stage that passes on the first of the records that are equal in these fields.
    pub fn by<N: Into<String>>(fields: impl IntoIterator<Item = N>) -> Self {
        let fields = fields.into_iter().collect();
        DedupeSettings { fields, max_keys: default_max_keys(), window: None, seen_in: None }.into()
    }

    /// The same, and remembers so many keys at most.
    #[must_use]
    pub fn max_keys(mut self, keys: usize) -> Self {
        self.settings.max_keys = keys;
        self
    }

    /// The same, and remembers each key for so long.
    #[must_use]
    pub fn window(mut self, window: Duration) -> Self {
        self.settings.window = Some(window.into());
        self
    }

    /// The same, and remembers what `file` has written at `path` in an earlier run.
    #[must_use]
    pub fn seen_in(self, path: impl Into<PathBuf>) -> Self {
        DedupeSettings { seen_in: Some(path.into()), ..self.settings }.into()
    }

    fn pass(&mut self, message: T, out: &mut Outlet<T>) -> Result {
        let mut key = self.key(&message)?;
        if let Some(rows) = self.rows {
            key = rows.told(key);
        }
        let now = Instant::now();
        if let Some(window) = self.settings.window {
            while self.order.front().is_some_and(|(since, _)| *since + window.duration() <= now) {
                self.forget_oldest();
            }
        }
        if self.known.contains(&key) {
            self.discarded += 1;
            return Ok(());
        }
        self.remember(now, key);
        out.emit(message);
        Ok(())
    }

    fn remember(&mut self, now: Instant, key: Key) {
        if self.known.len() >= self.settings.max_keys {
            self.forget_oldest();
        }
        self.known.insert(key.clone());
        self.order.push_back((now, key));
    }

    fn forget_oldest(&mut self) {
        if let Some((_, key)) = self.order.pop_front() {
            self.known.remove(&key);
        }
    }

    fn key(&mut self, message: &T) -> Result<Key> {
        let Some(record) = message.record() else { return Ok(vec![message.value()]) };
        if self.columns.is_empty() {
            return Ok(record.values().to_vec());
        }
        let values = self.columns.iter_mut().map(|column| match column.position(record.fields()) {
            Some(position) => Ok(record.values()[position].clone()),
            None => Err(missing(column, record)),
        });
        values.collect()
    }
}

#[cold]
fn missing(column: &Column, record: &Record) -> tidegate::BoxError {
    let names: Vec<&str> = record.fields().names().collect();
    let problem = format_args!("there is no field `{}`; the record has {}", column.name(), names.join(", "))
        .to_string();
    located(record.origin(), problem)
}

impl<T: Content> Default for Dedupe<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Content> From<DedupeSettings> for Dedupe<T> {
    fn from(settings: DedupeSettings) -> Self {
        let columns = settings.fields.iter().map(Column::new).collect();
        let (known, order) = (HashSet::new(), VecDeque::new());
        let rows = settings.seen_in.as_ref().map(|path| Rows::of(path, T::RECORDS));
        Self { settings, columns, known, order, rows, discarded: 0, messages: PhantomData }
    }
}

impl<T: Content> Stage for Dedupe<T> {
    type In = T;
    type Out = Outlet<T>;

    async fn on_start(&mut self, _: &mut Outlet<T>) -> Result {
        let (Some(path), Some(rows)) = (self.settings.seen_in.clone(), self.rows) else { return Ok(()) };
        let (fields, most) = (self.settings.fields.0.clone(), self.settings.max_keys);
        let keys = spawn_blocking(move || seen::keys(&path, rows, &fields, most)).await??;
        let now = Instant::now();
        for key in keys {
            if !self.known.contains(&key) {
                self.remember(now, key);
            }
        }
        Ok(())
    }

    async fn handle(&mut self, message: T, out: &mut Outlet<T>) -> Result {
        self.pass(message, out)
    }

    #[inline]
    fn handle_now(&mut self, message: T, out: &mut Outlet<T>) -> Now<T> {
        Now::Done(self.pass(message, out))
    }

    fn on_error(&self) -> OnError {
        OnError::DeadLetter
    }

    fn discarded(&self) -> u64 {
        self.discarded
    }

    fn check(&self, checks: &mut Checks) {
        let settings = &self.settings;
        if settings.max_keys == 0 {
            checks.error("max_keys", "at least one key must be remembered");
        }
        if settings.seen_in.as_ref().is_some_and(|path| path.as_os_str().is_empty()) {
            checks.error("seen_in", "no path is given");
        }
        if settings.window.is_some_and(|window| window.duration().is_zero()) {
            checks.error(
                "window",
                "a window has some length; leave it out to remember keys as long as there is room",
            );
        }
        if !settings.fields.0.is_empty() && !T::RECORDS {
            checks.error("fields", "only records have fields; turn lines into records with `csv` or `json`");
        }
        let by_key = checks.key().is_some_and(|key| settings.fields.iter().any(|field| field == key));
        if checks.instances() > 1 && !by_key {
            let instances = checks.instances();
            checks.error(
                "instances",
                format!(
                    "each of {instances} instances would know a part of the keys; let a field of the key decide: `routing = \"hash\"`, `key = ...`"
                ),
            );
        }
    }
}

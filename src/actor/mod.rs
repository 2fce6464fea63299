//! What users write: producers, stages and consumers.
//!
//! An actor is a plain struct with one async method; nothing here names a runtime, so actors are tested by
//! calling them. Dispatch is static, and a handler whose future is ready at once costs next to nothing.

#[macro_use]
mod hooks;
mod adapters;
mod checks;
mod closures;
mod consumer;
mod producer;
mod reaction;
mod stage;
mod streams;
mod to_stream;

use crate::error::Result;
pub(crate) use adapters::ConsumerStage;
pub use checks::Checks;
pub use closures::{FlatMap, ForEach, FromFn, Iter, Map, flat_map, for_each, from_fn, iter, map};
pub use consumer::Consumer;
pub use producer::{Next, Producer};
pub use reaction::{Aimd, ProducerReaction};
pub use stage::Stage;
pub use streams::{FromStream, IntoSink, from_stream, into_sink};
pub use to_stream::{Messages, ToStream, to_stream};

/// What came of an attempt to handle a message at once.
#[derive(Debug)]
#[must_use = "a message that is not handled yet must be handled"]
pub enum Now<T> {
    /// It is handled, or has failed.
    Done(Result),
    /// Nothing was done: here is the message, to be handled by the async method.
    Later(T),
}

/// What a `Backpressure` does to an actor beside calling its hook.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reaction {
    /// The runtime holds the actor until the matching `Resume`. The default.
    #[default]
    Pause,
    /// The actor goes on and adapts itself in `on_backpressure` and `on_resume`; only a full mailbox stops it.
    Continue,
}

/// What happens when a handler returns an error.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OnError {
    /// The topology stops in good order, with the error. The default of most actors.
    #[default]
    Stop,
    /// The message counts as failed, is logged, and goes to the actor's `dead_letters` port if that is linked.
    DeadLetter,
}

//! What users write: producers, stages and consumers.
//!
//! An actor is a plain struct with one async method; nothing here names a runtime, so actors are tested by
//! calling them. Dispatch is static, and a handler whose future is ready at once costs next to nothing.

#[macro_use]
mod hooks;
mod adapters;
mod breaker;
mod checks;
mod closures;
mod consumer;
mod join;
mod joins;
mod producer;
mod reaction;
mod stage;
mod streams;
mod supervision;
mod to_stream;

use crate::error::Result;
use crate::ledger::BreakerState;
pub(crate) use adapters::ConsumerStage;
pub use breaker::{Breaker, WhileOpen};
pub use checks::Checks;
pub use closures::{FlatMap, ForEach, FromFn, Iter, Map, flat_map, for_each, from_fn, iter, map};
pub use consumer::Consumer;
pub(crate) use join::{Either, JoinStage};
pub use join::{Join, Side};
pub use joins::{Concat, Zip, concat, zip};
pub use producer::{Next, Producer};
pub use reaction::{Aimd, ProducerReaction};
pub use stage::Stage;
pub use streams::{FromStream, IntoSink, from_stream, into_sink};
pub use supervision::{OnError, Restart, Retry, Stop, Then};
pub(crate) use supervision::{Scope, StopWord, Word};
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

//! Tidegate: an actor-model runtime for data pipelines, with mailbox backpressure.

mod actor;
mod cell;
mod dead_letter;
mod error;
mod ledger;
mod mailbox;
mod message;
mod outlet;
mod problem;
pub mod settings;
mod signal;
mod sync;
mod system;
#[cfg(feature = "testkit")]
pub mod testkit;
pub mod time;
pub mod topology;

pub use actor::{
    Checks, Consumer, FlatMap, ForEach, FromFn, FromStream, IntoSink, Iter, Map, Messages, Next, OnError,
    Producer, Reaction, Stage, ToStream, flat_map, for_each, from_fn, from_stream, into_sink, iter, map,
    to_stream,
};
pub use dead_letter::DeadLetter;
pub use error::{BoxError, Result};
pub use ledger::{ActorState, Dropped};
pub use mailbox::{MailboxOptions, MailboxSettings, Marks, Overflow};
pub use message::{Keyed, Message, MessageFacts, MessageType, Weigh};
pub use outlet::{NoPorts, Outlet, Outputs, PortInfo};
pub use problem::{Place, Problem, Problems, Severity};
pub use signal::{Causes, Signal, SignalKind};
pub use system::{ActorReport, Handle, LinkReport, MailboxReport, Outcome, Report, Snapshot, StartError};
pub use topology::{Registry, Topology};

#[doc(hidden)]
pub mod outlet_internals {
    //! What the expansion of `ports!` names.
    pub use crate::outlet::{PortSet, Wiring};
}

/// Everything an actor is usually written with.
pub mod prelude {
    pub use crate::topology::{InputOptions, Registry, Routing, Topology};
    pub use crate::{
        Checks, Consumer, DeadLetter, Handle, Keyed, MailboxOptions, Message, Next, OnError, Outlet,
        Overflow, Producer, Reaction, Report, Result, Signal, Stage, Weigh, flat_map, for_each, from_fn,
        from_stream, into_sink, iter, map, to_stream,
    };
}

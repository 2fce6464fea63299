//! An actor-model runtime for data pipelines, with mailbox backpressure.
//!
//! Producers, stages and consumers talk through bounded mailboxes. A mailbox that fills up sends `Backpressure` to the
//! actors upstream, one that has drained sends `Resume`; hop by hop this reaches the producers.
//!
//! ```
//! use tidegate::prelude::*;
//!
//! let report = Topology::new("sum of squares")
//!     .producer("numbers", iter(1..=100u64))
//!     .stage("square", map(|n: u64| n * n))
//!     .mailbox(MailboxOptions::capacity(8))
//!     .consumer("end", for_each(|n: u64| println!("{n}")))
//!     .start()?
//!     .join();
//! assert_eq!(report.actors["end"].handled, 100);
//! assert!(report.balanced);
//! # Ok::<(), tidegate::StartError>(())
//! ```
//!
//! - Actors: [`Producer`], [`Stage`], [`Consumer`], and [`Join`] for two inputs of their own types; they emit through an [`Outlet`], or several ([`ports!`]).
//! - Actors out of what there is: [`iter`], [`from_fn`], [`map`], [`flat_map`], [`for_each`], [`from_stream`],
//!   [`into_sink`], [`to_stream`].
//! - The graph: [`Topology`] in code, [`topology::file::Source`] from TOML, with the actors of a [`Registry`].
//! - Running: [`Topology::start`] gives a [`Handle`] to watch, pause, drain and stop; in the end there is a [`Report`].
//! - Signals: [`Signal`], told to the hooks `on_backpressure` and `on_resume` of the actors upstream.
//! - Tests: `testkit`, with the feature of that name.
//!
//! Actors are async and run on arbiters (threads) that belong to the topology; one that has to block its thread says so
//! ([`Topology::blocking`]) and gets a thread of its own. A topology can be started from any program, async or not.
//!
//! Delivery is at most once, unless a producer can resume ([`Producer::can_resume`]): then what is in memory when the process
//! dies is delivered again by the next run. In a run, each message offered to a mailbox is handled, or counted as failed,
//! dropped or left.

mod actor;
mod cell;
mod dead_letter;
mod delivery;
mod dice;
mod error;
mod ledger;
mod mailbox;
mod message;
mod outlet;
#[cfg(feature = "bench-parts")]
#[doc(hidden)]
pub mod parts;
mod printable;
mod problem;
mod rate;
#[cfg(all(test, tidegate_shuttle))]
mod schedules;
pub mod settings;
mod signal;
mod sync;
mod system;
#[cfg(feature = "testkit")]
pub mod testkit;
pub mod time;
pub mod topology;

pub use actor::{
    Aimd, Breaker, Checks, Concat, Consumer, FlatMap, ForEach, FromFn, FromStream, IntoSink, Iter, Join, Map,
    Messages, Next, Now, OnError, Producer, ProducerReaction, Reaction, Restart, Retry, Side, Stage, Stop,
    Then, ToStream, WhileOpen, Zip, concat, flat_map, for_each, from_fn, from_stream, into_sink, iter, map,
    to_stream, zip,
};
pub use dead_letter::DeadLetter;
pub use error::{BoxError, Result};
pub use ledger::{Activity, ActorState, BreakerState, Dropped, Hold};
pub use mailbox::{MailboxOptions, MailboxSettings, Marks, Overflow};
pub use message::{Keyed, Message, MessageFacts, MessageType, Weigh};
pub use outlet::{LinkError, NoPorts, Outlet, Outputs, PortInfo};
pub use printable::printable;
pub use problem::{Place, Problem, Problems, Severity};
pub use rate::{Limit, LimitOptions, Rate};
pub use signal::{Causes, Signal, SignalKind, SignalLog, SignalRecord};
pub use system::{
    ActivityReport, ActorReport, BlockedReport, BreakerReport, ChangeError, Handle, LinkReport,
    MailboxReport, NotApplied, Outcome, Phase, Report, Snapshot, StartError, TimeReport, WaitReport, Watch,
};
pub use topology::{Registry, Topology};

#[doc(hidden)]
pub mod outlet_internals {
    //! What the expansion of `ports!` names.
    pub use crate::outlet::{AnyPair, PortSet, Wiring};
}

/// The code in the README compiles and does what it says.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// So does that in the page on Reactive Streams, and what should not compile does not.
#[cfg(doctest)]
#[doc = include_str!("../docs/reactive-streams.md")]
struct ReactiveStreams;

/// Everything an actor is usually written with.
pub mod prelude {
    pub use crate::topology::{BulkheadOptions, ElasticOptions, InputOptions, Registry, Routing, Topology};
    pub use crate::{
        Breaker, Checks, Consumer, DeadLetter, Handle, Keyed, MailboxOptions, Message, Next, Now, OnError,
        Outlet, Overflow, Producer, Reaction, Report, Restart, Result, Retry, Signal, Stage, Weigh, concat,
        flat_map, for_each, from_fn, from_stream, into_sink, iter, map, to_stream, zip,
    };
}

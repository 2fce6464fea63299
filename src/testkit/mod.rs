//! Tests of actors and topologies without sleeps: virtual time, probes, and a look at the books.
//!
//! [`Simulation`] runs whole topologies from seeds, with faults drawn from them, and checks them at every step.
//!
//! Needs the feature `testkit`.
//!
//! ```
//! use tidegate::prelude::*;
//! use tidegate::testkit;
//!
//! testkit::virtual_time(async {
//!     let (source, producer) = testkit::probe_producer::<u64>();
//!     let (sink, consumer) = testkit::probe_consumer::<u64>();
//!     let running = testkit::start(
//!         Topology::new("probed")
//!             .producer("source", producer)
//!             .consumer("sink", consumer)
//!             .mailbox(MailboxOptions::capacity(2)),
//!     );
//!     source.emit_all(1..=4);
//!     source.expect_backpressure().await;
//!     sink.request(4);
//!     sink.expect([1, 2, 3, 4]).await;
//!     source.expect_resume().await;
//!     source.finish();
//!     testkit::balanced(&running.wait().await);
//! });
//! ```

mod ledger;
mod probes;
mod simulation;
mod time;

pub use crate::dice::Dice;
pub use ledger::balanced;
pub use probes::{
    ConsumerProbe, ProbeConsumer, ProbeProducer, ProducerProbe, probe_consumer, probe_producer,
};
pub use simulation::{Faults, Scene, Simulated, Simulation, SimulationFailure};
pub use time::{eventually, run, settle, start, virtual_time};

//! The rules of Reactive Streams, as `docs/reactive-streams.md` maps them to the protocol: a module for each chapter, tests
//! named after the rules.
//!
//! Unless a test says otherwise, it runs in virtual time with all actors on one thread, so it decides itself who runs when
//! and everything has an exact count. `STREAMS_RUNS` says how many random topologies each chapter is tried on.

mod document;
mod processor;
mod publisher;
mod random;
mod recorded;
mod serial;
mod subscriber;
mod subscription;

use tidegate::prelude::*;

/// A topology of one link, from `n` to `end`, into a mailbox of this capacity.
fn link(source: impl Producer<Out = Outlet<u64>>, end: impl Consumer<In = u64>, capacity: usize) -> Topology {
    Topology::new("link")
        .producer("n", source)
        .consumer("end", end)
        .mailbox(MailboxOptions::capacity(capacity))
}

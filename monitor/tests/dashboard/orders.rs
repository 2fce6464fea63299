//! The topology that the browser looks at: a pipeline whose consumer is as slow as the test wants.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tidegate::prelude::*;

/// How long `store` takes for a message, in milliseconds.
#[derive(Clone, Default)]
pub struct Pace(Arc<AtomicU64>);

impl Pace {
    pub fn set(&self, milliseconds: u64) {
        self.0.store(milliseconds, Ordering::Relaxed);
    }
}

struct Orders(u64);

impl Producer for Orders {
    type Out = Outlet<u64>;

    async fn produce(&mut self, out: &mut Outlet<u64>) -> Result<Next> {
        out.emit(self.0);
        self.0 += 1;
        Ok(Next::After(Duration::from_millis(3)))
    }
}

struct Store(Pace);

impl Consumer for Store {
    type In = u64;

    async fn handle(&mut self, _: u64) -> Result {
        match self.0.0.load(Ordering::Relaxed) {
            0 => {}
            pace => tidegate::time::sleep(Duration::from_millis(pace)).await,
        }
        Ok(())
    }
}

/// `orders` to `parse` to `enrich` to `store`, with `archive` beside.
pub fn orders(pace: &Pace) -> Topology {
    Topology::new("orders")
        .producer("orders", Orders(0))
        .stage("parse", map(|order: u64| order))
        .mailbox(MailboxOptions::capacity(250))
        .stage("enrich", map(|order: u64| order + 1))
        .inputs(["parse"])
        .mailbox(MailboxOptions::capacity(200))
        .consumer("store", Store(pace.clone()))
        .inputs(["enrich"])
        .mailbox(MailboxOptions::capacity(300))
        .stage("summarise", map(|order: u64| order / 2))
        .inputs(["parse"])
        .consumer("archive", for_each(|_: u64| {}))
        .inputs(["summarise"])
}

/// Two hundred actors: ten chains from ten producers.
pub fn two_hundred() -> Topology {
    (0..10).fold(Topology::new("many"), |topology, chain| {
        let topology = topology.producer(&format!("source_{chain}"), Orders(0));
        let topology = (0..18).fold(topology, |topology, stage| {
            let input =
                if stage == 0 { format!("source_{chain}") } else { format!("stage_{chain}_{}", stage - 1) };
            topology
                .stage(&format!("stage_{chain}_{stage}"), map(|order: u64| order))
                .inputs([input.as_str()])
        });
        topology
            .consumer(&format!("sink_{chain}"), for_each(|_: u64| {}))
            .inputs([format!("stage_{chain}_17").as_str()])
    })
}

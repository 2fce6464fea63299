//! The smallest topology that shows all the parts: a producer, a stage and a consumer of your own, wired once in code
//! and once in TOML.
//!
//! `cargo run --example first_topology`

use schemars::JsonSchema;
use serde::Deserialize;
use tidegate::prelude::*;
use tidegate::topology::file::Source;

/// Counts from 1.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Count {
    /// The last number.
    to: u64,
    #[serde(skip)]
    last: u64,
}

impl Producer for Count {
    type Out = Outlet<u64>;

    async fn produce(&mut self, out: &mut Outlet<u64>) -> Result<Next> {
        if self.last == self.to {
            return Ok(Next::Done);
        }
        self.last += 1;
        out.emit(self.last);
        Ok(Next::More)
    }
}

/// Multiplies each number.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Multiply {
    /// The factor.
    by: u64,
}

impl Stage for Multiply {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        out.emit(n * self.by);
        Ok(())
    }
}

/// Prints the sum of all numbers.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Sum {
    #[serde(skip)]
    sum: u64,
}

impl Consumer for Sum {
    type In = u64;

    async fn handle(&mut self, n: u64) -> Result {
        self.sum += n;
        Ok(())
    }

    async fn on_end(&mut self) -> Result {
        println!("the sum is {}", self.sum);
        Ok(())
    }
}

fn in_code() -> Topology {
    Topology::new("first")
        .producer("numbers", Count { to: 1000, last: 0 })
        .stage("triple", Multiply { by: 3 })
        .mailbox(MailboxOptions::capacity(16))
        .consumer("sum", Sum::default())
}

fn in_toml() -> Result<Topology> {
    let registry =
        Registry::new().producer::<Count>("count").stage::<Multiply>("multiply").consumer::<Sum>("sum");
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/first_topology/topology.toml");
    Ok(Source::new(file).load(&registry)?.topology)
}

fn main() -> Result {
    for topology in [in_code(), in_toml()?] {
        let report = topology.start()?.join();
        let triple = &report.actors["triple"];
        println!("`triple` received {} and handled {}", triple.received, triple.handled);
        if let Some(mailbox) = &triple.mailbox {
            println!(
                "its mailbox held at most {} of {}, and sent Backpressure {} times, Resume {} times",
                mailbox.peak, mailbox.capacity, mailbox.backpressure_signals, mailbox.resume_signals
            );
        }
    }
    Ok(())
}

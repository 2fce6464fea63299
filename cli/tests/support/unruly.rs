//! A program with actors that misbehave, for the tests of what the command line makes of them.

use schemars::JsonSchema;
use serde::Deserialize;
use std::process::ExitCode;
use tidegate::prelude::*;

/// Panics at a number.
#[derive(Deserialize, JsonSchema)]
struct Panics {
    /// The number.
    at: u64,
}

impl Stage for Panics {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        assert!(n != self.at, "cannot stand {n}");
        out.emit(n);
        Ok(())
    }
}

/// Panics again and again.
#[derive(Deserialize, JsonSchema)]
struct Trips {
    /// At every number that this one divides.
    every: u64,
}

impl Stage for Trips {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        assert!(!n.is_multiple_of(self.every), "trips over {n}");
        out.emit(n);
        Ok(())
    }
}

/// Returns an error at a number.
#[derive(Deserialize, JsonSchema)]
struct Fails {
    /// The number.
    at: u64,
}

impl Consumer for Fails {
    type In = u64;

    async fn handle(&mut self, n: u64) -> Result {
        if n == self.at { Err(format!("cannot take {n}").into()) } else { Ok(()) }
    }
}

/// Waits for ever with the first message in hand.
#[derive(Deserialize, JsonSchema)]
struct Hangs {}

impl Consumer for Hangs {
    type In = u64;

    async fn handle(&mut self, n: u64) -> Result {
        tracing::info!("hangs at {n}");
        std::future::pending().await
    }
}

/// Blocks its thread for ever at the first message.
#[derive(Deserialize, JsonSchema)]
struct Blocks {}

impl Consumer for Blocks {
    type In = u64;

    async fn handle(&mut self, n: u64) -> Result {
        tracing::info!("blocks at {n}");
        loop {
            std::thread::park();
        }
    }
}

fn main() -> ExitCode {
    let registry = tidegate_cli::standard();
    let registry = registry.stage::<Panics>("panics").stage::<Trips>("trips").consumer::<Fails>("fails");
    tidegate_cli::run(registry.consumer::<Hangs>("hangs").consumer::<Blocks>("blocks"))
}

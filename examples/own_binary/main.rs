//! A binary of your own: every `tidegate` command, for the ready-made actors and yours together.
//!
//! ```text
//! cargo run --example own_binary -- actors is_prime
//! cargo run --example own_binary -- run examples/own_binary/primes.toml
//! ```

use schemars::JsonSchema;
use serde::Deserialize;
use std::process::ExitCode;
use tidegate::prelude::*;

/// Passes prime numbers on and drops the others.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct IsPrime {
    /// The largest number it takes; a larger one is a failed message.
    #[serde(default = "most")]
    most: u64,
}

fn most() -> u64 {
    1_000_000
}

impl Stage for IsPrime {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        if n > self.most {
            return Err(format!("{n} is larger than {}; raise `most`", self.most).into());
        }
        if n > 1 && (2..).take_while(|d| d * d <= n).all(|d| !n.is_multiple_of(d)) {
            out.emit(n);
        }
        Ok(())
    }
}

fn main() -> ExitCode {
    tidegate_cli::run(tidegate_cli::standard().stage::<IsPrime>("is_prime"))
}

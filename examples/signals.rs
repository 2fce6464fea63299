//! A producer that adapts its rate instead of pausing: it hears `Backpressure` and `Resume` through its hooks.
//!
//! The consumer takes a message each 3 ms. The producer starts at one each millisecond, quarters its rate at each
//! `Backpressure` and raises it by a fifth of the first with each `Resume`, until the two agree.
//!
//! `cargo run --example signals`

use std::time::Duration;
use tidegate::prelude::*;

/// Messages to emit in all.
const MESSAGES: u64 = 600;
/// The rate it starts with, and never exceeds, in messages a second.
const FASTEST: f64 = 1_000.0;

struct Adaptive {
    emitted: u64,
    /// Messages a second.
    rate: f64,
}

impl Producer for Adaptive {
    type Out = Outlet<u64>;

    async fn produce(&mut self, out: &mut Outlet<u64>) -> Result<Next> {
        if self.emitted == MESSAGES {
            return Ok(Next::Done);
        }
        out.emit(self.emitted);
        self.emitted += 1;
        Ok(Next::After(Duration::from_secs_f64(1.0 / self.rate)))
    }

    fn on_backpressure(&mut self, signal: &Signal) {
        self.rate /= 4.0;
        println!("{signal}: down to {:.0} a second", self.rate);
    }

    fn on_resume(&mut self, signal: &Signal) {
        self.rate = (self.rate + FASTEST / 5.0).min(FASTEST);
        println!("{signal}: up to {:.0} a second", self.rate);
    }

    // Not held by the runtime: the bound holds all the same, for `produce` is called only when there is room.
    fn reaction(&self) -> Reaction {
        Reaction::Continue
    }
}

struct Slow;

impl Consumer for Slow {
    type In = u64;

    async fn handle(&mut self, _: u64) -> Result {
        tidegate::time::sleep(Duration::from_millis(3)).await;
        Ok(())
    }
}

fn main() -> Result {
    let report = Topology::new("signals")
        .producer("adaptive", Adaptive { emitted: 0, rate: FASTEST })
        .consumer("slow", Slow)
        .mailbox(MailboxOptions::capacity(20))
        .start()?
        .join();
    let slow = &report.actors["slow"];
    let peak = slow.mailbox.as_ref().map_or(0, |mailbox| mailbox.peak);
    println!("{} of {MESSAGES} handled; at most {peak} waited", slow.handled);
    Ok(())
}

//! What a simulation does to a cell: it is polled late, its calls fail, panic or take their time, as a seed says.
//!
//! ```text
//!   actix ──poll──▶ unhurried ──poll──▶ the cell ──▶ is a fault due? ──▶ the actor
//!                   skips turns,                      strike: error, panic, delay
//!                   sleeps, tells the simulator
//! ```
//!
//! All of it needs the feature `testkit`. Without that, the same names stand for nothing, and no code is left of them.

#[cfg(feature = "testkit")]
mod drawn;
#[cfg(not(feature = "testkit"))]
mod none;

#[cfg(feature = "testkit")]
pub(crate) use drawn::*;
#[cfg(not(feature = "testkit"))]
pub(crate) use none::*;

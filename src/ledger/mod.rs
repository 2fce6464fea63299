//! What is counted of every actor, and how the counts must balance.
//!
//! ```text
//! received = handled + failed + dropped + left [+ waiting + in handler, while it runs]
//! ```
//!
//! `received` is counted at the links, what was dropped at the mailbox, the rest at the actor: three independent
//! places, so that a message that went missing anywhere shows.

mod activity;
#[cfg(all(test, tidegate_loom))]
mod interleavings;
mod state;
mod tally;
mod times;

pub use activity::{Activity, Hold};
pub use state::{ActorState, BreakerState, Dropped};
pub(crate) use tally::{Counts, Tally};
pub(crate) use times::{Doing, Holding, Spent, Times};

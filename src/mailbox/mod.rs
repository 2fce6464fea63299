//! Bounded mailboxes: the gate that counts and signals, the queues behind it, and the reading end.
//!
//! ```text
//!  outlet ──▶ link ──▶ gate ──▶ queue (chunks | reach) ──▶ intake ──▶ handler
//!    ▲                  │
//!    └── Backpressure ◀─┘  pressure, over every link
//! ```

mod chunk;
mod chunks;
mod cycle;
mod doorbell;
mod face;
mod feed;
mod gate;
#[cfg(all(test, not(tidegate_loom), not(tidegate_shuttle)))]
mod gate_tests;
mod intake;
#[cfg(all(test, tidegate_loom))]
mod interleavings;
mod line;
mod link;
#[expect(clippy::module_inception, reason = "the folder is the mailbox with its parts, the file its type")]
mod mailbox;
mod meter;
#[cfg(test)]
mod model;
mod options;
mod parting;
mod pressure;
mod reach;
mod sequence;
mod turns;
mod waits;

pub(crate) use cycle::Cycle;
pub(crate) use face::MailboxFace;
pub(crate) use feed::{AnyFeed, Feed, Wrapping};
pub(crate) use gate::{Gate, Grant};
pub(crate) use intake::Intake;
pub(crate) use line::Ticket;
pub(crate) use link::Link;
pub(crate) use mailbox::{Mailbox, Offer};
pub use options::{MailboxOptions, MailboxSettings, Marks, Overflow};
pub(crate) use parting::Parting;
pub(crate) use sequence::Sequence;
pub(crate) use turns::Share;
pub(crate) use waits::AllWaits;

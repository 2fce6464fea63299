//! Acknowledgements: who emitted a message learns when it, and all that came of it, is done.
//!
//! ```text
//!   producer ──5 6 7 8──▶ stage ──3 4──▶ consumer       messages, counted on each link
//!            ◀─ up to 4 ─       ◀─ up to 2 ─            acknowledgements
//! ```
//!
//! Every actor instance that a message of an at-least-once producer can reach has a [`Tracker`]. After a run of calls it
//! notes how far it has come with its input, and how much it had emitted over each of its links by then. That part of the
//! input is done once the other ends have acknowledged as much; then it is acknowledged to the link it came over, and so
//! on, up to the producer. So an acknowledgement is cumulative, and costs a note per run of calls, not per message.
//!
//! A message counts as done when every consumer it reached has handled it, or when it failed and its owner chose to go on
//! (`skip`, `dead_letter`), or when a policy dropped it. What an actor holds by design, in a batch, is not done before what
//! it emits for it is. What is sent back into a cycle is done when a mailbox that drops has it, of which every cycle has
//! one: what came of it would be waited for by its own sender. (The classic sequence of producer and consumer: the ACK comes after the work, not after the receipt.)

mod lanes;
mod mark;
mod tracker;
mod trail;

pub(crate) use mark::{Mark, Origin};
pub(crate) use tracker::Tracker;
pub(crate) use trail::Trail;

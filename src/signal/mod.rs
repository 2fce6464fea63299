//! `Backpressure` and `Resume`: what a mailbox tells the actors that send to it.
//!
//! Signals carry *state*, not edges. Each one holds the epoch and the complete set of causes of its link, and a
//! receiver ignores whatever is not newer than what it knows: a late, repeated or reordered signal changes
//! nothing. (On/off signals without that have left systems paused for ever: STORM-1949, 2744, 3510.)
//!
//! At most one signal per link is on its way; a newer state overwrites an undelivered older one ([`slot`]).

mod causes;
pub(crate) mod feed;
pub(crate) mod slot;

pub use causes::Causes;
pub use feed::{SignalLog, SignalRecord};

use crate::sync::Arc;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Which way a signal points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignalKind {
    /// The mailbox asks its upstream actors to hold.
    Backpressure,
    /// The mailbox is open again.
    Resume,
}

/// The state of a mailbox, told to one upstream actor over one link.
#[derive(Clone, Debug)]
pub struct Signal {
    /// The sending end of the link: actor, port and instance.
    pub from: Arc<str>,
    /// The receiving end of the link, whose mailbox this is about.
    pub to: Arc<str>,
    /// Grows when the mailbox is built anew; epochs of different incarnations do not compare.
    pub incarnation: u32,
    /// Grows by one at each change of the mailbox between open and pressured, and of its causes.
    pub epoch: u64,
    /// Everything that holds the link now; empty means open.
    pub causes: Causes,
    /// Messages in the mailbox when the signal was made, reserved places included.
    pub depth: usize,
    /// The most messages the mailbox can hold.
    pub capacity: usize,
    /// The depth at which the mailbox turns pressured.
    pub high: usize,
    /// The depth at which it opens again.
    pub low: usize,
}

impl Signal {
    /// `Resume` when nothing holds the link, `Backpressure` otherwise.
    pub fn kind(&self) -> SignalKind {
        if self.causes.is_empty() { SignalKind::Resume } else { SignalKind::Backpressure }
    }

    /// Whether this says something newer than `other` about the same link.
    pub fn is_newer_than(&self, other: &Self) -> bool {
        (self.incarnation, self.epoch) > (other.incarnation, other.epoch)
    }
}

impl fmt::Display for SignalKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Backpressure => "Backpressure",
            Self::Resume => "Resume",
        })
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} -> {} (epoch {}, depth {}/{}",
            self.kind(),
            self.to,
            self.from,
            self.epoch,
            self.depth,
            self.capacity
        )?;
        if !self.causes.is_empty() {
            write!(f, ", {}", self.causes)?;
        }
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_is_shown_with_its_link_its_place_and_what_holds_it() {
        let signal = |causes| Signal {
            from: "parse".into(),
            to: "store".into(),
            incarnation: 0,
            epoch: 3,
            causes,
            depth: 820,
            capacity: 1024,
            high: 820,
            low: 512,
        };
        let held = signal(Causes::FULL.with(Causes::BREAKER_OPEN));
        assert_eq!(
            held.to_string(),
            "Backpressure store -> parse (epoch 3, depth 820/1024, full, breaker_open)"
        );
        assert_eq!(format!("{:?}", held.causes), "Causes(full, breaker_open)");
        assert_eq!(signal(Causes::NONE).to_string(), "Resume store -> parse (epoch 3, depth 820/1024)");
    }
}

//! Starting, watching and ending a topology.

mod handle;
mod report;

pub use handle::{Handle, StartError};
pub use report::{ActorReport, LinkReport, MailboxReport, Outcome, Report, Snapshot};

//! Starting, watching and ending a topology.
//!
//! ```text
//!   Handle ──orders──▶ Coordinator ──launch, orders──▶ cells, on the arbiters of Threads
//!     │                     ▲                             │
//!     └──── Roster ◀──── report ◀────── ends ─────────────┘
//! ```

mod change;
mod coordinator;
mod elastic;
mod handle;
mod links;
mod operate;
mod reload;
mod report;
mod roster;
#[cfg(feature = "testkit")]
mod scrutiny;
mod spans;
mod start;
mod threads;
mod time_report;
mod watch;

pub use change::ChangeError;
pub use handle::Handle;
pub use reload::NotApplied;
pub use report::{ActorReport, BreakerReport, LinkReport, MailboxReport, Outcome, Phase, Report, Snapshot};
#[cfg(feature = "testkit")]
pub(crate) use scrutiny::{Scrutiny, digest};
pub use start::StartError;
pub use time_report::{ActivityReport, BlockedReport, TimeReport, WaitReport};
pub use watch::Watch;

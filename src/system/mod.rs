//! Starting, watching and ending a topology.
//!
//! ```text
//!   Handle ──orders──▶ Coordinator ──launch, orders──▶ cells, on the arbiters of Threads
//!     │                     ▲                             │
//!     └──── Roster ◀──── report ◀────── ends ─────────────┘
//! ```

mod coordinator;
mod handle;
mod report;
mod roster;
mod start;
mod threads;

pub use handle::Handle;
pub use report::{ActorReport, BreakerReport, LinkReport, MailboxReport, Outcome, Report, Snapshot};
pub use start::StartError;

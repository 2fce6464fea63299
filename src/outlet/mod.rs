//! How messages leave an actor.
//!
//! ```text
//!  handler ─emit─▶ Outlet ─collect─▶ Port ─▶ Fan ─▶ Target ─▶ Lane ─▶ mailbox
//!           send─▶ Desk  ──────────────┘  broadcast  routing   reserve, stage, flush
//! ```
//!
//! An [`Outlet`] is the user's half, and lives with the handler; a [`Port`] is the runtime's, and lives with the
//! cell. Between them a message moves once, after its handler returned `Ok`: so a failed call is withdrawn by
//! forgetting it, and the cell can hand over what is staged while a handler is suspended.

mod desk;
mod error;
mod fan;
mod lane;
#[expect(clippy::module_inception, reason = "the folder is the outlet with its parts, the file its type")]
mod outlet;
mod outputs;
mod port;
pub(crate) mod room;
mod target;
mod wiring;

pub use error::LinkError;
pub use outlet::Outlet;
pub use outputs::{NoPorts, Outputs, PortInfo};
pub use port::Port;
pub use port::PortSet;
pub use wiring::Wiring;
pub(crate) use wiring::{Choice, LanePlan, PortPlan, TargetPlan};

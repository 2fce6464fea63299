//! How messages leave an actor.
//!
//! ```text
//!  handler ─emit─▶ Outlet ─after each call─▶ Port ─after a run of calls─▶ Fan ─▶ Target ─▶ Lane ─▶ mailbox
//!           send─▶ Desk ───as there is room───┘                     broadcast   routing   reserve, stage, flush
//! ```
//!
//! An [`Outlet`] is the user's half, and lives with the handler; a [`Port`] is the runtime's, and lives with the cell. A
//! message moves between them when its handler has returned `Ok`: so a failed call is withdrawn by forgetting it, and the
//! cell can hand over what earlier calls emitted while a handler is suspended. What a run of calls gathers in a port goes
//! on as a whole, and becomes the chunk that a reader takes.

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
mod ways;
mod wiring;

pub use error::LinkError;
pub(crate) use lane::Ahead;
pub use outlet::Outlet;
pub use outputs::{AnyPair, NoPorts, Outputs, PortInfo};
pub use port::Port;
pub use port::PortSet;
pub use wiring::Wiring;
pub(crate) use wiring::{Choice, LanePlan, PortPlan, TargetPlan};

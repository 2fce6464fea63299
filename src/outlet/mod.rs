//! How messages leave an actor.

mod desk;
#[expect(clippy::module_inception, reason = "the folder is the outlet, the file its type")]
mod outlet;
mod outputs;
pub(crate) mod port;

pub use outlet::Outlet;
pub use outputs::{NoPorts, Outputs, PortInfo};
pub use port::Port;

//! The graph of actors and links: built in code or read from a file, checked, drawn.

mod bound;
mod builder;
mod check;
mod delivery;
pub mod file;
pub mod graph;
mod mailboxes;
pub(crate) mod maker;
mod nearest;
mod node;
pub(crate) mod plan;
mod ranks;
mod registry;
mod wires;

pub use bound::{ActorBound, Bound};
pub use builder::{RuntimeOptions, Topology};
pub use maker::ActorInfo;
pub use node::{Delivery, InputOptions, Node, NodeOptions, Role, Routing};
pub use registry::{Registration, Registry, SettingsError};

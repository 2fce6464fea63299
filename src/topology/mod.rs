//! The graph of actors and links: built in code or read from a file, checked, drawn.

pub(crate) mod blueprint;
mod bound;
mod builder;
mod bulkhead;
pub(crate) mod check;
mod delivery;
mod elastic;
pub mod file;
pub mod graph;
mod mailboxes;
pub(crate) mod maker;
pub(crate) mod nearest;
mod node;
pub(crate) mod plan;
mod ranks;
mod registry;
mod table;
mod wires;

pub use bound::{ActorBound, Bound};
pub use builder::{RuntimeOptions, Topology};
pub use bulkhead::BulkheadOptions;
pub use elastic::ElasticOptions;
pub use maker::ActorInfo;
pub use node::{Delivery, InputOptions, Node, NodeOptions, Role, Routing};
pub use registry::{Registration, Registry, SettingsError};
pub use table::Table;

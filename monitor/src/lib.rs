//! Shows where the pressure in a Tidegate topology comes from.

pub mod dashboard;
mod description;
mod layout;
mod source;

pub use description::{ActorDescription, Description, LinkDescription};
pub use layout::{Layout, LayoutEdge, LayoutNode};
pub use source::{Live, Source};

//! Shows where the pressure in a Tidegate topology comes from.

pub mod alerts;
mod description;
mod source;

pub use description::{ActorDescription, Description, LinkDescription};
pub use source::{Live, Source};

//! Shows where the pressure in a Tidegate topology comes from.

mod description;
mod source;
pub mod verdict;

pub use description::{ActorDescription, Description, LinkDescription};
pub use source::{Live, Source};

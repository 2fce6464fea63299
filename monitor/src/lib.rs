//! Shows where the pressure in a Tidegate topology comes from.

pub mod client;
mod description;
mod rates;
pub mod recording;
#[cfg(test)]
mod samples;
mod source;

pub use description::{ActorDescription, Description, LinkDescription};
pub use rates::{ActorRates, HeldBy, LinkRates, Rates};
pub use source::{Live, Source};

//! Shows where the pressure in a Tidegate topology comes from.

pub mod alerts;
pub mod client;
pub mod dashboard;
mod description;
mod layout;
pub mod metrics;
mod options;
#[cfg(feature = "fuzz-parts")]
#[doc(hidden)]
pub mod parts;
mod rates;
pub mod recording;
#[cfg(test)]
mod samples;
mod server;
mod source;
pub mod verdict;

pub use description::{ActorDescription, Description, LinkDescription};
pub use layout::{Layout, LayoutEdge, LayoutNode};
pub use options::{Listen, ListenError, MonitorOptions, TOKEN_VARIABLE};
pub use rates::{ActorRates, HeldBy, Rates};
pub use server::{BindError, Limits, Listener, Server};
pub use source::{Live, Source};

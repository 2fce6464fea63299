//! The HTTP server of the monitor.
//!
//! It has a thread and a runtime of its own, so that nothing a client does takes time from the topology, and a limit
//! for everything a client can make it hold: connections, headers, bodies, time, streams.
//!
//! ```text
//!  listen ─▶ connection ─▶ guard ─▶ routes ─▶ State ─▶ Source
//!  (how many)  (how long)   (who)    (what)     ▲
//!                                    sampler ───┘ once a second
//! ```

mod answer;
mod connection;
mod control;
mod events;
mod guard;
mod history;
mod limits;
mod listen;
#[cfg(feature = "fuzz-parts")]
pub(crate) mod parts;
mod query;
mod routes;
mod state;
mod stream;

pub use limits::Limits;
pub use listen::{BindError, Listener, Server};

//! `/metrics`: the counts and states of a run, as text for Prometheus and everything that reads the same.
//!
//! What there is stands in one table, the [`CATALOGUE`]; the text, its page in the documentation and the checks of the
//! files for Prometheus and Grafana all come from it.

mod catalogue;
mod exposition;
mod format;
mod process;
mod samples;

pub(crate) use catalogue::phase_name;
pub use catalogue::{CATALOGUE, Family, Kind};
pub use exposition::{exposition, page};
pub use format::Format;
pub use samples::Clients;

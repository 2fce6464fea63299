//! Topologies from TOML files, in layers: file, environment, assignments from the command line.

mod diagnostic;
mod loaded;
mod origin;
mod source;

pub use diagnostic::{Diagnostic, Diagnostics, Snippet};
pub use loaded::{Effective, Loaded};
pub use origin::Origin;
pub use source::Source;

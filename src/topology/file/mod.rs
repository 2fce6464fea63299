//! Topologies from TOML files, in layers: file, environment, assignments from the command line.
//!
//! ```text
//!  text ─▶ Document ─┐                              ┌─▶ Topology ─▶ check
//!          (places)  ├─▶ Tree ─▶ Spec ─▶ assemble ──┤
//!  assignments ──────┘  (values)                    └─▶ Findings ─▶ Places ─▶ Diagnostics
//! ```
//!
//! What is wrong is first noted by the path of the key. The document and the tree of layers know which line,
//! variable or assignment that is.

mod actor;
mod assemble;
mod assignment;
mod attempt;
mod changes;
mod choose;
mod diagnostic;
mod document;
mod effective;
mod finding;
mod keys;
mod kind;
mod layers;
mod loaded;
mod origin;
mod placeholder;
mod places;
mod read;
mod secrets;
mod shape;
mod source;
mod spec;
mod supervision;
mod tables;
mod value;

pub(in crate::topology) use keys::is_table;

pub use changes::{Change, Configuration};
pub use diagnostic::{Diagnostic, Diagnostics, Snippet};
pub use loaded::{Effective, Loaded};
pub use origin::Origin;
pub use source::Source;

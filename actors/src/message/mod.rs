//! What the ready-made actors exchange: lines of text, and records of named values.

mod content;
mod fields;
mod json;
mod line;
mod number;
mod origin;
mod record;
mod value;

pub use content::Content;
pub(crate) use fields::Column;
pub use fields::Fields;
pub(crate) use json::RecordSeed;
pub use line::Line;
pub(crate) use number::infer;
pub(crate) use origin::located;
pub use origin::{Origin, Source};
pub use record::Record;
pub use value::Value;

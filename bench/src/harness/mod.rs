//! What all scenarios have in common: contenders, rounds, statistics, reports.

mod contender;
mod machine;
pub mod memory;
mod report;
mod rounds;
mod statistics;
mod table;

pub use contender::{Class, Contender, Metric, Sample, Scenario, at_rate, per_second};
pub use machine::Machine;
pub use report::Report;
pub use rounds::run;
pub use statistics::quantile;

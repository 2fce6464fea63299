//! What runs an actor: a plain future that takes messages, calls the actor and hands on what it emits.
//!
//! ```text
//!   Controls ◀── signals, orders (actix, `driver`)
//!      │
//!      ▼
//!   producer / receiver: the loop      calls the actor through `call`, contained by `contain`
//!      │
//!      ▼
//!   Core: intake, ports, counts        survives whatever happens to the loop
//! ```
//!
//! A cell knows neither threads nor actix; `driver` is the only file that does.

mod call;
mod contain;
mod controls;
mod core;
mod driver;
mod end;
mod in_flight;
mod producer;
mod pulse;
mod receiver;

pub(crate) use self::core::Setup;
pub(crate) use controls::{Order, Setting};
pub(crate) use driver::{CellAddress, Job, launch};
pub(crate) use end::CellEnd;
pub(crate) use in_flight::Limit;
pub(crate) use producer::produce;
pub(crate) use receiver::receive;

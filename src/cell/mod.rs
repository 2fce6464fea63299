//! What runs an actor: a plain future that takes messages, calls the actor and hands on what it emits.
//!
//! ```text
//!   Controls ◀── signals, orders (actix, `driver`)
//!      │
//!      ▼
//!   producer / receiver: the loop      calls the actor through `call`, contained by `contain`; `life` around it, and
//!      │                                `recover` when it fails
//!      ▼
//!   Core: intake, ports, counts        survives whatever happens to the loop
//! ```
//!
//! `chance` stands between all of these where a simulation has its way with them.
//!
//! A cell knows neither threads nor actix; `driver` is the only file that does.

mod acknowledge;
mod call;
mod chance;
mod circuit;
mod contain;
mod controls;
mod core;
mod deadline;
mod detached;
mod driver;
mod end;
mod guard;
mod history;
mod hours;
mod in_flight;
mod join;
mod life;
mod ordered;
mod pace;
mod patience;
mod producer;
mod pulse;
mod receiver;
mod recover;
mod supervisor;
mod trace;

pub(crate) use self::core::Setup;
pub(crate) use chance::Disturbance;
#[cfg(feature = "testkit")]
pub(crate) use chance::{Fault, Odds, Simulator, unhurried};
pub(crate) use controls::{Order, Setting};
pub(crate) use driver::{CellAddress, Job, launch};
pub(crate) use end::CellEnd;
pub(crate) use in_flight::CallLimit;
pub(crate) use life::Remake;
pub(crate) use producer::produce;
pub(crate) use receiver::receive;
pub(crate) use supervisor::Supervision;
pub(crate) use trace::Scope;

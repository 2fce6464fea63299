//! What there is without simulations.

use crate::cell::call::GivesWay;
use crate::cell::core::{Break, Core};
use crate::error::BoxError;
use crate::message::Message;
use crate::outlet::PortSet;

/// Of which there is none.
#[derive(Clone)]
pub(crate) enum Disturbance {}

/// No faults.
pub(crate) struct Strikes;

impl Strikes {
    pub(crate) fn of(_: Option<Disturbance>) -> Self {
        Self
    }

    #[inline]
    pub(crate) fn is_due(&self) -> bool {
        false
    }

    #[inline]
    pub(crate) fn calls(&mut self, most: usize) -> usize {
        most
    }

    #[inline]
    pub(crate) fn made(&mut self, _: usize) {}

    pub(crate) fn hits_hook(&mut self) -> bool {
        false
    }

    pub(crate) fn yields(&self) -> bool {
        false
    }

    #[inline]
    pub(crate) fn messages_left(&self, _: impl FnOnce() -> u64) -> usize {
        usize::MAX
    }
}

impl<T: Message, P: PortSet> Core<T, P> {
    pub(in crate::cell) async fn strike(&mut self, _: GivesWay) -> Result<Option<BoxError>, Break> {
        Ok(None)
    }
}

/// The future itself.
pub(crate) fn unhurried<F: Future>(future: F, _: Option<Disturbance>) -> F {
    future
}

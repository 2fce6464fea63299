//! Where what is shown comes from: a topology that runs, or a recording of one that did.

use crate::Description;
use crate::alerts::{AlertState, AlertStates};
use crate::recording::Replay;
use tidegate::{Handle, SignalLog, Snapshot, Watch};

/// Something to look at.
pub trait Source: Send + Sync {
    /// What the topology is made of.
    fn description(&self) -> &Description;

    /// Its counts and states at this moment.
    fn snapshot(&self) -> Snapshot;

    /// The first `most` signals after the one of this number.
    fn signals_after(&self, number: u64, most: usize) -> SignalLog;

    /// What it is controlled by; none if it was recorded.
    fn handle(&self) -> Option<&Handle>;

    /// How far its alerts have come.
    fn alerts(&self) -> Vec<AlertState> {
        Vec::new()
    }

    /// The recording that is being played, if it is one.
    fn replay(&self) -> Option<&Replay> {
        None
    }
}

/// A topology that runs.
#[derive(Debug)]
pub struct Live {
    description: Description,
    watch: Watch,
    alerts: AlertStates,
}

impl Live {
    /// Watches the topology of `handle` from now on.
    pub fn new(description: Description, handle: &Handle) -> Self {
        Self { description, watch: handle.watch(), alerts: AlertStates::default() }
    }

    /// The same with the states of its alerts.
    #[must_use]
    pub fn alerts(mut self, alerts: AlertStates) -> Self {
        self.alerts = alerts;
        self
    }
}

impl Source for Live {
    fn description(&self) -> &Description {
        &self.description
    }

    fn snapshot(&self) -> Snapshot {
        self.watch.snapshot()
    }

    fn signals_after(&self, number: u64, most: usize) -> SignalLog {
        self.watch.first_signals_after(number, most)
    }

    fn handle(&self) -> Option<&Handle> {
        Some(self.watch.handle())
    }

    fn alerts(&self) -> Vec<AlertState> {
        self.alerts.get()
    }
}

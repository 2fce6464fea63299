//! The threads that actors run on.

use crate::topology::plan::PlannedCell;
use actix::{Arbiter, ArbiterHandle};

/// The arbiters of one topology.
pub(super) enum Threads {
    /// Arbiters of its own: those that are shared, then one for each blocking actor.
    Own { shared: Vec<Arbiter>, blocking: Vec<Arbiter> },
    /// The current thread runs everything: for tests in virtual time.
    #[cfg(feature = "testkit")]
    Current,
}

/// Which thread runs a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Shared(usize),
    Blocking(usize),
}

impl Threads {
    /// Starts as many threads as `places` name.
    pub(super) fn start(places: &[Place]) -> Self {
        let shared = places.iter().filter_map(|place| match place {
            Place::Shared(number) => Some(number + 1),
            Place::Blocking(_) => None,
        });
        let shared = shared.max().unwrap_or(0);
        let blocking = places.iter().filter(|place| matches!(place, Place::Blocking(_))).count();
        Self::Own {
            shared: (0..shared).map(|_| Arbiter::new()).collect(),
            blocking: (0..blocking).map(|_| Arbiter::new()).collect(),
        }
    }

    pub(super) fn at(&self, place: Place) -> ArbiterHandle {
        match (self, place) {
            (Self::Own { shared, .. }, Place::Shared(number)) => shared[number].handle(),
            (Self::Own { blocking, .. }, Place::Blocking(number)) => blocking[number].handle(),
            #[cfg(feature = "testkit")]
            (Self::Current, _) => Arbiter::current(),
        }
    }

    /// Ends the threads and waits for them, except for those that run the cells in `stuck`.
    pub(super) fn end(self, stuck: &[Place]) {
        let (shared, blocking) = match self {
            Self::Own { shared, blocking } => (shared, blocking),
            #[cfg(feature = "testkit")]
            Self::Current => return,
        };
        let shared = shared.into_iter().enumerate().map(|(number, arbiter)| (Place::Shared(number), arbiter));
        let blocking = blocking.into_iter().enumerate();
        let blocking = blocking.map(|(number, arbiter)| (Place::Blocking(number), arbiter));
        let all: Vec<(Place, Arbiter)> = shared.chain(blocking).collect();
        for (_, arbiter) in &all {
            arbiter.stop();
        }
        for (place, arbiter) in all {
            if !stuck.contains(&place) {
                // It panicked only if a destructor did, after its cell had reported.
                let _ = arbiter.join();
            }
        }
    }
}

/// Where each of `cells` goes, which are in the order of the graph: neighbours together, as evenly as that allows.
pub(super) fn places(cells: &[PlannedCell], arbiters: usize) -> Vec<Place> {
    let free = cells.iter().filter(|cell| !cell.blocking && cell.arbiter.is_none()).count();
    let arbiters = arbiters.max(1);
    let (mut placed, mut blocking) = (0, 0);
    let place = |cell: &PlannedCell| match cell.arbiter {
        _ if cell.blocking => {
            blocking += 1;
            Place::Blocking(blocking - 1)
        }
        Some(pinned) => Place::Shared(pinned),
        None => {
            placed += 1;
            Place::Shared((placed - 1) * arbiters.min(free) / free)
        }
    };
    cells.iter().map(place).collect()
}

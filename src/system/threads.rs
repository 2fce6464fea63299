//! The threads that actors run on.

use crate::cell::Disturbance;
use crate::topology::Topology;
use crate::topology::plan::PlannedCell;
#[cfg(feature = "testkit")]
use crate::{cell::Simulator, sync::Arc};
use actix::{Arbiter, ArbiterHandle};
use std::collections::HashMap;

/// The arbiters of one topology.
pub(super) enum Threads {
    /// Arbiters of its own: those that are shared, then one for each blocking actor.
    Own { shared: Vec<Arbiter>, blocking: Vec<Arbiter> },
    /// The current thread runs everything, for tests in virtual time; a simulation has its way with it, if there is one.
    #[cfg(feature = "testkit")]
    Current(Option<Arc<dyn Simulator>>),
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
        let (mut shared, mut blocking) = (0, 0);
        for place in places {
            match place {
                Place::Shared(number) => shared = shared.max(number + 1),
                Place::Blocking(number) => blocking = blocking.max(number + 1),
            }
        }
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
            (Self::Current(_), _) => Arbiter::current(),
        }
    }

    /// What a simulation has in store for a cell.
    pub(super) fn disturbance(&self, cell: usize) -> Option<Disturbance> {
        match self {
            Self::Own { .. } => {
                // Without simulations nobody asks which one.
                let _ = cell;
                None
            }
            #[cfg(feature = "testkit")]
            Self::Current(simulator) => Some(simulator.clone()?.disturbance(cell)),
        }
    }

    /// Ends the threads and waits for them, except for those that run the cells in `stuck`.
    pub(super) fn end(self, stuck: &[Place]) {
        let (shared, blocking) = match self {
            Self::Own { shared, blocking } => (shared, blocking),
            #[cfg(feature = "testkit")]
            Self::Current(_) => return,
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

/// A group of threads, as far as it matters where cells go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    /// The most arbiters.
    pub(super) arbiters: usize,
    /// The most threads for blocking actors; without, each instance has one.
    pub(super) blocking: usize,
}

impl Group {
    /// The groups of `topology`: first the one of all actors that are in no bulkhead.
    pub(super) fn all(topology: &Topology) -> Vec<Self> {
        let default = Self { arbiters: topology.runtime().arbiters(), blocking: usize::MAX };
        let bulkheads = topology.bulkheads().values().map(|bulkhead| Self {
            arbiters: bulkhead.arbiters(),
            blocking: bulkhead.blocking_threads.unwrap_or(usize::MAX),
        });
        std::iter::once(default).chain(bulkheads).collect()
    }
}

/// Where each of `cells` goes, which are in the order of the graph: neighbours together, as evenly as that allows, and
/// each on the threads of its group, which nobody else has.
pub(super) fn places(cells: &[PlannedCell], groups: &[Group]) -> Vec<Place> {
    let mut places = vec![Place::Shared(0); cells.len()];
    let (mut arbiters, mut blocking) = (0, 0);
    for (number, group) in groups.iter().enumerate() {
        let members = || {
            let members = cells.iter().enumerate();
            members.filter(move |(_, cell)| cell.bulkhead.map_or(0, |bulkhead| bulkhead + 1) == number)
        };
        let (mut used, mut blocked) = (0, 0);
        for (at, cell) in members().filter(|(_, cell)| !cell.blocking) {
            if let Some(pinned) = cell.arbiter {
                places[at] = Place::Shared(arbiters + pinned);
                used = used.max(pinned + 1);
            }
        }
        let free = members().filter(|(_, cell)| !cell.blocking && cell.arbiter.is_none());
        let threads = group.arbiters.max(1).min(free.clone().count());
        let (now, later): (Vec<_>, Vec<_>) = free.partition(|(_, cell)| cell.job.is_some());
        // The first instance of each actor.
        let mut firsts = HashMap::new();
        for (turn, (at, cell)) in now.iter().enumerate() {
            let thread = turn * threads.min(now.len()) / now.len();
            firsts.entry(cell.node).or_insert(thread);
            places[*at] = Place::Shared(arbiters + thread);
        }
        // Those that may come later go to one thread after the other, from that of the first on.
        for (at, cell) in later {
            let thread = (firsts.get(&cell.node).unwrap_or(&0) + cell.instance) % threads;
            places[at] = Place::Shared(arbiters + thread);
        }
        for (turn, (at, _)) in members().filter(|(_, cell)| cell.blocking).enumerate() {
            let thread = turn % group.blocking.max(1);
            places[at] = Place::Blocking(blocking + thread);
            blocked = blocked.max(thread + 1);
        }
        arbiters += used.max(threads);
        blocking += blocked;
    }
    places
}

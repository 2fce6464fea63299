//! What is simulated.

use crate::{Report, Result, Topology};
use std::fmt;

type Verify = Box<dyn FnOnce(&Report) -> Result>;

/// A topology for a simulation, with what must be so at its end.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use tidegate::prelude::*;
/// use tidegate::testkit::{Scene, Simulation};
///
/// Simulation::new().runs(20).run(|_| {
///     let sum = Arc::new(AtomicU64::new(0));
///     let adds = sum.clone();
///     let topology = Topology::new("sum")
///         .producer("ones", iter(std::iter::repeat_n(1u64, 50)))
///         .consumer("add", for_each(move |n: u64| {
///             adds.fetch_add(n, Ordering::Relaxed);
///         }));
///     Scene::new(topology).verify(move |report| {
///         assert_eq!(sum.load(Ordering::Relaxed), report.actors["add"].handled);
///         Ok(())
///     })
/// })?;
/// # Ok::<(), tidegate::testkit::SimulationFailure>(())
/// ```
pub struct Scene {
    pub(super) topology: Topology,
    pub(super) verify: Option<Verify>,
}

impl Scene {
    /// A scene that checks nothing of its own.
    pub fn new(topology: Topology) -> Self {
        Self { topology, verify: None }
    }

    /// What is simulated.
    pub fn into_topology(self) -> Topology {
        self.topology
    }

    /// At the end of the run, `verify` must find the report, and whatever the actors saw, to be right: it gives an error or
    /// panics if not. Mind that the run may have failed, or been stopped or drained.
    #[must_use]
    pub fn verify(self, verify: impl FnOnce(&Report) -> Result + 'static) -> Self {
        Self { verify: Some(Box::new(verify)), ..self }
    }
}

impl From<Topology> for Scene {
    fn from(topology: Topology) -> Self {
        Self::new(topology)
    }
}

impl fmt::Debug for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scene").finish_non_exhaustive()
    }
}

//! From a topology to a running one.

use super::coordinator::{Coordinator, Event};
use super::handle::Handle;
use super::roster::Roster;
use super::threads::{Group, Threads, places};
use crate::sync::{Arc, AtomicU8};
use crate::topology::Topology;
use crate::topology::maker::Maker;
use crate::topology::plan::{Company, Unmade, plan};
use crate::{Problem, Problems, Severity};
use indexmap::IndexMap;
use tokio::sync::{mpsc, watch};

/// Why a topology did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The check found errors; nothing was started.
    #[error("{0}")]
    Check(#[from] Problems),
    /// An actor could not be made.
    #[error("cannot start actor `{actor}`: {error}")]
    Actor {
        /// The actor.
        actor: String,
        /// Why.
        error: crate::BoxError,
    },
    /// A thread could not be made.
    #[error("cannot start a thread: {0}")]
    Thread(#[from] std::io::Error),
}

impl From<Unmade> for StartError {
    fn from(Unmade { actor, error }: Unmade) -> Self {
        Self::Actor { actor, error }
    }
}

impl Topology {
    /// Checks the topology and starts it, on threads of its own.
    ///
    /// # Errors
    /// When the check finds an error, or an actor or thread cannot be made. Nothing runs then.
    pub fn start(self) -> Result<Handle, StartError> {
        let groups = Group::all(&self);
        let company =
            Company::of(groups.iter().map(|group| group.arbiters).sum::<usize>() + self.blocking_threads());
        let prepared = self.prepare(company)?;
        let handle = prepared.handle.clone();
        std::thread::Builder::new().name("tidegate".into()).spawn(move || {
            actix::System::new().block_on(async move {
                let places = places(&prepared.cells, &groups);
                let threads = Threads::start(&places);
                prepared.run(threads, &places).await;
            });
        })?;
        Ok(handle)
    }

    /// Checks the topology and starts it on the current thread, which must be in an actix system. A simulation has its way
    /// with it, if there is a `simulator`.
    #[cfg(feature = "testkit")]
    pub(crate) fn start_here(
        self,
        simulator: Option<Arc<dyn crate::cell::Simulator>>,
    ) -> Result<Handle, StartError> {
        let groups = Group::all(&self);
        let prepared = self.prepare(Company::None)?;
        let handle = prepared.handle.clone();
        let places = places(&prepared.cells, &groups);
        // The coordinator hears of things late, too.
        let disturbance = simulator.clone().map(|simulator| simulator.disturbance(places.len()));
        actix::spawn(async move {
            let run = prepared.run(Threads::Current(simulator), &places);
            crate::cell::unhurried(run, disturbance).await;
        });
        Ok(handle)
    }

    /// How many threads blocking actors need.
    fn blocking_threads(&self) -> usize {
        let blocking = self.nodes().iter().filter(|node| node.options.blocking);
        blocking.map(|node| node.options.instances).sum()
    }

    fn prepare(self, company: Company) -> Result<Prepared, StartError> {
        let errors: Vec<Problem> =
            self.check(true).into_iter().filter(|problem| problem.severity == Severity::Error).collect();
        if !errors.is_empty() {
            return Err(Problems(errors).into());
        }
        let (sender, events) = mpsc::unbounded_channel();
        let started = |cell| -> Box<dyn FnOnce() + Send> {
            let sender = sender.clone();
            Box::new(move || drop(sender.send(Event::Started { cell })))
        };
        let arbiters = Group::all(&self).iter().map(|group| group.arbiters).sum();
        let plan = plan(self, company, started)?;
        let roster = Arc::new(Roster {
            name: plan.name,
            nodes: plan.nodes,
            links: plan.links,
            feed: plan.feed,
            phase: AtomicU8::default(),
            arbiters,
        });
        let (done, report) = watch::channel(None);
        let handle = Handle::new(roster.clone(), sender.clone(), report);
        Ok(Prepared {
            handle,
            roster,
            cells: plan.cells,
            makers: plan.makers,
            events: (sender, events),
            done,
        })
    }
}

/// Everything that is needed to run, before there are threads.
struct Prepared {
    handle: Handle,
    roster: Arc<Roster>,
    cells: Vec<crate::topology::plan::PlannedCell>,
    makers: IndexMap<usize, Box<dyn Maker>>,
    events: (mpsc::UnboundedSender<Event>, mpsc::UnboundedReceiver<Event>),
    done: watch::Sender<Option<super::Report>>,
}

impl Prepared {
    async fn run(self, threads: Threads, places: &[super::threads::Place]) {
        let coordinator =
            Coordinator::new(self.roster, threads, self.cells, self.makers, places, self.events);
        self.done.send_replace(Some(coordinator.run().await));
    }
}

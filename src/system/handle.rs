//! The handle of a running topology.

use super::coordinator::Event;
use super::operate::TARGET;
use super::report::{Outcome, Report, Snapshot};
use super::roster::Roster;
use crate::sync::Arc;
use std::fmt;
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;

/// A running topology. Cloning gives another handle to the same one; dropping all of them lets it run on.
///
/// ```
/// use std::time::Duration;
/// use tidegate::prelude::*;
///
/// let running = Topology::new("endless")
///     .producer("n", iter(0u64..))
///     .consumer("sink", for_each(|_: u64| {}))
///     .start()?;
/// running.drain(Duration::from_secs(30));
/// let report = running.join();
/// assert_eq!(report.actors["sink"].handled, report.actors["n"].emitted);
/// # Ok::<(), tidegate::StartError>(())
/// ```
#[derive(Clone)]
pub struct Handle {
    pub(super) roster: Arc<Roster>,
    events: UnboundedSender<Event>,
    report: watch::Receiver<Option<Report>>,
}

impl Handle {
    pub(super) fn new(
        roster: Arc<Roster>,
        events: UnboundedSender<Event>,
        report: watch::Receiver<Option<Report>>,
    ) -> Self {
        Self { roster, events, report }
    }

    /// Waits, without blocking, until the topology has ended.
    pub async fn wait(&self) -> Report {
        let mut report = self.report.clone();
        if let Ok(report) = report.wait_for(Option::is_some).await
            && let Some(report) = report.as_ref()
        {
            return report.clone();
        }
        self.roster.report(Outcome::Failed, Some("the thread that coordinates the topology died".into()))
    }

    /// Blocks the thread until the topology has ended.
    ///
    /// # Panics
    /// When called from async code, which it would block: there, use [`wait`](Self::wait).
    pub fn join(&self) -> Report {
        let waiter = tokio::runtime::Builder::new_current_thread().build();
        waiter.expect("a runtime without drivers, which needs nothing from the system").block_on(self.wait())
    }

    /// Producers stop, what is queued is handled, `on_end` hooks flush. After `timeout` the end is forced.
    ///
    /// Returns at once; [`wait`](Self::wait) waits for the end. A second drain can only shorten the timeout.
    pub fn drain(&self, timeout: Duration) {
        self.tell(Event::Drain { timeout });
    }

    /// Forces the end: what waits in mailboxes and handlers is left, and counted. Returns at once.
    pub fn stop(&self) {
        self.tell(Event::Stop);
    }

    /// Holds `actor` by hand, until [`resume`](Self::resume) or a drain. False if there is no such actor.
    pub fn pause(&self, actor: &str) -> bool {
        let Some(node) = self.roster.find(actor) else { return false };
        tracing::info!(target: TARGET, actor = %actor, "pausing");
        self.tell(Event::Hold { node: Some(node) });
        true
    }

    /// Releases what [`pause`](Self::pause) holds. False if there is no such actor.
    pub fn resume(&self, actor: &str) -> bool {
        let Some(node) = self.roster.find(actor) else { return false };
        tracing::info!(target: TARGET, actor = %actor, "resuming");
        self.tell(Event::Release { node: Some(node) });
        true
    }

    /// The counts and states of this moment.
    pub fn snapshot(&self) -> Snapshot {
        self.roster.snapshot()
    }

    pub(super) fn tell(&self, event: Event) {
        // Nobody hears it once the topology has ended, and then there is nothing to do.
        let _ = self.events.send(event);
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("topology", &self.roster.name).finish_non_exhaustive()
    }
}

//! Pausing, draining and stopping parts of a running topology.

use super::change::ChangeError;
use super::coordinator::Event;
use super::handle::Handle;

/// The target of the log lines about what operators do.
pub(super) const TARGET: &str = "tidegate::operator";

impl Handle {
    /// Holds all actors by hand, until they are [resumed](Self::resume_all) or the topology drains. Returns at once.
    pub fn pause_all(&self) {
        tracing::info!(target: TARGET, "pausing all actors");
        self.tell(Event::Hold { node: None });
    }

    /// Releases whatever was paused by hand.
    pub fn resume_all(&self) {
        tracing::info!(target: TARGET, "resuming all actors");
        self.tell(Event::Release { node: None });
    }

    /// Ends one actor in good order, and returns at once: a producer stops producing; a stage or consumer takes nothing
    /// more, handles what waits, and flushes what it holds. Upstream its links end as cancelled: an actor that has no
    /// other readers ends, too. Downstream the input ends.
    ///
    /// ```
    /// use tidegate::prelude::*;
    ///
    /// let running = Topology::new("branches")
    ///     .producer("n", iter(0u64..))
    ///     .consumer("one", for_each(|_: u64| {}))
    ///     .inputs(["n"])
    ///     .consumer("other", for_each(|_: u64| {}))
    ///     .inputs(["n"])
    ///     .start()?;
    /// running.drain_actor("one")?;
    /// // `n` has another reader: it goes on until that, or itself, is drained.
    /// running.drain_actor("n")?;
    /// let report = running.join();
    /// assert_eq!(report.actors["other"].handled, report.actors["n"].emitted);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// What nobody takes any more because of it is cancelled upstream, and counts as done: an at-least-once producer does not
    /// deliver it again.
    ///
    /// # Errors
    /// When there is no such actor.
    pub fn drain_actor(&self, actor: &str) -> Result<(), ChangeError> {
        let node = self.node(actor)?;
        tracing::info!(target: TARGET, actor = %actor, "draining");
        self.tell(Event::DrainActor { node });
        Ok(())
    }

    /// Ends one actor by force, and returns at once: what waits, is in hand or held is left, and counted. Its links end,
    /// and the input of its readers is not complete; the topology as a whole ends as
    /// [stopped](crate::Outcome::Stopped) when its other actors have ended.
    ///
    /// # Errors
    /// When there is no such actor.
    pub fn stop_actor(&self, actor: &str) -> Result<(), ChangeError> {
        let node = self.node(actor)?;
        tracing::warn!(target: TARGET, actor = %actor, "stopping by force");
        self.tell(Event::StopActor { node });
        Ok(())
    }
}

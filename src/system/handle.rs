//! The handle of a running topology.

use super::report::{Report, Snapshot};
use std::time::Duration;

/// Why a topology did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The check found errors; nothing was started.
    #[error("{0}")]
    Check(#[from] crate::Problems),
    /// An actor or a thread could not be made.
    #[error("cannot start actor `{actor}`: {error}")]
    Actor {
        /// The actor.
        actor: String,
        /// Why.
        error: crate::BoxError,
    },
}

/// A running topology. Cloning gives another handle to the same one; dropping all of them lets it run on.
#[derive(Clone)]
pub struct Handle {}

impl Handle {
    /// Waits, without blocking, until the topology has ended.
    pub async fn wait(&self) -> Report {
        todo!()
    }

    /// Blocks the thread until the topology has ended. Not for async code: there, use [`wait`](Self::wait).
    pub fn join(&self) -> Report {
        todo!()
    }

    /// Producers stop, what is queued is handled, `on_end` hooks flush. After `timeout` the end is forced.
    pub fn drain(&self, timeout: Duration) {
        let _ = timeout;
        todo!()
    }

    /// Forces the end: what waits in mailboxes and handlers is left, and counted.
    pub fn stop(&self) {
        todo!()
    }

    /// Holds `actor` by hand, until [`resume`](Self::resume) or a drain. False if there is no such actor.
    pub fn pause(&self, actor: &str) -> bool {
        let _ = actor;
        todo!()
    }

    /// Releases what [`pause`](Self::pause) holds. False if there is no such actor.
    pub fn resume(&self, actor: &str) -> bool {
        let _ = actor;
        todo!()
    }

    /// The counts and states of this moment.
    pub fn snapshot(&self) -> Snapshot {
        todo!()
    }
}

impl crate::Topology {
    /// Checks the topology and starts it, on threads of its own.
    ///
    /// # Errors
    /// When the check finds an error, or an actor or thread cannot be made. Nothing runs then.
    pub fn start(self) -> Result<Handle, StartError> {
        todo!()
    }
}

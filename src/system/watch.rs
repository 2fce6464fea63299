//! Watching a running topology closely.

use super::handle::Handle;
use crate::signal::feed::Watcher;
use crate::{SignalLog, Snapshot};
use std::fmt;

/// Watches a topology: as long as there is one, its signals are recorded, and the waits of messages are sampled.
///
/// Without one neither costs anything. Cloning gives another one.
///
/// ```
/// use tidegate::prelude::*;
///
/// let running = Topology::new("numbers")
///     .producer("n", iter(1..=1000u64))
///     .consumer("sum", for_each(|_: u64| {}))
///     .mailbox(MailboxOptions::capacity(8))
///     .start()?;
/// let watch = running.watch();
/// running.join();
/// let log = watch.signals_after(0);
/// assert!(log.records.iter().all(|record| record.to == "sum" && record.from == "n"));
/// assert!(watch.signals_after(log.last).records.is_empty());
/// # Ok::<(), tidegate::StartError>(())
/// ```
#[derive(Clone)]
pub struct Watch {
    handle: Handle,
    watcher: Watcher,
}

impl Handle {
    /// Begins to watch.
    pub fn watch(&self) -> Watch {
        Watch { handle: self.clone(), watcher: Watcher::new(self.roster.feed.clone()) }
    }
}

impl Watch {
    /// The counts and states of this moment, with the waits of messages.
    pub fn snapshot(&self) -> Snapshot {
        self.handle.snapshot()
    }

    /// The signals that were recorded after the one of this number; from the first on that is kept, with 0. The newest 4096
    /// are kept.
    pub fn signals_after(&self, number: u64) -> SignalLog {
        self.first_signals_after(number, usize::MAX)
    }

    /// The first of them, at most so many: for who takes in a few at a time. [`last`](SignalLog::last) is where to go on.
    ///
    /// ```
    /// # use tidegate::prelude::*;
    /// # let running = Topology::new("numbers")
    /// #     .producer("n", iter(1..=1000u64))
    /// #     .consumer("sum", for_each(|_: u64| {}))
    /// #     .mailbox(MailboxOptions::capacity(8))
    /// #     .start()?;
    /// let watch = running.watch();
    /// # running.join();
    /// let mut last = 0;
    /// while let log = watch.first_signals_after(last, 100)
    ///     && log.last > last
    /// {
    ///     assert!(log.records.len() <= 100);
    ///     last = log.last;
    /// }
    /// # Ok::<(), tidegate::StartError>(())
    /// ```
    pub fn first_signals_after(&self, number: u64, most: usize) -> SignalLog {
        self.watcher.feed().after(number, most)
    }

    /// The topology.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("topology", &self.handle.roster.name).finish_non_exhaustive()
    }
}

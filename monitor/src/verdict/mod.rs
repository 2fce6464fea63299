//! The verdict: which actor holds everything up, and why.
//!
//! Each actor knows where its time went: it waited for messages, it was in its handler, or it was held up, and by whom
//! ([`TimeReport`](tidegate::TimeReport)). From that, over a [`Window`] of time:
//!
//! 1. **The graph of holds** (`holds`). An edge leads from an actor to each one that held it, with the share of the time
//!    that it did. A tap, or a mailbox that drops, holds nobody, so no edge leads there. A producer that feels for its rate is
//!    slowed instead of held; an edge leads to the actor downstream that does all it can, if there is one.
//! 2. **Follow the heaviest hold downstream** from each actor that is held for a tenth of its time, as long as the next one
//!    explains more: the actor is held for longer than it does something by itself, or the next one is busier still. The
//!    last one is the *root*. A stage that is busy 90 % and held for 10 % by one that is busy 99 % is not the root; held by one
//!    that is busy 60 % it is, for the rest was chance. Lighter holds are followed, too, where they lead to an actor that does
//!    all it can: two slow sinks of one producer both hold it. Way back to where one was, as in a cycle with a
//!    feedback link, ends the search at the actor that does most by itself, the first in the topology of those that do as much;
//!    if none does anything, they wait for each other.
//!
//!    ```text
//!     lines ──97 %──▶ parse ──62 %──▶ store      lines: held     parse: held, busy 35 %     store: busy 99 %, the root
//!    ```
//! 3. **What is the matter with the root** (`kinds`): the largest part of what it does by itself. It is busy; or its
//!    breaker is open, an operator paused it, its rate allows no more, it waits to be made anew, to handle a message again,
//!    for its turn in its bulkhead or on its thread. One that holds others and has nothing to do is a join that waits for
//!    its other input (then that one is followed upstream), keeps messages by design, or has so small a mailbox that most of
//!    the time goes into waking each other. And a hold that takes less than the held actor does by itself, by one that has
//!    more time left than that, is chance.
//! 4. **Trouble that holds nobody yet**: actors that are stuck in one call, paused, failing, or drop what they cannot take. A
//!    pause that is in force is told first, and from its first moment on.
//! 5. Where nobody is held there may be an actor that is at its limit all the same; threads that are; or else it is **the
//!    sources** that set the pace.
//! 6. **What would help** (`advice`, `instances`). With one more instance a busy actor does so much more. How much that is worth is what
//!    the next one on the way can take: a stage that is busy 35 % is at its limit when three times as much comes. So many
//!    instances, and the bottleneck has moved there.
//!
//! Shares below that are noise: a mailbox may be full for a moment in a topology that flows well.

mod advice;
mod holds;
mod instances;
mod kinds;
mod roots;
mod sentences;
mod window;
mod words;

pub use window::{ActorWindow, BlockedWindow, LinkWindow, Window};

use serde::{Deserialize, Serialize};
use std::fmt;

/// Who holds everything up, and why; displays as sentences.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Verdict {
    /// The actors to blame, the one that holds most first. More than one where they have nothing to do with each other. None
    /// if there is nothing to say.
    pub roots: Vec<Root>,
    /// The same in words.
    pub summary: String,
    /// The beginning of the time it is about, in seconds since the start of the topology.
    #[serde(default)]
    pub from_seconds: f64,
    /// The end of that time, in seconds since the start of the topology.
    #[serde(default)]
    pub to_seconds: f64,
}

/// One actor to blame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Root {
    /// Its name.
    pub actor: String,
    /// What is the matter with it.
    pub kind: RootKind,
    /// For what share of its time, from 0 to 1: that it was busy, where that is the matter; else that it was held up by what
    /// [`kind`](Self::kind) says.
    pub share: f64,
    /// The actors that it holds, from the nearest up to the producers.
    pub holds: Vec<String>,
    /// Since when, in seconds since the start of the topology; `None` if that is not known.
    ///
    /// Known from how long the actor has been in its present state; else worked out from how long the nearest actor was
    /// held in all, as if that had been so without a break. [`Verdict::following`] makes it exact.
    #[serde(default)]
    pub since_seconds: Option<f64>,
    /// What would help.
    #[serde(default)]
    pub advice: Option<String>,
}

/// What is the matter with a root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RootKind {
    /// It is at work all the time.
    Busy,
    /// It does not come back from one call.
    Stuck,
    /// Its breaker is open.
    BreakerOpen,
    /// An operator paused it. It may have been resumed since: then [`Verdict::summary`] says that it was paused.
    Paused,
    /// Its rate allows no more.
    RateLimited,
    /// It fails, and waits to be made anew.
    Restarting,
    /// It waits to handle a message again that failed.
    Retrying,
    /// As many calls are under way in its bulkhead as may be.
    BulkheadFull,
    /// There are not enough threads for all that is to be done.
    ThreadsSaturated,
    /// It cannot take all that comes, and drops the rest; it holds nobody.
    Overloaded,
    /// It has as many messages in hand as it keeps by design.
    KeepsMessages,
    /// It has time left, but what comes fills its mailbox faster than it can be woken.
    SmallMailbox,
    /// It and the actors that it holds wait for each other.
    Deadlock,
    /// Nothing downstream is the matter: this is as fast as its messages come.
    SlowSource,
}

/// Finds out who holds everything up.
///
/// ```
/// use tidegate::prelude::*;
/// use tidegate::{testkit, time::sleep};
/// use tidegate_monitor::verdict::{Window, verdict};
/// # use std::time::Duration;
///
/// struct Slow;
///
/// impl Consumer for Slow {
///     type In = u64;
///
///     async fn handle(&mut self, _: u64) -> Result {
///         sleep(Duration::from_millis(10)).await;
///         Ok(())
///     }
/// }
///
/// let report = testkit::run(
///     Topology::new("numbers")
///         .producer("n", iter(1..=1000u64))
///         .consumer("store", Slow)
///         .mailbox(MailboxOptions::capacity(16)),
/// );
/// let verdict = verdict(&Window::whole(&report));
/// assert_eq!(verdict.roots[0].actor, "store");
/// assert_eq!(verdict.roots[0].holds, ["n"]);
/// ```
pub fn verdict(window: &Window) -> Verdict {
    let roots = roots::find(window);
    let summary = sentences::summary(window, &roots);
    Verdict { roots, summary, from_seconds: window.from_seconds, to_seconds: window.to_seconds }
}

impl Verdict {
    /// Whether there is nothing to say: nothing moves, or nothing is known.
    pub fn is_empty(&self) -> bool {
        self.roots.is_empty()
    }

    /// Takes over from the verdict on the time just before what began then already. A root that it does not know began after
    /// it.
    #[must_use]
    pub fn following(mut self, previous: &Self) -> Self {
        for root in &mut self.roots {
            let known =
                previous.roots.iter().find(|known| (&known.actor, known.kind) == (&root.actor, root.kind));
            root.since_seconds = match known {
                Some(known) => known.since_seconds.or(root.since_seconds),
                None => root.since_seconds.map(|since| since.max(self.from_seconds)),
            };
        }
        self
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.summary)
    }
}

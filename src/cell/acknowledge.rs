//! What a cell does so that at-least-once producers learn when their messages are done; see [`delivery`](crate::delivery).

use super::core::Core;
use crate::actor::Producer;
use crate::delivery::Tracker;
use crate::message::Message;
use crate::outlet::{Outputs, PortSet, room};
use crate::sync::Arc;
use std::future::poll_fn;
use std::task::Poll;

/// How far a cell has come.
pub(super) struct Tracked {
    tracker: Arc<Tracker>,
    /// The latest messages that are handled and that the actor still holds, or has not made safe.
    pub(super) unsettled: u64,
    /// Whether the actor lost messages that it held: then nothing is acknowledged any more.
    lost: bool,
    /// Messages of a producer that others made, in whose place it is.
    before: u64,
    /// Messages that failed or were given up by the time when nothing was unsettled.
    failed_before: u64,
    /// Messages that were noted at the tracker: received, or made by a producer.
    noted: u64,
    /// Messages of a producer whose acknowledgement it has been told.
    told: u64,
    /// What was emitted over each link when this was last looked at.
    emitted: Vec<u64>,
}

impl Tracked {
    pub(super) fn new(tracker: Arc<Tracker>) -> Self {
        Self {
            tracker,
            unsettled: 0,
            lost: false,
            before: 0,
            failed_before: 0,
            noted: 0,
            told: 0,
            emitted: Vec::new(),
        }
    }

    /// The actor has ended or failed, with so many unsettled messages; `None` if it cannot say how many.
    pub(super) fn leaves(&mut self, unsettled: Option<usize>) {
        self.unsettled = unsettled.map_or(u64::MAX, |unsettled| unsettled as u64);
    }

    /// Whether messages were lost that somebody wanted to be handled.
    pub(super) fn has_lost(&self) -> bool {
        self.lost
    }

    /// The actor is about to be made anew; whether it `loses` messages that it held or had not made safe. A producer counts
    /// from the beginning again.
    pub(super) fn begins_anew(&mut self, loses: bool) {
        self.lost |= loses;
        self.unsettled = 0;
        self.before = self.noted;
    }
}

impl<T: Message, P: PortSet> Core<T, P> {
    /// Notes how far the input is dealt with, once per run of calls. Nothing that was emitted may be on its way to the ports.
    #[cold]
    pub(super) fn acknowledge(&mut self) {
        let accounted = self.accounted();
        let failed = accounted - self.counts.handled;
        let Some(tracked) = self.tracked.as_mut() else { return };
        if tracked.unsettled == 0 {
            tracked.failed_before = failed;
        }
        // Those that failed may have come after those that are not settled: none of these may count in their place.
        let after = tracked.unsettled.saturating_add(failed - tracked.failed_before);
        let settled = accounted.saturating_sub(after);
        if settled <= tracked.noted || tracked.lost {
            return;
        }
        tracked.emitted.clear();
        room::emitted(&mut self.ports, &mut tracked.emitted);
        for mark in self.intake.account_for(settled - tracked.noted) {
            tracked.tracker.received(mark, &tracked.emitted);
        }
        tracked.noted = settled;
    }

    /// The same for a producer; how many of its messages are done, if that is more than it has been told.
    pub(super) fn acknowledged(&mut self) -> Option<u64> {
        let tracked = self.tracked.as_mut()?;
        tracked.emitted.clear();
        let made = room::emitted(&mut self.ports, &mut tracked.emitted);
        if made > tracked.noted {
            tracked.tracker.produced(made, &tracked.emitted);
            tracked.noted = made;
        }
        let acknowledged = tracked.tracker.acknowledged();
        let news = acknowledged > tracked.told;
        tracked.told = acknowledged;
        (news && acknowledged > tracked.before).then(|| acknowledged - tracked.before)
    }

    /// Waits until more of what a producer has made is done than it was told; false if there is no more, or nobody can say so.
    async fn more_acknowledged(&mut self) -> bool {
        poll_fn(|cx| {
            let Some(tracked) = &self.tracked else { return Poll::Ready(false) };
            tracked.tracker.listen(cx.waker());
            self.controls.park(cx.waker());
            match tracked.tracker.acknowledged() {
                _ if self.controls.is_stopping() || self.controls.is_forsaken() => Poll::Ready(false),
                done if done > tracked.told => Poll::Ready(true),
                done if done >= tracked.noted => Poll::Ready(false),
                _ => {
                    self.is_idle();
                    Poll::Pending
                }
            }
        })
        .await
    }
}

/// Tells a producer that has ended what is done, until all of it is.
pub(super) async fn tell_all<A: Producer>(actor: &mut A, core: &mut Core<(), <A::Out as Outputs>::Ports>) {
    tell(actor, core);
    while core.more_acknowledged().await {
        core.is_busy();
        tell(actor, core);
    }
    tell(actor, core);
}

/// Tells a producer what is done.
pub(super) fn tell<A: Producer>(actor: &mut A, core: &mut Core<(), <A::Out as Outputs>::Ports>) {
    if let Some(count) = core.acknowledged() {
        core.hook = "on_acknowledged";
        actor.on_acknowledged(count);
    }
}

//! Calling the actor: its futures, their suspensions, and what they `send`.

use super::core::{Break, Core};
use super::in_flight::InFlight;
use crate::error::Result;
use crate::ledger::{ActorState, Hold};
use crate::message::Message;
use crate::outlet::{Outputs, PortSet};
use std::cell::Cell;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

/// What became of a call.
pub(super) enum Called<O> {
    Done(O),
    /// It gave way to control: see [`GivesWay`].
    Dropped,
}

/// When a call that waits for something else than room is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GivesWay {
    Never,
    /// When the cell drains, or nobody takes any more what it emits.
    ToDrain,
    /// When there is news for the actor, too: the call will be made anew.
    ToNews,
    /// When it has waited too long: the call has failed.
    ToTimeout,
}

/// Something that a call and whoever polls it use in turn: the call takes it when it is polled, and puts it back before it
/// waits.
pub(super) struct Lent<'a, C>(Cell<Option<&'a mut C>>);

impl<'a, C> Lent<'a, C> {
    pub(super) fn new(core: &'a mut C) -> Self {
        Self(Cell::new(Some(core)))
    }

    #[inline]
    pub(super) fn take(&self) -> &'a mut C {
        self.0.take().expect("the core: whoever had it last put it back")
    }

    #[inline]
    pub(super) fn put_back(&self, core: &'a mut C) {
        self.0.set(Some(core));
    }

    fn with<R>(&self, work: impl FnOnce(&mut C) -> R) -> R {
        let core = self.take();
        let result = work(core);
        self.put_back(core);
        result
    }
}

impl<T: Message, P: PortSet> Core<T, P> {
    /// Polls `future`, which calls the actor, to its end. Most calls are ready at once, and need nothing of this.
    ///
    /// While a call waits it holds no room, and gets none before it goes on: to ask each time that it is woken would make
    /// a nearly full mailbox say Backpressure and Resume, which would wake it again. See [`catch_up`](Self::catch_up).
    pub(super) async fn call<F: Future>(
        core: &Lent<'_, Self>,
        future: Pin<&mut F>,
    ) -> Result<F::Output, Break> {
        match Self::call_or_drop(core, GivesWay::Never, future).await? {
            Called::Done(output) => Ok(output),
            Called::Dropped => unreachable!("a call that never gives way is not dropped"),
        }
    }

    /// The same for a call that may give way to control.
    pub(super) async fn call_or_drop<F: Future>(
        core: &Lent<'_, Self>,
        gives_way: GivesWay,
        mut future: Pin<&mut F>,
    ) -> Result<Called<F::Output>, Break> {
        match poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await {
            Poll::Ready(output) => Ok(Called::Done(output)),
            Poll::Pending => Self::finish(core, gives_way, future).await,
        }
    }

    /// Goes on with a call that was not ready at once.
    #[cold]
    fn finish<F: Future>(
        core: &Lent<'_, Self>,
        gives_way: GivesWay,
        mut future: Pin<&mut F>,
    ) -> impl Future<Output = Result<Called<F::Output>, Break>> {
        core.with(|core| {
            core.interrupted = true;
            core.start_timer(gives_way);
        });
        let mut polled = true;
        poll_fn(move |cx| {
            if !std::mem::take(&mut polled) {
                match ready!(core.with(|core| core.poll_return(gives_way, cx))) {
                    Ok(false) => {}
                    Ok(true) => return Poll::Ready(Ok(Called::Dropped)),
                    Err(stopped) => return Poll::Ready(Err(stopped)),
                }
                if let Poll::Ready(output) = future.as_mut().poll(cx) {
                    return Poll::Ready(Ok(Called::Done(output)));
                }
            }
            loop {
                let sends = core.with(|core| core.suspend(cx));
                if !sends {
                    return if core.with(|core| core.is_to_drop(gives_way, cx)) {
                        Poll::Ready(Ok(Called::Dropped))
                    } else {
                        Poll::Pending
                    };
                }
                // What it sent is placed before it goes on, and then it goes on at once.
                ready!(core.with(|core| core.poll_placed(cx)));
                core.with(|core| core.start_timer(gives_way));
                if let Poll::Ready(output) = future.as_mut().poll(cx) {
                    return Poll::Ready(Ok(Called::Done(output)));
                }
            }
        })
    }

    /// Runs a hook of the actor, called `name`. What it emits must be placed afterwards.
    pub(super) async fn hook(
        &mut self,
        name: &'static str,
        future: impl Future<Output = Result>,
    ) -> Result<(), Break> {
        self.hook = name;
        if self.strikes.hits_hook()
            && let Some(error) = Box::pin(self.strike(GivesWay::Never)).await?
        {
            return Err(self.hook_failure(error));
        }
        if std::mem::take(&mut self.room_lent) {
            self.ports.recall_room();
        }
        let done = Self::call(&Lent::new(self), pin!(future)).await?;
        self.interrupted = false;
        done.map_err(|error| self.hook_failure(error))
    }

    /// Places all that a hook emitted and sent. Hooks run without reserved room, so this may wait.
    pub(super) async fn place(&mut self, out: &mut impl Outputs<Ports = P>) -> Result<(), Break> {
        out.commit(&mut self.ports.0).map_err(|error| self.hook_failure(error))?;
        if out.take_sent(&mut self.ports.0) {
            self.placed().await?;
        }
        match self.link_error.take() {
            Some(error) => Err(self.hook_failure(error)),
            None => Ok(()),
        }
    }

    /// Sees to a call that was made without room, of a detached actor: what it emitted and sent is placed as what a hook
    /// leaves is. Whether it waited for that.
    pub(super) async fn place_call(
        &mut self,
        out: &mut impl Outputs<Ports = P>,
        result: Result,
    ) -> Result<(Result, bool), Break> {
        let result = result.and_then(|()| out.commit(&mut self.ports.0));
        if result.is_err() {
            out.withdraw(&mut self.ports.0);
        }
        let mut waited = std::mem::take(&mut self.interrupted);
        if out.take_sent(&mut self.ports.0) {
            self.placed().await?;
            waited = true;
        }
        let refused = self.link_error.take();
        Ok((result.and_then(|()| refused.map_or(Ok(()), |error| Err(error.into()))), waited))
    }

    /// How many calls may follow of which nobody needs to be asked, given that there is room for one and no news; at most
    /// `most`.
    pub(super) fn run_length(&mut self, most: usize) -> usize {
        let credits = self.ports.credits();
        let room = if self.need == 1 { credits } else { credits / self.need };
        self.interrupted = false;
        let length = self.pulse.take(room.min(most));
        if self.room_lent {
            // What was lent for sending may have been spent on what was emitted since.
            self.ports.lend_room(length.saturating_mul(self.need));
        }
        length
    }

    /// What the calls of a run have emitted goes on.
    pub(super) fn gather(&mut self) {
        let hook = std::mem::replace(&mut self.hook, "emit");
        self.ports.0.push_gathered();
        self.hook = hook;
        self.counts.in_handler = 0;
    }

    /// Whether the call that has returned needs no closer look, as nearly all do; then what it emitted is handed on.
    #[inline]
    pub(super) fn passes(&mut self, out: &mut impl Outputs<Ports = P>) -> bool {
        let passes = !self.interrupted && out.is_usual();
        if passes {
            out.pass();
            out.hand_on(&mut self.ports.0);
        }
        passes
    }

    /// Whether a call was neither suspended nor sent anything. Otherwise it must [catch up](Self::catch_up), and there is
    /// nothing left that the next could be sure of: the run ends.
    pub(super) fn is_caught_up(&mut self, out: &mut impl Outputs<Ports = P>) -> bool {
        !out.take_sent(&mut self.ports.0) && !self.interrupted
    }

    /// Waits for room for what a call sent, and for what it emitted after that.
    #[cold]
    pub(super) async fn catch_up(&mut self) -> Result<(), Break> {
        self.placed().await?;
        self.room().await
    }

    /// Waits for the room that a call needs to hand on what it emitted.
    #[cold]
    async fn room(&mut self) -> Result<(), Break> {
        poll_fn(|cx| {
            if let Err(stopped) = self.listen(cx) {
                return Poll::Ready(Err(stopped));
            }
            let room = self.poll_need(self.need, 1, cx);
            if room.is_ready() {
                self.is_busy();
            }
            room.map(Ok)
        })
        .await
    }

    /// Waits until everything on the desks is placed.
    async fn placed(&mut self) -> Result<(), Break> {
        poll_fn(|cx| {
            if let Err(stopped) = self.listen(cx) {
                return Poll::Ready(Err(stopped));
            }
            self.poll_placed(cx).map(Ok)
        })
        .await
    }

    /// The call is polled again; true if it is to be dropped instead.
    fn poll_return(&mut self, gives_way: GivesWay, cx: &mut Context<'_>) -> Poll<Result<bool, Break>> {
        if let Err(stopped) = self.listen(cx) {
            return Poll::Ready(Err(stopped));
        }
        // It is not the call that takes long while it waits for room, or for its place in a bulkhead to go on.
        let sends = self.ports.on_desk() > 0 || self.in_flight.as_ref().is_some_and(InFlight::is_sending);
        if !sends && self.is_to_drop(gives_way, cx) {
            return Poll::Ready(Ok(true));
        }
        ready!(self.poll_placed(cx));
        if sends {
            self.start_timer(gives_way);
        }
        Poll::Ready(Ok(false))
    }

    fn is_to_drop(&mut self, gives_way: GivesWay, cx: &mut Context<'_>) -> bool {
        match gives_way {
            GivesWay::Never => false,
            GivesWay::ToTimeout => {
                self.timer.as_mut().is_some_and(|timer| timer.as_mut().poll(cx).is_ready())
            }
            GivesWay::ToDrain => self.controls.is_draining() || self.is_unwanted(),
            GivesWay::ToNews => self.controls.is_draining() || self.is_unwanted() || self.has_news(),
        }
    }

    /// Hears control while the actor is busy; the actor is told the news when it has done.
    pub(super) fn listen(&mut self, cx: &Context<'_>) -> Result<(), Break> {
        self.controls.park(cx.waker());
        if self.controls.wants_attention() {
            self.attend();
        }
        if self.controls.is_stopping() { Err(Break::Stopped) } else { Ok(()) }
    }

    /// The call waits: everything is brought up to date, and no room is kept. Whether it waits for what it sent.
    fn suspend(&mut self, cx: &Context<'_>) -> bool {
        let sends = self.ports.on_desk() > 0;
        self.controls.park(cx.waker());
        self.counts.in_handler = u64::from(self.in_hand());
        self.clear_desk();
        self.rest(ActorState::Running);
        if let (true, Some(in_flight)) = (sends, &mut self.in_flight) {
            in_flight.send();
        }
        sends
    }

    /// Places what was sent, as room comes free and no link is held; and lends what room is left to further sends.
    fn poll_placed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.ports.on_desk() > 0 {
            if self.holds_back() {
                self.rest(ActorState::Paused);
                self.is_held();
                return Poll::Pending;
            }
            if self.intake.poll_its_turn(cx).is_pending() {
                self.rest(ActorState::Waiting);
                self.is_blocked(Hold::Order);
                return Poll::Pending;
            }
            ready!(self.poll_need(1, 1, cx));
            self.clear_desk();
            self.ports.flush();
        }
        if let Some(in_flight) = &mut self.in_flight
            && in_flight.poll_go_on(cx).is_pending()
        {
            self.rest(ActorState::Waiting);
            self.is_blocked(Hold::Bulkhead);
            return Poll::Pending;
        }
        self.is_busy();
        self.ports.lend_room(self.need);
        self.room_lent = true;
        Poll::Ready(())
    }

    /// Hands on and places what room allows, if it is its turn; a message that a link will not have fails the call.
    fn clear_desk(&mut self) {
        if !self.intake.is_its_turn() {
            return;
        }
        self.ports.push_gathered();
        while let Err(error) = self.ports.clear_desk() {
            self.link_error.get_or_insert(error);
        }
    }
}

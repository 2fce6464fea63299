//! Calling the actor: its futures, their suspensions, and what they `send`.

use super::core::{Break, Core};
use crate::error::Result;
use crate::ledger::ActorState;
use crate::message::Message;
use crate::outlet::{Outputs, PortSet};
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
    /// When the cell drains.
    ToDrain,
    /// When there is news for the actor, too: the call will be made anew.
    ToNews,
}

impl<T: Message, P: PortSet> Core<T, P> {
    /// Polls `future`, which was polled once in this turn and was not ready, to its end. Most calls are ready at once, and
    /// need nothing of this.
    ///
    /// While it waits it holds no room, and gets none before it goes on: to ask each time that it is woken would make a
    /// nearly full mailbox say Backpressure and Resume, which would wake it again. See [`room`](Self::room).
    #[cold]
    pub(super) async fn finish<F: Future>(&mut self, future: Pin<&mut F>) -> Result<F::Output, Break> {
        match self.finish_or_drop(GivesWay::Never, future).await? {
            Called::Done(output) => Ok(output),
            Called::Dropped => unreachable!("a call that never gives way is not dropped"),
        }
    }

    /// The same for a call that may give way to control.
    #[cold]
    pub(super) fn finish_or_drop<F: Future>(
        &mut self,
        gives_way: GivesWay,
        mut future: Pin<&mut F>,
    ) -> impl Future<Output = Result<Called<F::Output>, Break>> {
        let mut polled = true;
        poll_fn(move |cx| {
            if !std::mem::take(&mut polled) {
                match ready!(self.poll_return(gives_way, cx)) {
                    Ok(false) => {}
                    Ok(true) => return Poll::Ready(Ok(Called::Dropped)),
                    Err(stopped) => return Poll::Ready(Err(stopped)),
                }
                if let Poll::Ready(output) = future.as_mut().poll(cx) {
                    return Poll::Ready(Ok(Called::Done(output)));
                }
            }
            loop {
                let sends = self.ports.on_desk() > 0;
                self.suspend(cx);
                if !sends {
                    return if self.is_to_drop(gives_way) {
                        Poll::Ready(Ok(Called::Dropped))
                    } else {
                        Poll::Pending
                    };
                }
                // What it sent is placed before it goes on, and then it goes on at once.
                ready!(self.poll_placed(cx));
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
        let mut future = pin!(future);
        let done = match poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await {
            Poll::Ready(done) => done,
            Poll::Pending => self.finish(future).await?,
        };
        done.map_err(|error| self.hook_failure(error))
    }

    /// Places all that a hook emitted and sent. Hooks run without reserved room, so this may wait.
    pub(super) async fn place(&mut self, out: &mut impl Outputs) -> Result<(), Break> {
        out.commit().map_err(|error| self.hook_failure(error))?;
        if out.sent() {
            self.placed().await?;
        }
        match self.link_error.take() {
            Some(error) => Err(self.hook_failure(error)),
            None => Ok(()),
        }
    }

    /// Waits for the room that a call needs to hand on what it emitted, after it has [waited](Self::finish).
    #[cold]
    pub(super) async fn room(&mut self) -> Result<(), Break> {
        poll_fn(|cx| {
            if let Err(stopped) = self.listen(cx) {
                return Poll::Ready(Err(stopped));
            }
            self.poll_need(self.need, cx).map(Ok)
        })
        .await
    }

    /// Waits until everything on the desks is placed.
    pub(super) async fn placed(&mut self) -> Result<(), Break> {
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
        if self.ports.on_desk() == 0 && self.is_to_drop(gives_way) {
            return Poll::Ready(Ok(true));
        }
        self.poll_placed(cx).map(|()| Ok(false))
    }

    fn is_to_drop(&self, gives_way: GivesWay) -> bool {
        match gives_way {
            GivesWay::Never => false,
            GivesWay::ToDrain => self.controls.is_draining(),
            GivesWay::ToNews => self.controls.is_draining() || self.has_news(),
        }
    }

    /// Hears control while the actor is busy; the actor is told the news when it has done.
    fn listen(&mut self, cx: &Context<'_>) -> Result<(), Break> {
        self.controls.park(cx.waker());
        if self.controls.wants_attention() {
            self.attend();
        }
        if self.controls.is_stopping() { Err(Break::Stopped) } else { Ok(()) }
    }

    /// The call waits: everything is brought up to date, and no room is kept.
    fn suspend(&mut self, cx: &Context<'_>) {
        self.controls.park(cx.waker());
        self.counts.in_handler = u64::from(self.in_hand);
        self.clear_desk();
        self.rest(ActorState::Running);
    }

    /// Places what was sent, as room comes free and no link is held; and lends what room is left to further sends.
    fn poll_placed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.ports.on_desk() > 0 {
            if self.is_paused() {
                self.rest(ActorState::Paused);
                return Poll::Pending;
            }
            ready!(self.poll_need(1, cx));
            self.clear_desk();
            self.ports.flush();
        }
        self.ports.lend_room(self.need);
        Poll::Ready(())
    }

    /// Pushes what room allows; a message that a link will not have fails the call.
    fn clear_desk(&mut self) {
        while let Err(error) = self.ports.clear_desk() {
            self.link_error.get_or_insert(error);
        }
    }
}

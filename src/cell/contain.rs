//! Keeping a panic inside the cell it happened in.

use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

/// What a panic said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Panic(pub(crate) String);

impl Panic {
    fn new(payload: Box<dyn Any + Send>) -> Self {
        let text = payload.downcast_ref::<&str>().map(ToString::to_string);
        let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
        // Dropping a payload may panic in its turn; one that says nothing is rare enough to be forgotten.
        if text.is_none() {
            std::mem::forget(payload);
        }
        Self(text.unwrap_or_else(|| "a panic without a message".into()))
    }
}

/// Polls `future`, and drops it, inside a guard against unwinding: once per poll, not once per message.
pub(crate) async fn contained<F: Future>(future: F) -> Result<F::Output, Panic> {
    let mut slot = pin!(Some(future));
    let ended = poll_fn(|cx| {
        // Unwind safety: after a panic the future is never polled again, and what it borrowed is made to be
        // looked at afterwards (see `Core`).
        let polled = catch_unwind(AssertUnwindSafe(|| match slot.as_mut().as_pin_mut() {
            Some(future) => future.poll(cx),
            None => Poll::Pending,
        }));
        match polled {
            Ok(poll) => poll.map(Ok),
            Err(payload) => Poll::Ready(Err(Panic::new(payload))),
        }
    })
    .await;
    let dropped = sync(|| slot.set(None));
    ended.and_then(|output| dropped.map(|()| output))
}

/// Calls `work` inside a guard against unwinding.
pub(crate) fn sync<R>(work: impl FnOnce() -> R) -> Result<R, Panic> {
    catch_unwind(AssertUnwindSafe(work)).map_err(Panic::new)
}

//! The end of a topology as a `futures` stream.

use super::Consumer;
use crate::error::Result;
use crate::message::Message;
use crate::sync::{Arc, AtomicBool, AtomicWaker, Mutex, Ordering, lock};
use futures_core::Stream;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A stream of what reaches the end of a topology, and the consumer to put there.
///
/// The handover is demand-driven and holds nothing: a message stays in the handler of the consumer, and the pressure
/// travels upstream, until the stream is polled for it. Dropping the stream cancels the input of the consumer; the
/// message in its handler and those that wait are counted as cancelled.
///
/// ```
/// use futures_util::StreamExt;
/// use tidegate::prelude::*;
///
/// let (squares, end) = to_stream::<u64>();
/// let running = Topology::new("squares")
///     .producer("n", iter(1..=4u64))
///     .stage("square", map(|n: u64| n * n))
///     .consumer("end", end)
///     .start()?;
/// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// # runtime.block_on(async {
/// assert_eq!(squares.collect::<Vec<_>>().await, [1, 4, 9, 16]);
/// # });
/// assert_eq!(running.join().actors["end"].handled, 4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn to_stream<T: Message>() -> (Messages<T>, ToStream<T>) {
    let handover = Arc::new(Handover {
        message: Mutex::new(None),
        closed: AtomicBool::new(false),
        ended: AtomicBool::new(false),
        reader: AtomicWaker::new(),
        writer: AtomicWaker::new(),
    });
    (Messages(handover.clone()), ToStream(handover))
}

/// The stream of [`to_stream`]; ends when the consumer has ended, for whatever reason: the report knows which.
pub struct Messages<T>(Arc<Handover<T>>);

/// The consumer of [`to_stream`].
pub struct ToStream<T>(Arc<Handover<T>>);

/// One message changes hands here. The lock orders all that happens to the message; the flags are stored before the
/// other side is woken, and looked at after it has registered to be woken.
struct Handover<T> {
    message: Mutex<Option<T>>,
    /// The stream is gone.
    closed: AtomicBool,
    /// The consumer is gone.
    ended: AtomicBool,
    reader: AtomicWaker,
    writer: AtomicWaker,
}

impl<T: Message> Consumer for ToStream<T> {
    type In = T;

    async fn handle(&mut self, message: T) -> Result {
        let handover = &*self.0;
        *lock(&handover.message) = Some(message);
        handover.reader.wake();
        let taken = poll_fn(|cx| {
            handover.writer.register(cx.waker());
            let mut message = lock(&handover.message);
            match (message.is_none(), handover.closed.load(Ordering::Acquire)) {
                (true, _) => Poll::Ready(true),
                (false, true) => {
                    *message = None;
                    Poll::Ready(false)
                }
                (false, false) => Poll::Pending,
            }
        });
        if taken.await { Ok(()) } else { Err("the stream was dropped".into()) }
    }

    fn is_finished(&self) -> bool {
        self.0.closed.load(Ordering::Acquire)
    }
}

impl<T> Stream for Messages<T> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let handover = &self.0;
        handover.reader.register(cx.waker());
        // The order matters: what was put before the end is seen by a look after the end.
        let ended = handover.ended.load(Ordering::Acquire);
        match lock(&handover.message).take() {
            Some(message) => {
                handover.writer.wake();
                Poll::Ready(Some(message))
            }
            None if ended => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

impl<T> Drop for Messages<T> {
    fn drop(&mut self) {
        self.0.closed.store(true, Ordering::Release);
        self.0.writer.wake();
    }
}

impl<T> Drop for ToStream<T> {
    fn drop(&mut self) {
        // A forced stop drops the handler with its message, which is counted as left: the stream must not see it.
        *lock(&self.0.message) = None;
        self.0.ended.store(true, Ordering::Release);
        self.0.reader.wake();
    }
}

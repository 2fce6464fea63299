//! Where a handler that uses `send` hands messages to the cell that runs it.
//!
//! Handler and cell are parts of one task: the handler leaves messages here and suspends, the cell finds room
//! for them and polls the handler again. No lock; a waker only for handlers that poll their parts by wakers of their own.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

/// Messages sent and not yet placed, and how many more may come without waiting.
pub(crate) struct Desk<T> {
    queue: VecDeque<T>,
    /// Places the cell has reserved for this port and not used.
    room: usize,
    /// Whoever waits until everything is placed.
    sender: Option<Waker>,
}

impl<T> Desk<T> {
    pub(crate) fn new() -> Self {
        Self { queue: VecDeque::new(), room: 0, sender: None }
    }

    /// A desk that accepts everything.
    pub(super) fn open() -> Self {
        Self { queue: VecDeque::new(), room: usize::MAX, sender: None }
    }

    /// Takes a message; true if its sender need not wait.
    pub(super) fn place(&mut self, message: T) -> bool {
        self.queue(message);
        self.room >= self.queue.len()
    }

    pub(super) fn queue(&mut self, message: T) {
        self.queue.push_back(message);
    }

    pub(super) fn take(&mut self) -> Vec<T> {
        self.queue.drain(..).collect()
    }

    pub(super) fn set_room(&mut self, room: usize) {
        self.room = room;
    }

    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    pub(super) fn next(&mut self) -> Option<T> {
        let message = self.queue.pop_front();
        if self.queue.is_empty()
            && let Some(sender) = self.sender.take()
        {
            sender.wake();
        }
        message
    }

    /// Waits until the cell has placed everything.
    pub(super) async fn placed(desk: &Rc<RefCell<Self>>) {
        poll_fn(|cx| {
            let mut desk = desk.borrow_mut();
            if desk.queue.is_empty() {
                return Poll::Ready(());
            }
            desk.sender = Some(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

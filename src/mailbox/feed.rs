//! Where a reader's messages come from: a mailbox of its own type, or, for an actor with inputs of several types, one whose
//! messages are wrapped as they are taken.

use super::chunk::Chunk;
use super::face::MailboxFace;
use super::mailbox::Mailbox;
use super::parting::Parting;
use crate::delivery::Trail;
use crate::message::Message;
use crate::sync::Arc;
use std::any::Any;
use std::collections::VecDeque;
use std::task::{Context, Poll};

/// A mailbox as its reader sees it.
pub(crate) enum Feed<T: Message> {
    Plain(Arc<Mailbox<T>>),
    Wrapped(Arc<dyn Wrapped<T>>),
}

/// A mailbox of messages that become `T`s.
pub(crate) trait Wrapped<T: Message>: Send + Sync {
    fn take(&self, reader: usize, into: &mut Chunk<T>) -> usize;
    fn poll_take(&self, reader: usize, into: &mut Chunk<T>, cx: &mut Context<'_>) -> Poll<usize>;
    fn leave(&self, reader: usize, unstarted: VecDeque<T>, trail: Trail, parting: Parting, barred: bool);
    fn weighs(&self) -> bool;
    fn weight(&self, message: &T) -> usize;
    fn stop_waiting(&self, reader: usize);
    fn cancel_one(&self);
    fn input_failed(&self) -> bool;
    fn face(&self) -> &dyn MailboxFace;
}

/// A mailbox of `A`s, and how they become `T`s and are found in them again.
pub(crate) struct Wrapping<A: Message, T> {
    pub(crate) mailbox: Arc<Mailbox<A>>,
    pub(crate) wrap: fn(A) -> T,
    pub(crate) unwrap: fn(T) -> Option<A>,
    pub(crate) look: fn(&T) -> Option<&A>,
}

/// A [`Feed`] on its way to where its type is known again.
pub(crate) struct AnyFeed<T: Message>(pub(crate) Arc<dyn Wrapped<T>>);

impl<T: Message> Feed<T> {
    /// What `any` is: an `Arc<Mailbox<T>>`, or an `Arc<AnyFeed<T>>`. `None` if it is neither.
    pub(crate) fn of(any: Arc<dyn Any + Send + Sync>) -> Option<Self> {
        match any.downcast::<Mailbox<T>>() {
            Ok(mailbox) => Some(Self::Plain(mailbox)),
            Err(any) => Some(Self::Wrapped(any.downcast_ref::<AnyFeed<T>>()?.0.clone())),
        }
    }

    pub(super) fn is_wrapped(&self) -> bool {
        matches!(self, Self::Wrapped(_))
    }

    /// The mailbox, whose messages are of the reader's own type.
    pub(super) fn plain(&self) -> &Mailbox<T> {
        match self {
            Self::Plain(mailbox) => mailbox,
            Self::Wrapped(_) => unreachable!("an actor with inputs of several types has one instance"),
        }
    }

    #[inline]
    pub(super) fn take(&self, reader: usize, into: &mut Chunk<T>) -> usize {
        match self {
            Self::Plain(mailbox) => mailbox.take(reader, into),
            Self::Wrapped(wrapped) => wrapped.take(reader, into),
        }
    }

    pub(super) fn poll_take(&self, reader: usize, into: &mut Chunk<T>, cx: &mut Context<'_>) -> Poll<usize> {
        match self {
            Self::Plain(mailbox) => mailbox.poll_take(reader, into, cx),
            Self::Wrapped(wrapped) => wrapped.poll_take(reader, into, cx),
        }
    }

    pub(super) fn leave(
        &self,
        reader: usize,
        unstarted: VecDeque<T>,
        trail: Trail,
        parting: Parting,
        barred: bool,
    ) {
        match self {
            Self::Plain(mailbox) => mailbox.leave(reader, unstarted, trail, parting, barred),
            Self::Wrapped(wrapped) => wrapped.leave(reader, unstarted, trail, parting, barred),
        }
    }

    /// Whether messages are weighed.
    pub(super) fn weighs(&self) -> bool {
        match self {
            Self::Plain(mailbox) => mailbox.weigh.is_some(),
            Self::Wrapped(wrapped) => wrapped.weighs(),
        }
    }

    pub(super) fn weight(&self, message: &T) -> usize {
        match self {
            Self::Plain(mailbox) => mailbox.weigh.map_or(0, |weigh| weigh(message)),
            Self::Wrapped(wrapped) => wrapped.weight(message),
        }
    }

    /// Whether messages are taken one by one, and the gate may hear of several at once.
    pub(super) fn is_shared(&self) -> bool {
        match self {
            Self::Plain(mailbox) => mailbox.is_shared() && mailbox.backpressures(),
            Self::Wrapped(_) => false,
        }
    }

    pub(super) fn stop_waiting(&self, reader: usize) {
        match self {
            Self::Plain(mailbox) => mailbox.stop_waiting(reader),
            Self::Wrapped(wrapped) => wrapped.stop_waiting(reader),
        }
    }

    pub(super) fn cancel_one(&self) {
        match self {
            Self::Plain(mailbox) => mailbox.cancel_one(),
            Self::Wrapped(wrapped) => wrapped.cancel_one(),
        }
    }

    pub(super) fn input_failed(&self) -> bool {
        match self {
            Self::Plain(mailbox) => mailbox.input_failed(),
            Self::Wrapped(wrapped) => wrapped.input_failed(),
        }
    }

    #[inline]
    pub(super) fn face(&self) -> &dyn MailboxFace {
        match self {
            Self::Plain(mailbox) => &**mailbox,
            Self::Wrapped(wrapped) => wrapped.face(),
        }
    }
}

impl<T: Message> From<Arc<Mailbox<T>>> for Feed<T> {
    fn from(mailbox: Arc<Mailbox<T>>) -> Self {
        Self::Plain(mailbox)
    }
}

impl<A: Message, T: Message> Wrapping<A, T> {
    fn fill(&self, into: &mut Chunk<T>, mut taken: Chunk<A>) -> usize {
        let mark = taken.take_mark().map(Box::new);
        into.refill(taken.take_rest().into_iter().map(self.wrap).collect(), mark);
        into.len()
    }
}

impl<A: Message, T: Message> Wrapped<T> for Wrapping<A, T> {
    fn take(&self, reader: usize, into: &mut Chunk<T>) -> usize {
        let mut taken = Chunk::new();
        match self.mailbox.take(reader, &mut taken) {
            0 => 0,
            _ => self.fill(into, taken),
        }
    }

    fn poll_take(&self, reader: usize, into: &mut Chunk<T>, cx: &mut Context<'_>) -> Poll<usize> {
        let mut taken = Chunk::new();
        self.mailbox.poll_take(reader, &mut taken, cx).map(|count| match count {
            0 => 0,
            _ => self.fill(into, taken),
        })
    }

    fn leave(&self, reader: usize, unstarted: VecDeque<T>, trail: Trail, parting: Parting, barred: bool) {
        let unstarted = unstarted.into_iter().filter_map(self.unwrap).collect();
        self.mailbox.leave(reader, unstarted, trail, parting, barred);
    }

    fn weighs(&self) -> bool {
        self.mailbox.weigh.is_some()
    }

    fn weight(&self, message: &T) -> usize {
        match ((self.look)(message), self.mailbox.weigh) {
            (Some(message), Some(weigh)) => weigh(message),
            _ => 0,
        }
    }

    fn stop_waiting(&self, reader: usize) {
        self.mailbox.stop_waiting(reader);
    }

    fn cancel_one(&self) {
        self.mailbox.cancel_one();
    }

    fn input_failed(&self) -> bool {
        self.mailbox.input_failed()
    }

    fn face(&self) -> &dyn MailboxFace {
        &*self.mailbox
    }
}

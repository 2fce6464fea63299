//! The place of an instance's messages among those of the others, where order is restored behind them.

use super::{Intake, follow};
use crate::mailbox::Sequence;
use crate::message::Message;
use crate::sync::Arc;
use std::task::{Context, Poll};

pub(super) struct Order {
    pub(super) sequence: Arc<Sequence>,
    /// The number of the message in hand.
    pub(super) number: Option<u64>,
}

impl<T: Message> Intake<T> {
    /// The same for an instance of which `sequence` restores the order. It looks whether there is a message, and takes it
    /// when it can [start](Self::start_in_order) it: one that it took and could not start would hold up all others.
    pub(crate) fn in_order(mut self, sequence: Option<Arc<Sequence>>) -> Self {
        self.order = sequence.map(|sequence| Box::new(Order { sequence, number: None }));
        self
    }

    /// Whether messages are to be [started in order](Self::start_in_order).
    pub(crate) fn is_in_order(&self) -> bool {
        self.order.is_some()
    }

    /// The next message, where order is restored; none if another instance was faster.
    pub(crate) fn start_in_order(&mut self) -> Option<T> {
        let order = self.order.as_mut()?;
        let source = &mut self.sources[self.at];
        let number = source.feed.plain().take_numbered(self.reader, &mut self.chunk, &order.sequence)?;
        follow(&mut source.trail, 1, &mut self.chunk);
        order.number = Some(number);
        self.counted += 1;
        if let Some(turns) = &mut self.turns {
            turns.allow(1, 0);
        }
        self.chunk.pop()
    }

    /// Whether what the call with the message in hand emits may be handed on: where order is restored, when all that came
    /// before it has been.
    pub(crate) fn is_its_turn(&self) -> bool {
        self.order
            .as_ref()
            .is_none_or(|order| order.number.is_none_or(|number| order.sequence.is_turn(number)))
    }

    /// Waits until it is.
    pub(crate) fn poll_its_turn(&self, cx: &Context<'_>) -> Poll<()> {
        let order = self.order.as_ref();
        match order.and_then(|order| Some((&order.sequence, order.number?))) {
            Some((sequence, number)) => sequence.poll_turn(number, cx),
            None => Poll::Ready(()),
        }
    }

    /// Nothing more comes of the message in hand: the next may follow.
    pub(crate) fn pass(&mut self) {
        if let Some(order) = &mut self.order
            && let Some(number) = order.number.take()
        {
            order.sequence.pass(number);
        }
    }
}

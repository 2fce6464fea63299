//! The moment an actor asked to be woken at.

use crate::time::{Instant, Sleep, sleep_until};
use std::pin::Pin;
use std::task::Context;

/// When an actor is to be woken; costs one look where it never asks.
#[derive(Default)]
pub(super) struct Deadline {
    /// What the actor asked for last.
    asked: Option<Instant>,
    /// The same, until it has come.
    at: Option<Instant>,
    /// Made when it is first waited for.
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Deadline {
    /// The actor asks for `at`. A moment that has come is not waited for again.
    #[inline]
    pub(super) fn ask(&mut self, at: Option<Instant>) {
        if at != self.asked {
            (self.asked, self.at) = (at, at);
        }
    }

    /// Whether the moment has come; true once.
    #[inline]
    pub(super) fn has_come(&mut self) -> bool {
        self.at.take_if(|at| *at <= Instant::now()).is_some()
    }

    /// The same for a cell that is about to wait: it is woken when the moment comes.
    pub(super) fn poll_come(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(at) = self.at else { return false };
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(at)));
        if sleep.deadline() != at {
            sleep.as_mut().reset(at);
        }
        let come = sleep.as_mut().poll(cx).is_ready();
        if come {
            self.at = None;
        }
        come
    }
}

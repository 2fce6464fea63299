//! How a cell ends.

use super::contain::Panic;
use super::core::{Break, Exit};
use crate::actor::Stop;
use std::fmt;

/// What became of a cell.
#[derive(Debug)]
pub(crate) enum CellEnd {
    /// It ended in good order.
    Completed,
    /// So it did, but messages were lost on the way.
    Lossy,
    /// It was made to end.
    Stopped,
    /// Its actor failed.
    Failed(Failure),
}

impl CellEnd {
    /// The end of a cell whose actor panicked before or after everything else.
    pub(super) fn panicked(panic: Panic) -> Self {
        Self::Failed(Failure::panic(panic.0, Doing::Hook("start or end")))
    }
}

/// An error or panic of an actor, with all that is known about it.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: String,
    /// Where: a hook, or the handling of a message.
    pub(crate) doing: Doing,
    pub(crate) panicked: bool,
    /// What ends with the actor.
    pub(crate) stops: Stop,
}

impl Failure {
    pub(super) fn error(error: impl ToString, doing: Doing) -> Self {
        Self { error: error.to_string(), doing, panicked: false, stops: Stop::Topology }
    }

    pub(super) fn panic(text: String, doing: Doing) -> Self {
        Self { error: text, doing, panicked: true, stops: Stop::Topology }
    }
}

/// What an actor was doing when it failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Doing {
    /// Running one of its methods.
    Hook(&'static str),
    /// Handling the message at this position of its input, with what the message looked like if that is known.
    Message { position: u64, rendered: Option<String> },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = if self.panicked { "panicked" } else { "failed" };
        match &self.doing {
            Doing::Hook(hook) => write!(f, "{verb} in `{hook}`: {}", self.error),
            Doing::Message { position, rendered: Some(message) } => {
                write!(f, "{verb} at message {position} of its input, {message}: {}", self.error)
            }
            Doing::Message { position, rendered: None } => {
                write!(f, "{verb} at message {position} of its input: {}", self.error)
            }
        }
    }
}

/// How a loop ended, in the light of how a `hook` went that was called after it: the first failure counts.
pub(super) fn after_hook(
    hook: &'static str,
    exit: Result<Exit, Break>,
    called: Result<Result<(), Break>, Panic>,
) -> Result<Exit, Break> {
    let exit = exit?;
    match called {
        Ok(Ok(())) => Ok(exit),
        Ok(Err(broken)) => Err(broken),
        Err(panic) => Err(Break::Failed(Failure::panic(panic.0, Doing::Hook(hook)))),
    }
}

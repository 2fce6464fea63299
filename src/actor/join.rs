//! Joins: stages with two inputs, each with messages of a type of its own.

use super::{Checks, OnError, Reaction, Stage};
use crate::dead_letter::DeadLetter;
use crate::error::Result;
use crate::message::Message;
use crate::outlet::Outputs;
use crate::signal::Signal;
use crate::time::{Duration, Instant};
use std::fmt;

/// One of the two inputs of a [`Join`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The first.
    Left,
    /// The second.
    Right,
}

/// A stage with two inputs, each with messages of a type, and a mailbox, of its own; it chooses which one it takes the
/// next message from. The other fills meanwhile, and its upstream actors wait.
///
/// ```
/// use tidegate::prelude::*;
/// use tidegate::{Join, Side};
///
/// /// Takes from both in turn.
/// #[derive(Default)]
/// struct Alternate { right: bool }
///
/// impl Join for Alternate {
///     type Left = u64;
///     type Right = String;
///     type Out = Outlet<String>;
///
///     fn wants(&self) -> Side {
///         if self.right { Side::Right } else { Side::Left }
///     }
///
///     async fn left(&mut self, n: u64, out: &mut Outlet<String>) -> Result {
///         self.right = true;
///         out.emit(n.to_string());
///         Ok(())
///     }
///
///     async fn right(&mut self, text: String, out: &mut Outlet<String>) -> Result {
///         self.right = false;
///         out.emit(text);
///         Ok(())
///     }
/// }
///
/// let report = Topology::new("alternate")
///     .producer("numbers", iter(1..=3u64))
///     .producer("texts", iter(["a", "b", "c"].map(String::from)))
///     .join("both", Alternate::default(), "numbers", "texts")
///     .consumer("print", for_each(|text: String| println!("{text}")))
///     .start()?
///     .join();
/// assert_eq!(report.actors["print"].handled, 6);
/// # Ok::<(), tidegate::StartError>(())
/// ```
pub trait Join: Send + 'static {
    /// What comes from the first input.
    type Left: Message;
    /// What comes from the second input.
    type Right: Message;
    /// What it emits through: an [`Outlet`](crate::Outlet), or a struct of several from [`ports!`](crate::ports).
    type Out: Outputs;

    /// The input to take the next message from. Where that has ended, messages come from the other, until that has, too.
    fn wants(&self) -> Side;

    /// Whether it takes all of the first input before anything of the second: then it is not asked what it
    /// [wants](Self::wants), and the check knows that the second input has to wait.
    fn one_after_the_other(&self) -> bool {
        false
    }

    /// Handles one message of the first input. Called only when every link it could choose has room for
    /// [`max_emit`](Self::max_emit) messages.
    fn left(&mut self, message: Self::Left, out: &mut Self::Out) -> impl Future<Output = Result>;

    /// Handles one message of the second input, likewise.
    fn right(&mut self, message: Self::Right, out: &mut Self::Out) -> impl Future<Output = Result>;

    /// Called once when an input has ended and its last message has been handled, unless the actor is finished before.
    fn on_side_end(&mut self, side: Side) {
        let _ = side;
    }

    /// How many messages it [holds](Self::held) that come to nothing because there is no more input: they count as dropped,
    /// like those that wait when an actor finishes early. Asked before `on_end`.
    fn unmatched(&self) -> usize {
        0
    }

    /// What an error from [`left`](Self::left) or [`right`](Self::right) does, where the topology does not say. A panic always
    /// stops.
    fn on_error(&self) -> OnError {
        OnError::Stop
    }

    /// Called before `on_end` if the input is not complete: an actor upstream failed or was stopped.
    fn on_input_failed(&mut self) {}

    hooks!(out: Self::Out);
}

/// A message of one of two inputs.
#[derive(Clone)]
pub(crate) enum Either<L, R> {
    Left(L),
    Right(R),
}

impl<L, R> Either<L, R> {
    pub(crate) fn left(self) -> Option<L> {
        if let Self::Left(message) = self { Some(message) } else { None }
    }

    pub(crate) fn right(self) -> Option<R> {
        if let Self::Right(message) = self { Some(message) } else { None }
    }

    pub(crate) fn as_left(&self) -> Option<&L> {
        if let Self::Left(message) = self { Some(message) } else { None }
    }

    pub(crate) fn as_right(&self) -> Option<&R> {
        if let Self::Right(message) = self { Some(message) } else { None }
    }
}

impl<L: fmt::Debug, R: fmt::Debug> fmt::Debug for Either<L, R> {
    /// As the message itself.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Left(message) => message.fmt(f),
            Self::Right(message) => message.fmt(f),
        }
    }
}

/// A join seen as a stage, so that the runtime has one kind of receiver.
pub(crate) struct JoinStage<J>(pub(crate) J);

impl<J: Join> Stage for JoinStage<J> {
    type In = Either<J::Left, J::Right>;
    type Out = J::Out;

    const JOINS: bool = true;

    async fn handle(&mut self, message: Self::In, out: &mut J::Out) -> Result {
        match message {
            Either::Left(message) => self.0.left(message, out).await,
            Either::Right(message) => self.0.right(message, out).await,
        }
    }

    fn wants_input(&self) -> (usize, usize) {
        match self.0.one_after_the_other() {
            // From the second, once the first has ended.
            true => (0, usize::MAX),
            false => (usize::from(self.0.wants() == Side::Right), 1),
        }
    }

    fn on_one_end(&mut self, input: usize) {
        self.0.on_side_end(if input == 0 { Side::Left } else { Side::Right });
    }

    fn unmatched(&self) -> usize {
        self.0.unmatched()
    }

    fn dead_letter(actor: &str, error: &str, attempts: u32, message: Self::In) -> DeadLetter {
        match message {
            Either::Left(message) => DeadLetter::new(actor, error, attempts, message),
            Either::Right(message) => DeadLetter::new(actor, error, attempts, message),
        }
    }

    fn on_error(&self) -> OnError {
        self.0.on_error()
    }

    fn on_input_failed(&mut self) {
        self.0.on_input_failed();
    }

    forward_hooks!(J::Out);
}

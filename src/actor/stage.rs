//! Stages: actors that handle messages and emit others.

use super::{BreakerState, Checks, Now, OnError, Reaction};
use crate::Limit;
use crate::dead_letter::DeadLetter;
use crate::error::Result;
use crate::message::Message;
use crate::outlet::Outputs;
use crate::signal::Signal;
use crate::time::{Duration, Instant};

/// An actor that handles messages and emits others.
///
/// ```
/// use tidegate::prelude::*;
///
/// /// Multiplies each number.
/// struct Multiply { by: u64 }
///
/// impl Stage for Multiply {
///     type In = u64;
///     type Out = Outlet<u64>;
///
///     async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
///         out.emit(n * self.by);
///         Ok(())
///     }
/// }
/// ```
pub trait Stage: Send + 'static {
    /// What it receives.
    type In: Message;
    /// What it emits through: an [`Outlet`](crate::Outlet), or a struct of several from [`ports!`](crate::ports).
    type Out: Outputs;

    /// Handles one message. Called only when every link it could choose has room for
    /// [`max_emit`](Self::max_emit) messages, so `emit` need not wait.
    fn handle(&mut self, message: Self::In, out: &mut Self::Out) -> impl Future<Output = Result>;

    /// Does what [`handle`](Self::handle) would do, at once, if the actor can; it is asked first. The default never can.
    ///
    /// For actors that rarely or never wait: a plain function needs about half the instructions of a future that is
    /// ready at once.
    ///
    /// ```
    /// use tidegate::prelude::*;
    ///
    /// /// Doubles each number.
    /// struct Double;
    ///
    /// impl Stage for Double {
    ///     type In = u64;
    ///     type Out = Outlet<u64>;
    ///
    ///     async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
    ///         out.emit(n * 2);
    ///         Ok(())
    ///     }
    ///
    ///     fn handle_now(&mut self, n: u64, out: &mut Outlet<u64>) -> Now<u64> {
    ///         out.emit(n * 2);
    ///         Now::Done(Ok(()))
    ///     }
    /// }
    /// ```
    #[inline]
    fn handle_now(&mut self, message: Self::In, out: &mut Self::Out) -> Now<Self::In> {
        let _ = out;
        Now::Later(message)
    }

    /// Whether messages are taken in whatever the downstream mailboxes say: [`handle`](Self::handle) is called without
    /// regard to holds and room, and what the actor has to emit is asked for by [`on_room`](Self::on_room) when there is
    /// room. So a stage can go on while downstream is pressured: merge, drop, or wait for a moment. What it holds
    /// meanwhile is up to it, and declared as [`max_held`](Self::max_held).
    ///
    /// Asked once, at the start. What `handle` of such a stage emits itself waits for room, and nothing else is taken
    /// meanwhile.
    ///
    /// ```
    /// use tidegate::prelude::*;
    ///
    /// /// Passes on the latest number there is when there is room.
    /// #[derive(Default)]
    /// struct Latest { number: Option<u64>, replaced: u64 }
    ///
    /// impl Stage for Latest {
    ///     type In = u64;
    ///     type Out = Outlet<u64>;
    ///
    ///     async fn handle(&mut self, n: u64, _: &mut Outlet<u64>) -> Result {
    ///         self.replaced += u64::from(self.number.replace(n).is_some());
    ///         Ok(())
    ///     }
    ///
    ///     fn is_detached(&self) -> bool {
    ///         true
    ///     }
    ///
    ///     fn has_output(&self) -> bool {
    ///         self.number.is_some()
    ///     }
    ///
    ///     fn on_room(&mut self, out: &mut Outlet<u64>) -> Result {
    ///         self.number.take().into_iter().for_each(|n| out.emit(n));
    ///         Ok(())
    ///     }
    ///
    ///     async fn on_end(&mut self, out: &mut Outlet<u64>) -> Result {
    ///         self.on_room(out)
    ///     }
    ///
    ///     fn max_held(&self) -> usize {
    ///         1
    ///     }
    ///
    ///     fn held(&self) -> usize {
    ///         self.number.iter().len()
    ///     }
    ///
    ///     fn discarded(&self) -> u64 {
    ///         self.replaced
    ///     }
    /// }
    /// ```
    fn is_detached(&self) -> bool {
        false
    }

    /// Whether a [detached](Self::is_detached) stage has something to emit.
    fn has_output(&self) -> bool {
        false
    }

    /// Whether a [detached](Self::is_detached) stage takes messages now.
    fn takes_input(&self) -> bool {
        true
    }

    /// Called when a [detached](Self::is_detached) stage has output, its links are not held, and there is room for
    /// [`max_emit`](Self::max_emit) messages: emits them. An error fails the actor, as there is no message to blame.
    fn on_room(&mut self, out: &mut Self::Out) -> Result {
        let _ = out;
        Ok(())
    }

    /// Whether the actor can share a limit of the topology: the key `rate_limit`.
    fn takes_limit(&self) -> bool {
        false
    }

    /// Called before [`on_start`](Self::on_start) with the limit that `rate_limit` names.
    fn use_limit(&mut self, limit: Limit) {
        let _ = limit;
    }

    /// What an error from [`handle`](Self::handle) does, where the topology does not say.
    fn on_error(&self) -> OnError {
        OnError::Stop
    }

    /// Called before `on_end` if the input is not complete: an actor upstream failed or was stopped. The moment to
    /// remember not to pass off a part for the whole.
    fn on_input_failed(&mut self) {}

    /// Called when the breaker in front of the actor opens, tries a message or closes. Of what happens while the actor is
    /// busy, it hears the latest only.
    fn on_breaker(&mut self, state: BreakerState) {
        let _ = state;
    }

    /// Whether it chooses among its inputs: so a [`Join`](crate::Join) does, as which it is to be written.
    #[doc(hidden)]
    const JOINS: bool = false;

    /// The number of the input it wants the next message from, and how many before it is asked again.
    #[doc(hidden)]
    fn wants_input(&self) -> (usize, usize) {
        (0, usize::MAX)
    }

    /// The input of this number has ended.
    #[doc(hidden)]
    fn on_one_end(&mut self, input: usize) {
        let _ = input;
    }

    /// Messages it holds that will come to nothing, at the end of input.
    #[doc(hidden)]
    fn unmatched(&self) -> usize {
        0
    }

    /// A dead letter of `message`.
    #[doc(hidden)]
    fn dead_letter(actor: &str, error: &str, attempts: u32, message: Self::In) -> DeadLetter {
        DeadLetter::new(actor, error, attempts, message)
    }

    hooks!(out: Self::Out);
}

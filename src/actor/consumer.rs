//! Consumers: actors that only handle.

use super::{BreakerState, Checks, Now, OnError, Reaction};
use crate::error::Result;
use crate::message::Message;
use crate::signal::Signal;
use crate::time::{Duration, Instant};

/// An actor that handles messages and emits none.
///
/// ```
/// use tidegate::prelude::*;
///
/// /// Adds up what it gets.
/// #[derive(Default)]
/// struct Sum(u64);
///
/// impl Consumer for Sum {
///     type In = u64;
///
///     async fn handle(&mut self, n: u64) -> Result {
///         self.0 += n;
///         Ok(())
///     }
/// }
/// ```
pub trait Consumer: Send + 'static {
    /// What it receives.
    type In: Message;

    /// Handles one message.
    fn handle(&mut self, message: Self::In) -> impl Future<Output = Result>;

    /// Does what [`handle`](Self::handle) would do, at once, if the actor can; it is asked first. The default never can.
    ///
    /// For actors that rarely or never wait: a plain function needs about half the instructions of a future that is
    /// ready at once.
    #[inline]
    fn handle_now(&mut self, message: Self::In) -> Now<Self::In> {
        Now::Later(message)
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

    hooks!();
}

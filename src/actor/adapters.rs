//! A consumer seen as a stage without ports, so that the runtime has one kind of receiver.

use super::{BreakerState, Checks, Consumer, Now, OnError, Reaction, Stage};
use crate::error::Result;
use crate::outlet::NoPorts;
use crate::signal::Signal;
use crate::time::{Duration, Instant};

/// Wraps a consumer.
pub(crate) struct ConsumerStage<C>(pub(crate) C);

impl<C: Consumer> Stage for ConsumerStage<C> {
    type In = C::In;
    type Out = NoPorts;

    #[inline]
    fn handle(&mut self, message: C::In, _: &mut NoPorts) -> impl Future<Output = Result> {
        self.0.handle(message)
    }

    #[inline]
    fn handle_now(&mut self, message: C::In, _: &mut NoPorts) -> Now<C::In> {
        self.0.handle_now(message)
    }

    fn on_error(&self) -> OnError {
        self.0.on_error()
    }

    fn on_input_failed(&mut self) {
        self.0.on_input_failed();
    }

    fn on_breaker(&mut self, state: BreakerState) {
        self.0.on_breaker(state);
    }

    forward_hooks!(drop NoPorts);
}

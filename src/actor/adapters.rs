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

    fn on_start(&mut self, _: &mut NoPorts) -> impl Future<Output = Result> {
        self.0.on_start()
    }

    fn on_input_failed(&mut self) {
        self.0.on_input_failed();
    }

    fn on_breaker(&mut self, state: BreakerState) {
        self.0.on_breaker(state);
    }

    fn tick_every(&self) -> Option<Duration> {
        self.0.tick_every()
    }

    fn on_tick(&mut self, _: &mut NoPorts) -> impl Future<Output = Result> {
        self.0.on_tick()
    }

    fn wake_at(&self) -> Option<Instant> {
        self.0.wake_at()
    }

    fn on_wake(&mut self, _: &mut NoPorts) -> impl Future<Output = Result> {
        self.0.on_wake()
    }

    fn on_end(&mut self, _: &mut NoPorts) -> impl Future<Output = Result> {
        self.0.on_end()
    }

    fn on_stop(&mut self) -> impl Future<Output = Result> {
        self.0.on_stop()
    }

    fn on_backpressure(&mut self, signal: &Signal) {
        self.0.on_backpressure(signal);
    }

    fn on_resume(&mut self, signal: &Signal) {
        self.0.on_resume(signal);
    }

    fn reaction(&self) -> Reaction {
        self.0.reaction()
    }

    fn max_held(&self) -> usize {
        self.0.max_held()
    }

    fn unsettled(&self) -> usize {
        self.0.unsettled()
    }

    fn held(&self) -> usize {
        self.0.held()
    }

    fn discarded(&self) -> u64 {
        self.0.discarded()
    }

    #[inline]
    fn is_finished(&self) -> bool {
        self.0.is_finished()
    }

    fn live(&self) -> &'static [&'static str] {
        self.0.live()
    }

    fn set(&mut self, key: &str, value: &serde_json::Value) -> Result {
        self.0.set(key, value)
    }

    fn check(&self, checks: &mut Checks) {
        self.0.check(checks);
    }
}

//! What is done about a failure: the message in hand gets its due, and the actor goes on, is made anew, or ends.
//!
//! All of this is off the common path.

use super::call::GivesWay;
use super::contain::{self, Panic};
use super::core::{Break, Core, Exit};
use super::end::{Doing, Failure};
use super::life::Recovery;
use super::supervisor::Remedy;
use crate::actor::Restart;
use crate::error::Result;
use crate::ledger::{ActorState, Hold};
use crate::message::Message;
use crate::outlet::{Outputs, PortSet, room};
use crate::time::{self, Duration};
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

/// So many failed messages are logged one by one; the ledger counts all of them.
const LOGGED: u64 = 10;

impl<T: Message, P: PortSet> Core<T, P> {
    /// A panic of the actor, with what it was doing.
    #[cold]
    pub(super) fn panicked(&mut self, Panic(text): Panic) -> Break {
        let doing = if self.is_handling() { self.doing() } else { Doing::Hook(self.hook) };
        Break::Failed(Failure::panic(text, doing))
    }

    /// Whether a message has been started, is not accounted for and does not wait to be handled again.
    fn is_handling(&self) -> bool {
        self.in_hand() && !self.supervisor.retries()
    }

    /// The message in hand.
    fn doing(&self) -> Doing {
        // Rendering is user code, too.
        let rendered = self.copy().and_then(|message| contain::sync(|| format!("{message:?}")).ok());
        Doing::Message { position: self.intake.position(), rendered }
    }

    /// The message in hand is handled, after a closer look.
    pub(super) fn succeeded(&mut self) {
        self.counts.handled += 1;
        self.supervisor.settled();
    }

    /// The message in hand failed, and there is room for a dead letter: what is to be done about it is done.
    #[cold]
    pub(super) fn message_failed(&mut self, error: &str, panicked: bool) -> Result<(), Break> {
        self.call_failed();
        let remedy = self.supervisor.message_failed(panicked);
        self.apply(remedy, error, panicked)
    }

    fn apply(&mut self, remedy: Remedy, error: &str, panicked: bool) -> Result<(), Break> {
        match remedy {
            Remedy::Retry(wait) => {
                tracing::debug!(actor = %self.name, attempts = self.supervisor.attempts(), ?wait,
                    "a message failed and will be handled again: {error}");
                self.end_run();
                self.supervisor.retry_after(wait);
                self.careful = true;
                Ok(())
            }
            Remedy::Skip => {
                self.count_failed(error);
                Ok(())
            }
            Remedy::DeadLetter => self.bury(error),
            Remedy::Restart(restart) => {
                let failure = self.failure(error, panicked);
                self.bury(error)?;
                Err(Break::Restart(failure, Box::new(restart)))
            }
            // `close` counts it.
            Remedy::Stop(stops) => Err(Break::Failed(Failure { stops, ..self.failure(error, panicked) })),
        }
    }

    fn failure(&self, error: &str, panicked: bool) -> Failure {
        let doing = self.doing();
        if panicked { Failure::panic(error.into(), doing) } else { Failure::error(error, doing) }
    }

    fn count_failed(&mut self, error: &str) {
        self.counts.failed += 1;
        self.counts.in_handler = 0;
        self.supervisor.settled();
        if self.counts.failed <= LOGGED {
            tracing::warn!(actor = %self.name, "{error}");
            if self.counts.failed == LOGGED {
                tracing::warn!(actor = %self.name, "further failures are counted and not logged");
            }
        }
    }

    /// The message in hand is counted as failed, and becomes a dead letter if somebody reads those.
    fn bury(&mut self, error: &str) -> Result<(), Break> {
        let attempts = self.supervisor.attempts();
        self.count_failed(error);
        self.write_letter(error, attempts)
    }

    pub(super) fn write_letter(&mut self, error: &str, attempts: u32) -> Result<(), Break> {
        if room::is_linked(&mut self.ports.1)
            && let Some(message) = self.copy.take().or_else(|| self.intake.last().cloned())
        {
            let letter = (self.letter)(&self.name, error, attempts, message);
            self.counts.dead_lettered += 1;
            self.hook = "dead_letters";
            self.ports.1.offer(letter).map_err(|error| self.hook_failure(error))?;
        }
        Ok(())
    }

    /// Does what the policies say about a failure that ended the loop; an error if nothing helps.
    pub(super) async fn recover(
        &mut self,
        out: &mut impl Outputs<Ports = P>,
        broken: Break,
    ) -> Result<Recovery, Break> {
        self.has_panicked = matches!(&broken, Break::Failed(failure) if failure.panicked);
        let broken = match broken {
            Break::Failed(failure) if matches!(failure.doing, Doing::Hook(_)) => self.hook_failed(failure),
            Break::Failed(failure) if failure.panicked => {
                self.call_failed();
                let remedy = self.supervisor.message_failed(true);
                if !matches!(remedy, Remedy::Stop(_)) {
                    self.clean_up(out).await?;
                }
                match self.apply(remedy, &failure.error, true) {
                    Ok(()) => {
                        tracing::debug!(actor = %self.name, "{failure}");
                        return Ok(Recovery::GoOn);
                    }
                    Err(broken) => broken,
                }
            }
            broken => broken,
        };
        let Break::Restart(failure, restart) = broken else { return Err(broken) };
        let wait = self.restart_after(failure, &restart)?;
        self.clean_up(out).await?;
        Ok(Recovery::Restart(wait))
    }

    fn hook_failed(&mut self, failure: Failure) -> Break {
        match self.supervisor.hook_failed(failure.panicked) {
            Remedy::Restart(Restart { then: stops, .. }) if self.ending => {
                Break::Failed(Failure { stops, ..failure })
            }
            Remedy::Restart(restart) => Break::Restart(failure, Box::new(restart)),
            Remedy::Stop(stops) => Break::Failed(Failure { stops, ..failure }),
            Remedy::Retry(_) | Remedy::Skip | Remedy::DeadLetter => Break::Failed(failure),
        }
    }

    /// How long to wait before the actor is made anew after a failure to make it.
    pub(super) fn restart_or_stop(&mut self, failure: Failure) -> Result<Duration, Break> {
        match self.hook_failed(failure) {
            Break::Restart(failure, restart) => self.restart_after(failure, &restart),
            broken => Err(broken),
        }
    }

    fn restart_after(&mut self, mut failure: Failure, restart: &Restart) -> Result<Duration, Break> {
        let Some(wait) = self.supervisor.restart(restart) else {
            let within = restart.within;
            failure.error = match restart.restart {
                1 => format!("{} (restarted once within {within})", failure.error),
                many => format!("{} (restarted {many} times within {within})", failure.error),
            };
            failure.stops = restart.then;
            return Err(Break::Failed(failure));
        };
        tracing::warn!(actor = %self.name, ?wait, "{failure}; it will be restarted");
        Ok(wait)
    }

    /// After a call that broke off: what earlier ones emitted goes on, what it sent is placed, what it emitted is
    /// withdrawn; and there is room for a dead letter.
    async fn clean_up(&mut self, out: &mut impl Outputs<Ports = P>) -> Result<(), Break> {
        out.hand_on(&mut self.ports.0);
        self.end_run();
        out.withdraw(&mut self.ports.0);
        out.take_sent(&mut self.ports.0);
        self.link_error = None;
        self.catch_up().await?;
        self.interrupted = false;
        Ok(())
    }

    /// Waits before the actor is made anew. Control is heard meanwhile, but for signals: they wait for the new one.
    pub(super) async fn wait_for_restart(&mut self, wait: Duration) -> Result<(), Result<Exit, Break>> {
        let mut wait = pin!(time::sleep(wait));
        poll_fn(|cx| {
            if let Err(stopped) = self.listen(cx) {
                return Poll::Ready(Err(Err(stopped)));
            }
            if let Some(unwanted) = self.unwanted() {
                return Poll::Ready(Err(Ok(Exit::Unwanted(unwanted))));
            }
            if self.gives_way != GivesWay::Never && self.controls.is_draining() {
                return Poll::Ready(Err(Ok(Exit::Ended)));
            }
            self.rest(ActorState::Restarting);
            self.is_blocked(Hold::Restart);
            wait.as_mut().poll(cx).map(Ok)
        })
        .await?;
        self.is_busy();
        Ok(())
    }

    /// The message in hand, if it is to be handled again.
    pub(super) fn try_again(&mut self) -> Option<T> {
        let message = self.copy().filter(|_| self.supervisor.retries()).cloned();
        self.supervisor.retried();
        self.careful = self.supervisor.needs_care();
        if message.is_some() {
            self.run_length(1);
        }
        message
    }
}

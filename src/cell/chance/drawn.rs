//! What a simulation does to a cell, as a seed says.

use crate::cell::call::{Called, GivesWay, Lent};
use crate::cell::core::{Break, Core};
use crate::cell::guard::TimedOut;
use crate::dice::Dice;
use crate::error::BoxError;
use crate::message::Message;
use crate::outlet::PortSet;
use crate::sync::Arc;
use crate::time::{Duration, Sleep, sleep};
use std::future::poll_fn;
use std::panic::resume_unwind;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

/// The most turns that a cell leaves to others in a row.
const MOST_SKIPPED: u64 = 6;

/// The longest time for which a cell is not polled at all.
const LONGEST_PAUSE: Duration = Duration::from_millis(5);

/// How probable things are: at each call of an actor, and at each turn of a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Odds {
    pub(crate) errors: f64,
    pub(crate) panics: f64,
    pub(crate) delays: f64,
    pub(crate) longest_delay: Duration,
    /// That a cell leaves its turn to others.
    pub(crate) skips: f64,
    /// That it is not polled for a while.
    pub(crate) pauses: f64,
}

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Error,
    Panic,
    Delay(Duration),
}

/// Whoever lays down what happens, and looks at what comes of it. It must not panic.
pub(crate) trait Simulator: Send + Sync {
    /// A cell is launched: what is to happen to it.
    fn disturbance(self: Arc<Self>, cell: usize) -> Disturbance;
    /// A cell has been polled.
    fn stepped(&self, cell: usize);
    /// A call met a fault.
    fn struck(&self, fault: Fault);
    /// A cell is not polled for a while, or is again.
    fn paused(&self, paused: bool);
}

/// What is to happen to one cell.
#[derive(Clone)]
pub(crate) struct Disturbance {
    pub(crate) cell: usize,
    pub(crate) seed: u64,
    pub(crate) odds: Odds,
    /// The most messages that it emits if it is a producer.
    pub(crate) messages: Option<u64>,
    pub(crate) simulator: Arc<dyn Simulator>,
}

/// The faults that the calls of a cell meet.
pub(crate) struct Strikes(Option<Box<Drawn>>);

struct Drawn {
    dice: Dice,
    odds: Odds,
    /// Calls until the next fault.
    calm: usize,
    /// Whether the cell lets others have their turn after each message.
    yields: bool,
    messages: Option<u64>,
    simulator: Arc<dyn Simulator>,
}

impl Strikes {
    pub(crate) fn of(disturbance: Option<Disturbance>) -> Self {
        Self(disturbance.map(|Disturbance { seed, odds, messages, simulator, .. }| {
            let dice = Dice::new(seed);
            let (calm, yields) = (calm(&dice, &odds), dice.one_in(2));
            Box::new(Drawn { dice, odds, calm, yields, messages, simulator })
        }))
    }

    /// Whether the next call meets a fault.
    #[inline]
    pub(crate) fn is_due(&self) -> bool {
        self.0.as_ref().is_some_and(|drawn| drawn.calm == 0)
    }

    /// Of `most` calls, those up to the next fault; that one alone, if it is due.
    #[inline]
    pub(crate) fn calls(&mut self, most: usize) -> usize {
        self.0.as_ref().map_or(most, |drawn| most.min(drawn.calm.max(1)))
    }

    /// So many calls were made.
    #[inline]
    pub(crate) fn made(&mut self, calls: usize) {
        self.0.iter_mut().for_each(|drawn| drawn.calm = drawn.calm.saturating_sub(calls));
    }

    /// Whether a hook that is about to be called meets a fault.
    pub(crate) fn hits_hook(&mut self) -> bool {
        self.0.as_ref().is_some_and(|drawn| drawn.dice.happens(any(&drawn.odds)))
    }

    /// Whether the cell lets others have their turn after each message.
    pub(crate) fn yields(&self) -> bool {
        self.0.as_ref().is_some_and(|drawn| drawn.yields)
    }

    /// How many messages a producer may emit yet that has `emitted` so many.
    #[inline]
    pub(crate) fn messages_left(&self, emitted: impl FnOnce() -> u64) -> usize {
        let most = self.0.as_ref().and_then(|drawn| drawn.messages);
        most.map_or(usize::MAX, |most| most.saturating_sub(emitted()) as usize)
    }

    /// The fault that is due; then a calm begins.
    fn draw(&mut self) -> Option<Fault> {
        let drawn = self.0.as_mut()?;
        let (dice, odds) = (&drawn.dice, &drawn.odds);
        let share = dice.share() * any(odds);
        let fault = if share < odds.errors {
            Fault::Error
        } else if share < odds.errors + odds.panics {
            Fault::Panic
        } else {
            Fault::Delay(dice.time(odds.longest_delay))
        };
        drawn.calm = calm(dice, odds);
        if let Fault::Delay(_) = fault {
            // The call that was delayed comes then, however probable delays are.
            drawn.calm = drawn.calm.max(1);
        }
        drawn.simulator.struck(fault);
        Some(fault)
    }
}

/// The probability of any fault.
fn any(odds: &Odds) -> f64 {
    odds.errors + odds.panics + odds.delays
}

/// How many calls pass before one meets a fault.
fn calm(dice: &Dice, odds: &Odds) -> usize {
    let any = any(odds);
    if any <= 0.0 {
        return usize::MAX;
    }
    // The distribution of waits for an event that is as probable at each call.
    let calls = (1.0 - dice.share()).ln() / (1.0 - any.min(0.999_999)).ln();
    calls as usize
}

impl<T: Message, P: PortSet> Core<T, P> {
    /// The fault that is due happens: an error to fail the call with, if it is one.
    #[cold]
    pub(in crate::cell) async fn strike(&mut self, gives_way: GivesWay) -> Result<Option<BoxError>, Break> {
        match self.strikes.draw() {
            None => Ok(None),
            Some(Fault::Error) => Ok(Some("an error of the simulation".into())),
            // Not `panic!`: nobody wants thousands of backtraces that were drawn from a seed.
            Some(Fault::Panic) => resume_unwind(Box::new("a panic of the simulation")),
            Some(Fault::Delay(time)) => {
                let delay = pin!(sleep(time));
                Ok(match Self::call_or_drop(&Lent::new(self), gives_way, delay).await? {
                    Called::Dropped if gives_way == GivesWay::ToTimeout => Some(TimedOut.into()),
                    Called::Dropped | Called::Done(()) => None,
                })
            }
        }
    }
}

/// When a cell has its turn.
struct Turns {
    dice: Dice,
    odds: Odds,
    /// Turns that it leaves to others before its own.
    skips: u64,
    pause: Option<Pin<Box<Sleep>>>,
    cell: usize,
    simulator: Arc<dyn Simulator>,
}

impl Turns {
    fn of(Disturbance { cell, seed, odds, simulator, .. }: Disturbance) -> Self {
        // Not the numbers that the faults are drawn from.
        Self { dice: Dice::new(!seed), odds, skips: 0, pause: None, cell, simulator }
    }

    /// Ready once it is its turn.
    fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(cx));
            self.pause = None;
            self.simulator.paused(false);
            return Poll::Ready(());
        }
        if self.skips > 0 {
            self.skips -= 1;
        } else if self.dice.happens(self.odds.pauses) {
            self.simulator.paused(true);
            self.pause = Some(Box::pin(sleep(self.dice.time(LONGEST_PAUSE))));
            return self.poll_turn(cx);
        } else if self.dice.happens(self.odds.skips) {
            self.skips = self.dice.roll(MOST_SKIPPED) + 1;
        }
        if self.skips == 0 {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Polls `future` when `disturbance` has it that it is its turn, and has the simulator look each time.
pub(crate) async fn unhurried<F: Future>(future: F, disturbance: Option<Disturbance>) -> F::Output {
    let mut turns = disturbance.map(Turns::of);
    let mut future = pin!(future);
    poll_fn(|cx| {
        let Some(turns) = &mut turns else { return future.as_mut().poll(cx) };
        ready!(turns.poll_turn(cx));
        let poll = future.as_mut().poll(cx);
        turns.simulator.stepped(turns.cell);
        poll
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    const ODDS: Odds = Odds {
        errors: 0.01,
        panics: 0.02,
        delays: 0.07,
        longest_delay: Duration::from_millis(1),
        skips: 0.0,
        pauses: 0.0,
    };

    #[test]
    fn faults_are_as_frequent_as_their_odds_say() {
        let dice = Dice::new(1);
        let calls: usize = (0..10_000).map(|_| calm(&dice, &ODDS) + 1).sum();
        assert!((95_000..105_000).contains(&calls), "one in ten, not one in {}", calls as f64 / 10_000.0);
    }

    #[test]
    fn without_odds_there_is_no_fault() {
        let none = Odds { errors: 0.0, panics: 0.0, delays: 0.0, ..ODDS };
        assert_eq!(calm(&Dice::new(1), &none), usize::MAX);
    }
}

//! Actors that write down what they do and hear, in the order in which it happens.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tidegate::SignalKind;
use tidegate::prelude::*;
use tidegate::testkit::Dice;
use tokio::sync::Semaphore;

/// What an actor does or hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Starts,
    Emits(u64),
    Takes(u64),
    IsDone(u64),
    Hears(SignalKind, u64),
    HearsFailure,
    Ends,
    Stops,
    IsGone,
}

pub(crate) use What::*;

/// What all actors of a topology do and hear.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<(String, What)>>>);

impl Log {
    /// All of it, in order.
    pub(crate) fn all(&self) -> Vec<(String, What)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What one of them does and hears.
    pub(crate) fn of(&self, actor: &str) -> Vec<What> {
        self.all().into_iter().filter(|(who, _)| who == actor).map(|(_, what)| what).collect()
    }

    /// The messages that an actor takes.
    pub(crate) fn taken(&self, actor: &str) -> Vec<u64> {
        let taken = |what| if let Takes(n) = what { Some(n) } else { None };
        self.of(actor).into_iter().filter_map(taken).collect()
    }

    /// How often an actor does or hears this.
    pub(crate) fn count(&self, actor: &str, what: &What) -> usize {
        self.of(actor).iter().filter(|noted| *noted == what).count()
    }

    /// What an actor has to say from now on.
    pub(crate) fn diary(&self, actor: &str) -> Diary {
        Diary { actor: actor.into(), log: self.clone(), pace: Pace::AtOnce }
    }

    fn note(&self, actor: &str, what: What) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((actor.into(), what));
    }
}

/// How long everything takes.
#[derive(Clone)]
pub(crate) enum Pace {
    AtOnce,
    Each(Duration),
    /// A message, when it is asked for.
    Asked(Arc<Semaphore>),
    Random(Dice),
}

/// The part of a log that an actor writes.
pub(crate) struct Diary {
    actor: String,
    log: Log,
    pace: Pace,
}

impl Diary {
    pub(crate) fn paced(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    pub(crate) fn note(&self, what: What) {
        self.log.note(&self.actor, what);
    }

    async fn hook(&self, what: What) {
        self.note(what);
        if let Pace::Random(dice) = &self.pace {
            dawdle(dice).await;
        }
    }

    async fn work(&self) {
        match &self.pace {
            Pace::AtOnce => {}
            Pace::Each(time) => tidegate::time::sleep(*time).await,
            Pace::Asked(asked) => asked.acquire().await.expect("it is never closed").forget(),
            Pace::Random(dice) => dawdle(dice).await,
        }
    }
}

impl Drop for Diary {
    fn drop(&mut self) {
        self.note(IsGone);
    }
}

async fn dawdle(dice: &Dice) {
    match dice.roll(6) {
        0 => tidegate::time::sleep(dice.millis(3)).await,
        1 | 2 => tokio::task::yield_now().await,
        _ => {}
    }
}

/// The hooks that all roles have; `$out` is what some of them get.
macro_rules! noted_hooks {
    ($($out:ty)?) => {
        async fn on_start(&mut self $(, _: &mut $out)?) -> Result {
            self.diary.hook(Starts).await;
            Ok(())
        }

        async fn on_end(&mut self $(, _: &mut $out)?) -> Result {
            self.diary.hook(Ends).await;
            Ok(())
        }

        async fn on_stop(&mut self) -> Result {
            self.diary.hook(Stops).await;
            Ok(())
        }

        fn on_backpressure(&mut self, signal: &Signal) {
            self.diary.note(Hears(signal.kind(), signal.epoch));
        }

        fn on_resume(&mut self, signal: &Signal) {
            self.diary.note(Hears(signal.kind(), signal.epoch));
        }
    };
}

/// Emits the numbers from `next` to before `end`, and fails where one is `fails_at`.
pub(crate) struct Source {
    pub(crate) diary: Diary,
    pub(crate) next: u64,
    pub(crate) end: u64,
    pub(crate) fails_at: Option<u64>,
    pub(crate) reaction: Reaction,
}

impl Source {
    pub(crate) fn new(log: &Log, end: u64) -> Self {
        Self { end, ..Self::of(log.diary("n")) }
    }

    /// One that emits nothing.
    pub(crate) fn of(diary: Diary) -> Self {
        Self { diary, next: 0, end: 0, fails_at: None, reaction: Reaction::Pause }
    }

    pub(crate) fn paced(mut self, pace: Pace) -> Self {
        self.diary.pace = pace;
        self
    }

    pub(crate) fn failing_at(mut self, n: u64) -> Self {
        self.fails_at = Some(n);
        self
    }

    /// Only the bound of the mailbox stops it.
    pub(crate) fn heedless(mut self) -> Self {
        self.reaction = Reaction::Continue;
        self
    }
}

impl Producer for Source {
    type Out = Outlet<u64>;

    async fn produce(&mut self, out: &mut Outlet<u64>) -> Result<Next> {
        self.diary.work().await;
        if self.fails_at == Some(self.next) {
            return Err("no more water".into());
        }
        if self.next == self.end {
            return Ok(Next::Done);
        }
        self.diary.note(Emits(self.next));
        out.emit(self.next);
        self.next += 1;
        Ok(Next::More)
    }

    fn reaction(&self) -> Reaction {
        self.reaction
    }

    noted_hooks!(Outlet<u64>);
}

/// Passes messages on, fails at one of them, and wants no more after so many.
pub(crate) struct Relay {
    pub(crate) diary: Diary,
    pub(crate) fails_at: Option<u64>,
    pub(crate) wants: u64,
    /// Whether it waits for room with each message instead of having it beforehand.
    pub(crate) sends: bool,
}

impl Relay {
    pub(crate) fn new(log: &Log, name: &str) -> Self {
        Self { diary: log.diary(name), fails_at: None, wants: u64::MAX, sends: false }
    }

    pub(crate) fn paced(mut self, pace: Pace) -> Self {
        self.diary.pace = pace;
        self
    }
}

impl Stage for Relay {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        self.diary.note(Takes(n));
        self.diary.work().await;
        if self.fails_at == Some(n) {
            return Err("a leak".into());
        }
        self.wants -= 1;
        self.diary.note(Emits(n));
        match self.sends {
            true => out.send(n).await,
            false => out.emit(n),
        }
        self.diary.note(IsDone(n));
        Ok(())
    }

    fn is_finished(&self) -> bool {
        self.wants == 0
    }

    fn on_input_failed(&mut self) {
        self.diary.note(HearsFailure);
    }

    noted_hooks!(Outlet<u64>);
}

/// Takes messages, fails at one of them, and wants no more after so many.
pub(crate) struct Sink {
    pub(crate) diary: Diary,
    pub(crate) fails_at: Option<u64>,
    pub(crate) wants: u64,
}

impl Sink {
    pub(crate) fn new(log: &Log, name: &str) -> Self {
        Self { diary: log.diary(name), fails_at: None, wants: u64::MAX }
    }

    pub(crate) fn paced(mut self, pace: Pace) -> Self {
        self.diary.pace = pace;
        self
    }

    /// One that takes a message when `asked` has a permit.
    pub(crate) fn asking(log: &Log, name: &str) -> (Arc<Semaphore>, Self) {
        let asked = Arc::new(Semaphore::new(0));
        (asked.clone(), Self::new(log, name).paced(Pace::Asked(asked)))
    }

    pub(crate) fn wanting(mut self, messages: u64) -> Self {
        self.wants = messages;
        self
    }

    pub(crate) fn failing_at(mut self, n: u64) -> Self {
        self.fails_at = Some(n);
        self
    }
}

impl Consumer for Sink {
    type In = u64;

    async fn handle(&mut self, n: u64) -> Result {
        self.diary.note(Takes(n));
        self.diary.work().await;
        if self.fails_at == Some(n) {
            return Err("a leak".into());
        }
        self.wants -= 1;
        self.diary.note(IsDone(n));
        Ok(())
    }

    fn is_finished(&self) -> bool {
        self.wants == 0
    }

    fn on_input_failed(&mut self) {
        self.diary.note(HearsFailure);
    }

    noted_hooks!();
}

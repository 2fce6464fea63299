//! Actors that watch the order of what comes, and do what chance says.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tidegate::prelude::*;
use tidegate::testkit::Dice;
use tidegate::{Join, Outcome, Report, Side};

/// An instance of an actor.
pub(crate) type Who = (usize, usize);

#[derive(Clone, Copy, Debug)]
pub(crate) struct Parcel {
    /// The instance that made it, and its number there, from 1.
    pub(crate) origin: (Who, u64),
    /// Who sent it last, and its number there.
    pub(crate) sent: (Who, u64),
}

impl Keyed for Parcel {
    fn key(&self, _: &str) -> u64 {
        self.origin.1 % 7
    }
}

impl Weigh for Parcel {
    fn weight(&self) -> usize {
        10 + self.origin.1 as usize % 30
    }
}

#[derive(Default)]
struct Seen {
    made: HashMap<Who, u64>,
    sent: HashMap<Who, u64>,
    /// The last that came from one instance to another.
    came: HashMap<(Who, Who), u64>,
    /// The last of each producer that came to an instance.
    reached: HashMap<(Who, Who), u64>,
    /// How many of each producer it was told are done.
    done: HashMap<Who, u64>,
    /// Actors that get what went round in a loop, which is done when it is sent back.
    behind_loops: HashSet<usize>,
    wrong: Option<String>,
}

/// What is seen from inside.
#[derive(Clone)]
pub(crate) struct World {
    seen: Arc<Mutex<Seen>>,
    pub(crate) dice: Dice,
    /// Whether producers are told what is done.
    pub(crate) acknowledges: bool,
}

impl World {
    pub(crate) fn new(dice: Dice, acknowledges: bool) -> Self {
        Self { seen: Arc::default(), dice, acknowledges }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What came in a wrong order, or twice, or after it was done, if anything did.
    pub(crate) fn verdict(&self, report: &Report, hears_all: bool) -> Result {
        let seen = self.seen();
        if let Some(wrong) = &seen.wrong {
            return Err(wrong.as_str().into());
        }
        // Where nothing was cut short, a producer hears of all that it made.
        let cut = report.actors.values().any(|actor| actor.left + actor.dropped.cancelled > 0);
        let told = |(who, made): (&Who, &u64)| seen.done.get(who).copied().unwrap_or_default() == *made;
        if hears_all && report.outcome == Outcome::Completed && !cut && !seen.made.iter().all(told) {
            return Err(format!("made {:?}, and told {:?}", seen.made, seen.done).into());
        }
        Ok(())
    }

    /// What comes to this actor may have gone round in a loop.
    pub(crate) fn is_behind_loop(&self, actor: usize) {
        self.seen().behind_loops.insert(actor);
    }

    /// A producer hears how many of its messages are done.
    fn told(&self, who: Who, count: u64) {
        let mut seen = self.seen();
        let made = seen.made.get(&who).copied().unwrap_or_default();
        let before = std::mem::replace(seen.done.entry(who).or_default(), count);
        if count <= before || count > made {
            seen.wrong.get_or_insert(format!("{who:?} made {made}, and was told of {count} after {before}"));
        }
    }

    /// The next message of a producer, of which there are `end`.
    fn makes(&self, who: Who, end: u64) -> Option<Parcel> {
        let mut seen = self.seen();
        let made = seen.made.entry(who).or_default();
        (*made < end).then(|| {
            *made += 1;
            Parcel { origin: (who, *made), sent: (who, *made) }
        })
    }

    /// A parcel is handled. Faults come before a call, and so none is seen twice.
    fn arrives(&self, parcel: &Parcel, at: Who, in_order: bool) {
        let mut seen = self.seen();
        let (from, number) = parcel.sent;
        let last = std::mem::replace(seen.came.entry((from, at)).or_default(), number);
        if number <= last {
            seen.wrong.get_or_insert(format!("{parcel:?} came to {at:?} after {last} of the same sender"));
        }
        let (origin, number) = parcel.origin;
        let done = seen.done.get(&origin).copied().unwrap_or_default();
        if number <= done && !seen.behind_loops.contains(&at.0) {
            seen.wrong.get_or_insert(format!("{parcel:?} came to {at:?} after {done} were done"));
        }
        let last = std::mem::replace(seen.reached.entry((origin, at)).or_default(), number);
        if in_order && number < last {
            seen.wrong.get_or_insert(format!("{parcel:?} came to {at:?} after {last} of the same producer"));
        }
    }

    fn leaves(&self, parcel: Parcel, from: Who) -> Parcel {
        let mut seen = self.seen();
        let count = seen.sent.entry(from).or_default();
        *count += 1;
        Parcel { sent: (from, *count), ..parcel }
    }

    async fn dawdle(&self) {
        match self.dice.roll(12) {
            0 => tidegate::time::sleep(self.dice.time(Duration::from_millis(3))).await,
            1 => tokio::task::yield_now().await,
            _ => {}
        }
    }
}

pub(crate) struct Source {
    pub(crate) world: World,
    pub(crate) who: Who,
    pub(crate) end: u64,
}

impl Producer for Source {
    type Out = Outlet<Parcel>;

    async fn produce(&mut self, out: &mut Outlet<Parcel>) -> Result<Next> {
        self.world.dawdle().await;
        let Some(parcel) = self.world.makes(self.who, self.end) else { return Ok(Next::Done) };
        if self.world.dice.one_in(3) {
            out.send(parcel).await
        } else {
            out.emit(parcel)
        }
        let wait = self.world.dice.one_in(20);
        Ok(if wait { Next::After(self.world.dice.time(Duration::from_millis(5))) } else { Next::More })
    }

    fn can_resume(&self) -> bool {
        self.world.acknowledges
    }

    fn on_acknowledged(&mut self, count: u64) {
        self.world.told(self.who, count);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Map,
    Filter,
    Copies,
    Holds,
    Detached,
}

pub(crate) struct Work {
    pub(crate) world: World,
    pub(crate) who: Who,
    pub(crate) kind: Kind,
    pub(crate) in_order: bool,
    pub(crate) held: Vec<Parcel>,
}

impl Work {
    async fn flush(&mut self, out: &mut Outlet<Parcel>) -> Result {
        for parcel in self.held.drain(..) {
            out.send(self.world.leaves(parcel, self.who)).await;
        }
        Ok(())
    }
}

impl Stage for Work {
    type In = Parcel;
    type Out = Outlet<Parcel>;

    async fn handle(&mut self, parcel: Parcel, out: &mut Outlet<Parcel>) -> Result {
        self.world.dawdle().await;
        self.world.arrives(&parcel, self.who, self.in_order);
        match self.kind {
            Kind::Map => out.emit(self.world.leaves(parcel, self.who)),
            Kind::Filter if self.world.dice.one_in(2) => {}
            Kind::Filter => out.send(self.world.leaves(parcel, self.who)).await,
            Kind::Copies => {
                for _ in 0..self.world.dice.roll(4) {
                    out.send(self.world.leaves(parcel, self.who)).await;
                }
            }
            Kind::Detached => self.held.push(parcel),
            Kind::Holds => {
                self.held.push(parcel);
                if self.held.len() == 4 {
                    let first = self.held.remove(0);
                    out.emit(self.world.leaves(first, self.who));
                }
            }
        }
        Ok(())
    }

    fn handle_now(&mut self, parcel: Parcel, out: &mut Outlet<Parcel>) -> Now<Parcel> {
        if self.kind != Kind::Map || self.world.dice.one_in(2) {
            return Now::Later(parcel);
        }
        self.world.arrives(&parcel, self.who, self.in_order);
        out.emit(self.world.leaves(parcel, self.who));
        Now::Done(Ok(()))
    }

    fn is_detached(&self) -> bool {
        self.kind == Kind::Detached
    }

    fn takes_input(&self) -> bool {
        self.held.len() < 4
    }

    fn has_output(&self) -> bool {
        !self.held.is_empty()
    }

    fn on_room(&mut self, out: &mut Outlet<Parcel>) -> Result {
        let first = self.held.remove(0);
        out.emit(self.world.leaves(first, self.who));
        Ok(())
    }

    fn tick_every(&self) -> Option<Duration> {
        (self.kind == Kind::Holds).then_some(Duration::from_millis(7))
    }

    async fn on_tick(&mut self, out: &mut Outlet<Parcel>) -> Result {
        self.flush(out).await
    }

    async fn on_end(&mut self, out: &mut Outlet<Parcel>) -> Result {
        self.flush(out).await
    }

    fn held(&self) -> usize {
        self.held.len()
    }

    fn max_held(&self) -> usize {
        4
    }
}

tidegate::ports! {
    /// What goes round, and what has gone round for long enough.
    pub(crate) struct Ways {
        again: Parcel,
        done: Parcel,
    }
}

/// Sends some of what it takes back.
pub(crate) struct Round {
    pub(crate) world: World,
    pub(crate) who: Who,
}

impl Stage for Round {
    type In = Parcel;
    type Out = Ways;

    async fn handle(&mut self, parcel: Parcel, out: &mut Ways) -> Result {
        self.world.dawdle().await;
        self.world.arrives(&parcel, self.who, false);
        let parcel = self.world.leaves(parcel, self.who);
        match self.world.dice.roll(6) {
            0 | 1 => out.again.emit(parcel),
            2 => out.again.send(parcel).await,
            3 => out.done.send(parcel).await,
            _ => out.done.emit(parcel),
        }
        Ok(())
    }
}

/// Takes from both sides in turn.
pub(crate) struct Both {
    pub(crate) world: World,
    pub(crate) who: Who,
    pub(crate) turn: bool,
}

impl Both {
    async fn take(&mut self, parcel: Parcel, out: &mut Outlet<Parcel>) -> Result {
        self.world.dawdle().await;
        self.turn = !self.turn;
        self.world.arrives(&parcel, self.who, false);
        out.emit(self.world.leaves(parcel, self.who));
        Ok(())
    }
}

impl Join for Both {
    type Left = Parcel;
    type Right = Parcel;
    type Out = Outlet<Parcel>;

    fn wants(&self) -> Side {
        if self.turn { Side::Left } else { Side::Right }
    }

    async fn left(&mut self, parcel: Parcel, out: &mut Outlet<Parcel>) -> Result {
        self.take(parcel, out).await
    }

    async fn right(&mut self, parcel: Parcel, out: &mut Outlet<Parcel>) -> Result {
        self.take(parcel, out).await
    }
}

pub(crate) struct End {
    pub(crate) world: World,
    pub(crate) who: Who,
    pub(crate) in_order: bool,
    /// It wants no more after so many.
    pub(crate) wants: u64,
}

impl Consumer for End {
    type In = Parcel;

    async fn handle(&mut self, parcel: Parcel) -> Result {
        self.world.dawdle().await;
        self.world.arrives(&parcel, self.who, self.in_order);
        self.wants -= 1;
        Ok(())
    }

    fn is_finished(&self) -> bool {
        self.wants == 0
    }
}

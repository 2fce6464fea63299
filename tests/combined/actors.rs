//! Actors that do what chance says.

use crate::world::{Parcel, Who, World};
use std::time::Duration;
use tidegate::prelude::*;
use tidegate::{Join, Side};

pub(crate) struct Source {
    pub(crate) world: World,
    pub(crate) who: Who,
    pub(crate) end: u64,
    pub(crate) resumes: bool,
    pub(crate) fails: bool,
}

impl Producer for Source {
    type Out = Outlet<Parcel>;

    async fn produce(&mut self, out: &mut Outlet<Parcel>) -> Result<Next> {
        self.world.dawdle().await;
        if self.fails {
            self.world.perhaps(None)?;
        }
        let made = {
            let mut seen = self.world.seen();
            let made = seen.made.entry(self.who).or_default();
            if *made == self.end {
                return Ok(Next::Done);
            }
            *made += 1;
            *made
        };
        let parcel = Parcel { origin: (self.who, made), sent: (self.who, made) };
        if self.world.dice.one_in(3) {
            out.send(parcel).await
        } else {
            out.emit(parcel)
        }
        Ok(if self.world.dice.one_in(20) { Next::After(self.world.dice.millis(5)) } else { Next::More })
    }

    fn can_resume(&self) -> bool {
        self.resumes
    }

    fn on_acknowledged(&mut self, count: u64) {
        self.world.seen().acknowledged = count;
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

pub(crate) struct Wild {
    pub(crate) world: World,
    pub(crate) who: Who,
    pub(crate) kind: Kind,
    pub(crate) held: Vec<Parcel>,
    /// It wants no more after so many.
    pub(crate) wants: u64,
}

impl Wild {
    pub(crate) fn is_full(&self) -> bool {
        self.held.len() >= 4
    }
}

impl Stage for Wild {
    type In = Parcel;
    type Out = Outlet<Parcel>;

    async fn on_start(&mut self, _: &mut Outlet<Parcel>) -> Result {
        if self.world.dice.one_in(20) { self.world.perhaps(None) } else { Ok(()) }
    }

    async fn handle(&mut self, parcel: Parcel, out: &mut Outlet<Parcel>) -> Result {
        self.world.arrives(&parcel, self.who);
        self.world.dawdle().await;
        self.world.perhaps(Some(&parcel))?;
        self.wants -= 1;
        match self.kind {
            Kind::Map => out.emit(self.world.leaves(parcel, self.who)),
            Kind::Filter if self.world.dice.one_in(2) => self.world.ends(&parcel),
            Kind::Filter => out.send(self.world.leaves(parcel, self.who)).await,
            Kind::Copies => {
                let copies = self.world.dice.roll(4);
                for _ in 0..copies {
                    out.send(self.world.leaves(parcel, self.who)).await;
                }
                if copies == 0 {
                    self.world.ends(&parcel);
                }
            }
            Kind::Detached => self.held.push(parcel),
            Kind::Holds => {
                self.held.push(parcel);
                if self.is_full() {
                    let first = self.held.remove(0);
                    out.emit(self.world.leaves(first, self.who));
                }
            }
        }
        if matches!(self.kind, Kind::Map | Kind::Filter) { self.world.perhaps(Some(&parcel)) } else { Ok(()) }
    }

    fn handle_now(&mut self, parcel: Parcel, out: &mut Outlet<Parcel>) -> Now<Parcel> {
        if self.kind != Kind::Map || self.world.dice.one_in(2) {
            return Now::Later(parcel);
        }
        self.world.arrives(&parcel, self.who);
        self.wants -= 1;
        out.emit(self.world.leaves(parcel, self.who));
        Now::Done(self.world.perhaps(Some(&parcel)))
    }

    fn is_detached(&self) -> bool {
        self.kind == Kind::Detached
    }

    fn takes_input(&self) -> bool {
        !self.is_full()
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
        for parcel in self.held.drain(..) {
            out.send(self.world.leaves(parcel, self.who)).await;
        }
        Ok(())
    }

    async fn on_end(&mut self, out: &mut Outlet<Parcel>) -> Result {
        for parcel in self.held.drain(..) {
            out.send(self.world.leaves(parcel, self.who)).await;
        }
        Ok(())
    }

    fn held(&self) -> usize {
        self.held.len()
    }

    fn max_held(&self) -> usize {
        4
    }

    fn is_finished(&self) -> bool {
        self.wants == 0
    }
}

/// Takes from both sides in turn.
pub(crate) struct Both {
    pub(crate) world: World,
    pub(crate) who: Who,
    pub(crate) turn: bool,
}

impl Both {
    pub(crate) async fn take(&mut self, parcel: Parcel, out: &mut Outlet<Parcel>) -> Result {
        self.turn = !self.turn;
        self.world.arrives(&parcel, self.who);
        self.world.dawdle().await;
        self.world.perhaps(Some(&parcel))?;
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
    pub(crate) wants: u64,
}

impl Consumer for End {
    type In = Parcel;

    async fn handle(&mut self, parcel: Parcel) -> Result {
        self.world.arrives(&parcel, self.who);
        self.world.dawdle().await;
        self.world.perhaps(Some(&parcel))?;
        self.wants -= 1;
        self.world.ends(&parcel);
        Ok(())
    }

    fn is_finished(&self) -> bool {
        self.wants == 0
    }
}

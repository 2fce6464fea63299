//! What a cell turns to, and who makes it: what its [`Hours`](crate::cell::hours::Hours) are told.

use super::Core;
use crate::ledger::{Doing, Hold};
use crate::message::Message;
use crate::outlet::PortSet;
use crate::outlet::room;
use crate::time::Instant;

impl<T: Message, P: PortSet> Core<T, P> {
    /// The actor is called.
    #[inline]
    pub(in crate::cell) fn is_busy(&mut self) {
        self.hours.turn(Doing::Busy, None, Instant::now);
    }

    /// There is nothing to call it with.
    pub(in crate::cell) fn is_idle(&mut self) {
        self.hours.turn(Doing::Idle, None, Instant::now);
    }

    /// Something else than a link holds it up.
    pub(in crate::cell) fn is_blocked(&mut self, hold: Hold) {
        self.hours.turn(Doing::Blocked(hold), None, Instant::now);
    }

    /// It stands in line for room.
    pub(in crate::cell) fn waits_for_room(&mut self) {
        let hours = &mut self.hours;
        let turn = |link: &_| hours.turn(Doing::Blocked(Hold::Full), Some(link), Instant::now);
        if !room::show_awaited(&mut self.ports, turn) {
            self.is_blocked(Hold::Full);
        }
    }

    /// An operator or a link asks it to hold.
    pub(in crate::cell) fn is_held(&mut self) {
        if self.controls.is_held() {
            return self.is_blocked(Hold::Operator);
        }
        let hours = &mut self.hours;
        room::show_holder(&mut self.ports, |link| {
            hours.turn(Doing::Blocked(link.hold()), Some(link), Instant::now);
        });
    }
}

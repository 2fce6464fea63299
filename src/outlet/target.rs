//! One receiving actor, and which of its instances a message goes to.

use super::LinkError;
use super::lane::{Lane, Room};
use super::ways::Ways;
use crate::message::Message;
use std::task::Context;

/// The lanes to one receiving actor.
pub(crate) struct Target<T: Message> {
    lanes: Vec<Lane<T>>,
    spread: Spread<T>,
    /// The lane that had the last turn.
    turn: usize,
    /// The lane that had no room when last asked, where every lane must have.
    short: usize,
    /// Where messages go that are routed together.
    ways: Ways,
}

/// How messages are spread over the lanes.
pub(super) enum Spread<T> {
    /// There is one lane: to a single instance, or to a mailbox that all instances share.
    Single,
    /// To each in turn.
    RoundRobin,
    /// To the one with the fewest messages waiting.
    LeastLoaded,
    /// By the hash of a field.
    Hash {
        /// Hashes the field called `field`.
        key: fn(&T, &str) -> u64,
        /// Its name.
        field: String,
    },
}

impl<T: Message> Target<T> {
    pub(super) fn new(lanes: Vec<Lane<T>>, spread: Spread<T>) -> Self {
        Self { lanes, spread, turn: 0, short: 0, ways: Ways::default() }
    }

    pub(super) fn lanes(&self) -> &[Lane<T>] {
        &self.lanes
    }

    pub(super) fn lanes_mut(&mut self) -> &mut [Lane<T>] {
        &mut self.lanes
    }

    /// Whether messages may choose among the lanes; otherwise each lane must be ready.
    fn chooses(&self) -> bool {
        matches!(self.spread, Spread::RoundRobin | Spread::LeastLoaded)
    }

    /// A target that chooses avoids a held lane, and is held when all are.
    pub(super) fn is_held(&self) -> bool {
        let mut open = self.lanes.iter().filter(|lane| !lane.is_closed());
        if self.chooses() {
            let mut any = false;
            open.all(|lane| {
                any = true;
                lane.is_held()
            }) && any
        } else {
            open.any(Lane::is_held)
        }
    }

    /// How many messages may be pushed before anybody is asked again; at least `need`, where there is room for them.
    pub(super) fn room(&self, need: usize) -> usize {
        if !self.chooses() || self.lanes.iter().all(Lane::is_closed) {
            return self.lanes.iter().map(Lane::room).min().unwrap_or(usize::MAX);
        }
        // One that has ended takes anything, and is in play no more.
        let rooms =
            self.lanes.iter().filter(|lane| !lane.is_closed()).map(Lane::room).filter(|room| *room > 0);
        let (mut least, mut all, mut count) = (usize::MAX, 0usize, 0);
        for room in rooms {
            (least, all, count) = (least.min(room), all.saturating_add(room), count + 1);
        }
        // No more than keeps the turns even until all have been asked for more.
        let even = if let Spread::RoundRobin = self.spread { least.saturating_mul(count) } else { least };
        even.max(need).min(all)
    }

    /// Whether [`try_fill`](Self::try_fill) would find room; takes none.
    pub(super) fn has_room(&mut self, need: usize) -> bool {
        if self.chooses() {
            let all_closed = self.lanes.iter().all(Lane::is_closed);
            let mut in_play = self.lanes.iter().filter(|lane| !lane.is_held() && !lane.is_closed());
            return all_closed || in_play.any(|lane| lane.has_room(need));
        }
        let short = self.lanes.iter().position(|lane| !lane.has_room(need));
        self.short = short.unwrap_or(self.short);
        short.is_none()
    }

    /// The same, asked only where [`wait`](Self::wait) has joined a line.
    pub(super) fn still_has_room(&mut self, need: usize) -> bool {
        if self.chooses() { self.has_room(need) } else { self.lanes[self.short].has_room(need) }
    }

    pub(super) fn try_fill(&mut self, need: usize) -> Room {
        if !self.chooses() {
            // Hash: any lane may be the one.
            for (at, lane) in self.lanes.iter_mut().enumerate() {
                let room = lane.try_fill(need);
                if room != Room::Ready {
                    self.short = at;
                    return room;
                }
            }
            return Room::Ready;
        }
        let mut answer = if self.lanes.iter().all(Lane::is_closed) { Room::Ready } else { Room::Full(0) };
        for lane in self.lanes.iter_mut().filter(|lane| !lane.is_held() && !lane.is_closed()) {
            match lane.try_fill(need) {
                Room::Ready => answer = Room::Ready,
                Room::Yield(_) if answer != Room::Ready => answer = Room::Yield(0),
                Room::Yield(_) | Room::Full(_) => {}
            }
        }
        if answer == Room::Ready {
            self.stop_waiting();
        }
        answer
    }

    /// Joins the line of every lane that could take a message and has no room; where every lane must have room, that of
    /// the one that was found to have none.
    pub(super) fn wait(&mut self, need: usize, cx: &Context<'_>) {
        let (chooses, short) = (self.chooses(), self.short);
        for (at, lane) in self.lanes.iter_mut().enumerate() {
            let waits = if chooses { lane.room() < need && !lane.is_held() } else { at == short };
            if waits { lane.wait(cx) } else { lane.stop_waiting() }
        }
    }

    pub(super) fn stop_waiting(&mut self) {
        self.lanes.iter_mut().for_each(Lane::stop_waiting);
    }

    /// Whether all messages go the same way.
    pub(super) fn is_single(&self) -> bool {
        matches!(self.spread, Spread::Single)
    }

    /// The only lane of a target that [is single](Self::is_single).
    pub(super) fn only(&mut self) -> &mut Lane<T> {
        &mut self.lanes[0]
    }

    pub(super) fn push(&mut self, message: T) -> Result<(), LinkError> {
        let at = match &self.spread {
            Spread::Single => 0,
            Spread::Hash { key, field } => spread_hash(key(&message, field), self.lanes.len()),
            Spread::RoundRobin => self.next(),
            Spread::LeastLoaded => self.choose(),
        };
        self.lanes[at].push(message)
    }

    /// Chooses a way for each of `messages`, all of which have room. This may call user code: a message's `key`.
    pub(super) fn assign(&mut self, messages: &[T]) {
        let count = self.lanes.len();
        match &self.spread {
            Spread::Single => {}
            Spread::Hash { key, field } => {
                self.ways.assign(messages.iter().map(|message| spread_hash(key(message, field), count)));
            }
            Spread::RoundRobin => self.turn = self.ways.deal(&self.lanes, self.turn, messages.len()),
            Spread::LeastLoaded => self.turn = self.ways.level(&self.lanes, self.turn, messages.len()),
        }
    }

    /// Pushes all of `messages` the ways that were [assigned](Self::assign) to them, and leaves an empty vector.
    pub(super) fn push_assigned(&mut self, messages: &mut Vec<T>) -> Result<(), LinkError> {
        if self.is_single() {
            return self.only().push_all(messages);
        }
        let mut ways = self.ways.iter().zip(messages.drain(..));
        ways.try_for_each(|(at, message)| self.lanes[at].push(message))
    }

    /// Pushes copies of `messages` likewise.
    pub(super) fn push_assigned_cloned(&mut self, messages: &[T]) -> Result<(), LinkError> {
        if self.is_single() {
            return self.only().push_cloned(messages);
        }
        let mut ways = self.ways.iter().zip(messages);
        ways.try_for_each(|(at, message)| self.lanes[at].push(message.clone()))
    }

    /// Counts a message that is not pushed any more, at the lane of the last turn.
    pub(super) fn refuse(&mut self) {
        self.lanes[self.turn].refuse();
    }

    /// The lane whose turn it is, if it is in play, or else the next that is.
    #[inline]
    fn next(&mut self) -> usize {
        let next = if self.turn + 1 < self.lanes.len() { self.turn + 1 } else { 0 };
        if self.lanes[next].has_reserved(1) && !self.lanes[next].is_closed() {
            self.turn = next;
            return next;
        }
        self.choose()
    }

    fn choose(&mut self) -> usize {
        let count = self.lanes.len();
        let mut able = (1..=count)
            .map(|step| (self.turn + step) % count)
            .filter(|at| self.lanes[*at].room() > 0 && !self.lanes[*at].is_closed());
        let chosen = match self.spread {
            Spread::LeastLoaded => able.min_by_key(|at| self.lanes[*at].load()),
            _ => able.next(),
        };
        // Where room was counted on in a lane that has closed since, the message is refused there.
        let chosen = chosen.or_else(|| self.lanes.iter().position(Lane::is_closed));
        self.turn = chosen.unwrap_or(self.turn);
        self.turn
    }
}

/// Maps a hash to one of `count` lanes. The hash is mixed first, because keys may hash to small numbers.
fn spread_hash(hash: u64, count: usize) -> usize {
    // Fibonacci hashing (Knuth, TAOCP 3, 6.4), then the high bits scaled to the range.
    let mixed = hash.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    ((u128::from(mixed) * count as u128) >> 64) as usize
}

//! Which way each of several messages goes, chosen before any of them is moved.
//!
//! To choose for many at once is cheaper than one by one: what is known of the lanes is looked up once, and each choice is
//! counted in. The choices are the same, as far as the lanes stay as they are.

use super::lane::Lane;
use crate::message::Message;

/// The ways of some messages, by the numbers of lanes.
#[derive(Default)]
pub(super) struct Ways {
    to: Vec<u32>,
    lanes: Vec<Place>,
}

/// What a choice needs to know about a lane.
#[derive(Clone, Copy)]
struct Place {
    /// Messages that it still takes.
    room: usize,
    /// Messages that wait in its mailbox.
    load: usize,
}

impl Ways {
    /// The ways, in the order of the messages.
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> {
        self.to.iter().map(|at| *at as usize)
    }

    /// Takes the ways that somebody else has chosen.
    pub(super) fn assign(&mut self, ways: impl Iterator<Item = usize>) {
        self.to.clear();
        self.to.extend(ways.map(number));
    }

    /// Gives `count` messages to one lane after the other, passing over those without room; the lane of the last turn, which
    /// was `turn` before.
    pub(super) fn deal<T: Message>(&mut self, lanes: &[Lane<T>], turn: usize, count: usize) -> usize {
        self.look_up(lanes, |_| 0);
        let places = &mut self.lanes[..];
        self.to.clear();
        let mut turn = turn;
        self.to.extend((0..count).map(|_| {
            for _ in 0..places.len() {
                turn = if turn + 1 < places.len() { turn + 1 } else { 0 };
                if places[turn].room > 0 {
                    places[turn].room -= 1;
                    return number(turn);
                }
            }
            turn = refuse(lanes, turn);
            number(turn)
        }));
        turn
    }

    /// Gives each of `count` messages to the lane with the fewest waiting, of several to the next in turn after `turn`; the
    /// lane of the last one.
    pub(super) fn level<T: Message>(&mut self, lanes: &[Lane<T>], turn: usize, count: usize) -> usize {
        self.look_up(lanes, Lane::load);
        let places = &mut self.lanes[..];
        self.to.clear();
        let mut turn = turn;
        self.to.extend((0..count).map(|_| {
            let in_turn = (turn + 1..places.len()).chain(0..=turn);
            let able = in_turn.filter(|at| places[*at].room > 0);
            turn = match able.min_by_key(|at| places[*at].load) {
                Some(chosen) => {
                    places[chosen].room -= 1;
                    places[chosen].load += 1;
                    chosen
                }
                None => refuse(lanes, turn),
            };
            number(turn)
        }));
        turn
    }

    fn look_up<T: Message>(&mut self, lanes: &[Lane<T>], load: impl Fn(&Lane<T>) -> usize) {
        self.lanes.clear();
        // One that has ended takes anything, and is in play no more.
        let room = |lane: &Lane<T>| if lane.is_closed() { 0 } else { lane.room() };
        self.lanes.extend(lanes.iter().map(|lane| Place { room: room(lane), load: load(lane) }));
    }
}

/// Where room was counted on in a lane that has closed since, the message is refused there.
fn refuse<T: Message>(lanes: &[Lane<T>], turn: usize) -> usize {
    lanes.iter().position(Lane::is_closed).unwrap_or(turn)
}

fn number(at: usize) -> u32 {
    u32::try_from(at).expect("the number of a lane: an actor has fewer than four thousand million instances")
}

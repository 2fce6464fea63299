//! What must hold in every state.

use super::state::{FULL, Settling, State};
use super::steps;
use super::{Policy, Shape, Step};
use stateright::{Model, Property};

impl Model for Shape {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        vec![State::first(self)]
    }

    fn actions(&self, state: &State, steps: &mut Vec<Step>) {
        steps::inner(self, state, steps);
        steps::outer(state, steps);
    }

    fn next_state(&self, state: &State, step: Step) -> Option<State> {
        let mut next = state.clone();
        steps::take(self, &mut next, step);
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("the depth is never above the capacity", |shape: &Self, state: &State| {
                state.used <= shape.capacity && state.queue.len() <= usize::from(shape.capacity)
            }),
            Property::always("every place that is taken is somebody's", |_, state: &State| {
                let reserved: u8 = state.upstreams.iter().map(|upstream| upstream.reserved).sum();
                state.used == reserved + state.queue.len() as u8
            }),
            Property::always("no message is lost or counted twice", |_, state: &State| {
                let ledger = state.ledger;
                let inside = state.queue.len() as u8 + u8::from(state.reader.hand.is_some());
                ledger.received == ledger.handled + ledger.failed + ledger.dropped + ledger.left + inside
            }),
            Property::always(
                "messages of one actor are started in their order, each once",
                |_, state: &State| !state.reader.disorder,
            ),
            Property::always(
                "who knows the newest signal is held by all of its causes",
                |_, state: &State| {
                    let mut open = state.upstreams.iter().filter(|upstream| !upstream.ended);
                    state.closed
                        || open.all(|upstream| upstream.known < state.epoch || upstream.held == state.causes)
                },
            ),
            Property::always(
                "when nobody settles, what was signalled is so",
                |shape: &Self, state: &State| {
                    let full = state.causes & FULL != 0;
                    let right = if full { state.used > shape.low } else { state.used < shape.high };
                    state.closed || shape.policy != Policy::Backpressure || right || !settled(state)
                },
            ),
            Property::always("whom an operator holds is paused", |_, state: &State| {
                state
                    .upstreams
                    .iter()
                    .all(|upstream| upstream.ended || !upstream.operator || upstream.pauses())
            }),
            Property::always("nobody is paused for ever", |shape: &Self, state: &State| {
                !rests(shape, state) || is_done(state)
            }),
            Property::always("no more signals than the marks allow", |shape: &Self, state: &State| {
                u16::from(state.raised) * u16::from(shape.high - shape.low) <= u16::from(state.taken)
            }),
            Property::always(
                "a mailbox that drops says nothing for fullness",
                |shape: &Self, state: &State| shape.policy == Policy::Backpressure || state.raised == 0,
            ),
            Property::sometimes("everything is handled", |shape: &Self, state: &State| {
                usize::from(state.ledger.handled) == shape.upstreams * usize::from(shape.messages)
            }),
        ]
    }
}

/// Whether nothing happens any more by itself, and nobody outside holds anything up.
fn rests(shape: &Shape, state: &State) -> bool {
    let mut steps = Vec::new();
    steps::inner(shape, state, &mut steps);
    let held = state.reader.breaker_open && !state.closed
        || state.upstreams.iter().any(|upstream| upstream.operator && !upstream.ended);
    steps.is_empty() && !held
}

/// Whether nobody is about to bring the signalled state in line with the depth.
fn settled(state: &State) -> bool {
    state.all().all(|(_, settling)| settling == Settling::No)
}

/// Whether all have ended, and nothing is left behind.
fn is_done(state: &State) -> bool {
    state.upstreams.iter().all(|upstream| upstream.ended)
        && state.queue.is_empty()
        && state.reader.hand.is_none()
        && state.used == 0
        && settled(state)
}

//! What may happen next, and what comes of it.

use super::state::{BREAKER, FULL, Settling, State, Who};
use super::{Mutation, Policy, Shape};

/// One step of somebody: nobody else comes in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// An upstream actor reserves a place.
    Reserve(usize),
    /// It puts a message in it.
    Put(usize),
    /// It offers one to a mailbox that drops.
    Offer(usize),
    /// Room that was reserved ahead goes back.
    Return(usize),
    /// It has sent all, and its link ends.
    End(usize),
    /// Who freed a place looks at the flag.
    LookAtFlag(Who),
    /// The next step of settling.
    Settle(Who),
    /// The signal of this place arrives.
    Deliver(usize),
    /// The reader starts the next message.
    Start,
    /// It is handled.
    Handle,

    // From outside:
    /// The signal of this place arrives, and will once more.
    Repeat(usize),
    Hold(usize),
    Release(usize),
    Stop(usize),
    Break,
    Mend,
    /// The handler fails; the actor is made anew.
    Fail,
    /// The reader stops for good.
    Close,
}

/// What the mailbox and its users do by themselves.
pub(super) fn inner(shape: &Shape, state: &State, steps: &mut Vec<Step>) {
    for (at, upstream) in state.upstreams.iter().enumerate() {
        if upstream.ended || upstream.settling != Settling::No {
            continue;
        }
        let more = upstream.sent < shape.messages;
        if upstream.reserved > 0 {
            steps.push(Step::Put(at));
        } else if !more || state.closed && upstream.held == 0 {
            steps.push(Step::End(at));
        } else if !upstream.pauses() {
            match shape.policy {
                Policy::Backpressure if has_room(shape, state) => steps.push(Step::Reserve(at)),
                Policy::Backpressure => {}
                _ => steps.push(Step::Offer(at)),
            }
        }
    }
    for (who, settling) in state.all() {
        match settling {
            Settling::No => {}
            Settling::Freed(_) => steps.push(Step::LookAtFlag(who)),
            Settling::Wants if state.lock.is_some() => {}
            _ => steps.push(Step::Settle(who)),
        }
    }
    steps.extend((0..state.signals.len()).map(Step::Deliver));
    if state.reader.settling == Settling::No && !state.closed {
        match state.reader.hand {
            Some(_) => steps.push(Step::Handle),
            None if !state.queue.is_empty() && !state.reader.breaker_open => steps.push(Step::Start),
            None => {}
        }
    }
}

/// What may come from outside.
pub(super) fn outer(state: &State, steps: &mut Vec<Step>) {
    let left = state.left;
    for (at, upstream) in state.upstreams.iter().enumerate().filter(|(_, upstream)| !upstream.ended) {
        match upstream.operator {
            true => steps.push(Step::Release(at)),
            false if left.holds > 0 => steps.push(Step::Hold(at)),
            false => {}
        }
        let rests = upstream.settling == Settling::No;
        if left.stops > 0 && rests {
            steps.push(Step::Stop(at));
        }
        if left.returns > 0 && rests && upstream.reserved > 0 {
            steps.push(Step::Return(at));
        }
    }
    if left.repeats > 0 {
        steps.extend((0..state.signals.len()).map(Step::Repeat));
    }
    if state.closed || state.reader.settling != Settling::No {
        return;
    }
    if state.lock.is_none() {
        match state.reader.breaker_open {
            true => steps.push(Step::Mend),
            false if left.breaks > 0 => steps.push(Step::Break),
            false => {}
        }
        if left.ends > 0 {
            steps.push(Step::Close);
        }
    }
    if left.fails > 0 && state.reader.hand.is_some() {
        steps.push(Step::Fail);
    }
}

fn has_room(shape: &Shape, state: &State) -> bool {
    state.used < shape.capacity || shape.mutation == Some(Mutation::BoundIgnored)
}

/// What `step` makes of `state`.
pub(super) fn take(shape: &Shape, state: &mut State, step: Step) {
    match step {
        Step::Reserve(at) => {
            state.used += 1;
            state.taken += 1;
            state.upstreams[at].reserved += 1;
            if state.used >= shape.high {
                state.upstreams[at].settling = Settling::Wants;
            }
        }
        Step::Put(at) => put(state, at),
        Step::Offer(at) => offer(shape, state, at),
        Step::Return(at) => {
            state.left.returns -= 1;
            state.upstreams[at].reserved -= 1;
            free(shape, state, Who::Upstream(at));
        }
        Step::End(at) => end(state, at),
        Step::LookAtFlag(who) => {
            let Settling::Freed(depth) = *state.settling(who) else { return };
            let settles = state.flag && depth <= shape.low;
            *state.settling(who) = if settles { Settling::Wants } else { Settling::No };
        }
        Step::Settle(who) => settle(shape, state, who),
        Step::Deliver(at) => {
            let signal = state.signals.remove(at);
            hear(shape, state, signal);
        }
        Step::Repeat(at) => {
            state.left.repeats -= 1;
            hear(shape, state, state.signals[at]);
        }
        Step::Start => {
            let (from, number) = state.queue.remove(0);
            state.reader.disorder |= number < state.reader.seen[from];
            state.reader.seen[from] = number + 1;
            state.reader.hand = Some((from, number));
            free(shape, state, Who::Reader);
        }
        Step::Handle => {
            state.reader.hand = None;
            state.ledger.handled += 1;
        }
        Step::Fail => {
            state.left.fails -= 1;
            state.ledger.failed += 1;
            if shape.mutation != Some(Mutation::FailedCountsTwice) {
                state.reader.hand = None;
            }
        }
        Step::Hold(at) => {
            state.left.holds -= 1;
            (state.upstreams[at].operator, state.upstreams[at].paused) = (true, true);
        }
        Step::Release(at) => (state.upstreams[at].operator, state.upstreams[at].paused) = (false, false),
        Step::Stop(at) => {
            state.left.stops -= 1;
            let reserved = std::mem::take(&mut state.upstreams[at].reserved);
            end(state, at);
            if reserved > 0 && shape.mutation != Some(Mutation::StoppedKeepsRoom) {
                free(shape, state, Who::Upstream(at));
            }
        }
        Step::Break | Step::Mend => {
            let opens = step == Step::Break;
            state.left.breaks -= u8::from(opens);
            state.reader.breaker_open = opens;
            state.causes ^= BREAKER;
            state.tell();
        }
        Step::Close => close(shape, state),
    }
}

fn put(state: &mut State, at: usize) {
    let upstream = &mut state.upstreams[at];
    upstream.reserved -= 1;
    if state.closed {
        // Refused: nobody received it.
        state.used -= 1;
    } else {
        state.queue.push((at, upstream.sent));
        state.ledger.received += 1;
    }
    upstream.sent += 1;
}

fn offer(shape: &Shape, state: &mut State, at: usize) {
    let message = (at, state.upstreams[at].sent);
    state.upstreams[at].sent += 1;
    if state.closed {
        return;
    }
    state.ledger.received += 1;
    if !has_room(shape, state) {
        state.ledger.dropped += u8::from(shape.mutation != Some(Mutation::DropNotCounted));
        if shape.policy == Policy::DropNewest || state.queue.is_empty() {
            return;
        }
        state.queue.remove(0);
        state.used -= 1;
    }
    state.used += 1;
    state.queue.push(message);
}

/// The link of an upstream actor ends: it hears no more.
fn end(state: &mut State, at: usize) {
    state.upstreams[at].ended = true;
    state.upstreams[at].held = 0;
    state.signals.retain(|signal| signal.to != at);
}

/// A place comes free; whoever freed it looks at the flag afterwards.
fn free(shape: &Shape, state: &mut State, who: Who) {
    if shape.mutation == Some(Mutation::FlagReadBeforeRelease) {
        *state.settling(who) = Settling::Frees(state.flag);
        return;
    }
    state.used -= 1;
    if shape.policy == Policy::Backpressure {
        *state.settling(who) = Settling::Freed(state.used);
    }
}

/// The next step of whoever brings the signalled state in line with the depth.
fn settle(shape: &Shape, state: &mut State, who: Who) {
    let low = if shape.mutation == Some(Mutation::OneMark) { shape.high - 1 } else { shape.low };
    let next = match *state.settling(who) {
        Settling::Wants => {
            state.lock = Some(who);
            Settling::Looks
        }
        Settling::Looks => match state.causes & FULL != 0 {
            false if state.used >= shape.high => Settling::Decided(true),
            true if state.used <= low => Settling::Decided(false),
            _ => {
                state.lock = None;
                Settling::No
            }
        },
        Settling::Decided(full) => {
            state.flag = full;
            if shape.mutation == Some(Mutation::FlagBeforeSignal) {
                // Others may settle before it has said so.
                state.lock = None;
            }
            Settling::Flagged(full)
        }
        Settling::Flagged(full) => {
            if full {
                state.causes |= FULL;
                state.raised += 1;
            } else {
                state.causes &= !FULL;
            }
            state.tell();
            match shape.mutation {
                Some(Mutation::NoSecondLook) => {
                    state.lock = None;
                    Settling::No
                }
                Some(Mutation::FlagBeforeSignal) => Settling::No,
                _ => Settling::Looks,
            }
        }
        Settling::Frees(flag) => {
            state.used -= 1;
            if flag && state.used <= shape.low { Settling::Wants } else { Settling::No }
        }
        Settling::No | Settling::Freed(_) => Settling::No,
    };
    *state.settling(who) = next;
}

/// A signal reaches its upstream actor.
fn hear(shape: &Shape, state: &mut State, signal: super::state::Signal) {
    let upstream = &mut state.upstreams[signal.to];
    if signal.epoch <= upstream.known && shape.mutation != Some(Mutation::EpochIgnored) {
        return;
    }
    let lessens = upstream.held & !signal.causes != 0;
    upstream.known = upstream.known.max(signal.epoch);
    upstream.held = signal.causes;
    match shape.mutation {
        Some(Mutation::OneReleasedForTwo) if lessens => upstream.held = 0,
        Some(Mutation::ResumeReleasesOperator) if signal.causes == 0 => upstream.paused = false,
        _ => {}
    }
}

/// The reader is gone: what waits is left, and every link ends.
fn close(shape: &Shape, state: &mut State) {
    state.left.ends -= 1;
    state.closed = true;
    let waiting = state.queue.len() as u8;
    state.used -= waiting;
    state.ledger.left += waiting + u8::from(state.reader.hand.take().is_some());
    state.queue.clear();
    state.signals.clear();
    if shape.mutation != Some(Mutation::EndKeepsHold) {
        state.upstreams.iter_mut().for_each(|upstream| upstream.held = 0);
    }
}

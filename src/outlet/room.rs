//! Waiting for room in several mailboxes at once: all or none, and never waiting while holding some.

use super::lane::Room;
use super::port::Fans;
use crate::mailbox::Link;
use crate::sync::Arc;
use std::task::{Context, Poll};

/// After so many changes under its hands within one poll, a waiter lets others go first.
const MOST_PASSES: usize = 8;

/// Waits until every fan has room for `need` messages.
///
/// It looks before it takes: a place taken here and given back, because there is none elsewhere, could turn the mailbox
/// pressured and open again, and the signals would wake the very cell that waits. While it waits it holds nothing, and
/// stands in the line of one target only: the one that had no room. It joins that line first and then looks once more
/// there, so room that came free in between is not missed. It looks nowhere else then: another target may have no room
/// only because others wait there, and it would go from line to line.
pub(crate) fn poll_room(fans: &mut (impl Fans + ?Sized), need: usize, cx: &mut Context<'_>) -> Poll<()> {
    for _ in 0..MOST_PASSES {
        let mut answer = look(fans, need);
        if answer.0 == Room::Ready {
            answer = take(fans, need);
        }
        let (Room::Yield(target) | Room::Full(target), at) = answer else {
            fans.each(&mut |fan| fan.stop_waiting());
            return Poll::Ready(());
        };
        let (mut number, mut has_room) = (0, false);
        fans.each(&mut |fan| {
            fan.give_back();
            if number == at {
                fan.wait_at(target, need, cx);
                has_room = fan.still_has_room(target, need);
            } else {
                fan.stop_waiting();
            }
            number += 1;
        });
        if let Room::Yield(_) = answer.0 {
            break;
        }
        if !has_room {
            return Poll::Pending;
        }
    }
    cx.waker().wake_by_ref();
    Poll::Pending
}

/// Whether every fan has room; the first target that has none, and the number of its fan.
fn look(fans: &mut (impl Fans + ?Sized), need: usize) -> (Room, usize) {
    let (mut answer, mut number) = ((Room::Ready, 0), 0);
    fans.each(&mut |fan| {
        if let (Room::Ready, Some(target)) = (answer.0, fan.short(need)) {
            answer = (Room::Full(target), number);
        }
        number += 1;
    });
    answer
}

/// Takes room in every fan, up to the first that has none; which that is, and the number of its fan.
fn take(fans: &mut (impl Fans + ?Sized), need: usize) -> (Room, usize) {
    let (mut answer, mut number) = ((Room::Ready, 0), 0);
    fans.each(&mut |fan| {
        if answer.0 == Room::Ready {
            answer = (fan.ask(need), number);
        }
        number += 1;
    });
    answer
}

/// Counts anew for how many messages there is room.
pub(crate) fn recount(fans: &mut (impl Fans + ?Sized), need: usize) {
    fans.each(&mut |fan| fan.recount(need));
}

/// Reserves more where little is left and it is to be had for nothing.
pub(crate) fn top_up(fans: &mut (impl Fans + ?Sized), need: usize) {
    fans.each(&mut |fan| fan.top_up(need));
}

/// Leaves all lines and gives unused room back: before an actor idles, pauses or suspends.
pub(crate) fn let_go(fans: &mut (impl Fans + ?Sized)) {
    fans.each(&mut |fan| {
        fan.stop_waiting();
        fan.give_back();
    });
}

/// Hands over what is staged and ends every link; `failed` if there should have been more.
pub(crate) fn end(fans: &mut (impl Fans + ?Sized), failed: bool) {
    fans.each(&mut |fan| fan.end(failed));
}

/// Adds how many messages have gone over each link, and gives back how many there were, each counted once.
pub(crate) fn emitted(fans: &mut (impl Fans + ?Sized), by_lane: &mut Vec<u64>) -> u64 {
    let mut emitted = 0;
    fans.each(&mut |fan| emitted += fan.emitted(by_lane));
    emitted
}

/// Whether there are links.
pub(crate) fn is_linked(fans: &mut (impl Fans + ?Sized)) -> bool {
    let mut linked = false;
    fans.each(&mut |fan| linked |= fan.is_linked());
    linked
}

/// Whether a target of any fan asks to hold.
pub(crate) fn is_held(fans: &mut (impl Fans + ?Sized)) -> bool {
    let mut held = false;
    fans.each(&mut |fan| held |= fan.is_held());
    held
}

/// Shows the link in whose line the fans stand; whether there is one.
pub(crate) fn show_awaited(fans: &mut (impl Fans + ?Sized), mut show: impl FnMut(&Arc<Link>)) -> bool {
    let mut shown = false;
    fans.each(&mut |fan| shown = shown || fan.awaited().map(&mut show).is_some());
    shown
}

/// Shows the first link that holds the fans; whether there is one.
pub(crate) fn show_holder(fans: &mut (impl Fans + ?Sized), mut show: impl FnMut(&Arc<Link>)) -> bool {
    let mut shown = false;
    fans.each(&mut |fan| shown = shown || fan.holder().map(&mut show).is_some());
    shown
}

/// Whether there are links, and every one has ended: nobody takes what this actor emits. If so, whether that is
/// because nobody wants it, and not because somebody failed. Taps do not count: an actor that has nothing else goes on.
pub(crate) fn ended(fans: &mut (impl Fans + ?Sized)) -> Option<Unwanted> {
    let (mut linked, mut ended, mut cancelled) = (false, true, true);
    fans.each(&mut |fan| {
        linked |= fan.is_read();
        ended &= fan.is_ended() || !fan.is_read();
        cancelled &= fan.is_cancelled();
    });
    (linked && ended).then_some(Unwanted { cancelled })
}

/// Nobody takes what an actor emits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unwanted {
    /// Whether all readers went because they wanted no more.
    pub(crate) cancelled: bool,
}

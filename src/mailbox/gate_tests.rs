//! The gate by itself: who gets room, when, and how much.

use super::MailboxOptions;
use super::gate::{Gate, Grant};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Wake, Waker};

/// Counts how often it was woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn waiter() -> (Arc<Woken>, Waker) {
    let woken = Arc::new(Woken::default());
    (woken.clone(), woken.into())
}

fn gate(capacity: usize) -> Gate {
    Gate::new(&MailboxOptions::capacity(capacity).resolve())
}

#[test]
fn room_is_had_until_it_is_full_and_again_when_some_comes_free() {
    let gate = gate(4);
    assert_eq!((gate.has_room(4, None), gate.has_room(5, None)), (true, false));
    assert_eq!(gate.try_reserve(3, 0, false, None), Grant::Room(3));
    assert_eq!((gate.has_room(1, None), gate.has_room(2, None)), (true, false));
    assert_eq!(gate.try_reserve(2, 0, false, None), Grant::Full);
    assert_eq!(gate.try_reserve(1, 0, false, None), Grant::Room(1));
    assert_eq!((gate.depth(), gate.has_room(1, None)), (4, false));
    gate.cancel(2);
    assert_eq!((gate.depth(), gate.has_room(2, None), gate.has_room(3, None)), (2, true, false));
}

#[test]
fn who_comes_later_gets_no_room_before_those_in_line() {
    let gate = gate(2);
    assert_eq!(gate.try_reserve(2, 0, false, None), Grant::Room(2));
    let ((first_woken, first), (second_woken, second)) = (waiter(), waiter());
    let first = gate.wait(None, &first);
    let second = gate.wait(None, &second);
    // Only the first is told of room; there is enough for all, and only the first gets some.
    gate.cancel(2);
    assert_eq!((first_woken.0.load(Ordering::Relaxed), second_woken.0.load(Ordering::Relaxed)), (1, 0));
    for later in [None, Some(second)] {
        assert!(!gate.has_room(1, later));
        assert_eq!(gate.try_reserve(1, 0, false, later), Grant::Full);
    }
    assert!(gate.has_room(1, Some(first)));
    assert_eq!(gate.try_reserve(1, 0, false, Some(first)), Grant::Room(1));
    // When it leaves the line, the next one is told.
    gate.stop_waiting(first);
    assert_eq!((first_woken.0.load(Ordering::Relaxed), second_woken.0.load(Ordering::Relaxed)), (1, 1));
    assert_eq!(gate.try_reserve(1, 0, false, None), Grant::Full);
    assert_eq!(gate.try_reserve(1, 0, false, Some(second)), Grant::Room(1));
    gate.stop_waiting(second);
    gate.cancel(1);
    assert_eq!(gate.try_reserve(1, 0, false, None), Grant::Room(1));
}

#[test]
fn who_left_the_line_unserved_keeps_its_place_before_those_that_came_later() {
    let gate = gate(1);
    assert_eq!(gate.try_reserve(1, 0, false, None), Grant::Room(1));
    let ((_, first), (_, second)) = (waiter(), waiter());
    let ticket = gate.wait(None, &first);
    let later = gate.wait(None, &second);
    gate.stop_waiting(ticket);
    assert_eq!(gate.wait(Some(ticket), &first), ticket);
    gate.cancel(1);
    assert_eq!(gate.try_reserve(1, 0, false, Some(later)), Grant::Full);
    assert_eq!(gate.try_reserve(1, 0, false, Some(ticket)), Grant::Room(1));
}

#[test]
fn what_is_asked_for_beyond_the_need_is_given_where_there_is_enough_and_never_in_bytes() {
    let gate = gate(100);
    assert_eq!(gate.try_reserve(1, 9, false, None), Grant::Room(10));
    let options = MailboxOptions::capacity(100).max_bytes(1000).max_message_bytes(100);
    let weighed = Gate::new(&options.resolve());
    assert_eq!(weighed.try_reserve(1, 9, false, None), Grant::Room(1));
    // A place reserves what the largest message may weigh.
    assert_eq!((weighed.has_room(9, None), weighed.has_room(10, None)), (true, false));
    assert_eq!(weighed.try_reserve(9, 0, false, None), Grant::Room(9));
    assert_eq!(weighed.try_reserve(1, 0, false, None), Grant::Full);
    assert_eq!(weighed.depth(), 10, "the slot that was taken without bytes is given back");
    // Two messages of 30 bytes lie in the places of two: 140 of the 200 bytes come free, which is one message more.
    weighed.fill(2, Some(60));
    assert_eq!((weighed.has_room(1, None), weighed.has_room(2, None)), (true, false));
    weighed.release(2, 60);
    assert_eq!((weighed.has_room(2, None), weighed.has_room(3, None)), (true, false));
}

#[test]
fn the_peak_is_the_most_that_was_there_at_once() {
    let gate = gate(8);
    assert_eq!(gate.try_reserve(5, 0, false, None), Grant::Room(5));
    gate.fill(3, None);
    assert_eq!((gate.peak(), gate.waiting(), gate.depth()), (3, 3, 5));
    gate.release(2, 0);
    gate.fill(2, None);
    assert_eq!((gate.peak(), gate.waiting(), gate.depth()), (3, 3, 3));
}

#[test]
fn a_closed_gate_lets_nobody_in_and_tells_all_who_wait() {
    let gate = gate(1);
    assert_eq!(gate.try_reserve(1, 0, false, None), Grant::Room(1));
    let ((first_woken, first), (second_woken, second)) = (waiter(), waiter());
    let (first, _) = (gate.wait(None, &first), gate.wait(None, &second));
    assert!(!gate.is_closed());
    gate.close(true);
    assert!(gate.is_closed());
    assert_eq!((first_woken.0.load(Ordering::Relaxed), second_woken.0.load(Ordering::Relaxed)), (1, 1));
    gate.cancel(1);
    assert_eq!(gate.try_reserve(1, 0, false, Some(first)), Grant::Closed);
}

#[test]
fn it_is_pressured_where_another_of_the_largest_messages_has_no_room() {
    let options = MailboxOptions::capacity(100).max_bytes(100).max_message_bytes(60);
    let gate = Gate::new(&options.resolve());
    assert_eq!(gate.try_reserve(1, 0, false, None), Grant::Room(1));
    assert_eq!((gate.bytes(), gate.has_room(1, None)), (Some((60, 100)), false));
    assert!(gate.pressure().pressured, "at 80 % it would never be");
    gate.fill(1, Some(40));
    assert_eq!((gate.bytes(), gate.has_room(1, None)), (Some((40, 100)), true));
    assert!(!gate.pressure().pressured);
}

#[test]
fn it_is_pressured_as_long_as_there_is_a_cause() {
    let (gate, readers) = (gate(2), AtomicUsize::new(1));
    let counts = |gate: &Gate| {
        let pressure = gate.pressure();
        (pressure.pressured, pressure.backpressure_signals, pressure.resume_signals)
    };
    assert_eq!(gate.try_reserve(2, 0, false, None), Grant::Room(2));
    gate.bar(&readers);
    assert_eq!(counts(&gate), (true, 1, 0));
    gate.unbar(&readers);
    assert_eq!(counts(&gate), (true, 1, 0), "it is full");
    gate.bar(&readers);
    gate.cancel(2);
    assert_eq!(counts(&gate), (true, 1, 0), "a breaker is open");
    gate.unbar(&readers);
    assert_eq!(counts(&gate), (false, 1, 1));
}

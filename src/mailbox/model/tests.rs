//! The checks: every shape in every order, and every mistake found out.

use super::{Budget, Mutation, Policy, Shape};
use crate::mailbox::Marks;
use stateright::{Checker, Model};

/// Nothing comes from outside.
const CALM: Budget =
    Budget { holds: 0, breaks: 0, stops: 0, ends: 0, fails: 0, repeats: 0, lates: 0, returns: 0 };

/// A mailbox with the marks that the code works out.
fn shape(upstreams: usize, messages: u8, capacity: u8, budget: Budget) -> Shape {
    let marks = Marks::new(usize::from(capacity), 0.5, 0.8);
    let (high, low) = (marks.high as u8, marks.low as u8);
    Shape { upstreams, messages, capacity, high, low, policy: Policy::Backpressure, budget, mutation: None }
}

/// Goes through all states; how many there are.
fn check(shape: Shape) -> usize {
    let name = format!("{shape:?}");
    let checker = shape.checker().threads(2).spawn_bfs().join();
    for (property, path) in checker.discoveries() {
        let expected = property == "everything is handled";
        assert!(expected, "{name}: {property} does not hold:\n{path}");
    }
    checker.assert_properties();
    println!("{} states: {name}", checker.unique_state_count());
    checker.unique_state_count()
}

/// Which rule finds the mistake out.
fn caught(mutation: Mutation, mut shape: Shape) -> Vec<&'static str> {
    shape.mutation = Some(mutation);
    let checker = shape.checker().threads(2).spawn_bfs().join();
    let broken = checker.discoveries().into_keys().filter(|property| *property != "everything is handled");
    let mut broken: Vec<_> = broken.collect();
    broken.sort_unstable();
    broken
}

#[test]
fn one_two_and_three_upstreams_with_capacities_of_one_to_three_reach_the_end() {
    for capacity in 1..=3 {
        check(shape(1, 4, capacity, Budget { returns: 1, repeats: 1, lates: 1, ..CALM }));
        check(shape(2, 2, capacity, Budget { returns: 1, ..CALM }));
        check(shape(2, 2, capacity, Budget { repeats: 1, lates: 1, ..CALM }));
    }
    check(shape(3, 1, 2, Budget { returns: 1, ..CALM }));
}

#[test]
fn holds_of_operators_and_breakers_are_released_one_by_one() {
    for capacity in 1..=2 {
        check(shape(1, 3, capacity, Budget { holds: 1, breaks: 1, repeats: 1, lates: 1, ..CALM }));
        check(shape(2, 1, capacity, Budget { holds: 1, breaks: 1, ..CALM }));
    }
}

#[test]
fn stops_failures_and_ends_at_any_point_leave_nobody_waiting() {
    for capacity in 1..=2 {
        check(shape(2, 2, capacity, Budget { stops: 1, ends: 1, ..CALM }));
        check(shape(2, 2, capacity, Budget { stops: 1, fails: 1, returns: 1, ..CALM }));
        check(shape(1, 3, capacity, Budget { stops: 1, ends: 1, fails: 1, breaks: 1, ..CALM }));
    }
}

#[test]
fn policies_that_drop_count_what_goes() {
    for policy in [Policy::DropNewest, Policy::DropOldest] {
        for capacity in 1..=3 {
            let budget = Budget { holds: 1, stops: 1, ends: 1, fails: 1, ..CALM };
            check(Shape { policy, ..shape(2, 2, capacity, budget) });
        }
    }
}

#[test]
fn every_mistake_is_found_out_by_the_rule_that_is_there_for_it() {
    const BOUND: &str = "the depth is never above the capacity";
    const PLACES: &str = "every place that is taken is somebody's";
    const LEDGER: &str = "no message is lost or counted twice";
    const NEWEST: &str = "who knows the newest signal is held by all of its causes";
    const SIGNALLED: &str = "when nobody settles, what was signalled is so";
    const OPERATOR: &str = "whom an operator holds is paused";
    const FOR_EVER: &str = "nobody is paused for ever";
    const STORM: &str = "no more signals than the marks allow";
    let two = |capacity, budget| shape(2, 2, capacity, budget);
    let long = |capacity, budget| shape(1, 5, capacity, budget);
    let late = long(1, Budget { lates: 1, ..CALM });
    let drops = Shape { policy: Policy::DropNewest, ..two(1, CALM) };
    let expected = [
        (Mutation::EpochIgnored, late.clone(), NEWEST),
        (Mutation::EpochIgnored, late, FOR_EVER),
        (Mutation::FlagBeforeSignal, two(2, CALM), SIGNALLED),
        (Mutation::NoSecondLook, two(3, CALM), SIGNALLED),
        (Mutation::FlagReadBeforeRelease, two(2, CALM), SIGNALLED),
        (Mutation::OneReleasedForTwo, long(1, Budget { breaks: 1, ..CALM }), NEWEST),
        (Mutation::ResumeReleasesOperator, long(1, Budget { holds: 1, ..CALM }), OPERATOR),
        (Mutation::StoppedKeepsRoom, two(1, Budget { stops: 1, ..CALM }), PLACES),
        (Mutation::StoppedKeepsRoom, two(1, Budget { stops: 1, ..CALM }), FOR_EVER),
        (Mutation::EndKeepsHold, two(1, Budget { ends: 1, ..CALM }), FOR_EVER),
        (Mutation::BoundIgnored, two(1, CALM), BOUND),
        (Mutation::OneMark, long(3, CALM), STORM),
        (Mutation::FailedCountsTwice, long(1, Budget { fails: 1, ..CALM }), LEDGER),
        (Mutation::DropNotCounted, drops, LEDGER),
    ];
    let mut wrong = Vec::new();
    for (mutation, shape, rule) in expected {
        let broken = caught(mutation, shape);
        if !broken.contains(&rule) {
            wrong.push(format!("{mutation:?} breaks {broken:?}, not {rule:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

//! Actors that hold each other in a circle. A run does not come to that by itself, so these are reports.

use crate::support::only_root;
use crate::threads::{actor, run};
use tidegate_monitor::verdict::{RootKind, Window, verdict};

#[test]
fn actors_that_all_wait_for_each_other_are_one_deadlock() {
    let found = verdict(&Window::whole(&run(
        2,
        &[
            actor("numbers", 1, 0.0, 0.0, "slow"),
            actor("slow", 1, 0.0, 0.0, "store"),
            actor("store", 1, 0.0, 0.0, "numbers"),
        ],
    )));
    only_root(&found, "numbers", RootKind::Deadlock, &["store", "slow"]);
    assert_eq!(
        found.to_string(),
        "`numbers`, `store` and `slow` waited for each other; give the way back more capacity, or a mailbox that drops."
    );
}

#[test]
fn of_actors_in_a_circle_that_do_as_much_the_first_in_the_topology_is_to_blame() {
    let found = verdict(&Window::whole(&run(
        2,
        &[
            actor("numbers", 1, 3.0, 0.0, "slow"),
            actor("slow", 1, 3.0, 0.0, "store"),
            actor("store", 1, 3.0, 0.0, "numbers"),
        ],
    )));
    let all: Vec<&str> = found.roots.iter().map(|root| root.actor.as_str()).collect();
    assert_eq!(all, ["numbers"], "{found:#?}");
}

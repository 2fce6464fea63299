//! Actors that compute, and have to share the threads. In virtual time that takes no time, so these are reports.

use crate::support::only_root;
use serde_json::{Value, json};
use tidegate::Report;
use tidegate_monitor::verdict::{RootKind, Window, verdict};

/// A run of 10 s on so many arbiters, of actors in a chain.
pub fn run(arbiters: usize, actors: &[Value]) -> Report {
    let names: Vec<&str> = actors.iter().map(|actor| actor["name"].as_str().expect("a name")).collect();
    let links: Vec<Value> = names
        .windows(2)
        .map(
            |ends| json!({ "from": ends[0], "to": ends[1], "emitted": 1000, "received": 1000, "refused": 0 }),
        )
        .collect();
    let actors: serde_json::Map<String, Value> =
        names.iter().zip(actors).map(|(name, actor)| (name.to_string(), actor.clone())).collect();
    let report = json!({
        "topology": "computes", "arbiters": arbiters, "outcome": "completed", "elapsed_seconds": 10.0,
        "balanced": true, "error": null, "actors": actors, "links": links,
    });
    serde_json::from_value(report).expect("a report")
}

/// An actor that was busy and idle for so many seconds of each of its instances, and blocked for the rest of the ten.
pub fn actor(name: &str, instances: usize, busy: f64, idle: f64, by: &str) -> Value {
    let (all, blocked) = (instances as f64, 10.0 - busy - idle);
    let by = match by {
        "arbiter" => json!({ "cause": "arbiter", "seconds": blocked * all }),
        holder => json!({ "cause": "full", "actor": holder, "seconds": blocked * all }),
    };
    let by = if blocked > 0.0 { vec![by] } else { Vec::new() };
    let time = json!({
        "idle_seconds": idle * all, "busy_seconds": busy * all, "blocked_seconds": blocked * all,
        "blocked_by": by, "now": [],
    });
    let mailbox = json!({
        "capacity": 1024, "peak": 812, "backpressure_signals": 3, "resume_signals": 3,
        "pressured_seconds": 5.0, "depth": 0, "pressured": false,
    });
    let producer = name == "n";
    json!({
        "name": name, "role": if producer { "producer" } else { "stage" }, "actor": "map", "instances": instances,
        "received": 1000, "handled": 1000, "emitted": 1000, "failed": 0,
        "dropped": { "overflow": 0, "cancelled": 0 }, "dead_lettered": 0, "left": 0, "restarts": 0, "waiting": 0,
        "in_handler": 0, "held": 0, "state": "ended", "mailbox": if producer { Value::Null } else { mailbox },
        "time": time,
    })
}

fn told(arbiters: usize, actors: &[Value]) -> String {
    verdict(&Window::whole(&run(arbiters, actors))).to_string()
}

#[test]
fn a_handler_that_computes_needs_a_thread_for_each_instance() {
    let busy = |instances| {
        [
            actor("n", 1, 0.9, 0.0, "parse"),
            actor("parse", instances, 9.8, 0.0, "arbiter"),
            actor("end", 1, 2.0, 8.0, ""),
        ]
    };
    let beginning = "`parse` was busy 98 % of the time and held `n`; ";
    let own = "more instances would help if each had a thread of its own: a `bulkhead` has `threads`.";
    let counted = "four more instances would have moved the bottleneck to `end`, if each has a thread of its own (`bulkhead`).";
    for (arbiters, instances, advice) in [(2, 1, own), (2, 2, own), (64, 1, counted)] {
        assert_eq!(told(arbiters, &busy(instances)), format!("{beginning}{advice}"));
    }
}

#[test]
fn actors_that_wait_for_their_thread_need_more_of_them() {
    let actors = [actor("n", 1, 5.0, 0.0, "arbiter"), actor("end", 1, 4.8, 0.2, "arbiter")];
    let found = verdict(&Window::whole(&run(1, &actors)));
    only_root(&found, "end", RootKind::ThreadsSaturated, &[]);
    assert_eq!(
        found.to_string(),
        "The threads were busy: `end` waited 50 % of the time for its turn and held nobody up; raise `runtime.arbiters`, \
         which is 1, if there are cores for more."
    );
}

/// What is told of actors in a process that may use so many cores.
fn told_with_cores(cores: usize, arbiters: usize, actors: &[Value]) -> String {
    let about = actors.iter().map(|actor| {
        json!({
            "name": actor["name"], "role": actor["role"], "actor": "map", "instances": [1, 1], "routing": "shared",
            "blocking": false,
        })
    });
    let description = json!({
        "name": "computes", "cores": cores, "actors": about.collect::<Vec<_>>(), "links": [],
    });
    let description = serde_json::from_value(description).unwrap();
    verdict(&Window::whole(&run(arbiters, actors)).described(&description)).to_string()
}

#[test]
fn where_all_cores_are_busy_no_more_threads_are_advised() {
    let crowded = [actor("n", 1, 5.0, 0.0, "arbiter"), actor("end", 1, 4.8, 0.2, "arbiter")];
    let beginning = "The threads were busy: `end` waited 50 % of the time for its turn and held nobody up; ";
    let raise = "raise `runtime.arbiters`, which is 1, if there are cores for more.";
    let none = "the only core is used up: only faster handlers, or a machine with more cores, would help.";
    assert_eq!(told_with_cores(1, 1, &crowded), format!("{beginning}{none}"));
    assert_eq!(told_with_cores(2, 1, &crowded), format!("{beginning}{raise}"));

    let computes = [
        actor("n", 1, 0.9, 0.0, "parse"),
        actor("parse", 1, 9.8, 0.0, "arbiter"),
        actor("end", 1, 8.0, 2.0, ""),
    ];
    let beginning = "`parse` was busy 98 % of the time and held `n`; ";
    let more = "one more instance would have moved the bottleneck to `end`, if each has a thread of its own (`bulkhead`).";
    let none = "the two cores are used up: only faster handlers, or a machine with more cores, would help.";
    // With 2 threads and 18.7 s of work in 10 s.
    assert_eq!(told_with_cores(2, 2, &computes), format!("{beginning}{none}"));
    assert_eq!(told_with_cores(4, 2, &computes), format!("{beginning}{more}"));
}

#[test]
fn an_actor_on_a_crowded_thread_may_go_to_another() {
    let actors = [actor("n", 1, 5.0, 0.0, "arbiter"), actor("end", 1, 4.8, 0.2, "arbiter")];
    assert_eq!(
        told(2, &actors),
        "The threads were busy: `end` waited 50 % of the time for its turn and held nobody up; others have time left: \
         `arbiter` or a `bulkhead` puts it on another thread than its neighbours."
    );
}

#[test]
fn handlers_that_take_all_the_time_of_the_threads_hold_each_other_without_being_slow() {
    let actors = [actor("n", 1, 7.8, 0.0, "end"), actor("end", 1, 3.8, 6.2, "")];
    // The producer has more to do, so its hold is chance on two threads; on one they take turns.
    assert_eq!(
        told(1, &[actor("n", 1, 4.0, 0.0, "end"), actor("end", 1, 5.4, 4.6, "")]),
        "The threads were busy: `end` got to work 54 % of the time, which held `n`; raise `runtime.arbiters`, which is 1, if \
         there are cores for more."
    );
    assert_eq!(
        told(2, &actors),
        "Nothing was held up: `n` set the pace, as it was busy getting its messages 78 % of the time."
    );
}

#[test]
fn a_mailbox_that_fills_up_faster_than_its_reader_wakes_is_small() {
    let actors = [actor("n", 1, 3.9, 0.0, "end"), actor("end", 1, 1.3, 8.7, "")];
    let found = verdict(&Window::whole(&run(2, &actors)));
    only_root(&found, "end", RootKind::SmallMailbox, &["n"]);
    assert_eq!(
        found.to_string(),
        "`end` was busy 13 % only and yet held `n`, which fills its mailbox faster than it can be woken; raise its \
         `mailbox.capacity`, which is 1024."
    );
}

#[test]
fn an_actor_that_was_left_behind_never_came_back() {
    let mut stuck = actor("end", 1, 10.0, 0.0, "");
    stuck["state"] = "stuck".into();
    assert_eq!(
        told(2, &[actor("n", 1, 0.5, 0.0, "end"), stuck]),
        "`end` was stuck: it never came back from its handler, which held `n`; look at what its handler waits for."
    );
}

#[test]
fn counts_that_no_run_can_have_are_no_reason_to_panic() {
    let mut one = actor("store", 1, 1.0, 9.0, "");
    one["handled"] = json!(u64::MAX);
    one["failed"] = json!(u64::MAX);
    one["time"]["now"] = json!([{ "instance": 0, "activity": "busy", "seconds": 0.1 }]);
    let quiet = actor("n", 1, 0.1, 9.9, "");
    assert_eq!(told(1, &[quiet.clone(), one]), told(1, &[quiet, actor("store", 1, 1.0, 9.0, "")]));
}

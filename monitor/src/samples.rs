//! A topology for tests, at any moment of its run.

use serde_json::{Value, json};
use tidegate::Snapshot;

/// `lines -> parse -> store` after so many seconds: 100 messages a second; `store` is busy all the time and holds `parse` for
/// half of the time, and that holds `lines`.
pub(crate) fn snapshot(seconds: f64) -> Snapshot {
    let messages = (seconds * 100.0) as u64;
    let mailbox = |depth: u64, pressured: bool| {
        json!({
            "capacity": 64, "largest_capacity": 64, "peak": 60, "backpressure_signals": 3, "resume_signals": 2,
            "pressured_seconds": seconds / 2.0, "depth": depth, "pressured": pressured, "high": 52, "low": 32,
        })
    };
    let actor = |role: &str, time: [f64; 3], by: Option<&str>, mailbox: Value| {
        let held = by.is_some();
        json!({
            "role": role, "actor": "sample", "instances": 1, "received": messages, "handled": messages,
            "emitted": messages, "failed": 0, "dropped": {"overflow": 0, "cancelled": 0}, "dead_lettered": 0,
            "left": 0, "restarts": 0, "waiting": 0, "in_handler": 0, "held": 0,
            "state": if held { "paused" } else { "running" },
            "time": {
                "idle_seconds": time[0] * seconds, "busy_seconds": time[1] * seconds,
                "blocked_seconds": time[2] * seconds,
                "blocked_by": by.map(|by| json!({"cause": "full", "actor": by, "seconds": time[2] * seconds}))
                    .into_iter().collect::<Vec<_>>(),
                "now": [{
                    "instance": 0, "activity": if held { "blocked" } else { "busy" }, "seconds": 0.25,
                    "cause": by.map(|_| "full"), "actor": by,
                }],
            },
            "mailbox": mailbox,
        })
    };
    let link = |from: &str, to: &str, held: bool| {
        json!({
            "from": from, "to": to, "emitted": messages, "received": messages, "refused": 0, "held": held,
            "backpressure_signals": 3, "resume_signals": 2, "blocked_seconds": seconds / 2.0,
            "mailbox": mailbox(40, held),
            "wait": {
                "samples": 100, "p50_seconds": 0.01, "p90_seconds": 0.02, "p99_seconds": 0.03, "max_seconds": 0.04,
                "total_samples": 100, "total_seconds": 1.0,
            },
        })
    };
    serde_json::from_value(json!({
        "topology": "sample", "arbiters": 1, "phase": "running", "elapsed_seconds": seconds,
        "actors": {
            "lines": actor("producer", [0.0, 0.25, 0.75], Some("parse"), Value::Null),
            "parse": actor("stage", [0.25, 0.25, 0.5], Some("store"), mailbox(40, true)),
            "store": actor("consumer", [0.0, 1.0, 0.0], None, mailbox(60, true)),
        },
        "links": [link("lines", "parse", true), link("parse", "store", true)],
    }))
    .expect("it has what a snapshot has")
}

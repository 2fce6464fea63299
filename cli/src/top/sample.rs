//! A run for tests: `lines -> parse -> store`, with `audit` idle beside it.

use super::state::{State, Update};
use serde_json::{Value, json};
use tidegate::SignalLog;
use tidegate_monitor::client::Seen;

/// What a monitor says after so many seconds: `store` is busy and holds `parse`, and that holds `lines`; and four signals that
/// came after the one of number `after`.
pub(super) fn chain(seconds: f64, after: u64) -> (Seen, SignalLog) {
    let done = |per_second: f64| (seconds * per_second) as u64;
    let mailbox = |depth: u64, capacity: u64, pressured: bool| {
        json!({
            "capacity": capacity, "largest_capacity": capacity, "peak": depth, "backpressure_signals": 4,
            "resume_signals": 3, "pressured_seconds": seconds / 2.0, "depth": depth, "pressured": pressured,
            "high": capacity * 8 / 10, "low": capacity / 2,
        })
    };
    let actor = |role: &str, per_second: f64, time: [f64; 3], by: Option<&str>, mailbox: Value| {
        json!({
            "role": role, "actor": "sample", "instances": 1, "received": done(per_second),
            "handled": done(per_second), "emitted": done(per_second), "failed": 0,
            "dropped": {"overflow": 0, "cancelled": 0}, "dead_lettered": 0, "left": 0, "restarts": 0, "waiting": 0,
            "in_handler": 0, "held": 0, "state": if by.is_some() { "paused" } else { "running" },
            "time": {
                "idle_seconds": time[0] * seconds, "busy_seconds": time[1] * seconds,
                "blocked_seconds": time[2] * seconds,
                "blocked_by": by.iter()
                    .map(|by| json!({"cause": "full", "actor": by, "seconds": time[2] * seconds}))
                    .collect::<Vec<_>>(),
                "now": [],
            },
            "mailbox": mailbox,
        })
    };
    let link = |from: &str, to: &str, held: bool, p99: f64| {
        json!({
            "from": from, "to": to, "emitted": done(100.0), "received": done(100.0), "refused": 0, "held": held,
            "wait": {
                "samples": 9, "p50_seconds": p99 / 4.0, "p90_seconds": p99 / 2.0, "p99_seconds": p99,
                "max_seconds": p99, "total_samples": 9, "total_seconds": 1.0,
            },
        })
    };
    let mut store = actor("consumer", 1250.0, [0.0, 1.0, 0.0], None, mailbox(60, 64, true));
    store["instances"] = json!(2);
    let seen = json!({
        "snapshot": {
            "topology": "flights", "arbiters": 2, "phase": "running", "elapsed_seconds": seconds,
            "actors": {
                "lines": actor("producer", 5000.0, [0.0, 0.1, 0.9], Some("parse"), Value::Null),
                "parse": actor("stage", 1250.0, [0.0, 0.3, 0.7], Some("store"), mailbox(820, 1024, true)),
                "store": store,
                "audit": actor("consumer", 0.0, [1.0, 0.0, 0.0], None, mailbox(0, 16, false)),
            },
            "links": [
                link("lines", "parse", true, 0.65), link("parse", "store", true, 0.048),
                link("parse.odd", "audit", false, 0.0),
            ],
        },
        "verdict": {
            "roots": [],
            "summary": "`store` is busy 100 % and holds `parse` and `lines` since 4.0 s; two more instances would help",
        },
        "replayed": false,
    });
    let signal = |number: u64, kind: &str, from: &str, to: &str, depth: u64, capacity: u64| {
        json!({
            "number": after + number, "at_seconds": seconds - 1.0 + number as f64 / 8.0, "kind": kind, "from": from,
            "to": to, "causes": if kind == "resume" { json!([]) } else { json!(["full"]) }, "depth": depth,
            "capacity": capacity, "epoch": number,
        })
    };
    let log = json!({
        "records": [
            signal(1, "resume", "parse", "store", 32, 64), signal(2, "resume", "lines", "parse", 512, 1024),
            signal(3, "backpressure", "parse", "store", 52, 64),
            signal(4, "backpressure", "lines", "parse", 820, 1024),
        ],
        "last": after + 4, "missed": 0,
    });
    (serde_json::from_value(seen).unwrap(), serde_json::from_value(log).unwrap())
}

/// The run after twelve seconds, looked at for the last two.
pub(super) fn running() -> State {
    let mut state = State::new("http://127.0.0.1:9090", false);
    for (second, after) in [(10.0, 0), (11.0, 4), (12.0, 8)] {
        let (seen, log) = chain(second, after);
        state.update(Update::Seen(Box::new(seen), log));
    }
    state
}

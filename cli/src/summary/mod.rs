//! What happened in a run: a table of counts, what they mean in sentences, and who held everything up.

mod sentences;
mod table;
mod verdict;

pub(crate) use sentences::sentences;
pub(crate) use table::{plain, table};
pub(crate) use verdict::{held_up, held_up_until};

/// A run of two actors that went well.
#[cfg(test)]
pub(crate) fn sample() -> tidegate::Report {
    let actor = |role: &str, received: u64, emitted: u64, mailbox: serde_json::Value| {
        serde_json::json!({
            "role": role, "actor": "counter", "instances": 1, "received": received, "handled": received,
            "emitted": emitted, "failed": 0, "dropped": {"overflow": 0, "cancelled": 0}, "dead_lettered": 0,
            "left": 0, "restarts": 0, "waiting": 0, "in_handler": 0, "held": 0, "state": "ended",
            "mailbox": mailbox,
        })
    };
    let mailbox = serde_json::json!({
        "capacity": 1024, "peak": 812, "backpressure_signals": 3, "resume_signals": 3,
        "pressured_seconds": 0.4, "depth": 0, "pressured": false,
    });
    serde_json::from_value(serde_json::json!({
        "topology": "sample", "outcome": "completed", "elapsed_seconds": 2.0, "balanced": true, "error": null,
        "actors": {
            "numbers": actor("producer", 0, 3000, serde_json::Value::Null),
            "store": actor("consumer", 3000, 0, mailbox),
        },
        "links": [{"from": "numbers", "to": "store", "emitted": 3000, "received": 3000, "refused": 0}],
    }))
    .unwrap()
}

//! Conditions of alerts.

use crate::said::clear;
use indexmap::IndexMap;
use std::cell::OnceCell;
use tidegate::prelude::*;
use tidegate::{Snapshot, testkit};
use tidegate_monitor::alerts::{AlertOptions, Alerts, AlertsOptions};
use tidegate_monitor::parts::look;

thread_local! {
    static SNAPSHOTS: OnceCell<[Snapshot; 2]> = const { OnceCell::new() };
}

/// The expression of an alert.
///
/// All that is wrong with it is said; or it is looked at twice, and its state can be told.
pub fn alert(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let alert = AlertOptions { when: Some(text.into_owned()), ..AlertOptions::default() };
    let options = AlertsOptions(IndexMap::from([("fuzz".to_string(), alert)]));
    match Alerts::new(&options, None, &numbers()) {
        Err(problems) => {
            assert!(!problems.0.is_empty());
            for problem in &problems.0 {
                clear(&problem.message);
                problem.help.iter().for_each(|help| drop(clear(help)));
            }
        }
        Ok(mut alerts) => {
            SNAPSHOTS.with(|known| {
                known.get_or_init(snapshots).iter().for_each(|now| look(&mut alerts, now.clone()));
            });
            let states = alerts.states().get();
            assert_eq!(states.len(), 1);
            serde_json::to_string(&states).expect("a state is JSON");
        }
    }
}

fn numbers() -> Topology {
    Topology::new("numbers")
        .producer("n", iter(0..100_u64))
        .stage("double", map(|n: u64| n * 2))
        .breaker(Breaker::default())
        .consumer("store", for_each(|_: u64| {}))
}

/// The state of a run at its start and at its end.
fn snapshots() -> [Snapshot; 2] {
    testkit::virtual_time(async {
        let running = testkit::start(numbers());
        let before = running.snapshot();
        running.wait().await;
        [before, running.snapshot()]
    })
}

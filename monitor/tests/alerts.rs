//! Alerts in virtual time: each fires once when its condition has lasted, and resolves once.

use std::cell::RefCell;
use std::time::Duration;
use tidegate::Snapshot;
use tidegate::prelude::*;
use tidegate::testkit;
use tidegate_monitor::alerts::{AlertPhase, AlertState, AlertStates, Alerts, AlertsOptions};

/// The alerts that `toml`, the contents of `[alerts]` as JSON, say.
fn options(json: serde_json::Value) -> AlertsOptions {
    serde_json::from_value(json).unwrap()
}

/// Starts `topology`, lets it come to rest, and runs `script` while its alerts are watched, half a second after the first
/// look: so that no look falls on the moment at which something happens.
async fn watched<F: Future>(
    topology: Topology,
    alerts: serde_json::Value,
    script: impl FnOnce(Handle, AlertStates) -> F,
) -> F::Output {
    let mut alerts = Alerts::new(&options(alerts), None, &topology).unwrap();
    let running = testkit::start(topology);
    testkit::settle().await;
    let script = script(running.clone(), alerts.states());
    let script = async {
        pass(0.5).await;
        script.await
    };
    tokio::select! {
        () = alerts.watch(&running, |_, _| None) => unreachable!("it watches for ever"),
        result = script => result,
    }
}

fn one(states: &AlertStates) -> AlertState {
    states.get().into_iter().next().unwrap()
}

/// The only alert: how far it has come, how often it fired, how often it resolved.
fn look(states: &AlertStates) -> (AlertPhase, u64, u64) {
    let state = one(states);
    (state.state, state.fired, state.resolved)
}

/// Waits in virtual time.
async fn pass(seconds: f64) {
    tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
}

/// A producer that does what its probe says, and a consumer that does, behind a mailbox for 10.
fn line() -> (testkit::ProducerProbe<u64>, testkit::ConsumerProbe<u64>, Topology) {
    let (source, producer) = testkit::probe_producer::<u64>();
    let (sink, consumer) = testkit::probe_consumer::<u64>();
    let topology = Topology::new("line")
        .producer("lines", producer)
        .consumer("store", consumer)
        .mailbox(MailboxOptions::capacity(10));
    (source, sink, topology)
}

const INACTIVE: AlertPhase = AlertPhase::Inactive;
const PENDING: AlertPhase = AlertPhase::Pending;
const FIRING: AlertPhase = AlertPhase::Firing;

#[test]
fn a_slow_store_fires_once_after_exactly_the_time_given_and_resolves_once() {
    testkit::virtual_time(async {
        let (source, sink, topology) = line();
        source.emit_all(1..=9);
        let alerts = serde_json::json!({"slow": {"when": "store.mailbox.fill > 0.7", "for": "10s"}});
        watched(topology, alerts, |_, states| async move {
            let first = one(&states);
            assert_eq!((first.state, first.value, first.fired), (PENDING, Some(0.8), 0));
            pass(9.0).await;
            assert_eq!(look(&states), (PENDING, 0, 0), "after 9.5 s");
            pass(1.0).await;
            assert_eq!(look(&states), (FIRING, 1, 0), "after 10.5 s");
            assert_eq!(one(&states).text.as_deref(), Some("`store.mailbox.fill > 0.7` for 10s (0.8)"));
            pass(60.0).await;
            assert_eq!(look(&states), (FIRING, 1, 0));
            sink.request(9);
            pass(1.0).await;
            assert_eq!(look(&states), (INACTIVE, 1, 1));
            pass(60.0).await;
            assert_eq!(look(&states), (INACTIVE, 1, 1));
        })
        .await;
    });
}

#[test]
fn what_comes_and_goes_within_the_time_never_fires() {
    testkit::virtual_time(async {
        let (source, sink, topology) = line();
        let alerts = serde_json::json!({"slow": {"when": "store.waiting >= 5", "for": "3s"}});
        watched(topology, alerts, |_, states| async move {
            let mut pending = 0;
            for _ in 0..20 {
                // In hand is one of them.
                source.emit_all(1..=6);
                pass(2.0).await;
                pending += usize::from(one(&states).state == PENDING);
                sink.request(6);
                pass(1.0).await;
                assert_eq!(look(&states), (INACTIVE, 0, 0));
            }
            assert_eq!(pending, 20);
        })
        .await;
    });
}

#[test]
fn a_mailbox_that_stays_pressured_fires_and_one_that_does_so_for_moments_does_not() {
    testkit::virtual_time(async {
        let (source, sink, topology) = line();
        let alerts = serde_json::json!({"full": {"kind": "pressured_longer_than", "for": "5s"}});
        watched(topology, alerts, |_, states| async move {
            for _ in 0..20 {
                source.emit_all(1..=9);
                pass(0.4).await;
                sink.request(9);
                pass(0.6).await;
            }
            assert_eq!(look(&states), (INACTIVE, 0, 0));
            source.emit_all(1..=9);
            pass(7.5).await;
            assert_eq!(look(&states), (FIRING, 1, 0));
            let state = one(&states);
            assert_eq!(state.actors, ["store"]);
            assert_eq!(state.text.as_deref(), Some("the mailbox of `store` is pressured for 5s"));
            sink.request(9);
            pass(2.0).await;
            assert_eq!(look(&states), (INACTIVE, 1, 1));
        })
        .await;
    });
}

#[test]
fn no_progress_is_something_to_do_and_nothing_done_and_an_idle_actor_is_all_right() {
    testkit::virtual_time(async {
        let (source, sink, topology) = line();
        let alerts = serde_json::json!({"stalled": {"kind": "no_progress", "actors": ["store"]}});
        watched(topology, alerts, |_, states| async move {
            pass(300.0).await;
            assert_eq!(look(&states), (INACTIVE, 0, 0));
            source.emit(1);
            pass(25.0).await;
            assert_eq!(look(&states), (PENDING, 0, 0));
            pass(10.0).await;
            // 30 s is what it waits if it is not told otherwise.
            assert_eq!(look(&states), (FIRING, 1, 0));
            assert_eq!(
                one(&states).text.as_deref(),
                Some("`store` has something to do and made no progress for 30s")
            );
            sink.request(1);
            pass(1.5).await;
            assert_eq!(look(&states), (INACTIVE, 1, 1));
        })
        .await;
    });
}

#[test]
fn an_actor_that_is_slow_and_gets_on_makes_progress() {
    testkit::virtual_time(async {
        let (source, sink, topology) = line();
        let alerts = serde_json::json!({"stalled": {"kind": "no_progress", "for": "5s"}});
        watched(topology, alerts, |_, states| async move {
            source.emit_all(1..=40);
            for _ in 0..10 {
                pass(4.0).await;
                sink.request(1);
            }
            assert_eq!((one(&states).fired, one(&states).resolved), (0, 0));
        })
        .await;
    });
}

/// Fails at odd numbers.
fn fails_at_odd() -> odd::Odd {
    odd::Odd
}

mod odd {
    use tidegate::prelude::*;

    #[derive(Clone)]
    pub struct Odd;

    impl Consumer for Odd {
        type In = u64;

        async fn handle(&mut self, n: u64) -> Result {
            if n % 2 == 1 { Err(format!("{n} is odd").into()) } else { Ok(()) }
        }
    }
}

#[test]
fn restarts_fire_when_there_are_more_than_are_all_right_and_resolve_when_they_are_long_ago() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let topology = Topology::new("restarts")
            .producer("n", producer)
            .consumer_each("store", 1, |_| fails_at_odd())
            .on_error(Restart::times(100));
        let alerts = serde_json::json!({"again": {"kind": "restarts", "more_than": 1, "within": "20s"}});
        watched(topology, alerts, |_, states| async move {
            source.emit(1);
            pass(5.0).await;
            assert_eq!(look(&states), (INACTIVE, 0, 0), "one is all right");
            source.emit(3);
            pass(5.0).await;
            assert_eq!(look(&states), (FIRING, 1, 0));
            assert_eq!(one(&states).text.as_deref(), Some("2 restarts of `store` within 20s"));
            pass(20.0).await;
            assert_eq!(look(&states), (INACTIVE, 1, 1));
        })
        .await;
    });
}

#[test]
fn a_breaker_that_is_not_closed_fires_until_it_is() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let topology = Topology::new("breaker")
            .producer("n", producer)
            .consumer("store", fails_at_odd())
            .on_error(tidegate::OnError::Skip)
            .breaker(Breaker::after(1).reset(Duration::from_secs(5)));
        let alerts = serde_json::json!({"open": {"kind": "breaker_open"}});
        watched(topology, alerts, |_, states| async move {
            pass(3.0).await;
            assert_eq!(look(&states), (INACTIVE, 0, 0));
            source.emit(1);
            pass(1.0).await;
            assert_eq!(look(&states), (FIRING, 1, 0));
            source.emit_all([2, 4, 6]);
            pass(10.0).await;
            assert_eq!(look(&states), (INACTIVE, 1, 1));
        })
        .await;
    });
}

#[test]
fn dead_letters_fire() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let topology = Topology::new("letters")
            .producer("n", producer)
            .consumer("store", fails_at_odd())
            .consumer("letters", for_each(|_: DeadLetter| {}))
            .inputs(["store.dead_letters"]);
        let alerts = serde_json::json!({"letters": {"kind": "dead_letters", "within": "5s"}});
        watched(topology, alerts, |_, states| async move {
            source.emit_all([2, 4]);
            pass(2.0).await;
            assert_eq!(look(&states), (INACTIVE, 0, 0));
            source.emit(5);
            pass(1.0).await;
            assert_eq!(look(&states), (FIRING, 1, 0));
            assert_eq!(one(&states).text.as_deref(), Some("1 dead letter of `store` within 5s"));
            pass(6.0).await;
            assert_eq!(look(&states), (INACTIVE, 1, 1));
        })
        .await;
    });
}

#[test]
fn drops_of_a_full_mailbox_fire() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let (_sink, consumer) = testkit::probe_consumer::<u64>();
        let topology = Topology::new("drops")
            .producer("n", producer)
            .consumer("store", consumer)
            .mailbox(MailboxOptions::capacity(2).overflow(tidegate::Overflow::DropNewest));
        let alerts = serde_json::json!({"drops": {"kind": "drops", "within": "5s"}});
        watched(topology, alerts, |running, states| async move {
            source.emit_all(1..=3);
            pass(2.0).await;
            assert_eq!(look(&states), (INACTIVE, 0, 0));
            source.emit_all(4..=5);
            pass(1.0).await;
            assert_eq!(look(&states), (FIRING, 1, 0));
            assert_eq!(one(&states).text.as_deref(), Some("2 dropped messages of `store` within 5s"));
            pass(6.0).await;
            assert_eq!(look(&states), (INACTIVE, 1, 1));
            running.stop();
        })
        .await;
    });
}

#[test]
fn rates_and_shares_are_those_of_the_last_seconds() {
    testkit::virtual_time(async {
        let (source, sink, topology) = line();
        let alerts = serde_json::json!({
            "slow": {"when": "store.rate < 2 && store.busy > 0.99"},
            "quick": {"when": "store.rate >= 2 && store.busy < 0.2"},
            "held": {"when": "lines.blocked > 0.9"},
            "all": {"when": "actors.exists(name, actors[name].idle > 0.9)"},
        });
        watched(topology, alerts, |_, states| async move {
            let firing = || {
                let all = states.get().into_iter().filter(|state| state.state == FIRING);
                all.map(|state| state.name).collect::<Vec<_>>()
            };
            source.emit_all(1..=40);
            pass(10.0).await;
            assert_eq!(firing(), ["slow", "held"]);
            sink.request(1_000);
            pass(10.0).await;
            for n in 0..40 {
                source.emit(n);
                pass(0.25).await;
            }
            assert_eq!(firing(), ["quick", "all"]);
        })
        .await;
    });
}

#[test]
fn what_was_not_measured_yet_does_not_fire_at_the_first_look() {
    testkit::virtual_time(async {
        let (source, _sink, topology) = line();
        source.emit_all(1..=9);
        let alerts = serde_json::json!({
            "slow": {"when": "store.rate < 10"},
            "lazy": {"when": "store.busy < 0.1 && lines.idle < 2"},
        });
        watched(topology, alerts, |_, states| async move {
            let phases = || states.get().into_iter().map(|state| state.state).collect::<Vec<_>>();
            assert_eq!(phases(), [INACTIVE, INACTIVE], "there is no time to compare with");
            pass(1.0).await;
            assert_eq!(phases()[0], FIRING);
        })
        .await;
    });
}

#[test]
fn the_verdict_is_asked_for_when_something_changes_and_never_else() {
    testkit::virtual_time(async {
        let (source, sink, topology) = line();
        source.emit_all(1..=9);
        let json = serde_json::json!({"slow": {"when": "store.mailbox.pressured", "for": "10s"}});
        let mut alerts = Alerts::new(&options(json), None, &topology).unwrap();
        let running = testkit::start(topology);
        testkit::settle().await;
        let asked = RefCell::new(Vec::new());
        let verdict = |earlier: &Snapshot, now: &Snapshot| {
            asked.borrow_mut().push((earlier.elapsed_seconds.round(), now.elapsed_seconds.round()));
            None
        };
        tokio::select! {
            () = alerts.watch(&running, verdict) => {}
            () = async {
                pass(60.5).await;
                sink.request(9);
                pass(60.0).await;
            } => {}
        }
        assert_eq!(*asked.borrow(), [(5.0, 10.0), (56.0, 61.0)]);
    });
}

#[test]
fn what_fires_at_the_end_of_the_run_is_resolved_by_it() {
    testkit::virtual_time(async {
        let (source, sink, topology) = line();
        source.emit_all(1..=9);
        let json = serde_json::json!({"slow": {"when": "store.mailbox.pressured"}});
        let mut alerts = Alerts::new(&options(json), None, &topology).unwrap();
        let states = alerts.states();
        let running = testkit::start(topology);
        testkit::settle().await;
        let report = tokio::select! {
            () = alerts.watch(&running, |_, _| None) => unreachable!("it watches for ever"),
            report = async {
                pass(2.5).await;
                assert_eq!(look(&states), (FIRING, 1, 0));
                running.stop();
                running.wait().await
            } => report,
        };
        assert_eq!(alerts.finish(&report, Duration::ZERO), None);
        assert_eq!(look(&states), (INACTIVE, 1, 1));
        drop((source, sink));
    });
}

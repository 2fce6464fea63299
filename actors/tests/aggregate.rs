//! `aggregate` works out what groups come to, over all input or over windows of time.

mod support;

use serde_json::json;
use std::time::Duration;
use support::{keep, problems, settings};
use tidegate::prelude::*;
use tidegate::{Outcome, testkit};
use tidegate_actors::{Aggregate, Record};

fn records(rows: serde_json::Value) -> Vec<Record> {
    serde_json::from_value(rows).unwrap()
}

/// What comes of the rows, and what could not be taken in.
fn run(rows: serde_json::Value, aggregate: Aggregate) -> (Vec<String>, Vec<String>) {
    let ((kept, consumer), (letters, dead)) = (keep::<Record>(), keep::<DeadLetter>());
    let topology = Topology::new("aggregate")
        .producer("rows", iter(records(rows)))
        .stage("aggregate", aggregate)
        .consumer("sink", consumer)
        .consumer("dead", dead)
        .inputs(["aggregate.dead_letters"]);
    let report = testkit::run(topology);
    assert_eq!(report.outcome, Outcome::Completed, "{:?}", report.error);
    assert_eq!(report.actors["aggregate"].held, 0);
    (kept.shown(), letters.all().iter().map(|letter| letter.error().to_string()).collect())
}

#[test]
fn every_function_over_all_input_sorted_by_group() {
    let aggregate = settings(json!({
        "group_by": ["port", "day"],
        "with": { "n": "count", "known": "count(m)", "sum": "sum(m)", "mean": "mean(m)", "low": "min(m)", "high": "max(m)" },
    }));
    let rows = json!([
        { "port": "Dover", "day": 10, "m": 1 },
        { "port": "Brest", "day": 9, "m": 2.5 },
        { "port": "Dover", "day": 9, "m": null },
        { "port": "Dover", "day": 10, "m": 4 },
        { "port": null, "day": 1, "m": -1 },
        { "port": "Brest", "day": 9, "m": 2 },
    ]);
    let (rows, errors) = run(rows, aggregate);
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(
        rows,
        [
            r#"{"port":null,"day":1,"n":1,"known":1,"sum":-1,"mean":-1.0,"low":-1,"high":-1}"#,
            r#"{"port":"Brest","day":9,"n":2,"known":2,"sum":4.5,"mean":2.25,"low":2,"high":2.5}"#,
            r#"{"port":"Dover","day":9,"n":1,"known":0,"sum":null,"mean":null,"low":null,"high":null}"#,
            r#"{"port":"Dover","day":10,"n":2,"known":2,"sum":5,"mean":2.5,"low":1,"high":4}"#,
        ]
    );
}

#[test]
fn without_group_by_all_rows_are_one_group() {
    let aggregate = settings(json!({ "with": { "n": "count", "last": "max(name)" } }));
    let (rows, _) = run(json!([{ "name": "b" }, { "name": "a" }, { "name": "c" }]), aggregate);
    assert_eq!(rows, [r#"{"n":3,"last":"c"}"#]);
}

#[test]
fn a_row_that_cannot_be_taken_in_counts_nowhere() {
    let aggregate = Aggregate::by(["g"]).with("n", "count").with("sum", "sum(x)");
    let rows =
        json!([{ "g": 1, "x": 1 }, { "g": 1, "x": "two" }, { "g": 1 }, { "x": 3 }, { "g": 1, "x": 4 }]);
    let (rows, errors) = run(rows, aggregate);
    assert_eq!(rows, [r#"{"g":1,"n":2,"sum":5}"#]);
    assert_eq!(
        errors,
        [
            "sum of `x` takes no \"two\"",
            "there is no field `x`; the record has g",
            "there is no field `g`; the record has x"
        ]
    );
}

#[test]
fn one_group_too_many_fails_its_row_and_the_others_go_on() {
    let aggregate = Aggregate::by(["g"]).with("n", "count").max_groups(2);
    let rows = json!([{ "g": 1 }, { "g": 2 }, { "g": 3 }, { "g": 1 }]);
    let (rows, errors) = run(rows, aggregate);
    assert_eq!(rows, [r#"{"g":1,"n":2}"#, r#"{"g":2,"n":1}"#]);
    assert_eq!(errors, ["there would be more than 2 groups; raise `max_groups`, or group by less"]);
}

fn hourly() -> Aggregate {
    settings(json!({ "group_by": ["g"], "with": { "n": "count" }, "window": "1h", "time": "t" }))
}

#[test]
fn windows_of_a_time_column_close_in_order_and_late_rows_fail() {
    let rows = json!([
        { "t": "2013-01-01T05:59:59Z", "g": "b" },
        { "t": "2013-01-01T05:00:00Z", "g": "a" },
        { "t": "2013-01-01 06:00:00", "g": "a" },
        { "t": "2013-01-01T05:59:00Z", "g": "a" },
        { "t": "2013-01-01T09:30:00+01:00", "g": "a" },
        { "t": "noon", "g": "a" },
    ]);
    let (rows, errors) = run(rows, hourly());
    assert_eq!(
        rows,
        [
            r#"{"window_start":"2013-01-01T05:00:00Z","window_end":"2013-01-01T06:00:00Z","g":"a","n":1}"#,
            r#"{"window_start":"2013-01-01T05:00:00Z","window_end":"2013-01-01T06:00:00Z","g":"b","n":1}"#,
            r#"{"window_start":"2013-01-01T06:00:00Z","window_end":"2013-01-01T07:00:00Z","g":"a","n":1}"#,
            r#"{"window_start":"2013-01-01T08:00:00Z","window_end":"2013-01-01T09:00:00Z","g":"a","n":1}"#,
        ]
    );
    assert_eq!(
        errors,
        [
            "the row is late: its window ended at 2013-01-01T06:00:00Z and is closed; see `lateness`",
            "`t` is no time: \"noon\""
        ]
    );
}

#[test]
fn lateness_keeps_windows_open_for_rows_out_of_order() {
    let rows = json!([{ "t": 3599, "g": 1 }, { "t": 4199, "g": 1 }, { "t": 0, "g": 1 }, { "t": 4200, "g": 1 }, { "t": 1, "g": 1 }]);
    let (rows, errors) = run(rows, hourly().lateness(Duration::from_secs(600)));
    assert_eq!(
        rows,
        [
            r#"{"window_start":"1970-01-01T00:00:00Z","window_end":"1970-01-01T01:00:00Z","g":1,"n":2}"#,
            r#"{"window_start":"1970-01-01T01:00:00Z","window_end":"1970-01-01T02:00:00Z","g":1,"n":2}"#,
        ]
    );
    assert_eq!(errors.len(), 1, "{errors:?}");
}

#[test]
fn a_window_that_is_over_makes_room_for_the_groups_of_the_next() {
    let rows = json!([{ "t": 0, "g": 1 }, { "t": 0, "g": 2 }, { "t": 3600, "g": 1 }, { "t": 3600, "g": 2 }]);
    let (rows, errors) = run(rows, hourly().max_groups(2));
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(
        rows,
        [
            r#"{"window_start":"1970-01-01T00:00:00Z","window_end":"1970-01-01T01:00:00Z","g":1,"n":1}"#,
            r#"{"window_start":"1970-01-01T00:00:00Z","window_end":"1970-01-01T01:00:00Z","g":2,"n":1}"#,
            r#"{"window_start":"1970-01-01T01:00:00Z","window_end":"1970-01-01T02:00:00Z","g":1,"n":1}"#,
            r#"{"window_start":"1970-01-01T01:00:00Z","window_end":"1970-01-01T02:00:00Z","g":2,"n":1}"#,
        ]
    );
}

#[test]
fn a_window_kept_open_for_late_rows_takes_room_until_it_closes() {
    let rows =
        json!([{ "t": 0, "g": 1 }, { "t": 3599, "g": 2 }, { "t": 4200, "g": 1 }, { "t": 3601, "g": 3 }]);
    // The first hour stays open until 01:10: its groups fill the room until the third row closes it.
    let (rows, errors) = run(rows, hourly().max_groups(1).lateness(Duration::from_secs(600)));
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert_eq!(errors, ["there would be more than 1 groups; raise `max_groups`, or group by less"; 2]);
}

#[test]
fn a_window_is_sent_as_soon_as_it_is_over() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<Record>();
        let (kept, consumer) = keep::<Record>();
        let running = testkit::start(
            Topology::new("windows")
                .producer("source", producer)
                .stage("aggregate", hourly())
                .consumer("sink", consumer),
        );
        source.emit_all(records(json!([{ "t": 0, "g": 1 }, { "t": 10, "g": 2 }])));
        testkit::settle().await;
        assert_eq!((kept.all().len(), running.snapshot().actors["aggregate"].held), (0, 2));
        source.emit_all(records(json!([{ "t": 3600, "g": 1 }])));
        testkit::settle().await;
        assert_eq!((kept.all().len(), running.snapshot().actors["aggregate"].held), (2, 1));
        source.finish();
        testkit::balanced(&running.wait().await);
        assert_eq!(kept.all().len(), 3);
    });
}

#[test]
fn windows_of_arrival_close_by_the_clock() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<Record>();
        let (kept, consumer) = keep::<Record>();
        let running = testkit::start(
            Topology::new("windows")
                .producer("source", producer)
                .stage("aggregate", Aggregate::by([""; 0]).with("n", "count").window(Duration::from_secs(10)))
                .consumer("sink", consumer),
        );
        let counts =
            || kept.all().iter().map(|row| row.get("n").unwrap().as_i64().unwrap()).collect::<Vec<_>>();
        let row = || records(json!([{}])).remove(0);
        source.emit_all([row(), row()]);
        tidegate::time::sleep(Duration::from_millis(9_900)).await;
        source.emit(row());
        testkit::settle().await;
        assert_eq!(counts(), [0; 0]);
        tidegate::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(counts(), [3]);
        // Nothing comes for two windows, and nothing comes out of them.
        tidegate::time::sleep(Duration::from_secs(20)).await;
        source.emit(row());
        source.finish();
        testkit::balanced(&running.wait().await);
        assert_eq!(counts(), [3, 1]);
    });
}

#[test]
fn groups_that_are_open_at_a_forced_stop_are_left() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<Record>();
        let (kept, consumer) = keep::<Record>();
        let running = testkit::start(
            Topology::new("stop")
                .producer("source", producer)
                .stage("aggregate", Aggregate::by(["g"]).with("n", "count"))
                .consumer("sink", consumer),
        );
        source.emit_all(records(json!([{ "g": 1 }, { "g": 2 }, { "g": 1 }])));
        testkit::settle().await;
        running.stop();
        let report = testkit::balanced(&running.wait().await);
        let aggregate = &report.actors["aggregate"];
        assert_eq!((aggregate.handled, aggregate.left), (1, 2));
        assert!(kept.all().is_empty());
    });
}

#[test]
fn a_drain_sends_what_there_is() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<Record>();
        let (kept, consumer) = keep::<Record>();
        let running = testkit::start(
            Topology::new("drain")
                .producer("source", producer)
                .stage("aggregate", Aggregate::by(["g"]).with("n", "count"))
                .consumer("sink", consumer),
        );
        source.emit_all(records(json!([{ "g": 1 }, { "g": 2 }, { "g": 1 }])));
        testkit::settle().await;
        running.drain(Duration::from_secs(1));
        assert_eq!(testkit::balanced(&running.wait().await).outcome, Outcome::Drained);
        assert_eq!(kept.shown(), [r#"{"g":1,"n":2}"#, r#"{"g":2,"n":1}"#]);
    });
}

#[test]
fn check_refuses_settings_that_cannot_work() {
    for (given, problem) in [
        (json!({ "with": {} }), "`with`: say what is to be worked out"),
        (json!({ "with": { "n": "median(x)" } }), "`with.n`: `median(x)` is not understood"),
        (json!({ "group_by": "n", "with": { "n": "count" } }), "`with.n`: `n` is also in `group_by`"),
        (json!({ "with": { "n": "count" }, "time": "t" }), "`time`: says nothing without a `window`"),
        (json!({ "with": { "n": "count" }, "window": "1h", "lateness": "1m" }), "`lateness`: what counts is"),
        (json!({ "with": { "n": "count" }, "window": "0s" }), "`window`: a window has some length"),
        (
            json!({ "with": { "window_end": "count" }, "window": "1s" }),
            "`window`: makes a column `window_end`",
        ),
        (json!({ "with": { "n": "count" }, "max_groups": 0 }), "`max_groups`: at least one"),
    ] {
        let aggregate: Aggregate = settings(given);
        let found = problems(false, |checks| aggregate.check(checks));
        assert!(found.len() == 1 && found[0].contains(problem), "{found:?}");
    }
}

#[test]
fn every_reduction_that_is_not_understood_is_reported_at_its_place() {
    let aggregate: Aggregate = settings(json!({ "with": { "n": "avg(x)", "ok": "count", "k": "mean(n" } }));
    let found = problems(false, |checks| aggregate.check(checks));
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("actor `actor`, `with.n`: `avg(x)` is not understood"), "{found:?}");
    assert!(found[1].starts_with("actor `actor`, `with.k`: `mean(n` is not understood"), "{found:?}");
}

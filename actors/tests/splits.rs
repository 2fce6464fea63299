//! Stages that choose: `divert` and `dedupe`.

mod support;

use serde_json::json;
use std::time::Duration;
use support::{keep, problems, settings};
use tidegate::prelude::*;
use tidegate::testkit;
use tidegate_actors::{Counter, Dedupe, Divert, Line, Record};

#[test]
fn records_go_one_way_or_the_other_in_order() {
    let ((even, even_sink), (odd, odd_sink)) = (keep::<Record>(), keep::<Record>());
    let report = testkit::run(
        Topology::new("divert")
            .producer("n", Counter::<Record>::to(9))
            .stage("split", Divert::new("n % 2 == 0"))
            .consumer("even", even_sink)
            .inputs(["split.matched"])
            .consumer("odd", odd_sink)
            .inputs(["split.rest"]),
    );
    assert_eq!(even.shown(), [2, 4, 6, 8].map(|n| format!(r#"{{"n":{n}}}"#)));
    assert_eq!(odd.shown(), [1, 3, 5, 7, 9].map(|n| format!(r#"{{"n":{n}}}"#)));
    assert_eq!((report.actors["split"].handled, report.actors["split"].emitted), (9, 9));
}

#[test]
fn null_is_not_true_and_an_error_is_a_dead_letter() {
    let ((matched, sink), (rest, other), (letters, undertaker)) =
        (keep::<Record>(), keep::<Record>(), keep::<DeadLetter>());
    let records = [
        Record::from_iter([("n", Some(5))]),
        Record::from_iter([("n", None::<i64>)]),
        Record::from_iter([("m", 1)]),
    ];
    let report = testkit::run(
        Topology::new("divert")
            .producer("records", iter(records))
            .stage("split", Divert::new("n > 3"))
            .consumer("matched", sink)
            .inputs(["split.matched"])
            .consumer("rest", other)
            .inputs(["split.rest"])
            .consumer("letters", undertaker)
            .inputs(["split.dead_letters"]),
    );
    assert_eq!((matched.shown(), rest.shown()), (vec![r#"{"n":5}"#.into()], vec![r#"{"n":null}"#.into()]));
    assert_eq!((letters.all().len(), report.actors["split"].dead_lettered), (1, 1));
}

#[test]
fn an_expression_that_cannot_be_used_is_refused() {
    let found = problems(false, |checks| settings::<Divert>(json!({ "expr": "n >" })).check(checks));
    assert!(found[0].contains("the expression cannot be used"), "{found:?}");
}

fn deduped<T: tidegate_actors::Content>(messages: Vec<T>, dedupe: Dedupe<T>) -> (Vec<T>, Report) {
    let (kept, consumer) = keep::<T>();
    let report = testkit::run(
        Topology::new("dedupe")
            .producer("in", iter(messages))
            .stage("once", dedupe)
            .consumer("out", consumer),
    );
    (kept.all(), report)
}

#[test]
fn each_message_passes_once() {
    let (kept, report) = deduped(vec![1, 2, 1, 3, 2, 1, 4u64], Dedupe::new());
    assert_eq!(kept, [1, 2, 3, 4]);
    let once = &report.actors["once"];
    assert_eq!((once.received, once.handled, once.dropped.discarded), (7, 4, 3));
    let lines = ["a", "b", "a"].map(Line::from).to_vec();
    assert_eq!(deduped(lines, Dedupe::new()).0.len(), 2);
}

#[test]
fn records_are_equal_if_the_fields_of_the_key_are() {
    let record = |key: i64, n: i64| Record::from_iter([("key", key), ("n", n)]);
    let records = vec![record(1, 1), record(2, 2), record(1, 3)];
    let (kept, _) = deduped(records.clone(), Dedupe::by(["key"]));
    assert_eq!(kept, records[..2]);
    assert_eq!(deduped(records, Dedupe::new()).0.len(), 3, "as a whole they all differ");
}

#[test]
fn the_oldest_key_is_forgotten_when_there_are_too_many() {
    let (kept, _) = deduped(vec![1, 2, 3, 1, 3, 2u64], Dedupe::new().max_keys(2));
    assert_eq!(kept, [1, 2, 3, 1, 2], "1 was forgotten for 3, and 2 for 1; 3 was known");
}

#[test]
fn a_key_is_forgotten_after_its_window() {
    testkit::virtual_time(async {
        let (mut dedupe, mut out) =
            (Dedupe::<u64>::new().window(Duration::from_secs(10)), Outlet::collecting());
        for _ in 0..4 {
            dedupe.handle(1, &mut out).await.unwrap();
            tidegate::time::sleep(Duration::from_secs(4)).await;
        }
        // At 0 and at 12 seconds: what was discarded in between does not keep the key alive.
        assert_eq!((out.take().len(), dedupe.discarded()), (2, 2));
    });
}

#[test]
fn instances_of_dedupe_need_their_messages_by_key() {
    let check = |key: Option<&str>| {
        let mut checks = tidegate::Checks::new("once", false).with_instances(2, key);
        settings::<Dedupe<Record>>(json!({ "fields": ["id"] })).check(&mut checks);
        checks.into_problems().len()
    };
    assert_eq!((check(None), check(Some("other")), check(Some("id"))), (1, 1, 0));
}

#[test]
fn a_filter_that_drops_everything_never_stalls_the_stream() {
    let report = testkit::run(
        Topology::new("filter")
            .default_mailbox(MailboxOptions::capacity(1))
            .producer("n", Counter::<Record>::to(10_000))
            .stage("none", tidegate_actors::Filter::new("n < 0"))
            .consumer("sink", for_each(|_: Record| unreachable!("nothing passes"))),
    );
    assert_eq!((report.actors["none"].handled, report.actors["sink"].received), (10_000, 0));
}

//! `conflate`: messages merged while downstream is pressured, and only then.

mod support;

use serde_json::json;
use support::{problems, settings};
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced, settle};
use tidegate_actors::{Conflate, Counter, Line, Record};

#[test]
fn nothing_is_merged_while_downstream_keeps_up() {
    let (sink, consumer) = testkit::probe_consumer::<u64>();
    sink.request(1000);
    let report = testkit::run(
        Topology::new("conflate")
            .producer("n", Counter::<u64>::to(500))
            .stage("latest", Conflate::<u64>::new())
            .consumer("sink", consumer),
    );
    assert_eq!(sink.taken(), (1..=500).collect::<Vec<u64>>());
    assert_eq!(report.actors["latest"].dropped.discarded, 0);
}

#[test]
fn the_latest_message_is_kept_and_those_it_replaced_are_counted() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let (sink, consumer) = testkit::probe_consumer::<u64>();
        let running = testkit::start(
            Topology::new("conflate")
                .producer("source", producer)
                .stage("latest", Conflate::<u64>::new())
                .consumer("sink", consumer)
                .mailbox(MailboxOptions::capacity(1)),
        );
        // One in the hand of the sink, one in its mailbox; of the other eight, the last.
        for n in 1..=10 {
            source.emit(n);
            settle().await;
        }
        sink.request(10);
        source.finish();
        let report = balanced(&running.wait().await);
        assert_eq!(sink.taken(), [1, 2, 10]);
        let latest = &report.actors["latest"];
        assert_eq!(
            (latest.received, latest.handled, latest.dropped.discarded, latest.emitted),
            (10, 3, 7, 3)
        );
    });
}

#[test]
fn merged_records_have_their_counts_and_sums_and_nothing_is_discarded() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<Record>();
        let (sink, consumer) = testkit::probe_consumer::<Record>();
        let running = testkit::start(
            Topology::new("conflate")
                .producer("source", producer)
                .stage(
                    "merged",
                    settings::<Conflate<Record>>(
                        json!({ "with": { "n": "count", "total": "sum(amount)", "most": "max(amount)" } }),
                    ),
                )
                .consumer("sink", consumer)
                .mailbox(MailboxOptions::capacity(1)),
        );
        for amount in [1, 2, 40, 7, 3] {
            source.emit(Record::from_iter([("amount", amount)]));
            settle().await;
        }
        sink.request(10);
        source.finish();
        let report = balanced(&running.wait().await);
        let taken: Vec<String> = sink.taken().iter().map(ToString::to_string).collect();
        assert_eq!(
            taken,
            [
                r#"{"amount":1,"n":1,"total":1,"most":1}"#,
                r#"{"amount":2,"n":1,"total":2,"most":2}"#,
                r#"{"amount":3,"n":3,"total":50,"most":40}"#,
            ]
        );
        let merged = &report.actors["merged"];
        assert_eq!((merged.received, merged.handled, merged.dropped.discarded, merged.emitted), (5, 5, 0, 3));
    });
}

#[test]
fn a_record_that_cannot_be_merged_fails_and_counts_nowhere() {
    testkit::virtual_time(async {
        let mut conflate = Conflate::<Record>::new().with("total", "sum(amount)");
        let mut out = Outlet::collecting();
        conflate.handle(Record::from_iter([("amount", 3)]), &mut out).await.unwrap();
        let error = conflate.handle(Record::from_iter([("amount", "four")]), &mut out).await.unwrap_err();
        assert_eq!(error.to_string(), "sum of `amount` takes no \"four\"");
        let error = conflate.handle(Record::from_iter([("other", 1)]), &mut out).await.unwrap_err();
        assert_eq!(error.to_string(), "there is no field `amount`");
        conflate.on_room(&mut out).unwrap();
        assert_eq!(out.take()[0].to_string(), r#"{"amount":3,"total":3}"#);
    });
}

#[test]
fn check_refuses_reductions_that_mean_nothing() {
    let found = problems(false, |checks| {
        settings::<Conflate<Line>>(json!({ "with": { "n": "average(x)" } })).check(checks);
    });
    assert_eq!(found.len(), 2);
    assert!(found[0].contains("`average(x)` is not understood"), "{found:?}");
    assert!(found[1].contains("only records have fields"), "{found:?}");
}

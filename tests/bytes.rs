//! A limit in bytes beside the limit in messages.

use tidegate::Outcome;
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};

fn texts(sizes: impl IntoIterator<Item = usize>) -> Vec<String> {
    sizes.into_iter().map(|size| "x".repeat(size)).collect()
}

#[test]
fn a_mailbox_holds_no_more_bytes_than_its_limit() {
    testkit::virtual_time(async {
        // A producer that heeds nothing but the bound.
        let (source, producer) = testkit::probe_producer::<String>();
        let (sink, consumer) = testkit::probe_consumer::<String>();
        let running = testkit::start(
            Topology::new("bytes")
                .producer("source", producer.reaction(tidegate::Reaction::Continue))
                .consumer("sink", consumer)
                .mailbox(MailboxOptions::capacity(100).max_bytes(100).max_message_bytes(40)),
        );
        source.emit_all(texts(std::iter::repeat_n(30, 20)));
        source.finish();
        testkit::settle().await;
        let full = running.snapshot().actors["sink"].clone();
        // 90 bytes wait. A fourth needs 40 while it is not known to weigh less.
        assert_eq!((full.waiting, full.in_handler), (3, 1));
        sink.request(20);
        let report = balanced(&running.wait().await);
        assert_eq!(report.actors["sink"].handled, 20);
        let mailbox = report.actors["sink"].mailbox.as_ref().expect("a consumer has one");
        assert_eq!((mailbox.peak, mailbox.backpressure_signals), (3, mailbox.resume_signals));
        assert!(mailbox.backpressure_signals > 0, "bytes press as messages do");
    });
}

#[test]
fn a_message_larger_than_allowed_fails_with_both_numbers() {
    let report = testkit::run(
        Topology::new("large")
            .producer("texts", iter(texts([10, 41, 10])))
            .consumer("sink", for_each(|_: String| {}))
            .mailbox(MailboxOptions::capacity(10).max_bytes(100).max_message_bytes(40)),
    );
    assert_eq!(report.outcome, Outcome::Failed);
    let error = report.error.expect("it fails");
    assert!(error.contains("a message of 41 bytes is too large for the mailbox of `sink`"), "{error}");
    assert!(error.contains("`max_message_bytes` is 40"), "{error}");
    assert_eq!(report.actors["sink"].handled, 1);
}

#[test]
fn policies_that_drop_go_by_bytes_too() {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<String>();
        let (sink, consumer) = testkit::probe_consumer::<String>();
        let running = testkit::start(
            Topology::new("dropping").producer("source", producer).consumer("sink", consumer).mailbox(
                MailboxOptions::capacity(100)
                    .max_bytes(100)
                    .max_message_bytes(100)
                    .overflow(Overflow::DropOldest),
            ),
        );
        source.emit(String::new());
        testkit::settle().await;
        source.emit_all(texts([50, 40, 10, 60, 5]));
        source.finish();
        testkit::settle().await;
        // The 60 needs 50 and 40 to go; 10, 60 and 5 stay.
        sink.request(10);
        sink.expect(texts([0, 10, 60, 5])).await;
        let report = balanced(&running.wait().await);
        assert_eq!(report.actors["sink"].dropped.overflow, 2);
    });
}

//! The ecosystem's demand-driven interfaces at both ends.

use futures_util::{SinkExt, StreamExt, sink, stream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};

#[test]
fn a_stream_is_polled_only_while_there_is_room() {
    testkit::virtual_time(async {
        let polled = Arc::new(AtomicU64::new(0));
        let counter = polled.clone();
        let (probe, consumer) = testkit::probe_consumer::<u64>();
        let running = testkit::start(
            Topology::new("stream")
                .producer(
                    "stream",
                    from_stream(stream::iter(0..100u64).inspect(move |_| {
                        counter.fetch_add(1, Ordering::Relaxed);
                    })),
                )
                .consumer("sink", consumer)
                .mailbox(MailboxOptions::capacity(4)),
        );
        testkit::settle().await;
        assert_eq!(polled.load(Ordering::Relaxed), 5, "four wait and one is in hand");
        probe.request(100);
        probe.expect(0..100).await;
        balanced(&running.wait().await);
    });
}

#[test]
fn a_sink_gets_everything_and_is_closed() {
    let kept = Arc::new(Mutex::new((Vec::new(), false)));
    let keeper = kept.clone();
    let sink = sink::unfold(keeper, |keeper, n: u64| async move {
        tokio::task::yield_now().await;
        keeper.lock().expect("no panic").0.push(n);
        Ok::<_, std::io::Error>(keeper)
    })
    .with(|n: u64| std::future::ready(Ok::<_, std::io::Error>(n)));
    testkit::run(Topology::new("sink").producer("n", iter(0..10u64)).consumer("sink", into_sink(sink)));
    assert!(kept.lock().expect("no panic").0.iter().copied().eq(0..10));
}

#[test]
fn the_end_of_a_topology_is_pulled_by_its_stream() {
    testkit::virtual_time(async {
        let (mut messages, end) = to_stream::<u64>();
        let running = testkit::start(
            Topology::new("pulled")
                .producer("n", iter(0..10u64))
                .consumer("end", end)
                .mailbox(MailboxOptions::capacity(2)),
        );
        testkit::settle().await;
        assert_eq!(running.snapshot().actors["n"].emitted, 3, "nobody asked yet: two wait, one is in hand");
        for n in 0..10 {
            assert_eq!(messages.next().await, Some(n));
        }
        assert_eq!(messages.next().await, None);
        balanced(&running.wait().await);
    });
}

#[test]
fn dropping_the_stream_ends_the_topology_and_counts_what_nobody_took() {
    testkit::virtual_time(async {
        let (mut messages, end) = to_stream::<u64>();
        let running = testkit::start(
            Topology::new("dropped")
                .producer("n", iter(0u64..))
                .consumer("end", end)
                .mailbox(MailboxOptions::capacity(2)),
        );
        assert_eq!(messages.next().await, Some(0));
        testkit::settle().await;
        drop(messages);
        let report = balanced(&running.wait().await);
        assert_eq!(report.outcome, tidegate::Outcome::Completed, "{:?}", report.error);
        let end = &report.actors["end"];
        assert_eq!((end.handled, end.dropped.cancelled), (1, 3));
    });
}

#[test]
fn a_stream_crosses_threads() {
    let (messages, end) = to_stream::<u64>();
    let running = Topology::new("threads")
        .producer("n", iter(0..2_000u64))
        .consumer("end", end)
        .start()
        .expect("sound");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let got: Vec<u64> = runtime.block_on(messages.collect());
    assert!(got.into_iter().eq(0..2_000));
    balanced(&running.join());
}

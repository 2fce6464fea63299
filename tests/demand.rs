//! Who gets the next message: whoever has room first; and nobody is kept by who has gone.

use std::sync::Mutex;
use tidegate::prelude::*;
use tidegate::testkit::{self, ConsumerProbe, ProbeConsumer, balanced};

/// Three instances, of which each has one message in hand and one waiting. Then 1 to 7 are handed out while the instances
/// make room in this order.
fn handed_out(routing: Routing, order: [usize; 7]) -> Vec<Vec<u64>> {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let (probes, consumers): (Vec<ConsumerProbe<u64>>, Vec<ProbeConsumer<u64>>) =
            (0..3).map(|_| testkit::probe_consumer()).unzip();
        let consumers = Mutex::new(consumers.into_iter().map(Some).collect::<Vec<_>>());
        let running = testkit::start(
            Topology::new("balance")
                .producer("source", producer)
                .consumer_each("end", 3, move |number| {
                    consumers.lock().expect("no panic")[number].take().expect("each is made once")
                })
                .routing(routing)
                .mailbox(MailboxOptions::capacity(1)),
        );
        source.emit_all([0; 6]);
        source.emit_all(1..=7);
        source.finish();
        testkit::settle().await;
        for instance in order {
            probes[instance].request(1);
            testkit::settle().await;
        }
        probes.iter().for_each(|probe| probe.request(100));
        balanced(&running.wait().await);
        probes.iter().map(|probe| probe.taken().into_iter().filter(|n| *n > 0).collect()).collect()
    })
}

#[test]
fn balance_hands_1_to_7_to_the_outputs_in_the_order_their_room_became_free() {
    for routing in [Routing::RoundRobin, Routing::LeastLoaded] {
        let handed = handed_out(routing, [2, 0, 1, 1, 2, 0, 0]);
        assert_eq!(handed, [vec![2, 6, 7], vec![3, 4], vec![1, 5]], "{routing:?}");
        let handed = handed_out(routing, [1, 1, 1, 1, 0, 2, 1]);
        assert_eq!(handed, [vec![5], vec![1, 2, 3, 4, 7], vec![6]], "{routing:?}");
    }
}

/// Wants no more after its first message, which it takes when it is told to.
struct Leaves(ProbeConsumer<u64>, bool);

impl Consumer for Leaves {
    type In = u64;

    async fn handle(&mut self, n: u64) -> Result {
        self.0.handle(n).await?;
        self.1 = true;
        Ok(())
    }

    fn is_finished(&self) -> bool {
        self.1
    }
}

#[test]
fn a_subscriber_that_goes_away_releases_the_others() {
    testkit::virtual_time(async {
        let (leaver, leaving) = testkit::probe_consumer::<u64>();
        let (stayer, staying) = testkit::probe_consumer::<u64>();
        let running = testkit::start(
            Topology::new("broadcast")
                .producer("n", iter(0..1_000u64))
                .consumer("leaves", Leaves(leaving, false))
                .inputs(["n"])
                .mailbox(MailboxOptions::capacity(4))
                .consumer("stays", staying)
                .inputs(["n"])
                .mailbox(MailboxOptions::capacity(4)),
        );
        stayer.request(1_000);
        testkit::settle().await;
        assert_eq!(stayer.taken(), [0, 1, 2, 3, 4], "the other has four waiting, and one in hand");
        leaver.request(1);
        stayer.expect(5..1_000).await;
        let report = balanced(&running.wait().await);
        let leaves = &report.actors["leaves"];
        assert_eq!((leaves.handled, leaves.dropped.cancelled), (1, 4));
        assert_eq!(report.actors["stays"].handled, 1_000);
    });
}

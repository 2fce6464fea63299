//! Taps: side branches that can never slow or stop what they listen to.

use std::time::Duration;
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};
use tidegate::time::{Instant, sleep};
use tidegate::{Outcome, Severity};

/// Never comes back from its first message.
struct Stuck;

impl Consumer for Stuck {
    type In = u64;

    async fn handle(&mut self, _: u64) -> Result {
        std::future::pending().await
    }
}

/// Takes a millisecond for each message.
struct Pace(u64);

impl Consumer for Pace {
    type In = u64;

    async fn handle(&mut self, n: u64) -> Result {
        assert_eq!(n, self.0, "nothing is missing from the main flow");
        self.0 += 1;
        sleep(Duration::from_millis(1)).await;
        Ok(())
    }
}

fn tap(from: &str) -> [InputOptions; 1] {
    [InputOptions::new(from).tap()]
}

#[test]
fn a_stuck_tap_leaves_the_main_flow_at_full_speed_and_counts_its_drops() {
    testkit::virtual_time(async {
        let since = Instant::now();
        let running = testkit::start(
            Topology::new("tapped")
                .producer("n", iter(0..1_000u64))
                .consumer("main", Pace(0))
                .inputs(["n"])
                .mailbox(MailboxOptions::capacity(4))
                .consumer("aside", Stuck)
                .inputs(tap("n"))
                .mailbox(MailboxOptions::capacity(8)),
        );
        while running.snapshot().actors["main"].handled < 1_000 {
            sleep(Duration::from_millis(1)).await;
        }
        assert!(since.elapsed() <= Duration::from_millis(1_010), "{:?}", since.elapsed());
        let snapshot = running.snapshot();
        let aside = &snapshot.actors["aside"];
        assert_eq!((aside.received, aside.in_handler, aside.waiting), (1_000, 1, 8));
        assert_eq!(aside.dropped.overflow, 991);
        running.stop();
        let report = balanced(&running.wait().await);
        let aside = &report.actors["aside"];
        assert_eq!((aside.dropped.overflow, aside.left), (991, 9));
        let mailbox = aside.mailbox.as_ref().expect("a consumer has one");
        assert_eq!((mailbox.peak, mailbox.backpressure_signals), (8, 0), "it never signals");
    });
}

#[test]
fn a_tap_sees_everything_it_has_room_for_in_order() {
    let report = testkit::run(
        Topology::new("tapped")
            .producer("n", iter(0..1_000u64))
            .consumer("main", Pace(0))
            .inputs(["n"])
            .mailbox(MailboxOptions::capacity(4))
            .consumer("aside", Pace(0))
            .inputs(tap("n"))
            .mailbox(MailboxOptions::capacity(8)),
    );
    let aside = &report.actors["aside"];
    assert_eq!((aside.handled, aside.dropped.total()), (1_000, 0), "it is as fast as the main flow");
}

/// Done after so many messages, or fails at the next.
struct Few {
    most: u64,
    fails: bool,
}

impl Consumer for Few {
    type In = u64;

    async fn handle(&mut self, n: u64) -> Result {
        if self.fails && n == self.most { Err("enough".into()) } else { Ok(()) }
    }

    fn is_finished(&self) -> bool {
        !self.fails
    }
}

#[test]
fn the_end_of_a_tap_does_not_stop_what_it_listens_to() {
    let report = testkit::run(
        Topology::new("tapped")
            .producer("n", iter(0..100u64))
            .consumer("main", Pace(0))
            .inputs(["n"])
            .consumer("aside", Few { most: 0, fails: false })
            .inputs(tap("n")),
    );
    assert_eq!((report.outcome, report.actors["main"].handled), (Outcome::Completed, 100));
    let link = report.links.iter().find(|link| link.to == "aside").expect("the tap");
    assert_eq!(link.emitted, 100, "what came after its end was refused, and counted");
}

#[test]
fn the_failure_of_a_side_branch_is_told_and_stops_nothing_else() {
    let report = testkit::run(
        Topology::new("tapped")
            .producer("n", iter(0..100u64))
            .stage("double", map(|n: u64| n))
            .consumer("main", Pace(0))
            .stage("aside", map(|n: u64| n))
            .inputs(tap("double"))
            .consumer("broken", Few { most: 3, fails: true }),
    );
    assert_eq!((report.outcome, report.actors["main"].handled), (Outcome::Failed, 100));
    assert!(report.error.as_ref().is_some_and(|error| error.contains("`broken`")), "{:?}", report.error);
    assert_eq!((report.actors["broken"].handled, report.actors["broken"].failed), (3, 1));
}

#[test]
fn an_actor_ends_with_its_main_flow_though_a_tap_would_go_on() {
    let report = testkit::run(
        Topology::new("tapped")
            .producer("n", iter(0u64..))
            .consumer("main", Few { most: 0, fails: false })
            .inputs(["n"])
            .consumer("aside", for_each(|_: u64| {}))
            .inputs(tap("n")),
    );
    assert_eq!(report.outcome, Outcome::Completed);
    let aside = &report.actors["aside"];
    assert_eq!(aside.handled + aside.dropped.overflow, aside.received);
}

#[test]
fn an_actor_that_only_taps_read_runs_to_its_end_and_is_warned_about() {
    let topology = Topology::new("tapped")
        .producer("n", iter(0..100u64))
        .consumer("aside", Few { most: 0, fails: false })
        .inputs(tap("n"));
    let problems = topology.check(false);
    assert_eq!(
        problems.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "actor `n`: only taps read `n`, so nothing sets its pace and all they cannot take is dropped (make one of the \
             inputs an ordinary one, without `tap`)"
        ]
    );
    assert_eq!(problems[0].severity, Severity::Warning);
    let report = testkit::run(topology);
    assert_eq!(report.actors["n"].emitted, 100);
}

#[test]
fn a_message_too_large_for_a_tap_is_dropped_there_and_only_there() {
    let report = testkit::run(
        Topology::new("tapped")
            .producer("text", iter(["a".to_string(), "b".repeat(100), "c".to_string()]))
            .consumer("main", for_each(|_: String| {}))
            .inputs(["text"])
            .consumer("aside", for_each(|_: String| {}))
            .inputs([InputOptions::new("text")
                .tap()
                .mailbox(MailboxOptions::default().max_bytes(200).max_message_bytes(10))]),
    );
    assert_eq!(report.actors["main"].handled, 3);
    let aside = &report.actors["aside"];
    assert_eq!((aside.handled, aside.dropped.overflow), (2, 1));
}

#[test]
fn a_tap_that_would_hold_or_fail_the_main_flow_is_an_error_wherever_that_is_said() {
    let found = |topology: Topology| -> Vec<String> {
        let errors = topology.check(false).into_iter().filter(|problem| problem.severity == Severity::Error);
        errors.map(|problem| format!("{} {}", problem.place.key.join("."), problem.message)).collect()
    };
    let tapped = |defaults: MailboxOptions, actor: MailboxOptions, input: Option<MailboxOptions>| {
        let aside = InputOptions::new("n").tap();
        let aside = input.into_iter().fold(aside, InputOptions::mailbox);
        Topology::new("tapped")
            .default_mailbox(defaults)
            .producer("n", iter(0..100u64))
            .consumer("main", for_each(|_: u64| {}))
            .inputs(["n"])
            .consumer("aside", for_each(|_: u64| {}))
            .inputs([aside])
            .mailbox(actor)
    };
    let policy = |overflow| MailboxOptions::default().overflow(overflow);
    let any = MailboxOptions::default;
    let waits = "a tap must never slow `n`, and a full mailbox would make it wait";
    assert_eq!(
        found(tapped(any(), any(), Some(policy(Overflow::Backpressure)))),
        [format!("inputs.0.mailbox.overflow {waits}")]
    );
    assert_eq!(
        found(tapped(any(), policy(Overflow::Backpressure), None)),
        [format!("mailbox.overflow {waits}")]
    );
    assert_eq!(
        found(tapped(any(), any(), Some(policy(Overflow::Fail)))),
        ["inputs.0.mailbox.overflow a tap must never slow `n`, and a full mailbox would fail its messages"]
    );
    // What the topology says is meant for the others.
    for defaults in [Overflow::Backpressure, Overflow::Fail] {
        assert_eq!(found(tapped(policy(defaults), any(), None)), [""; 0]);
    }
    let oldest = tapped(policy(Overflow::DropOldest), any(), None);
    let (node, newest) = (&oldest.nodes()[2], tapped(any(), any(), Some(MailboxOptions::capacity(3))));
    assert_eq!(oldest.mailbox_of_input(node, &node.options.inputs[0]).overflow, Overflow::DropOldest);
    let node = &newest.nodes()[2];
    assert_eq!(newest.mailbox_of_input(node, &node.options.inputs[0]).overflow, Overflow::DropNewest);
}

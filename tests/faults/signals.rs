//! Signals in a storm: thousands per link, and each actor hears the latest, in order, and no more than it can miss.

use std::sync::{Arc, Mutex};
use std::time::Duration;
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};
use tidegate::{Outcome, SignalKind};
use tokio::time::sleep;

const MESSAGES: u64 = 2_000;
const PRODUCERS: u64 = 4;

/// What was heard over each link: its target, the kind, and the epoch.
type Heard = Arc<Mutex<Vec<(String, SignalKind, u64)>>>;

/// Counts, and notes every signal.
struct Listens {
    left: u64,
    heard: Heard,
}

impl Listens {
    fn note(&self, signal: &Signal) {
        let note = (signal.to.to_string(), signal.kind(), signal.epoch);
        self.heard.lock().expect("no panic while it is locked").push(note);
    }
}

impl Producer for Listens {
    type Out = Outlet<u64>;

    async fn produce(&mut self, out: &mut Outlet<u64>) -> Result<Next> {
        if self.left == 0 {
            return Ok(Next::Done);
        }
        self.left -= 1;
        out.emit(self.left);
        Ok(Next::More)
    }

    fn on_backpressure(&mut self, signal: &Signal) {
        self.note(signal);
    }

    fn on_resume(&mut self, signal: &Signal) {
        self.note(signal);
    }
}

/// Four producers, each into two mailboxes of one place: every message turns both pressured and open.
fn storm(heard: &[Heard]) -> Topology {
    let mut topology = Topology::new("storm").default_mailbox(MailboxOptions::capacity(1));
    let mut names = Vec::new();
    for (number, heard) in heard.iter().enumerate() {
        let name = format!("n{number}");
        topology = topology.producer(&name, Listens { left: MESSAGES, heard: heard.clone() });
        names.push(name);
    }
    for sink in ["left", "right"] {
        topology = topology.consumer(sink, for_each(|_: u64| {})).inputs(names.iter().map(String::as_str));
    }
    topology
}

fn check(report: &Report, heard: &[Heard]) {
    assert_eq!((report.outcome, &report.error), (Outcome::Completed, &None));
    let mut sent = 0;
    for sink in ["left", "right"] {
        let sink = &report.actors[sink];
        assert_eq!(sink.handled, PRODUCERS * MESSAGES, "none was lost");
        let mailbox = sink.mailbox.as_ref().expect("a consumer has one");
        assert_eq!(mailbox.peak, 1);
        assert!(mailbox.backpressure_signals >= MESSAGES, "{}", mailbox.backpressure_signals);
        assert!(mailbox.backpressure_signals - mailbox.resume_signals <= 1, "{mailbox:?}");
        sent += mailbox.backpressure_signals + mailbox.resume_signals;
    }
    for heard in heard {
        let heard = heard.lock().expect("no panic while it is locked");
        assert!(heard.len() as u64 <= sent, "no signal is heard twice");
        assert!(!heard.is_empty());
        for sink in ["left", "right"] {
            let of_link: Vec<_> = heard.iter().filter(|(to, ..)| to == sink).collect();
            assert!(of_link.windows(2).all(|pair| pair[0].2 < pair[1].2), "epochs grow: {of_link:?}");
            // A Backpressure that follows another one stands for a Resume in between that was overtaken; but nobody
            // hears a Resume of what it was not told.
            let first = of_link.first().map(|(_, kind, _)| *kind);
            assert!(first.is_none_or(|first| first == SignalKind::Backpressure));
            assert!(
                of_link.windows(2).all(
                    |pair| pair[0].1 == SignalKind::Backpressure || pair[1].1 == SignalKind::Backpressure
                ),
                "{of_link:?}"
            );
        }
    }
}

#[test]
fn thousands_of_signals_a_link_are_heard_in_order_and_nobody_is_held_for_ever() {
    let heard: Vec<Heard> = (0..PRODUCERS).map(|_| Heard::default()).collect();
    check(&testkit::run(storm(&heard)), &heard);
}

#[test]
fn so_they_are_across_threads() {
    for arbiters in [2, 4] {
        let heard: Vec<Heard> = (0..PRODUCERS).map(|_| Heard::default()).collect();
        let running = storm(&heard).arbiters(arbiters).start().expect("a sound topology");
        check(&balanced(&running.join()), &heard);
    }
}

#[test]
fn an_actor_that_is_busy_all_the_while_hears_the_last_word_only() {
    /// Sleeps over its second message, and notes every signal.
    struct Sleeps(Heard);
    impl Stage for Sleeps {
        type In = u64;
        type Out = Outlet<u64>;
        async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
            if n == 2 {
                sleep(Duration::from_secs(1_000)).await;
            }
            out.emit(n);
            Ok(())
        }
        fn on_backpressure(&mut self, signal: &Signal) {
            self.0.lock().expect("no panic").push((signal.to.to_string(), signal.kind(), signal.epoch));
        }
        fn on_resume(&mut self, signal: &Signal) {
            self.on_backpressure(signal);
        }
    }
    testkit::virtual_time(async {
        let heard = Heard::default();
        let running = testkit::start(
            Topology::new("asleep")
                .producer("few", iter(1..=3u64))
                .stage("sleeps", Sleeps(heard.clone()))
                .producer("many", iter(0..MESSAGES))
                .consumer("sink", for_each(|_: u64| {}))
                .inputs(["sleeps", "many"])
                .mailbox(MailboxOptions::capacity(1)),
        );
        sleep(Duration::from_secs(1)).await;
        let before = heard.lock().expect("no panic").len();
        // While it sleeps, and others wait for it, the mailbox goes on turning pressured and open.
        sleep(Duration::from_secs(500)).await;
        let snapshot = running.snapshot();
        let mailbox = snapshot.actors["sink"].mailbox.clone().expect("a consumer has one");
        assert!(mailbox.backpressure_signals >= MESSAGES, "{mailbox:?}");
        assert_eq!(heard.lock().expect("no panic").len(), before, "it is busy");
        let report = balanced(&running.wait().await);
        assert_eq!(report.actors["sink"].handled, MESSAGES + 3);
        let heard = heard.lock().expect("no panic");
        // One slot for the link: of thousands of signals one at most was kept, and its own two messages bring a few more.
        assert!(heard.len() - before <= 5, "{heard:?}");
    });
}

//! Actors that do at once what they can, and the rest in their async methods: what comes of it is the same.

use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};

const MESSAGES: u64 = 1_000;

/// Handles a message at once unless it is divisible by three; fails at those divisible by seven. Notes which way it took.
#[derive(Default)]
struct Mixed {
    now: u64,
    later: u64,
}

impl Mixed {
    fn pass(n: u64, out: &mut Outlet<u64>) -> Result {
        if n.is_multiple_of(7) {
            return Err(format!("{n} is divisible by seven").into());
        }
        out.emit(n);
        Ok(())
    }
}

impl Stage for Mixed {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        self.later += 1;
        if n.is_multiple_of(2) {
            tokio::task::yield_now().await;
        }
        Self::pass(n, out)
    }

    fn handle_now(&mut self, n: u64, out: &mut Outlet<u64>) -> Now<u64> {
        if n.is_multiple_of(3) {
            return Now::Later(n);
        }
        self.now += 1;
        Now::Done(Self::pass(n, out))
    }

    fn on_error(&self) -> OnError {
        OnError::DeadLetter
    }

    async fn on_end(&mut self, _: &mut Outlet<u64>) -> Result {
        assert_eq!(self.now + self.later, MESSAGES, "each message is handled one way");
        assert!(self.now > 0 && self.later >= MESSAGES / 3);
        Ok(())
    }
}

/// Makes numbers at once, but for each tenth.
struct Numbers(u64);

impl Numbers {
    fn emit(&mut self, out: &mut Outlet<u64>) -> Result<Next> {
        if self.0 == MESSAGES {
            return Ok(Next::Done);
        }
        out.emit(self.0);
        self.0 += 1;
        Ok(Next::More)
    }
}

impl Producer for Numbers {
    type Out = Outlet<u64>;

    async fn produce(&mut self, out: &mut Outlet<u64>) -> Result<Next> {
        tokio::task::yield_now().await;
        self.emit(out)
    }

    fn produce_now(&mut self, out: &mut Outlet<u64>) -> Option<Result<Next>> {
        (!self.0.is_multiple_of(10)).then(|| self.emit(out))
    }
}

#[test]
fn messages_handled_at_once_and_later_keep_their_order_and_their_account() {
    for capacity in [1, 2, 7, 64, 1024] {
        let (kept, consumer) = testkit::probe_consumer::<u64>();
        let (letters, undertaker) = testkit::probe_consumer::<DeadLetter>();
        kept.request(MESSAGES as usize);
        letters.request(MESSAGES as usize);
        let report = balanced(&testkit::run(
            Topology::new("mixed")
                .default_mailbox(MailboxOptions::capacity(capacity))
                .producer("numbers", Numbers(0))
                .stage("mixed", Mixed::default())
                .consumer("kept", consumer)
                .consumer("letters", undertaker)
                .inputs(["mixed.dead_letters"]),
        ));
        assert_eq!(report.error, None, "capacity {capacity}");
        let (sevenths, others): (Vec<u64>, Vec<u64>) = (0..MESSAGES).partition(|n| n.is_multiple_of(7));
        assert_eq!(kept.taken(), others, "capacity {capacity}");
        let mixed = &report.actors["mixed"];
        assert_eq!((mixed.handled, mixed.failed), (others.len() as u64, sevenths.len() as u64));
        let lost: Option<Vec<u64>> = letters.taken().iter().map(DeadLetter::message).collect();
        assert_eq!(lost, Some(sevenths), "capacity {capacity}");
    }
}

/// Panics at once at a message.
struct Fragile;

impl Consumer for Fragile {
    type In = u64;

    async fn handle(&mut self, _: u64) -> Result {
        Ok(())
    }

    fn handle_now(&mut self, n: u64) -> Now<u64> {
        assert_ne!(n, 500, "too much");
        Now::Done(Ok(()))
    }
}

#[test]
fn a_panic_at_once_names_its_message_and_costs_no_other() {
    let report = balanced(&testkit::run(
        Topology::new("fragile").producer("n", iter(0..MESSAGES)).consumer("fragile", Fragile),
    ));
    let fragile = &report.actors["fragile"];
    assert_eq!((fragile.handled, fragile.failed), (500, 1));
    let error = report.error.expect("it failed");
    assert!(error.contains("actor `fragile` panicked at message 501 of its input, 500: "), "{error}");
}

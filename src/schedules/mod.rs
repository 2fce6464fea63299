//! The real mailboxes, lanes and links under schedules that shuttle makes up: at random, and by priorities that change at a
//! few points (PCT), which finds what takes a few unlucky switches.
//!
//! ```text
//! RUSTFLAGS="--cfg tidegate_shuttle" cargo test --release --lib schedules
//! ```
//!
//! `SCHEDULES` says how many of each kind are tried; a failure prints the schedule that shows it, for `shuttle::replay`.
//! Writers and readers do what cells do, without the rest of a cell: a writer looks at the signals, holds while it is held,
//! waits for room, puts; a reader takes, starts and releases.

mod ends;
mod flow;
mod rules;

use crate::mailbox::{Intake, Link, Mailbox, MailboxFace, MailboxOptions, Parting};
use crate::message::{MessageFacts, Weigh};
use crate::outlet::{Ahead, Choice, LanePlan, PortPlan, TargetPlan, Wiring, room};
use crate::outlet::{Port, PortSet};
use crate::sync::{Arc, AtomicWaker};
use shuttle::future::block_on;
use shuttle::thread;
use std::future::poll_fn;
use std::task::Poll;

/// The number of a writer, and that of its message.
type Item = (usize, u64);

/// From 1 to 3, where weight is limited.
impl Weigh for Item {
    fn weight(&self) -> usize {
        1 + self.1 as usize % 3
    }
}

/// Some writers and readers of one mailbox.
struct Scene {
    mailbox: Arc<Mailbox<Item>>,
    wirings: Vec<(Wiring, Arc<Link>)>,
    readers: usize,
    /// So many messages a writer puts at once.
    at_once: usize,
}

impl Scene {
    fn new(options: &MailboxOptions, writers: usize, readers: usize) -> Self {
        let mut facts = MessageFacts::default();
        facts.weighed::<Item>();
        let facts = Arc::new(facts);
        let mailbox = Mailbox::<Item>::new(&options.resolve(), facts.of::<Item>(), readers, None);
        let wirings = (0..writers).map(|_| {
            let link = Link::new("writer".into(), "reader".into(), false, None, Arc::default());
            mailbox.join(link.clone(), false);
            let lane = LanePlan { mailbox: mailbox.clone(), link: link.clone(), inside: false };
            let mut plan = PortPlan::default();
            plan.targets.push(TargetPlan { lanes: vec![lane], choice: Choice::Single });
            (Wiring::new(vec![plan], facts.clone(), Ahead::Half), link)
        });
        let wirings = wirings.collect();
        Self { mailbox, wirings, readers, at_once: 1 }
    }

    /// The same, with writers that put so many messages at once.
    fn at_once(self, at_once: usize) -> Self {
        Self { at_once, ..self }
    }

    /// Runs writers of so many messages, and readers that stop after so many; what each reader has started.
    fn run(self, messages: u64, most: usize) -> (Arc<Mailbox<Item>>, Vec<Vec<Item>>) {
        let writers = self.wirings.into_iter().enumerate();
        let writers: Vec<_> = writers
            .map(|(number, (wiring, link))| {
                thread::spawn(move || block_on(write(number, wiring, link, messages, self.at_once)))
            })
            .collect();
        let readers: Vec<_> = (0..self.readers)
            .map(|reader| {
                let mailbox = self.mailbox.clone();
                thread::spawn(move || block_on(read(mailbox, reader, most)))
            })
            .collect();
        writers.into_iter().for_each(|writer| writer.join().expect("the writer does not panic"));
        let read = readers.into_iter().map(|reader| reader.join().expect("the reader does not panic"));
        (self.mailbox, read.collect())
    }
}

/// What an upstream cell does.
async fn write(number: usize, wiring: Wiring, link: Arc<Link>, messages: u64, at_once: usize) {
    write_after(number, wiring, link, messages, at_once, &|_| {}).await;
}

/// The same, with something that it does before each message.
async fn write_after(
    number: usize,
    mut wiring: Wiring,
    link: Arc<Link>,
    messages: u64,
    at_once: usize,
    before: &(dyn Fn(u64) + Sync),
) {
    let mut port: Port<Item> = wiring.next();
    let bell = Arc::new(AtomicWaker::new());
    let told = bell.clone();
    link.connect(Box::new(move || told.wake()));
    for message in (0..messages).step_by(at_once) {
        let open = poll_fn(|cx| {
            bell.register(cx.waker());
            link.receive();
            if link.is_closed() {
                return Poll::Ready(false);
            }
            if room::is_held(&mut port) {
                port.flush();
                room::let_go(&mut port);
                return Poll::Pending;
            }
            if port.credits() >= at_once {
                return Poll::Ready(true);
            }
            port.flush();
            room::poll_room(&mut port, at_once, cx).map(|()| true)
        })
        .await;
        if !open {
            break;
        }
        before(message);
        let mut messages = (message..).take(at_once).map(|message| (number, message)).collect();
        port.push_all(&mut messages).expect("there is room for it");
        if message % 2 == 0 {
            port.flush();
        }
    }
    room::end(&mut port, false);
}

/// What a downstream cell does, until it has started so many messages.
async fn read(mailbox: Arc<Mailbox<Item>>, reader: usize, most: usize) -> Vec<Item> {
    let mut intake = Intake::new(vec![mailbox.into()], reader, &[], false);
    let mut started = Vec::new();
    while started.len() < most {
        if !(intake.at_hand() > 0 || intake.refill()) && !poll_fn(|cx| intake.poll_refill(cx)).await {
            break;
        }
        intake.allow(intake.at_hand().min(most - started.len()));
        while let Some(message) = intake.start_next() {
            intake.weigh(&message);
            started.push(message);
            thread::yield_now();
        }
        intake.release();
    }
    intake.close(if started.len() == most { Parting::Finished } else { Parting::Cut });
    started
}

/// Checks `scene` under as many schedules as are wanted, of both kinds.
fn explore(scene: fn()) {
    let schedules = std::env::var("SCHEDULES").ok().and_then(|count| count.parse().ok()).unwrap_or(1000);
    shuttle::check_random(scene, schedules);
    shuttle::check_pct(scene, schedules, 3);
}

/// The messages of each writer are there in order.
fn in_order(items: &[Item]) -> bool {
    let writers = items.iter().map(|(writer, _)| *writer);
    let mut last = vec![None; writers.max().map_or(0, |most| most + 1)];
    items.iter().all(|(writer, number)| last[*writer].replace(*number).is_none_or(|before| before < *number))
}

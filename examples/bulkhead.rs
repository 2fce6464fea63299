//! How a bulkhead keeps a hog from delaying its neighbours: how late the messages of a healthy branch are handled when it
//! is alone, with a hog on the same thread, and with the hog in a bulkhead of its own.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tidegate::prelude::*;
use tidegate::time::Instant;

const TICKS: usize = 500;
const EVERY: Duration = Duration::from_millis(2);

/// How long the hog burns its processor for each message.
const BURNS: Duration = Duration::from_millis(20);

/// Emits the moment at which each of its messages is due.
struct Ticks {
    emitted: usize,
    due: Option<Instant>,
}

impl Producer for Ticks {
    type Out = Outlet<Instant>;

    async fn produce(&mut self, out: &mut Outlet<Instant>) -> Result<Next> {
        let due = self.due.unwrap_or_else(Instant::now);
        out.emit(due);
        self.emitted += 1;
        self.due = Some(due + EVERY);
        Ok(if self.emitted < TICKS { Next::At(due + EVERY) } else { Next::Done })
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Hog {
    Absent,
    Beside,
    Apart,
}

/// How late the messages of the healthy branch were handled, the latest last.
fn delays(hog: Hog) -> Result<Vec<Duration>> {
    let (delays, over) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(hog == Hog::Absent)));
    let (note, done, enough) = (delays.clone(), over.clone(), over);
    let healthy = for_each(move |due: Instant| {
        let mut delays = note.lock().expect("nobody panics with it");
        delays.push(due.elapsed());
        if delays.len() == TICKS {
            done.store(true, Ordering::Relaxed);
        }
    });
    let topology = Topology::new("bulkhead")
        .arbiters(1)
        .bulkhead("heavy", BulkheadOptions::threads(1))
        .producer("ticks", Ticks { emitted: 0, due: None })
        .consumer("healthy", healthy)
        .producer("work", from_fn(move || (!enough.load(Ordering::Relaxed)).then_some(BURNS)))
        .consumer("hog", for_each(burn))
        .mailbox(MailboxOptions::capacity(2));
    let topology = if hog == Hog::Apart { topology.in_bulkhead("heavy") } else { topology };
    topology.start()?.join();
    let mut delays = delays.lock().expect("nobody panics with it").clone();
    delays.sort_unstable();
    Ok(delays)
}

fn burn(time: Duration) {
    let since = Instant::now();
    while since.elapsed() < time {
        std::hint::spin_loop();
    }
}

fn main() -> Result {
    println!("{:<28}{:>10}{:>10}", "the healthy branch", "p50", "p99");
    for (case, hog) in [
        ("alone", Hog::Absent),
        ("a hog on the same thread", Hog::Beside),
        ("the hog in a bulkhead", Hog::Apart),
    ] {
        let delays = delays(hog)?;
        let share = |percent: usize| {
            format!("{:.1} ms", delays[(delays.len() - 1) * percent / 100].as_secs_f64() * 1e3)
        };
        println!("{case:<28}{:>10}{:>10}", share(50), share(99));
    }
    Ok(())
}

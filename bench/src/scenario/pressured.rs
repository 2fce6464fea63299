//! A consumer a hundred times slower than its producer.

use super::chain::on;
use crate::args::Args;
use crate::child;
use crate::harness::{Class, Contender, Metric, Sample, Scenario, memory, quantile};
use crate::load::{Load, Tally};
use crate::peer::channels::{Crossbeam, Std, Tokio};
use crate::peer::tasks::layout;
use crate::peer::{CAPACITY, Chain, tasks, threads, tidegate};
use ::tidegate::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

const NAME: &str = "pressured";

/// What the consumer does for each message, busily. A producer takes about a hundredth of it.
const WORK: Duration = Duration::from_micros(1);

/// What the times below count from.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Nanoseconds from the start to the first message, to the end of the last, and what the work itself took. One
/// consumer at a time writes them, so there is nothing to order.
static FIRST: AtomicU64 = AtomicU64::new(0);
static LAST: AtomicU64 = AtomicU64::new(0);
static WORKED: AtomicU64 = AtomicU64::new(0);

/// Messages that the consumer has begun to handle.
static BEGUN: AtomicU64 = AtomicU64::new(0);

/// A number that keeps its consumer busy.
#[derive(Clone, Debug)]
struct Slow(u64);

impl Load for Slow {
    const FACTOR: u64 = 1;
    const SUMMAND: u64 = 0;

    fn make(n: u64) -> Self {
        Self(n)
    }

    fn step(self) -> Self {
        self
    }

    fn value(&self) -> u64 {
        self.0
    }

    fn arrived(&self) {
        let began = START.elapsed();
        BEGUN.store(self.0 + 1, Relaxed);
        let mut now = began;
        while now - began < WORK {
            now = START.elapsed();
        }
        if self.0 == 0 {
            FIRST.store(began.as_nanos() as u64, Relaxed);
            WORKED.store(0, Relaxed);
        }
        LAST.store(now.as_nanos() as u64, Relaxed);
        WORKED.store(WORKED.load(Relaxed) + (now - began).as_nanos() as u64, Relaxed);
    }
}

/// Everything beside the work, as a share of it, in percent.
fn overhead() -> Option<f64> {
    let worked = WORKED.load(Relaxed) as f64;
    let whole = (LAST.load(Relaxed) - FIRST.load(Relaxed)) as f64;
    Some((whole / worked - 1.0) * 100.0)
}

fn resident() -> Option<f64> {
    Some(memory::peak().ok()? as f64 / 1e6)
}

/// What the producer sees of the signals; in microseconds.
#[derive(Default)]
struct Seen {
    /// From the message that filled the mailbox to its high mark, to the hook.
    until_told: Vec<f64>,
    /// From the hook that says `Resume` to the next message.
    until_flowing: Vec<f64>,
    /// Messages emitted between the two hooks.
    emitted_while_held: u64,
    signals: u64,
}

/// Emits numbers, and looks at the clock when something changes.
struct Faucet {
    next: u64,
    below: u64,
    high: u64,
    full_since: Option<Instant>,
    held: bool,
    resumed: Option<Instant>,
    seen: Seen,
    result: Arc<Mutex<Seen>>,
}

impl Producer for Faucet {
    type Out = Outlet<Slow>;

    async fn produce(&mut self, out: &mut Outlet<Slow>) -> Result<Next> {
        if self.next == self.below {
            return Ok(Next::Done);
        }
        if let Some(resumed) = self.resumed.take() {
            self.seen.until_flowing.push(resumed.elapsed().as_secs_f64() * 1e6);
        }
        out.emit(Slow(self.next));
        self.next += 1;
        self.seen.emitted_while_held += u64::from(self.held);
        if self.full_since.is_none() && self.next - BEGUN.load(Relaxed) >= self.high {
            self.full_since = Some(Instant::now());
        }
        Ok(Next::More)
    }

    fn on_backpressure(&mut self, _: &Signal) {
        self.held = true;
        self.seen.signals += 1;
        // Room is reserved in blocks, so the signal may come before the message that needs it; then nobody waited.
        let waited = self.full_since.map_or(0.0, |since| since.elapsed().as_secs_f64() * 1e6);
        self.seen.until_told.push(waited);
    }

    fn on_resume(&mut self, _: &Signal) {
        self.held = false;
        self.full_since = None;
        self.resumed = Some(Instant::now());
    }

    async fn on_stop(&mut self) -> Result {
        *self.result.lock().map_err(|_| "nobody else writes this")? = std::mem::take(&mut self.seen);
        Ok(())
    }
}

/// Handles them.
struct Drain {
    tally: Tally,
    messages: u64,
}

impl Consumer for Drain {
    type In = Slow;

    async fn handle(&mut self, message: Slow) -> Result {
        self.tally.add(&message);
        Ok(())
    }

    async fn on_end(&mut self) -> Result {
        self.tally.check::<Slow>(self.messages, 0, 1)
    }
}

fn run(arbiters: usize, low: f64, high: f64, messages: u64) -> Result<Sample> {
    BEGUN.store(0, Relaxed);
    let result = Arc::new(Mutex::new(Seen::default()));
    let options = MailboxOptions::capacity(CAPACITY).watermarks(low, high);
    let faucet = Faucet {
        next: 0,
        below: messages,
        high: options.resolve().marks().high as u64,
        full_since: None,
        held: false,
        resumed: None,
        seen: Seen::default(),
        result: result.clone(),
    };
    let topology = Topology::new(NAME)
        .arbiters(arbiters)
        .producer("faucet", faucet)
        .consumer("drain", Drain { tally: Tally::default(), messages })
        .mailbox(options);
    tidegate::run(topology)?;
    let mut seen = result.lock().map_err(|_| "the producer panicked")?;
    let per_thousand = seen.signals as f64 * 1000.0 / messages as f64;
    Ok(vec![
        overhead(),
        Some(per_thousand),
        quantile(&mut seen.until_told, 0.5),
        quantile(&mut seen.until_flowing, 0.5),
        Some(seen.emitted_while_held as f64),
        resident(),
    ])
}

pub fn scenario(args: &Args) -> Scenario {
    let mut contenders = Vec::new();
    for arbiters in [1, 2] {
        for (name, low, high) in [
            ("tidegate", 0.5, 0.8),
            ("tidegate, a signal for each 1024", 0.0, 1.0),
            ("tidegate, a signal for each 10", 0.79, 0.8),
        ] {
            contenders.push(Contender::new(name, on(arbiters), Class::Tidegate, move |messages| {
                run(arbiters, low, high, messages)
            }));
        }
    }
    for workers in [1, 2] {
        contenders.push(peer("tokio mpsc", layout(workers), move |chain| {
            tasks::chain::<Tokio, Slow>(chain, workers)
        }));
    }
    contenders.push(peer("crossbeam", "2 threads".into(), threads::chain::<Crossbeam, Slow>));
    contenders.push(
        Contender::new("the work alone", "1 thread", Class::Floor, |messages| {
            let mut tally = Tally::<1>::default();
            (0..messages).for_each(|n| tally.add(&Slow(n)));
            tally.check::<Slow>(messages, 0, 1)?;
            Ok(vec![overhead(), None, None, None, None, resident()])
        })
        .note("a loop without a queue: what it takes to look at the clock"),
    );
    contenders.push(peer("std sync_channel", "2 threads".into(), threads::chain::<Std, Slow>));
    Scenario {
        name: NAME,
        workload: format!(
            "A producer emits numbers of 64 bits, a consumer is busy with each for {WORK:?}; {CAPACITY} may wait. \
             Overhead is the time between the first message and the last that the consumer was not busy with its \
             work, as a share of that work. Sum, count and order are checked. Each run is a process of its own."
        ),
        metrics: vec![
            Metric::low("overhead", "%"),
            Metric::low("Backpressure", "per 1000"),
            Metric::low("full until told", "us"),
            Metric::low("Resume until flowing", "us"),
            Metric::low("emitted while held", ""),
            Metric::low("peak memory", "MB"),
        ],
        contenders: contenders.into_iter().map(|contender| child::isolated(contender, NAME, args)).collect(),
        calibrated: false,
        messages: 500_000,
    }
}

/// A channel, which has no signals.
fn peer(name: &str, layout: String, run: impl Fn(Chain) -> Result + 'static) -> Contender {
    Contender::new(name, layout, Class::Bounded, move |messages| {
        run(Chain { stages: 0, capacity: CAPACITY, messages })?;
        Ok(vec![overhead(), None, None, None, None, resident()])
    })
}

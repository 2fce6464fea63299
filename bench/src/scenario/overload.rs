//! Producers a thousand times faster than their consumer, for as long as it takes to see what memory does.

use super::chain::on;
use crate::args::Args;
use crate::child;
use crate::harness::{Class, Contender, Metric, Sample, Scenario, memory};
use crate::load::Count;
use crate::peer::tasks::{layout, runtime};
use crate::peer::tidegate::{Numbers, completed};
use crate::peer::{CAPACITY, WIDTH, ractor as peer_ractor};
use ::tidegate::prelude::*;
use ractor::{Actor, ActorProcessingErr, ActorRef};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

const NAME: &str = "overload";

/// What the consumer does for each message, busily.
const WORK: Duration = Duration::from_micros(10);

/// How often memory is looked at.
const EVERY: Duration = Duration::from_millis(20);

/// How long a run that is only to show that it works takes.
const GLANCE: Duration = Duration::from_millis(200);

pub fn scenario(args: &Args) -> Scenario {
    // A number of messages makes no sense here; where one is asked for, it is for a run that is short.
    let watched =
        if args.messages.is_some_and(|messages| messages < SHORTEST) { GLANCE } else { args.watch() };
    let mut contenders = Vec::new();
    for arbiters in [1, 2] {
        contenders.push(Contender::new("tidegate", on(arbiters), Class::Tidegate, move |_| {
            in_tidegate(arbiters, watched)
        }));
    }
    contenders.push(Contender::new("tokio mpsc", layout(2), Class::Bounded, move |_| in_tokio(watched)));
    contenders.push(
        Contender::new("ractor", layout(2), Class::Unbounded, move |_| in_ractor(watched))
            .note(peer_ractor::NOTE),
    );
    Scenario {
        name: NAME,
        workload: format!(
            "{WIDTH} producers emit numbers of 64 bits without end, a consumer is busy with each for {WORK:?}; \
             {CAPACITY} may wait. Resident memory is looked at for {watched:?}: growth is from what there is after a \
             third, at most a second, to the most after that. Each run is a process of its own."
        ),
        metrics: vec![
            Metric::low("growth", "%"),
            Metric::low("peak memory", "MB"),
            Metric::high("handled", "thousands a second"),
        ],
        contenders: contenders.into_iter().map(|contender| child::isolated(contender, NAME, args)).collect(),
        calibrated: false,
        messages: SHORTEST,
    }
}

/// With fewer messages than this, a run is only to show that it works.
const SHORTEST: u64 = 1_000_000;

/// Looks at the memory of this process for as long as `watched`.
fn watch(watched: Duration) -> Result<(f64, f64)> {
    let since = Instant::now();
    let settled = (watched / 3).min(Duration::from_secs(1));
    let (mut base, mut most) = (None, 0);
    while since.elapsed() < watched {
        thread::sleep(EVERY);
        let resident = memory::resident()?;
        if since.elapsed() >= settled {
            base.get_or_insert(resident);
            most = most.max(resident);
        }
    }
    let base = base.ok_or("the time was too short to look at the memory twice")? as f64;
    Ok(((most as f64 / base - 1.0) * 100.0, most as f64 / 1e6))
}

fn sample((growth, peak): (f64, f64), handled: u64, watched: Duration) -> Sample {
    vec![Some(growth), Some(peak), Some(handled as f64 / watched.as_secs_f64() / 1e3)]
}

fn work() {
    let since = Instant::now();
    while since.elapsed() < WORK {}
}

fn in_tidegate(arbiters: usize, watched: Duration) -> Result<Sample> {
    let mut topology =
        Topology::new(NAME).arbiters(arbiters).default_mailbox(MailboxOptions::capacity(CAPACITY));
    let names: Vec<String> = (0..WIDTH).map(|producer| format!("numbers_{producer}")).collect();
    for name in &names {
        topology = topology.producer(name, Numbers::<Count>::below(u64::MAX));
    }
    let running = topology
        .consumer("slow", for_each(|_: Count| work()))
        .inputs(names.iter().map(String::as_str))
        .start()?;
    let memory = watch(watched)?;
    running.stop();
    let report = running.join();
    completed(&report)?;
    let slow = &report.actors["slow"];
    match &slow.mailbox {
        Some(mailbox) if mailbox.peak <= CAPACITY => Ok(sample(memory, slow.handled, watched)),
        _ => Err("the mailbox held more than it may".into()),
    }
}

fn in_tokio(watched: Duration) -> Result<Sample> {
    let runtime = runtime(2)?;
    let (sender, mut receiver) = mpsc::channel::<u64>(CAPACITY);
    for _ in 0..WIDTH {
        let sender = sender.clone();
        runtime.spawn(async move {
            let mut n = 0;
            while sender.send(n).await.is_ok() {
                n += 1;
            }
        });
    }
    drop(sender);
    let (end, mut ended) = tokio::sync::oneshot::channel::<()>();
    let consumer = runtime.spawn(async move {
        let mut handled = 0;
        while ended.try_recv().is_err() && receiver.recv().await.is_some() {
            work();
            handled += 1;
        }
        handled
    });
    let memory = watch(watched)?;
    end.send(()).map_err(|()| "the consumer has gone")?;
    Ok(sample(memory, runtime.block_on(consumer)?, watched))
}

/// Messages that [`Slow`] has handled.
static HANDLED: AtomicU64 = AtomicU64::new(0);

/// An actor that is busy with each message.
struct Slow;

impl Actor for Slow {
    type Msg = u64;
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _: ActorRef<u64>, (): ()) -> std::result::Result<(), ActorProcessingErr> {
        Ok(())
    }

    async fn handle(
        &self,
        _: ActorRef<u64>,
        _: u64,
        (): &mut (),
    ) -> std::result::Result<(), ActorProcessingErr> {
        work();
        HANDLED.fetch_add(1, Relaxed);
        Ok(())
    }
}

fn in_ractor(watched: Duration) -> Result<Sample> {
    let runtime = runtime(2)?;
    let (slow, _) = runtime.block_on(Actor::spawn(None, Slow, ()))?;
    for _ in 0..WIDTH {
        let slow = slow.clone();
        runtime.spawn(async move {
            let mut n = 0;
            while slow.cast(n).is_ok() {
                n += 1;
                // Nothing else makes it give way.
                if n % CAPACITY as u64 == 0 {
                    tokio::task::yield_now().await;
                }
            }
        });
    }
    let memory = watch(watched)?;
    let handled = HANDLED.load(Relaxed);
    // Waiting for its end would mean to free all that has piled up; the process ends anyway.
    runtime.shutdown_background();
    Ok(sample(memory, handled, watched))
}

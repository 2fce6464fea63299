//! Ten thousand restarts: counted right, and nothing of an actor that is gone is kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};
use tidegate::{Outcome, Stop};

const RESTARTS: u64 = 10_000;

/// Bytes of memory that the process holds; `None` where the system does not say.
pub fn resident() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse::<usize>().ok().map(|kilobytes| kilobytes * 1024)
}

/// How many there are, and the most there were at once.
#[derive(Default)]
struct Living {
    now: AtomicUsize,
    most: AtomicUsize,
    made: AtomicUsize,
}

/// Cannot take odd numbers; half of these fail with an error, half with a panic.
struct Mortal {
    living: Arc<Living>,
    /// So that one that is kept is seen in the memory of the process.
    _baggage: Vec<u8>,
}

impl Mortal {
    fn new(living: &Arc<Living>) -> Self {
        living.made.fetch_add(1, Ordering::SeqCst);
        let now = living.now.fetch_add(1, Ordering::SeqCst) + 1;
        living.most.fetch_max(now, Ordering::SeqCst);
        Self { living: living.clone(), _baggage: vec![1; 16 * 1024] }
    }
}

impl Drop for Mortal {
    fn drop(&mut self) {
        self.living.now.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Stage for Mortal {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        match n % 4 {
            1 => Err("odd".into()),
            3 => panic!("odd"),
            _ => {
                out.emit(n);
                Ok(())
            }
        }
    }

    fn tick_every(&self) -> Option<Duration> {
        Some(Duration::from_secs(1))
    }
}

#[test]
fn ten_thousand_restarts_are_counted_and_leave_nothing_behind() {
    std::panic::set_hook(Box::new(|_| {}));
    let living = Arc::new(Living::default());
    let restart = Restart::times(20_000)
        .within(Duration::from_secs(3_600))
        .backoff(Duration::from_millis(100))
        .max_backoff(Duration::from_secs(1))
        .jitter(0.0);
    let (report, grown) = testkit::virtual_time(async {
        let makes = living.clone();
        let (probe, sink) = testkit::probe_consumer::<u64>();
        let running = testkit::start(
            Topology::new("mortal")
                .producer("n", iter(0..2 * RESTARTS))
                .stage_each("mortal", 1, move |_| Mortal::new(&makes))
                .on_error(restart)
                .on_panic(restart)
                .consumer("sink", sink)
                .mailbox(MailboxOptions::capacity(16)),
        );
        // What is warm after a tenth of them is all there is.
        probe.request(RESTARTS as usize / 10);
        for _ in 0..RESTARTS / 10 {
            probe.next().await;
        }
        let before = resident();
        assert!(living.now.load(Ordering::SeqCst) <= 1);
        probe.request(RESTARTS as usize);
        for _ in RESTARTS / 10..RESTARTS {
            probe.next().await;
        }
        let grown = before.and_then(|before| Some(resident()?.saturating_sub(before)));
        (balanced(&running.wait().await), grown)
    });
    drop(std::panic::take_hook());
    assert_eq!((report.outcome, &report.error), (Outcome::Completed, &None));
    let mortal = &report.actors["mortal"];
    assert_eq!((mortal.received, mortal.handled, mortal.failed), (20_000, 10_000, 10_000));
    assert_eq!((mortal.restarts, report.actors["sink"].handled), (RESTARTS, 10_000));
    // The first one, and one for each restart; never two of them, and none is left.
    assert_eq!(living.made.load(Ordering::SeqCst) as u64, RESTARTS + 1);
    assert_eq!((living.most.load(Ordering::SeqCst), living.now.load(Ordering::SeqCst)), (1, 0));
    // 9,000 of them with 16 kB each would be 144 MB. Other tests may run in this process.
    if let Some(grown) = grown {
        assert!(grown < 32 << 20, "it grew by {grown} bytes");
    }
}

#[test]
fn a_producer_that_is_made_anew_ten_thousand_times_ends_all_the_same() {
    std::panic::set_hook(Box::new(|_| {}));
    let mut life = 0u64;
    let report = testkit::run(
        Topology::new("phoenix")
            .producer_each("phoenix", 1, move |_| {
                life += 1;
                let (this, mut made) = (life, false);
                from_fn(move || {
                    // One number a life, then it fails; the last one ends.
                    if std::mem::replace(&mut made, true) {
                        assert!(this > RESTARTS, "burnt");
                        return None;
                    }
                    Some(this)
                })
            })
            .on_panic(
                Restart::times(20_000)
                    .within(Duration::from_secs(60))
                    .backoff(Duration::from_millis(1))
                    .jitter(0.0)
                    .then(Stop::Topology),
            )
            .consumer("sink", for_each(|_: u64| {})),
    );
    drop(std::panic::take_hook());
    assert_eq!((report.outcome, report.error), (Outcome::Completed, None));
    assert_eq!((report.actors["phoenix"].restarts, report.actors["sink"].handled), (RESTARTS, RESTARTS + 1));
}

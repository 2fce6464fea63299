//! Producer, stage (`x * 2 + 1`) and consumer (sum) over `u64`, capacity 1024, from the first message to the end of
//! the last: the whole run, threads started and ended included. Beside it the same over tokio's bounded channel.
//!
//! `cargo bench --bench chain3`

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use tidegate::prelude::*;
use tokio::sync::mpsc;

const MESSAGES: u64 = 2_000_000;
const CAPACITY: usize = 1024;
/// The sum of `x * 2 + 1` over all messages.
const SUM: u64 = MESSAGES * MESSAGES;

struct Sum {
    sum: u64,
}

impl Consumer for Sum {
    type In = u64;

    async fn handle(&mut self, n: u64) -> Result {
        self.sum += n;
        Ok(())
    }

    async fn on_end(&mut self) -> Result {
        assert_eq!(black_box(self.sum), SUM);
        Ok(())
    }
}

/// One actor per arbiter as far as there are arbiters.
fn tidegate(arbiters: usize) {
    let report = Topology::new("chain3")
        .arbiters(arbiters)
        .default_mailbox(MailboxOptions::capacity(CAPACITY))
        .producer("numbers", iter(0..MESSAGES))
        .stage("twice", map(|n: u64| n * 2 + 1))
        .consumer("sum", Sum { sum: 0 })
        .start()
        .expect("a sound topology")
        .join();
    assert_eq!((report.error, report.actors["sum"].handled), (None, MESSAGES));
}

fn tokio_mpsc(workers: usize) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(workers).build().expect("a runtime");
    let sum = runtime.block_on(async {
        let (numbers, mut twice) = mpsc::channel(CAPACITY);
        let (doubled, mut sum) = mpsc::channel(CAPACITY);
        tokio::spawn(async move {
            for n in 0..MESSAGES {
                numbers.send(n).await.expect("the stage lives");
            }
        });
        tokio::spawn(async move {
            while let Some(n) = twice.recv().await {
                doubled.send(n * 2 + 1).await.expect("the consumer lives");
            }
        });
        let consumer = tokio::spawn(async move {
            let mut total = 0u64;
            while let Some(n) = sum.recv().await {
                total += n;
            }
            total
        });
        consumer.await.expect("no panic")
    });
    assert_eq!(black_box(sum), SUM);
}

fn chain3(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("chain3");
    group.throughput(Throughput::Elements(MESSAGES)).sample_size(10);
    for arbiters in [1, 2, 3] {
        group.bench_function(BenchmarkId::new("tidegate", format!("{arbiters} arbiters")), |bencher| {
            bencher.iter(|| tidegate(arbiters));
        });
    }
    for workers in [1, 2] {
        group.bench_function(BenchmarkId::new("tokio mpsc", format!("{workers} workers")), |bencher| {
            bencher.iter(|| tokio_mpsc(workers));
        });
    }
    group.finish();
}

criterion_group!(benches, chain3);
criterion_main!(benches);

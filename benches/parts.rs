//! The parts of the hot path, each by itself and on one thread, so that nobody waits for anybody.
//!
//! - `emit`: room for a chunk is reserved, messages are emitted into it one by one, and handed over as a chunk.
//! - `take`: chunks are taken, their messages started one by one, and their places given free.
//! - `route`: room for a chunk is reserved, a chunk is routed as a whole, and handed over. The chunk is filled within the
//!   time.
//! - `cross`: a gate is filled from its low mark to its high one, drained again, and each link hears both signals. One
//!   element is such a pair of signals; how actix is told to look at a link is not part of it.
//!
//! In `emit`, `take` and `route` one iteration is a round of four chunks, and one element a message, however many targets
//! it goes to. Mailboxes are emptied (and filled, for `take`) between the rounds, out of the time.
//!
//! `cargo bench --features bench-parts --bench parts`

use criterion::measurement::WallTime;
use criterion::{Bencher, BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::time::{Duration, Instant};
use tidegate::parts::{Crossing, Downstream, Upstream, linked};
use tidegate::topology::Routing;
use tidegate::{Keyed, MailboxOptions, Message};

const CHUNK: u64 = 256;
/// Chunks of a round: as many as a mailbox keeps the memory of, so that none is allocated or freed.
const CHUNKS: usize = 4;
const ROUND: u64 = CHUNK * CHUNKS as u64;
/// Enough that a round comes nowhere near the high mark.
const CAPACITY: usize = 4096;

/// A message that owns nothing.
#[derive(Clone, Debug)]
struct Plain(u64);

/// A message of a type that owns something, so that it is moved and dropped. (The string is empty: what it costs to
/// allocate one is not the question.)
#[derive(Clone, Debug)]
struct Owned(String);

impl From<u64> for Plain {
    fn from(number: u64) -> Self {
        Self(number)
    }
}

impl From<u64> for Owned {
    fn from(_: u64) -> Self {
        Self(String::new())
    }
}

impl Keyed for Plain {
    fn key(&self, _: &str) -> u64 {
        self.0
    }
}

impl Keyed for Owned {
    fn key(&self, _: &str) -> u64 {
        self.0.len() as u64
    }
}

/// The time of `rounds` rounds of `part`; what `before` does ahead of each is not in it.
fn time_of(rounds: u64, mut before: impl FnMut(), mut part: impl FnMut()) -> Duration {
    let mut time = Duration::ZERO;
    for _ in 0..rounds {
        before();
        let start = Instant::now();
        part();
        time += start.elapsed();
    }
    time
}

/// Reads all that waits, and releases it; how many messages that were.
fn empty<T: Message>(downstream: &mut Downstream<T>) -> u64 {
    let mut started = 0;
    while downstream.take() {
        while let Some(message) = downstream.start_next() {
            black_box(message);
            started += 1;
        }
        downstream.release();
    }
    started
}

/// Emits a round of messages one by one.
fn emit_round<T: Message + From<u64>>(upstream: &mut Upstream<T>) {
    for _ in 0..CHUNKS {
        upstream.reserve(CHUNK as usize);
        (0..CHUNK).for_each(|number| upstream.emit(number.into()));
        upstream.flush();
    }
}

fn emit<T: Message + Keyed + From<u64>>(bencher: &mut Bencher) {
    let (mut upstream, mut downstreams) =
        linked::<T>(1, 1, Routing::Shared, &MailboxOptions::capacity(CAPACITY));
    let (mut messages, mut taken) = (0, 0);
    bencher.iter_custom(|rounds| {
        messages += rounds * ROUND;
        let before = || taken += empty(&mut downstreams[0]);
        time_of(rounds, before, || emit_round(&mut upstream))
    });
    taken += empty(&mut downstreams[0]);
    assert!(messages > 0);
    assert_eq!((upstream.emitted(), taken), (messages, messages));
}

fn take<T: Message + Keyed + From<u64>>(bencher: &mut Bencher) {
    let (mut upstream, mut downstreams) =
        linked::<T>(1, 1, Routing::Shared, &MailboxOptions::capacity(CAPACITY));
    let (mut messages, mut taken) = (0, 0);
    bencher.iter_custom(|rounds| {
        messages += rounds * ROUND;
        time_of(rounds, || emit_round(&mut upstream), || taken += empty(&mut downstreams[0]))
    });
    assert!(messages > 0);
    assert_eq!((upstream.emitted(), taken), (messages, messages));
}

fn route(bencher: &mut Bencher, targets: usize, instances: usize, routing: Routing) {
    let options = MailboxOptions::capacity(CAPACITY);
    let (mut upstream, mut downstreams) = linked::<Plain>(targets, instances, routing, &options);
    let mut taken = vec![0; downstreams.len()];
    let (mut messages, mut chunk) = (0, Vec::new());
    let mut empty_all = || {
        let readers = taken.iter_mut().zip(&mut downstreams);
        readers.for_each(|(taken, downstream)| *taken += empty(downstream));
    };
    bencher.iter_custom(|rounds| {
        messages += rounds * ROUND;
        time_of(rounds, &mut empty_all, || {
            for _ in 0..CHUNKS {
                chunk.extend((0..CHUNK).map(Plain));
                upstream.reserve(CHUNK as usize);
                upstream.route(&mut chunk);
                upstream.flush();
            }
        })
    });
    empty_all();
    assert_eq!((upstream.emitted(), taken.iter().sum()), (messages, messages * targets as u64));
    assert!(taken.iter().all(|count| *count > 0), "every mailbox had its part: {taken:?}");
}

fn cross(bencher: &mut Bencher, links: usize) {
    let crossing = Crossing::new(links, &MailboxOptions::capacity(CAPACITY));
    let mut pairs = 0;
    bencher.iter(|| {
        assert_eq!((crossing.fill(), crossing.drain()), (links, links));
        pairs += 1;
    });
    assert!(pairs > 0);
    assert_eq!(crossing.signals(), (pairs, pairs));
}

fn group<'a>(criterion: &'a mut Criterion, name: &str, elements: u64) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements(elements));
    group
}

fn parts(criterion: &mut Criterion) {
    let mut emits = group(criterion, "emit", ROUND);
    emits.bench_function("plain", emit::<Plain>).bench_function("owned", emit::<Owned>);
    emits.finish();

    let mut takes = group(criterion, "take", ROUND);
    takes.bench_function("plain", take::<Plain>).bench_function("owned", take::<Owned>);
    takes.finish();

    let mut routes = group(criterion, "route", ROUND);
    for (name, targets, instances, routing) in [
        ("single", 1, 1, Routing::Shared),
        ("broadcast to 4", 4, 1, Routing::Shared),
        ("round robin over 4", 1, 4, Routing::RoundRobin),
        ("least loaded over 4", 1, 4, Routing::LeastLoaded),
        ("hash over 4", 1, 4, Routing::Hash),
    ] {
        routes.bench_function(name, |bencher| route(bencher, targets, instances, routing));
    }
    routes.finish();

    let mut crossings = group(criterion, "cross", 1);
    for links in [1, 8] {
        let name = if links == 1 { "1 link".into() } else { format!("{links} links") };
        crossings.bench_function(name, |bencher| cross(bencher, links));
    }
    crossings.finish();
}

criterion_group!(benches, parts);
criterion_main!(benches);

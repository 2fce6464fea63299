//! Bulkheads: groups of threads that nobody else runs on, and limits of their own.

mod support;

use std::collections::{BTreeSet, HashSet};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread::ThreadId;
use support::{Numbers, Take, Text, one_line};
use tidegate::prelude::*;
use tidegate::testkit::balanced;
use tidegate::topology::file::Source;

/// The threads an actor was seen on.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<HashSet<ThreadId>>>);

impl Seen {
    fn note(&self) {
        self.0.lock().unwrap().insert(std::thread::current().id());
    }

    fn threads(&self) -> HashSet<ThreadId> {
        self.0.lock().unwrap().clone()
    }
}

/// A consumer that notes its thread.
fn noting(seen: &Seen) -> impl Consumer<In = u64> + use<> {
    let seen = seen.clone();
    for_each(move |_: u64| seen.note())
}

#[test]
fn the_actors_of_a_bulkhead_run_on_threads_that_nobody_else_runs_on() {
    let seen: [Seen; 4] = Default::default();
    let (second, third) = (seen[2].clone(), seen[3].clone());
    let topology = Topology::new("apart")
        .arbiters(2)
        .bulkhead("one", BulkheadOptions::threads(1))
        .bulkhead("two", BulkheadOptions::threads(2))
        .producer("n", iter(0..100u64))
        .consumer("plain", noting(&seen[0]))
        .inputs(["n"])
        .consumer("in_one", noting(&seen[1]))
        .inputs(["n"])
        .in_bulkhead("one")
        .consumer_each("in_two", 4, move |instance| {
            let seen = if instance < 2 { second.clone() } else { third.clone() };
            for_each(move |_: u64| seen.note())
        })
        .inputs(["n"])
        .routing(Routing::RoundRobin)
        .in_bulkhead("two");
    balanced(&topology.start().unwrap().join());
    let threads: Vec<_> = seen.iter().map(Seen::threads).collect();
    // One thread each, and all different: the four instances are laid out two by two.
    assert!(threads.iter().all(|threads| threads.len() == 1), "{threads:?}");
    assert_eq!(threads.iter().flatten().collect::<HashSet<_>>().len(), 4);
}

#[test]
fn an_actor_that_blocks_its_thread_in_a_bulkhead_stops_nobody_outside() {
    let (done, wait) = channel();
    let report = Topology::new("hog")
        .arbiters(1)
        .bulkhead("heavy", BulkheadOptions::threads(1))
        .producer("n", iter(1..=1_000u64))
        .consumer("healthy", for_each(move |n: u64| done.send(n).unwrap()))
        .inputs(["n"])
        .mailbox(MailboxOptions::capacity(10))
        // Blocks its thread until the healthy one is through with its own numbers.
        .producer("m", iter(1..=2u64))
        .consumer("hog", for_each(move |_: u64| while wait.recv().is_ok_and(|n| n < 1_000) {}))
        .in_bulkhead("heavy")
        .start()
        .unwrap()
        .join();
    balanced(&report);
    assert_eq!((report.actors["healthy"].handled, report.actors["hog"].handled), (1_000, 2));
}

#[test]
fn blocking_actors_of_a_bulkhead_take_turns_on_its_blocking_threads() {
    for (limit, threads) in [(Some(1), 1), (Some(2), 2), (None, 3)] {
        let seen = Seen::default();
        let each = seen.clone();
        let mut options = BulkheadOptions::threads(1);
        options.blocking_threads = limit;
        let report = Topology::new("blocking")
            .bulkhead("disk", options)
            .producer("n", iter(0..30u64))
            .consumer_each("store", 3, move |_| noting(&each))
            .routing(Routing::RoundRobin)
            .blocking()
            .in_bulkhead("disk")
            .start()
            .unwrap()
            .join();
        balanced(&report);
        assert_eq!((report.actors["store"].handled, seen.threads().len()), (30, threads));
    }
}

fn problems(topology: &Topology) -> Vec<String> {
    topology.check(false).iter().map(ToString::to_string).collect()
}

#[test]
fn bulkheads_that_can_run_nobody_and_names_of_none_are_errors() {
    let mut none = BulkheadOptions::threads(0).max_in_flight(0).blocking_threads(0);
    let topology = Topology::new("wrong")
        .arbiters(1)
        .bulkhead("io", none.clone())
        .producer("n", iter(0..3u64))
        .in_bulkhead("oi")
        .consumer("end", for_each(|_: u64| {}))
        .in_bulkhead("io")
        .arbiter(0);
    assert_eq!(
        problems(&topology),
        [
            "`bulkheads.io.threads`: a bulkhead of 0 threads runs nobody: `io` (the smallest number is 1)",
            "`bulkheads.io.max_in_flight`: the bulkhead `io` would handle no message (the smallest number is 1; leave it out for no limit)",
            "`bulkheads.io.blocking_threads`: 0 threads run no blocking actor of `io` (the smallest number is 1; leave it out for no limit)",
            "actor `n`, `bulkhead`: there is no bulkhead `oi` (did you mean `io`?)",
            "actor `end`, `arbiter`: an actor in a bulkhead is laid out over the threads of that alone (remove `arbiter` or `bulkhead`)",
        ]
    );
    none = BulkheadOptions::default();
    let topology = Topology::new("idle")
        .bulkhead("idle", none)
        .producer("n", iter(0..3u64))
        .consumer("end", for_each(|_: u64| {}));
    assert_eq!(
        problems(&topology),
        [
            "`bulkheads.idle`: no actor is in the bulkhead `idle` (write `bulkhead = \"idle\"` in those it is for)"
        ]
    );
}

fn registry() -> Registry {
    Registry::new().producer::<Numbers>("numbers").stage::<Text>("text").consumer::<Take<String>>("take")
}

const FILE: &str = "\
[bulkheads.io]
threads = 2
max_in_flight = 8

[producers.n]
actor = \"numbers\"
to = 10

[stages.text]
actor = \"text\"
inputs = [\"n\"]
bulkhead = \"io\"

[consumers.end]
actor = \"take\"
inputs = [\"text\"]
";

#[test]
fn bulkheads_are_read_from_the_file_and_shown_with_their_origins() {
    let loaded = Source::text("t.toml", FILE).set("bulkheads.io.threads=3").load(&registry()).unwrap();
    assert_eq!(loaded.topology.bulkheads()["io"], BulkheadOptions::threads(3).max_in_flight(8));
    assert_eq!(loaded.topology.check(false), []);
    let shown: BTreeSet<String> =
        loaded.settings.iter().map(|one| format!("{} = {} ({})", one.path, one.value, one.origin)).collect();
    for line in [
        "bulkheads.io.threads = 3 (--set)",
        "bulkheads.io.max_in_flight = 8 (t.toml:3)",
        "stages.text.bulkhead = \"io\" (t.toml:12)",
    ] {
        assert!(shown.contains(line), "{line} is not in {shown:#?}");
    }
    let graph = tidegate::topology::graph::Graph::of(&loaded.topology).describe();
    assert!(
        graph.contains(
            "text: a stage (text) of `u64` from n, emits `String` to end, capacity 1024, in bulkhead io"
        ),
        "{graph}"
    );
    balanced(&loaded.topology.start().unwrap().join());
}

#[test]
fn what_is_wrong_with_a_bulkhead_is_reported_where_it_is() {
    let wrong = FILE.replace("threads = 2", "thread = 2").replace("bulkhead = \"io\"", "bulkhead = 7");
    let wrong = wrong + "bulkhead = \"io\"\n";
    let found = Source::text("t.toml", &wrong).load(&registry()).unwrap_err();
    assert_eq!(
        found.0.iter().map(one_line).collect::<Vec<_>>(),
        [
            "2:1 unknown key `thread` (did you mean `threads`?)",
            "12:12 `stages.text.bulkhead` must be a string, not the integer 7 (write \"7\")",
        ]
    );
    let loaded =
        Source::text("t.toml", &FILE.replace("threads = 2", "threads = 0")).load(&registry()).unwrap();
    let found = loaded.diagnose(loaded.topology.check(false));
    assert_eq!(
        found.0.iter().map(one_line).collect::<Vec<_>>(),
        ["2:11 a bulkhead of 0 threads runs nobody: `io` (the smallest number is 1)"]
    );
}

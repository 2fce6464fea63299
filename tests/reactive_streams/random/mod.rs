//! Random small topologies, in virtual time: what their actors did and heard is checked against the rules of each chapter.
//!
//! proptest makes them up and finds the smallest that fails; who waits when, and for how long, follows from the seed in the
//! plan. `STREAMS_RUNS` says how many are tried for each chapter.

mod rules;

use crate::recorded::*;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use tidegate::prelude::*;
use tidegate::testkit::{self, Dice, balanced};
use tidegate::{OnError, SignalRecord};

const RUNS: u32 = 60;

/// A producer.
#[derive(Clone, Debug)]
struct SourcePlan {
    messages: u64,
    /// It fails after so many of them.
    fails_after: Option<Index>,
    heedless: bool,
}

/// A stage, or a consumer where nobody reads it.
#[derive(Clone, Debug)]
struct ReaderPlan {
    /// What it reads, among those before it.
    from: (Index, Option<Index>),
    capacity: usize,
    wants: Option<u64>,
    fails_at: Option<u64>,
    skips: bool,
    sends: bool,
}

#[derive(Clone, Debug)]
struct Plan {
    seed: u64,
    sources: Vec<SourcePlan>,
    readers: Vec<ReaderPlan>,
}

/// An actor of a plan, and what came of it.
pub(crate) struct Played {
    name: String,
    /// Those it reads.
    from: Vec<usize>,
    /// Those that read it.
    to: Vec<usize>,
    capacity: usize,
    wants: u64,
    skips: bool,
    /// What it did and heard.
    log: Vec<What>,
}

/// What came of a plan.
pub(crate) struct Run {
    actors: Vec<Played>,
    /// What all did and heard, by the numbers of the actors.
    log: Vec<(usize, What)>,
    report: Report,
    signals: Vec<SignalRecord>,
}

fn plans() -> impl Strategy<Value = Plan> {
    let source = (0..30u64, option::weighted(0.2, any::<Index>()), any::<bool>())
        .prop_map(|(messages, fails_after, heedless)| SourcePlan { messages, fails_after, heedless });
    let from = (any::<Index>(), option::weighted(0.3, any::<Index>()));
    let rare = |range| option::weighted(0.2, range);
    let reader = (from, 1..6usize, rare(1..20u64), rare(0..30u64), any::<bool>(), any::<bool>()).prop_map(
        |(from, capacity, wants, fails_at, skips, sends)| ReaderPlan {
            from,
            capacity,
            wants,
            fails_at,
            skips,
            sends,
        },
    );
    (any::<u64>(), vec(source, 1..3), vec(reader, 1..6)).prop_map(|(seed, sources, readers)| Plan {
        seed,
        sources,
        readers,
    })
}

impl Plan {
    /// Who reads whom, by numbers: first the sources, then the readers.
    fn inputs(&self) -> Vec<Vec<usize>> {
        let sources = self.sources.len();
        let mut inputs: Vec<Vec<usize>> = vec![Vec::new(); sources];
        for (number, reader) in self.readers.iter().enumerate() {
            // A source that nobody reads yet comes first.
            let unread = (0..sources).find(|source| !inputs.iter().any(|from| from.contains(source)));
            let mut from = vec![unread.unwrap_or_else(|| reader.from.0.index(sources + number))];
            from.extend(reader.from.1.map(|other| other.index(sources + number)));
            from.sort_unstable();
            from.dedup();
            inputs.push(from);
        }
        inputs
    }

    fn play(&self) -> Run {
        let (log, dice) = (Log::default(), Dice::new(self.seed));
        let sources = self.sources.len();
        // A plan has at most two sources and a reader at least for each.
        let mut plan = self.clone();
        while plan.readers.len() < sources {
            plan.readers.push(plan.readers[0].clone());
        }
        let inputs = plan.inputs();
        let mut topology = Topology::new("random").seed(self.seed);
        let mut actors: Vec<Played> = Vec::new();
        for (number, source) in plan.sources.iter().enumerate() {
            let name = format!("n{number}");
            // No two sources emit the same number.
            let first = 100 * number as u64;
            topology = topology.producer(
                &name,
                Source {
                    next: first,
                    end: first + source.messages,
                    fails_at: source
                        .fails_after
                        .map(|at| first + at.index(source.messages as usize + 1) as u64),
                    reaction: if source.heedless { Reaction::Continue } else { Reaction::Pause },
                    ..Source::of(log.diary(&name).paced(Pace::Random(dice.clone())))
                },
            );
            actors.push(Played::new(name, Vec::new(), usize::MAX));
        }
        for (number, reader) in plan.readers.iter().enumerate() {
            let number = sources + number;
            let is_read = inputs.iter().any(|from| from.contains(&number));
            let name = format!("{}{number}", if is_read { "stage" } else { "end" });
            let diary = log.diary(&name).paced(Pace::Random(dice.clone()));
            let (fails_at, wants) = (reader.fails_at, reader.wants.unwrap_or(u64::MAX));
            topology = match is_read {
                true => topology.stage(&name, Relay { diary, fails_at, wants, sends: reader.sends }),
                false => topology.consumer(&name, Sink { diary, fails_at, wants }),
            };
            topology = topology
                .inputs(inputs[number].iter().map(|from| actors[*from].name.as_str()).collect::<Vec<_>>())
                .mailbox(MailboxOptions::capacity(reader.capacity))
                .on_error(if reader.skips { OnError::Skip } else { OnError::Stop });
            inputs[number].iter().for_each(|from| actors[*from].to.push(number));
            actors.push(Played {
                wants,
                skips: reader.skips,
                ..Played::new(name, inputs[number].clone(), reader.capacity)
            });
        }
        let (report, signals) = testkit::virtual_time(async {
            let running = testkit::start(topology);
            let watch = running.watch();
            let report = tidegate::time::timeout(std::time::Duration::from_secs(3_600), running.wait()).await;
            let report =
                report.unwrap_or_else(|_| panic!("it does not end: {:#?}", running.snapshot().actors));
            (balanced(&report), watch.signals_after(0).records)
        });
        actors.iter_mut().for_each(|actor| actor.log = log.of(&actor.name));
        let number =
            |name: &str| actors.iter().position(|actor| actor.name == name).expect("it is one of them");
        let log = log.all().into_iter().map(|(who, what)| (number(&who), what)).collect();
        Run { actors, log, report, signals }
    }
}

impl Played {
    fn new(name: String, from: Vec<usize>, capacity: usize) -> Self {
        let (to, log) = (Vec::new(), Vec::new());
        Self { name, from, to, capacity, wants: u64::MAX, skips: false, log }
    }
}

/// Checks random runs against the rules of a chapter.
fn explore(rules: fn(&Run) -> std::result::Result<(), String>) {
    let runs = std::env::var("STREAMS_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(RUNS);
    let config = Config { cases: runs, failure_persistence: None, ..Config::default() };
    let explored = TestRunner::new(config).run(&plans(), |plan| {
        let run = plan.play();
        rules(&run).map_err(|broken| TestCaseError::fail(format!("{broken}\n{}", run.told())))
    });
    if let Err(found) = explored {
        panic!("{found}");
    }
}

impl Run {
    fn told(&self) -> String {
        let log = self.log.iter().map(|(who, what)| format!("{} {what:?}", self.actors[*who].name));
        format!("{:?} {:?}\n{}", self.report.outcome, self.report.error, log.collect::<Vec<_>>().join(", "))
    }
}

#[test]
fn chapter_1_holds_in_random_topologies() {
    explore(rules::of_publishers);
}

#[test]
fn chapter_2_holds_in_random_topologies() {
    explore(rules::of_subscribers);
}

#[test]
fn chapter_3_holds_in_random_topologies() {
    explore(rules::of_subscriptions);
}

#[test]
fn chapter_4_holds_in_random_topologies() {
    explore(rules::of_processors);
}

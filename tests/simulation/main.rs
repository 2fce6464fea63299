//! Topologies that follow from seeds: thousands of random ones, and what a simulation is to be relied on for.
//!
//! `SIMULATIONS` says how many random topologies are tried, `SIMULATION_SEED` which.

mod actors;
mod shape;

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use shape::{Shape, shape};
use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tidegate::prelude::*;
use tidegate::testkit::{Dice, Faults, Scene, Simulated, Simulation};
use tidegate::{Outcome, Severity, Stop};

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Whether the check lets it start.
fn is_valid(shape: &Shape) -> bool {
    let topology = shape.build(&Dice::new(0)).into_topology();
    !topology.check(false).iter().any(|problem| problem.severity == Severity::Error)
}

fn simulate(shape: &Shape) -> Result<Simulated, TestCaseError> {
    let simulation = Simulation::new().seed(shape.seed).runs(1).faults(shape.faults());
    let simulation = simulation.steps(20_000).patience(Duration::from_secs(5));
    let simulation = if shape.operator { simulation } else { simulation.without_operator() };
    simulation.run(|dice| shape.build(dice)).map_err(|failure| TestCaseError::fail(failure.to_string()))
}

#[test]
fn whatever_a_topology_looks_like_it_keeps_its_promises_at_every_step() {
    let cases = number("SIMULATIONS", 300) as u32;
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 2_000,
        max_shrink_time: 60_000,
        ..Config::default()
    };
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number("SIMULATION_SEED", 0).to_le_bytes());
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    let current = watchdog();
    let (valid, all) = (Cell::new(0), RefCell::new(Simulated::default()));
    let ran = runner.run(&shape(), |shape| {
        if is_valid(&shape) {
            valid.set(valid.get() + 1);
            *current.lock().expect("nobody panics with it") = format!("{shape:#?}");
            let simulated = simulate(&shape);
            if std::env::var("SIMULATION_SHOW").is_ok() {
                eprintln!("{}: {simulated:?}", valid.get());
            }
            *all.borrow_mut() += simulated?;
        }
        Ok(())
    });
    match ran {
        Ok(()) => {}
        Err(TestError::Fail(why, shape)) => {
            panic!("{why}\nthe smallest topology of which that is so: {shape:#?}")
        }
        Err(TestError::Abort(why)) => panic!("{why}"),
    }
    let (valid, all) = (valid.get(), all.into_inner());
    println!("{valid} of {cases} topologies could run: {all:?}");
    assert!(valid > cases / 2, "{valid} of {cases} topologies could run");
    // All that is to be tried was tried.
    assert!(all.completed > u64::from(valid) / 10 && all.completed < u64::from(valid), "{all:?}");
    for count in [all.errors, all.panics, all.delays, all.operations, all.signals] {
        assert!(count > u64::from(valid) / 10, "{all:?}");
    }
    assert!(all.restarts > u64::from(valid) / 100, "{all:?}");
}

struct Deaf;

impl Stage for Deaf {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, _: u64, _: &mut Outlet<u64>) -> Result {
        std::future::pending().await
    }
}

/// A chain of four in which something goes wrong now and then.
fn chain(dice: &Dice) -> Topology {
    let restart = Restart::times(100).backoff(Duration::from_millis(2)).then(Stop::Branch);
    Topology::new("chain")
        .default_mailbox(MailboxOptions::capacity(dice.between(1, 8)))
        .producer("n", iter(0..200u64))
        .stage_each("twice", 3, |_| map(|n: u64| 2 * n))
        .on_error(Retry::times(1))
        .on_panic(restart)
        .stage("plus", map(|n: u64| n + 1))
        .on_error(OnError::Skip)
        .on_panic(OnError::Skip)
        .consumer("end", for_each(|_: u64| {}))
        .on_error(OnError::Skip)
}

fn run_chain(seed: u64, runs: u64) -> Simulated {
    Simulation::new().seed(seed).runs(runs).run(chain).expect("nothing is wrong with it")
}

#[test]
fn the_same_seed_takes_the_same_course() {
    for seed in 0..20 {
        assert_eq!(run_chain(seed, 1), run_chain(seed, 1), "seed {seed}");
    }
    let random = proptest_shapes(20);
    for shape in random.iter().filter(|shape| is_valid(shape)) {
        let [one, other] = [(), ()].map(|()| simulate(shape).expect("nothing is wrong with it"));
        assert_eq!(one, other, "{shape:?}");
    }
}

/// Tells which topology it was if one does not come to an end in real time: where an actor spins, virtual time stands.
fn watchdog() -> Arc<Mutex<String>> {
    let current = Arc::new(Mutex::new(String::new()));
    let seen = current.clone();
    std::thread::spawn(move || {
        let mut last = String::new();
        loop {
            std::thread::sleep(Duration::from_secs(30));
            let now = seen.lock().expect("nobody panics with it").clone();
            if now == last {
                eprintln!("this does not come to an end: {now}");
                std::process::exit(1);
            }
            last = now;
        }
    });
    current
}

/// Some random topologies.
fn proptest_shapes(count: usize) -> Vec<Shape> {
    use proptest::strategy::{Strategy, ValueTree};
    let mut runner = TestRunner::deterministic();
    (0..count).map(|_| shape().new_tree(&mut runner).expect("no shape is refused").current()).collect()
}

#[test]
fn each_seed_takes_a_course_of_its_own() {
    let mut traces: Vec<u64> = (0..50).map(|seed| run_chain(seed, 1).trace).collect();
    traces.sort_unstable();
    traces.dedup();
    assert_eq!(traces.len(), 50);
}

#[test]
fn runs_from_one_seed_on_are_those_of_the_seeds_that_follow() {
    let mut one_by_one = Simulated::default();
    (7..12).for_each(|seed| one_by_one += run_chain(seed, 1));
    assert_eq!(run_chain(7, 5), one_by_one);
}

#[test]
fn without_faults_and_operator_only_the_order_of_turns_is_drawn() {
    let simulation = Simulation::new().runs(30).faults(Faults::none()).without_operator();
    let all = simulation.run(chain).expect("nothing is wrong with it");
    assert_eq!((all.errors, all.panics, all.delays, all.operations, all.restarts), (0, 0, 0, 0, 0));
    assert_eq!((all.completed, all.messages), (30, 30 * 600));
}

#[test]
fn faults_have_the_effects_that_policies_give_them() {
    let all = run_chain(0, 100);
    assert!(all.errors > 20 && all.panics > 20 && all.delays > 200, "{all:?}");
    assert!(all.restarts > 5 && all.operations > 100, "{all:?}");
}

#[test]
fn what_a_scene_finds_names_the_seed_that_finds_it_again() {
    // Right in some order of turns, and wrong in others: the last number comes last, but for what instances overtake.
    let build = |_: &Dice| {
        let last = Arc::new(AtomicU64::new(0));
        let seen = last.clone();
        let topology = Topology::new("race")
            .producer("n", iter(1..=20u64))
            .stage_each("two", 2, |_| map(|n: u64| n))
            .consumer("end", for_each(move |n: u64| seen.store(n, Ordering::Relaxed)));
        Scene::new(topology).verify(move |_| match last.load(Ordering::Relaxed) {
            20 => Ok(()),
            other => Err(format!("{other} came last").into()),
        })
    };
    let slow = Faults::none().delays(0.2, Duration::from_millis(5));
    let simulation = Simulation::new().faults(slow).without_operator().runs(200);
    let failure = simulation.run(build).expect_err("instances overtake each other");
    assert!(failure.what.ends_with("came last"), "{failure}");
    let again = simulation.clone().seed(failure.seed).runs(1).run(build).expect_err("it is the same run");
    assert_eq!((again.seed, again.step, &again.what), (failure.seed, failure.step, &failure.what));
    assert!(failure.to_string().contains(&format!("with seed({})", failure.seed)), "{failure}");
    if failure.seed > 0 {
        simulation.runs(failure.seed).run(build).expect("it was the first");
    }
}

#[test]
fn an_actor_that_never_answers_is_found_to_stand_still() {
    let simulation = Simulation::new().runs(1).faults(Faults::none()).without_operator();
    let failure = simulation.run(|_| {
        Topology::new("stuck")
            .producer("n", iter(0..10u64))
            .stage("deaf", Deaf)
            .consumer("end", for_each(|_: u64| {}))
    });
    let failure = failure.expect_err("it waits for ever");
    assert!(failure.what.starts_with("nothing has happened for 1h"), "{failure}");
    assert!(failure.actors[1].starts_with("deaf: Running, received"), "{failure}");
}

#[test]
fn a_delay_that_was_drawn_is_not_taken_for_standing_still() {
    let slow = Faults::none().delays(1.0, Duration::from_secs(3 * 60 * 60));
    let simulation = Simulation::new().runs(5).faults(slow).without_operator();
    let all = simulation.messages(10).run(chain).expect("it goes on");
    assert_eq!(all.completed, 5);
    assert!(all.delays > 100 && all.time > Duration::from_secs(5 * 60 * 60), "{all:?}");
}

#[test]
fn a_producer_without_end_is_drained_after_so_many_steps_or_messages() {
    let endless = |_: &Dice| {
        Topology::new("endless").producer("n", iter(0u64..)).consumer("end", for_each(|_: u64| {}))
    };
    let simulation = Simulation::new().runs(5).faults(Faults::none()).without_operator();
    let drained = simulation.clone().steps(500).run(endless).expect("it is drained");
    assert!((5 * 500..5 * 5_000).contains(&drained.steps), "{drained:?}");
    assert_eq!(drained.completed, 0);
    let limited = simulation.messages(100).run(endless).expect("it is done");
    assert_eq!((limited.messages, limited.completed), (500, 5));
}

#[test]
fn a_topology_that_does_not_start_says_why() {
    let failure = Simulation::new().runs(1).run(|_| Topology::new("nothing").producer("n", iter(0..3u64)));
    let failure = failure.expect_err("nobody reads it").to_string();
    assert!(failure.contains("the topology does not start:\n"), "{failure}");
}

#[test]
fn a_panic_of_what_builds_or_checks_counts_as_found() {
    std::panic::set_hook(Box::new(|_| {}));
    let built = Simulation::new().seed(4).runs(1).run(|_| -> Topology { panic!("no plan") });
    let checked = Simulation::new().seed(5).runs(1).run(|dice| {
        Scene::new(chain(dice)).verify(|report| {
            assert_eq!(report.outcome, Outcome::Failed, "no luck");
            Ok(())
        })
    });
    drop(std::panic::take_hook());
    let built = built.expect_err("it panicked");
    assert_eq!((built.seed, built.what.as_str()), (4, "no plan"));
    let checked = checked.expect_err("it panicked");
    assert!(checked.seed == 5 && checked.what.contains("no luck"), "{checked}");
}

//! A panic in every hook of every role, under every policy: the actor fails, goes on or is made anew as the policy says, the
//! books balance, and a neighbour that does not depend on it handles everything.

use super::bomb::{Bomb, Both, MESSAGES, Middle, Sink, Source};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced};
use tidegate::{ActorState, Outcome, Rate, Then};
use tokio::time::sleep;

/// What the neighbour has to do.
const NEIGHBOURS: u64 = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Producer,
    Stage,
    Consumer,
    Join,
}

use Role::{Consumer as C, Join as J, Producer as P, Stage as S};

/// When a hook is called, which decides what a panic in it can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    /// While the topology is built or checked, on the thread that does so.
    Before,
    /// When the actor is asked about itself, before it starts.
    Asked,
    /// With a message: the policy says what becomes of it.
    Message,
    /// Between messages: there is none to pass over.
    Between,
    /// When there is no more input: an actor made anew would have nothing to do.
    End,
    /// The same, after an actor upstream has failed.
    FailedEnd,
}

use When::{Asked, Before, Between, End, FailedEnd, Message};

/// Every hook, the roles that have it, and when it is called. Some are called before the start, and again as it starts.
const HOOKS: &[(&str, &[Role], &[When])] = &[
    ("on_start", &[P, S, C, J], &[Between]),
    ("tick_every", &[P, S, C, J], &[Asked]),
    ("on_tick", &[P, S, C, J], &[Between]),
    ("wake_at", &[P, S, C, J], &[Between]),
    ("on_wake", &[P, S, C, J], &[Between]),
    ("on_end", &[P, S, C, J], &[End]),
    ("on_stop", &[P, S, C, J], &[End]),
    // Nobody downstream of a consumer says anything.
    ("on_backpressure", &[P, S, J], &[Between]),
    ("on_resume", &[P, S, J], &[Between]),
    ("reaction", &[P, S, C, J], &[Asked]),
    ("max_emit", &[P, S, C, J], &[Before, Asked]),
    ("max_held", &[P, S, C, J], &[Before]),
    ("held", &[P, S, C, J], &[Between]),
    // A producer receives nothing that it could leave unsettled.
    ("unsettled", &[S, C, J], &[Between]),
    ("discarded", &[P, S, C, J], &[Between]),
    ("is_finished", &[P, S, C, J], &[Between]),
    ("live", &[P, S, C, J], &[Before]),
    ("set", &[P, S, C, J], &[Between]),
    ("check", &[P, S, C, J], &[Before]),
    ("produce", &[P], &[Between]),
    ("produce_now", &[P], &[Between]),
    ("is_cancel_safe", &[P], &[Asked]),
    ("can_resume", &[P], &[Before]),
    ("on_acknowledged", &[P], &[Between]),
    ("handle", &[S, C], &[Message]),
    ("handle_now", &[S, C], &[Message]),
    ("is_detached", &[S], &[Before, Asked]),
    ("has_output", &[S], &[Between]),
    ("takes_input", &[S], &[Between]),
    ("on_room", &[S], &[Between]),
    ("takes_limit", &[S], &[Before]),
    ("use_limit", &[S], &[Asked]),
    ("on_error", &[S, C, J], &[Before, Asked]),
    ("on_input_failed", &[S, C, J], &[FailedEnd]),
    ("on_breaker", &[S, C], &[Between]),
    ("wants", &[J], &[Between]),
    ("one_after_the_other", &[J], &[Before]),
    ("left", &[J], &[Message]),
    ("right", &[J], &[Message]),
    ("on_side_end", &[J], &[Between]),
    ("unmatched", &[J], &[End]),
];

/// Those that actors have which the runtime itself writes.
const HIDDEN: [&str; 3] = ["wants_input", "on_one_end", "dead_letter"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Policy {
    Stop,
    StopBranch,
    Skip,
    DeadLetter,
    RetryThenSkip,
    Restart,
}

use Policy::{DeadLetter as Bury, Restart as Anew, RetryThenSkip, Skip, Stop, StopBranch};

impl Policy {
    fn on_panic(self) -> OnError {
        let millisecond = Duration::from_millis(1);
        match self {
            Stop => OnError::Stop,
            StopBranch => OnError::StopBranch,
            Skip => OnError::Skip,
            Bury => OnError::DeadLetter,
            RetryThenSkip => Retry::times(2).backoff(millisecond).jitter(0.0).then(Then::Skip).into(),
            Anew => tidegate::Restart::times(2).backoff(millisecond).jitter(0.0).into(),
        }
    }
}

/// The mined actor of this role among well-behaved ones, with the neighbour beside them.
fn topology(role: Role, hook: &str, bomb: &Bomb, policy: Policy) -> Topology {
    let plain = Bomb::new("nowhere");
    let mined = |of: Role| if of == role { bomb.clone() } else { plain.clone() };
    let mut topology = Topology::new("mined").limit("pace", Rate::per_second(1e6), 1);
    // With `Restart` there must be a way to make it anew; a join is there once.
    let (source, middle, sink) = (mined(P), mined(S), mined(C));
    topology = topology.producer_each("source", 1, move |_| Source::new(&source));
    topology = supervise(topology, role == P, hook, policy);
    if role == J {
        topology = topology
            .producer("other_source", iter(1..=MESSAGES))
            .join("both", Both::new(bomb), "source", "other_source")
            .mailbox(MailboxOptions::capacity(4));
        topology = supervise(topology, true, hook, policy);
    } else {
        topology = topology
            .stage_each("middle", 1, move |_| Middle::new(&middle))
            .mailbox(MailboxOptions::capacity(4));
        topology = supervise(topology, role == S, hook, policy);
    }
    topology =
        topology.consumer_each("sink", 1, move |_| Sink::new(&sink)).mailbox(MailboxOptions::capacity(4));
    topology = supervise(topology, role == C, hook, policy);
    topology.producer("neighbour", iter(1..=NEIGHBOURS)).consumer("bystander", for_each(|_: u64| {}))
}

/// What the policy says about the last actor, if it is the mined one.
fn supervise(topology: Topology, mined: bool, hook: &str, policy: Policy) -> Topology {
    let mut topology = topology;
    if mined {
        topology = topology.on_panic(policy.on_panic());
        if hook == "on_breaker" {
            topology = topology.breaker(Breaker::after(1).reset(Duration::from_millis(5)));
        }
        if hook == "use_limit" {
            topology = topology.rate_limit("pace");
        }
    }
    topology
}

fn name(role: Role) -> &'static str {
    match role {
        P => "source",
        S => "middle",
        C => "sink",
        J => "both",
    }
}

/// Runs it with the bomb armed.
fn explode(role: Role, hook: &'static str, when: When, policy: Policy) -> (Report, Bomb) {
    testkit::virtual_time(async {
        let bomb = Bomb::new(hook);
        let mut topology = topology(role, hook, &bomb, policy);
        if when == FailedEnd {
            // Another one fails upstream, and takes the branch of the mined one with it.
            let mut left = 20u64;
            let failing = from_fn(move || {
                left -= 1;
                assert!(left > 0, "upstream");
                Some(left)
            });
            topology = topology.producer("failing", failing).on_panic(OnError::StopBranch);
            topology = feed(topology, role, &bomb, policy);
        }
        // What is asked again and again is asked before all have started, too: it goes off when the topology runs.
        let at_once = when != Between || hook == "on_start";
        if at_once {
            bomb.arm();
        }
        let running = testkit::start(topology);
        testkit::settle().await;
        if !at_once {
            bomb.arm();
        }
        sleep(Duration::from_millis(5)).await;
        if hook == "set" {
            // What came of it is told, or that nobody can say so any more.
            let _ = running.set(name(role), "pace", serde_json::Value::from(1)).await;
        }
        (balanced(&running.wait().await), bomb)
    })
}

/// One more actor of the mined kind, with the failing one upstream.
fn feed(topology: Topology, role: Role, bomb: &Bomb, policy: Policy) -> Topology {
    let made = bomb.clone();
    match role {
        P => unreachable!("producers have no input"),
        S => topology
            .stage_each("fed", 1, move |_| Middle::new(&made))
            .inputs(["failing"])
            .on_panic(policy.on_panic())
            .consumer("end", for_each(|_: u64| {})),
        C => topology
            .consumer_each("fed", 1, move |_| Sink::new(&made))
            .inputs(["failing"])
            .on_panic(policy.on_panic()),
        J => topology
            .producer("third_source", iter(1..=MESSAGES))
            .join("fed", Both::new(bomb), "failing", "third_source")
            .on_panic(policy.on_panic())
            .consumer("end", for_each(|_: u64| {})),
    }
}

/// Whether the actor goes on after a panic, and what the ledger says then: messages that failed, and restarts.
fn survives(when: When, policy: Policy) -> Option<(u64, u64)> {
    match (when, policy) {
        (Message, Skip | Bury) => Some((1, 0)),
        (Message, RetryThenSkip) => Some((0, 0)),
        (Message, Anew) => Some((1, 1)),
        (Between, Anew) => Some((0, 1)),
        _ => None,
    }
}

#[test]
fn a_panic_in_any_hook_does_what_its_policy_says_and_nothing_to_a_neighbour() {
    std::panic::set_hook(Box::new(|_| {}));
    let (mut runs, mut failures) = (0, Vec::new());
    for (hook, roles, whens) in HOOKS {
        for (role, when, policy) in every(roles, whens) {
            runs += 1;
            let seen = catch_unwind(|| look(hook, role, when, policy));
            if let Err(panic) = seen {
                let text = panic.downcast_ref::<String>().cloned();
                let text = text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
                let text = text.unwrap_or_else(|| "a panic without a text".into());
                failures.push(format!("`{hook}` of a {role:?}, {when:?}, {policy:?}: {text}"));
            }
        }
    }
    drop(std::panic::take_hook());
    assert!(failures.is_empty(), "{} of {runs}:\n{}", failures.len(), failures.join("\n"));
    assert!(runs > 400, "{runs}");
}

/// What an error calls the hook: what is asked with every message has the name of what it is asked for.
fn named(role: Role, hook: &'static str) -> &'static str {
    match hook {
        "produce_now" => "produce",
        "is_finished" if role == P => "produce",
        "takes_input" => "has_output",
        other => other,
    }
}

/// Has one bomb go off, and looks at what is left.
fn look(hook: &'static str, role: Role, when: When, policy: Policy) {
    let (report, bomb) = explode(role, hook, when, policy);
    assert!(bomb.went_off(), "nobody called it");
    let mined = &report.actors[if when == FailedEnd { "fed" } else { name(role) }];
    let error = report.error.clone().unwrap_or_default();
    if let Some((failed, restarts)) = survives(when, policy) {
        assert_eq!((report.outcome, error.as_str()), (Outcome::Completed, ""));
        // The breaker had an error to count, which is none of this.
        let failed = failed + u64::from(hook == "on_breaker");
        assert_eq!((mined.failed, mined.restarts), (failed, restarts));
        assert_eq!(mined.state, ActorState::Ended);
    } else {
        assert_eq!((report.outcome, mined.restarts), (Outcome::Failed, 0));
        let expected = match when {
            // The first error is that of the one upstream.
            FailedEnd => "actor `failing` panicked in `produce`: upstream; its branch was stopped".into(),
            // It takes from its inputs in turn.
            Message if hook == "right" => {
                "actor `both` panicked at message 2 of its input, 1: the tide is out".into()
            }
            Message => {
                format!("actor `{}` panicked at message 1 of its input, 1: the tide is out", name(role))
            }
            Asked => format!("actor `{}` panicked in `start`: the tide is out", name(role)),
            _ => format!("actor `{}` panicked in `{}`: the tide is out", name(role), named(role, hook)),
        };
        assert!(error.starts_with(&expected), "{error}");
        assert_eq!(mined.state, ActorState::Failed);
    }
    match when {
        // Then the topology does not run as a whole. Producers start last, and others of them may have sent something.
        Asked => {
            let received: u64 = report.actors.values().map(|actor| actor.received).sum();
            assert!(role == P || received == 0, "{received} messages were sent before all had started");
        }
        // Who fails as it starts keeps the others from starting, unless only its branch is to stop.
        Between if hook == "on_start" && survives(when, policy).is_none() && policy != StopBranch => {}
        _ => assert_eq!(report.actors["bystander"].handled, NEIGHBOURS),
    }
}

/// All that applies of these roles, moments and policies.
fn every(roles: &[Role], whens: &[When]) -> Vec<(Role, When, Policy)> {
    let mut all = Vec::new();
    for &role in roles {
        for &when in whens.iter().filter(|when| **when != Before) {
            for policy in [Stop, StopBranch, Skip, Bury, RetryThenSkip, Anew] {
                let possible = match role {
                    // It has no messages that could be passed over.
                    P => matches!(policy, Stop | StopBranch | Anew),
                    // It is given by value, and cannot be made anew.
                    J => policy != Anew,
                    S | C => true,
                };
                if possible {
                    all.push((role, when, policy));
                }
            }
        }
    }
    all
}

#[test]
fn a_panic_before_the_start_reaches_who_builds_or_starts_the_topology_and_nothing_runs() {
    std::panic::set_hook(Box::new(|_| {}));
    for (hook, roles, whens) in HOOKS.iter().filter(|(.., whens)| whens.contains(&Before)) {
        for &role in *roles {
            let build = || {
                testkit::virtual_time(async {
                    let bomb = Bomb::new(hook);
                    bomb.arm();
                    testkit::start(topology(role, hook, &bomb, Stop)).wait().await
                })
            };
            let panic = catch_unwind(AssertUnwindSafe(build)).map(|_| ()).unwrap_err();
            assert_eq!(panic.downcast_ref(), Some(&"the tide is out"), "{hook} of a {role:?}, {whens:?}");
        }
    }
    drop(std::panic::take_hook());
}

#[test]
fn every_method_of_every_role_is_among_the_hooks_that_panic() {
    let hooks = include_str!("../../src/actor/hooks.rs");
    let (hooks, _) = hooks.split_once("macro_rules! forward_hooks").expect("what hands them on comes last");
    let stage = include_str!("../../src/actor/stage.rs");
    let join = include_str!("../../src/actor/join.rs");
    let traits = [
        (P, include_str!("../../src/actor/producer.rs")),
        (S, stage),
        (C, include_str!("../../src/actor/consumer.rs")),
        (J, join),
    ];
    let names = |text: &str| -> Vec<String> {
        let code = text.lines().map(str::trim_start).filter(|line| !line.starts_with("//"));
        let methods = code.filter_map(|line| line.strip_prefix("fn "));
        methods.map(|method| method.split(['(', '<']).next().unwrap_or_default().to_string()).collect()
    };
    let known = |role: Role, method: &str| {
        HOOKS.iter().any(|(hook, roles, _)| *hook == method && roles.contains(&role))
    };
    let mut seen = 0;
    for (role, text) in traits {
        let (_, text) = text.split_once("\npub trait ").expect("a trait");
        let (text, _) = text.split_once("\n}\n").unwrap_or((text, ""));
        for method in names(text).into_iter().chain(names(hooks)) {
            let left_out = match (role, &*method) {
                (C, "on_backpressure" | "on_resume") | (P, "unsettled") => true,
                (_, method) => HIDDEN.contains(&method) || (role == S && method == "unmatched"),
            };
            assert!(left_out || known(role, &method), "`{method}` of a {role:?} is not tried");
            seen += 1;
        }
    }
    assert!(seen > 90, "{seen}");
}

#[test]
fn an_actor_made_anew_that_panics_as_it_is_given_its_limit_has_failed_like_any_other() {
    /// Fails at its third message in its first life, and cannot take a limit in its second.
    struct Limited(u64);
    impl Stage for Limited {
        type In = u64;
        type Out = Outlet<u64>;
        async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
            out.emit(n);
            if self.0 == 1 && n == 3 { Err("third".into()) } else { Ok(()) }
        }
        fn takes_limit(&self) -> bool {
            true
        }
        fn use_limit(&mut self, _: tidegate::Limit) {
            assert!(self.0 != 2, "no limit");
        }
    }
    let restart = || tidegate::Restart::times(3).backoff(Duration::from_millis(1)).jitter(0.0);
    let run = |on_panic: OnError| {
        let mut life = 0;
        std::panic::set_hook(Box::new(|_| {}));
        let report = testkit::run(
            Topology::new("limited")
                .limit("pace", Rate::per_second(1e6), 1)
                .producer("n", iter(1..=10u64))
                .stage_each("limited", 1, move |_| {
                    life += 1;
                    Limited(life)
                })
                .rate_limit("pace")
                .on_error(restart())
                .on_panic(on_panic)
                .consumer("sink", for_each(|_: u64| {})),
        );
        drop(std::panic::take_hook());
        report
    };
    let report = run(restart().into());
    assert_eq!((report.outcome, report.error), (Outcome::Completed, None));
    let limited = &report.actors["limited"];
    assert_eq!((limited.restarts, limited.handled, limited.failed), (2, 9, 1));
    let report = run(OnError::Stop);
    assert_eq!(report.outcome, Outcome::Failed);
    assert_eq!(report.error.as_deref(), Some("actor `limited` panicked in `restart`: no limit"));
    assert!(report.elapsed_seconds < 1.0, "nobody waits for it: {}", report.elapsed_seconds);
    let limited = &report.actors["limited"];
    assert_eq!((limited.handled, limited.failed, limited.left), (2, 1, limited.received - 3));
    assert_eq!(report.actors["sink"].state, ActorState::Ended);
}

#[test]
fn an_instance_that_comes_later_and_cannot_say_what_it_is_ends_the_run_in_good_order() {
    /// An instance after the first panics when it is asked.
    struct Late(usize);
    impl Stage for Late {
        type In = u64;
        type Out = Outlet<u64>;
        async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
            out.emit(n);
            Ok(())
        }
        fn tick_every(&self) -> Option<Duration> {
            assert!(self.0 == 0, "who am I");
            None
        }
    }
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let running = testkit::start(
            Topology::new("late")
                .producer("source", producer)
                .stage_each("late", 1, Late)
                .elastic(ElasticOptions::between(1, 3))
                .consumer("sink", for_each(|_: u64| {})),
        );
        source.emit_all(1..=10);
        testkit::settle().await;
        running.set_instances("late", 2).expect("between one and three");
        let report = balanced(&running.wait().await);
        assert_eq!(report.error.as_deref(), Some("actor `late` panicked in `start`: who am I"));
        assert_eq!((report.outcome, report.actors["sink"].handled), (Outcome::Failed, 10));
        assert!(report.elapsed_seconds < 1.0, "nobody waits for it: {}", report.elapsed_seconds);
    });
}

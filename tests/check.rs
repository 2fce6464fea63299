//! What the check of a topology built in code finds, and the bound it prints.

mod support;

use support::Split;
use tidegate::prelude::*;
use tidegate::topology::{ActorBound, Bound};
use tidegate::{Checks, Place, Problem, Severity, StartError};

/// Says each number several times, and holds some.
struct Repeat {
    times: usize,
    holds: usize,
}

impl Stage for Repeat {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        (0..self.times).for_each(|_| out.emit(n));
        Ok(())
    }

    fn max_emit(&self) -> usize {
        self.times
    }

    fn max_held(&self) -> usize {
        self.holds
    }
}

/// Finds fault with itself.
struct Picky;

impl Consumer for Picky {
    type In = u64;

    async fn handle(&mut self, _: u64) -> Result {
        Ok(())
    }

    fn check(&self, checks: &mut Checks) {
        checks.warning("mood", "this could be better");
        if checks.environment() {
            checks.error("path", "there is no such file");
        }
    }
}

/// Uses something that there is only once.
struct Claims(&'static str);

impl Consumer for Claims {
    type In = u64;

    async fn handle(&mut self, _: u64) -> Result {
        Ok(())
    }

    fn check(&self, checks: &mut Checks) {
        checks.exclusive("port", self.0);
    }
}

#[derive(Clone, Debug)]
struct Named(u64);

impl tidegate::Keyed for Named {
    fn key(&self, _: &str) -> u64 {
        self.0
    }
}

fn numbers() -> tidegate::Iter<std::ops::Range<u64>> {
    iter(0..10u64)
}

fn double() -> tidegate::Map<impl FnMut(u64) -> u64 + Send + 'static, u64, u64> {
    map(|n: u64| n * 2)
}

fn ignore() -> tidegate::ForEach<impl FnMut(u64) + Send + 'static, u64> {
    for_each(|_: u64| {})
}

/// A topology that is right: `n -> double -> end`.
fn chain() -> Topology {
    Topology::new("chain")
        .arbiters(2)
        .producer("n", numbers())
        .stage("double", double())
        .consumer("end", ignore())
}

fn found(topology: &Topology) -> Vec<String> {
    topology.check(false).iter().map(Problem::to_string).collect()
}

#[test]
fn a_topology_that_can_work_has_no_problems() {
    assert_eq!(found(&chain()), Vec::<String>::new());
}

#[test]
fn nothing_starts_while_there_is_an_error() {
    let topology = chain().mailbox(MailboxOptions::capacity(0));
    let Err(StartError::Check(problems)) = topology.start() else { panic!("it must not start") };
    assert_eq!(
        problems.to_string(),
        "actor `end`, `mailbox.capacity`: a mailbox of capacity 0 takes no message (the smallest capacity is 1)"
    );
}

#[test]
fn what_is_said_of_the_last_actor_before_there_is_one_is_an_error() {
    let topology = Topology::new("early")
        .default_mailbox(MailboxOptions::capacity(3))
        .mailbox(MailboxOptions::capacity(2))
        .inputs(["n"])
        .producer("n", numbers())
        .consumer("end", ignore());
    assert_eq!(
        found(&topology),
        [
            "`mailbox` was called before there was an actor for it to speak of (call it after the actor it is meant \
             for, or call `default_mailbox`)",
            "`inputs` was called before there was an actor for it to speak of (call it after the actor it is meant for)",
        ]
    );
}

#[test]
fn names_are_checked_and_used_once() {
    let topology = Topology::new("names")
        .producer("n", numbers())
        .stage("Double it", double())
        .consumer("end", ignore())
        .consumer("end", ignore())
        .inputs(["Double it"]);
    assert_eq!(
        found(&topology),
        [
            "actor `Double it`: `Double it` cannot be the name of an actor (names are of lower-case letters, digits \
             and `_`, and start with a letter: `flights_2013`)",
            "actor `end`: there are two actors called `end` (rename one of them)",
        ]
    );
}

#[test]
fn inputs_that_lead_nowhere_are_errors() {
    let topology =
        chain().inputs(["duoble", "n.x", "n.dead_letters", "end", "double.dead_letters", "double", "double"]);
    assert_eq!(
        found(&topology),
        [
            "actor `end`, `inputs.0`: there is no actor `duoble` (did you mean `double`?)",
            "actor `end`, `inputs.1`: `n` has no port `x` (it has one outlet: write `n`)",
            "actor `end`, `inputs.2`: `n` is a producer, which has no dead letters (only stages and consumers handle \
             messages, and may fail to)",
            "actor `end`, `inputs.3`: `end` is a consumer, which emits nothing (make it a stage, or read what it \
             cannot handle: `end.dead_letters`)",
            "actor `end`, `inputs.4`: `double.dead_letters` emits `DeadLetter`, but `end` takes `u64`",
            "actor `end`, `inputs.6`: the input `double` is listed twice (remove one of them)",
        ]
    );
}

#[test]
fn the_port_for_dead_letters_is_suggested_as_well() {
    let wrong = |port: &str| found(&chain().inputs([format!("double.{port}").as_str()])).join("\n");
    let message = |port: &str| {
        format!(
            "actor `end`, `inputs.0`: `double` has no port `{port}` (did you mean `double.dead_letters`?)"
        )
    };
    for port in ["deadletters", "dead_letter", "dead-letters"] {
        assert_eq!(wrong(port), message(port));
    }
    let topology =
        chain().stage("after", map(|letter: DeadLetter| letter.attempts())).inputs(["end.deadletters"]);
    let topology = topology.consumer("last", for_each(|_: u32| {}));
    assert_eq!(
        found(&topology),
        ["actor `after`, `inputs.0`: `end` has no port `deadletters` (did you mean `end.dead_letters`?)"]
    );
}

#[test]
fn a_misspelt_input_does_not_make_its_upstream_unread() {
    assert_eq!(
        found(&chain().inputs(["duoble"])),
        ["actor `end`, `inputs.0`: there is no actor `duoble` (did you mean `double`?)"]
    );
}

#[test]
fn the_ends_of_a_link_have_one_type() {
    mod elsewhere {
        #[derive(Clone, Debug)]
        pub(super) struct Named;
    }
    let topology = Topology::new("types")
        .producer("n", numbers())
        .consumer("end", for_each(|_: String| {}))
        .producer("m", from_fn(|| Some(Named(1))))
        .consumer("other", for_each(|_: elsewhere::Named| {}));
    assert_eq!(
        found(&topology),
        [
            "actor `end`, `inputs.0`: `n` emits `u64`, but `end` takes `String`",
            "actor `other`, `inputs.0`: `m` emits `check::Named`, but `other` takes \
             `check::the_ends_of_a_link_have_one_type::elsewhere::Named`",
        ]
    );
}

#[test]
fn producers_take_no_inputs_and_all_others_need_some() {
    let topology = Topology::new("inputs").producer("n", numbers()).inputs(["n"]).consumer("end", ignore());
    assert_eq!(
        found(&topology),
        [
            "actor `n`, `inputs`: `n` is a producer, which takes no inputs (remove the inputs, or make it a stage)"
        ]
    );
    let topology = Topology::new("inputs")
        .stage("double", double())
        .producer("n", numbers())
        .consumer("end", ignore())
        .inputs(["double", "n"]);
    assert_eq!(
        found(&topology),
        [
            "actor `double`, `inputs`: `double` has no inputs, so it would never do anything (name the actors its \
          messages come from: `inputs = [\"NAME\"]`)"
        ]
    );
}

#[test]
fn somebody_reads_what_is_emitted() {
    let topology = Topology::new("unread")
        .producer("n", numbers())
        .producer("m", numbers())
        .stage("parity", Split {})
        .stage("split", Split {})
        .inputs(["m"])
        .consumer("end", ignore())
        .inputs(["split.odd"]);
    let problems = topology.check(false);
    let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
    assert_eq!(
        lines,
        [
            "actor `n`: nobody reads what `n` emits (give a stage or consumer the input `n`, or remove `n`)",
            "actor `parity`: nobody reads what `parity` emits (give a stage or consumer the input `parity.even`, or \
             remove `parity`)",
            "actor `split`: nobody reads `split.even` (what is emitted there is gone; link a consumer to see it)",
        ]
    );
    let severities: Vec<Severity> = problems.iter().map(|problem| problem.severity).collect();
    assert_eq!(severities, [Severity::Error, Severity::Error, Severity::Warning]);
}

#[test]
fn messages_come_from_a_producer() {
    let topology = Topology::new("nothing").stage("a", double()).inputs(["b"]).stage("b", double());
    assert_eq!(
        found(&topology)[0],
        "there is no producer, so no message would ever flow (add a producer, which reads or makes the first messages)"
    );
    let drops = MailboxOptions::default().overflow(Overflow::DropOldest);
    let topology =
        chain().default_mailbox(drops).stage("a", double()).inputs(["b"]).stage("b", double()).inputs(["a"]);
    assert_eq!(
        found(&topology),
        [
            "actor `a`, `inputs`: no message can reach `a`: its inputs lead back to no producer (add an input that \
             does)",
            "actor `b`, `inputs`: no message can reach `b`: its inputs lead back to no producer (add an input that \
             does)",
        ]
    );
}

#[test]
fn mailboxes_have_marks_and_limits_that_can_be_kept() {
    let with = |options: MailboxOptions| found(&chain().mailbox(options)).join("\n");
    let range = "(watermarks are shares of the capacity: 0 <= low < high <= 1)";
    let marks = |low: f64, high: f64| with(MailboxOptions::default().watermarks(low, high));
    assert_eq!(marks(0.0, 1.0), "");
    for high in [0.0, -1.0, 1.1, f64::NAN, f64::INFINITY] {
        let message = format!("the high mark {high} is not above 0 and at most 1");
        assert_eq!(marks(0.5, high), format!("actor `end`, `mailbox.high`: {message} {range}"));
    }
    for low in [-0.1, 1.0, f64::NAN] {
        let message = format!("the low mark {low} is not at least 0 and below 1");
        assert_eq!(marks(low, 0.8), format!("actor `end`, `mailbox.low`: {message} {range}"));
    }
    assert_eq!(
        marks(0.8, 0.8),
        format!("actor `end`, `mailbox.low`: the low mark 0.8 is not below the high mark 0.8 {range}")
    );
    assert_eq!(
        marks(-0.8, 1.3),
        format!(
            "actor `end`, `mailbox.high`: the high mark 1.3 is not above 0 and at most 1 {range}\n\
             actor `end`, `mailbox.low`: the low mark -0.8 is not at least 0 and below 1 {range}"
        )
    );
    let only_high = MailboxOptions { high: Some(0.4), ..MailboxOptions::default() };
    assert_eq!(
        with(only_high),
        format!("actor `end`, `mailbox.high`: the low mark 0.5 is not below the high mark 0.4 {range}")
    );
    assert_eq!(
        with(MailboxOptions::default().overflow(Overflow::Spill)),
        "actor `end`, `mailbox.overflow`: the overflow policy `spill` is reserved, not yet supported (use \
         `backpressure`, or one of the policies that drop)"
    );
    assert_eq!(
        with(MailboxOptions::default().max_bytes(10)),
        "actor `end`, `mailbox.max_bytes`: `max_bytes` cannot be kept: nobody knows what a `u64` weighs (implement \
         `Weigh` for `u64` and register it with `weighed`, or remove the limit)"
    );
    assert_eq!(
        with(MailboxOptions::default().max_message_bytes(10)),
        "actor `end`, `mailbox.max_message_bytes`: `max_message_bytes` has no effect without `max_bytes` (set \
         `max_bytes` too, or remove it)"
    );
}

#[test]
fn limits_in_bytes_leave_room_for_a_message() {
    let with = |options: MailboxOptions| {
        let topology = Topology::new("bytes").producer("text", from_fn(|| Some(String::new())));
        found(&topology.consumer("end", for_each(|_: String| {})).mailbox(options)).join("\n")
    };
    let limits =
        |all: usize, one: usize| with(MailboxOptions::default().max_bytes(all).max_message_bytes(one));
    assert_eq!(limits(100, 100), "");
    assert_eq!(
        limits(100, 101),
        "actor `end`, `mailbox.max_message_bytes`: a message may have 101 bytes, but all that wait together only 100 \
         (make `max_bytes` at least as large as `max_message_bytes`)"
    );
    assert_eq!(
        limits(100, 0),
        "actor `end`, `mailbox.max_message_bytes`: no message has at most 0 bytes (leave `max_message_bytes` out for \
         the default)"
    );
    assert_eq!(
        with(MailboxOptions::default().max_bytes(0)),
        "actor `end`, `mailbox.max_bytes`: a mailbox of 0 bytes takes no message (leave `max_bytes` out for no limit)"
    );
}

#[test]
fn defaults_and_mailboxes_of_inputs_are_checked_where_they_are_given() {
    let own = InputOptions::new("double").mailbox(MailboxOptions::capacity(0));
    let topology = chain().inputs([own]).default_mailbox(MailboxOptions::default().watermarks(0.9, 0.1));
    assert_eq!(
        found(&topology),
        [
            "`mailbox.low`: the low mark 0.9 is not below the high mark 0.1 (watermarks are shares of the capacity: \
             0 <= low < high <= 1)",
            "actor `end`, `inputs.0.mailbox.capacity`: a mailbox of capacity 0 takes no message (the smallest \
             capacity is 1)",
        ]
    );
    let topology = Topology::new("producer").producer("n", numbers()).mailbox(MailboxOptions::capacity(3));
    assert_eq!(
        found(&topology.consumer("end", ignore())),
        [
            "actor `n`, `mailbox`: `n` is a producer, which has no mailbox (set the mailbox of the actor that reads from \
          it)"
        ]
    );
}

#[test]
fn a_mailbox_has_room_for_all_that_one_call_emits() {
    let repeat = |capacity: MailboxOptions| {
        let topology = Topology::new("repeat").producer("n", numbers());
        let topology = topology.stage("repeat", Repeat { times: 5, holds: 0 });
        found(&topology.consumer("end", ignore()).mailbox(capacity)).join("\n")
    };
    assert_eq!(repeat(MailboxOptions::capacity(5)), "");
    assert_eq!(repeat(MailboxOptions::capacity(4).overflow(Overflow::DropOldest)), "");
    assert_eq!(
        repeat(MailboxOptions::capacity(4)),
        "actor `end`, `mailbox.capacity`: `repeat` emits up to 5 messages at once, for which this mailbox of 4 never \
         has room (make the capacity at least 5)"
    );
}

#[test]
fn there_is_at_least_one_instance_and_no_absurd_number() {
    let each = |instances: usize| {
        let topology = Topology::new("each").producer("n", numbers());
        found(&topology.consumer_each("end", instances, |_| ignore())).join("\n")
    };
    assert_eq!(each(3), "");
    assert_eq!(each(0), "actor `end`, `instances`: 0 instances do nothing (the smallest number is 1)");
    assert_eq!(
        each(1_000_001),
        "actor `end`, `instances`: 1000001 instances are more than the 1000000 that are allowed (a few for each core \
         do the work as well)"
    );
}

#[test]
fn routing_by_hash_needs_a_key_and_messages_that_have_keys() {
    let named = || {
        let topology = Topology::new("keys").producer("m", from_fn(|| Some(Named(1))));
        topology.keyed::<Named>().consumer("end", for_each(|_: Named| {}))
    };
    assert_eq!(found(&named().hash_by("name")), Vec::<String>::new());
    assert_eq!(
        found(&named().routing(Routing::Hash)),
        [
            "actor `end`, `routing`: routing by hash needs to know the key (name the field that is the key: `key = \
          \"FIELD\"`)"
        ]
    );
    assert_eq!(
        found(&chain().hash_by("name")),
        [
            "actor `end`, `routing`: a `u64` has no keys, so it cannot be routed by hash (implement `Keyed` for `u64` \
          and register it with `keyed`)"
        ]
    );
    let unused = named().hash_by("name").routing(Routing::RoundRobin).check(false);
    assert_eq!(unused[0].severity, Severity::Warning);
    assert_eq!(unused[0].place, Place::actor("end").key("key"));
    assert_eq!(unused[0].message, "the key has no effect");
}

#[test]
fn a_producer_is_not_told_what_only_receivers_do() {
    let topology = || Topology::new("producer").producer("n", numbers());
    assert_eq!(
        found(&topology().routing(Routing::RoundRobin).consumer("end", ignore())),
        [
            "actor `n`, `routing`: `n` is a producer, to which nothing is routed (set the routing of the actor that reads \
          from it)"
        ]
    );
    assert_eq!(
        found(&topology().on_error(OnError::DeadLetter).consumer("end", ignore())),
        [
            "actor `n`, `on_error`: `n` is a producer, which has no messages that could become dead letters (a failure \
          of a producer may restart it, or stop its branch or the topology)"
        ]
    );
}

#[test]
fn actors_are_pinned_to_arbiters_that_exist() {
    assert_eq!(found(&chain().arbiter(1)), Vec::<String>::new());
    assert_eq!(
        found(&chain().arbiter(2)),
        [
            "actor `end`, `arbiter`: there is no arbiter 2 (they are numbered from 0 to 1; set `runtime.arbiters` for \
          more)"
        ]
    );
    assert_eq!(
        found(&chain().arbiter(0).blocking()),
        [
            "actor `end`, `arbiter`: a blocking actor has a thread of its own, and is on no arbiter (remove `arbiter` or \
          `blocking`)"
        ]
    );
    assert_eq!(
        found(&chain().arbiters(0)),
        ["`runtime.arbiters`: 0 arbiters run nothing (the smallest number is 1)"]
    );
}

/// `n -> a -> b -> c -> end`, and what `c` emits comes back to `a` over `feedback`.
fn cycle(feedback: InputOptions) -> Topology {
    Topology::new("cycle")
        .producer("n", numbers())
        .stage("a", double())
        .inputs([InputOptions::new("n"), feedback])
        .stage("b", double())
        .stage("c", double())
        .consumer("end", ignore())
}

#[test]
fn a_cycle_of_waiting_mailboxes_is_refused_and_named_from_its_way_in() {
    assert_eq!(
        found(&cycle(InputOptions::new("c"))),
        [
            "actor `a`, `inputs.1`: a cycle in which every mailbox makes its upstream wait can come to stand still: a -> \
          b -> c -> a (let a mailbox on it drop: `{ from = \"c\", mailbox = { overflow = \"drop_newest\" } }`; a cycle in which messages circulate never ends by itself, and must be drained)"
        ]
    );
    let alone = chain().stage("again", double()).inputs(["double", "again"]);
    assert_eq!(
        found(&alone),
        [
            "actor `again`, `inputs.1`: a cycle in which every mailbox makes its upstream wait can come to stand still: \
          again -> again (let a mailbox on it drop: `{ from = \"again\", mailbox = { overflow = \"drop_newest\" } }`; a cycle in which messages circulate never ends by itself, and must be drained)"
        ]
    );
}

#[test]
fn a_cycle_with_a_mailbox_that_drops_is_allowed() {
    let drops = |overflow: Overflow| MailboxOptions::default().overflow(overflow);
    for overflow in [
        Overflow::DropNewest,
        Overflow::DropOldest,
        Overflow::DropYoungest,
        Overflow::DropAll,
        Overflow::Fail,
    ] {
        let feedback = InputOptions::new("c").mailbox(drops(overflow));
        assert_eq!(found(&cycle(feedback)), Vec::<String>::new(), "{overflow:?} on the feedback input");
    }
    let middle = Topology::new("cycle")
        .producer("n", numbers())
        .stage("a", double())
        .inputs(["n", "b"])
        .stage("b", double())
        .mailbox(drops(Overflow::DropOldest))
        .consumer("end", ignore());
    assert_eq!(found(&middle), Vec::<String>::new());
    let waits = InputOptions::new("c").mailbox(drops(Overflow::Backpressure));
    assert_eq!(found(&cycle(waits).default_mailbox(drops(Overflow::DropNewest))), Vec::<String>::new());
}

#[test]
fn dead_letters_close_a_cycle_like_any_other_link() {
    let topology = Topology::new("letters")
        .producer("n", numbers())
        .stage("text", map(|n: u64| n.to_string()))
        .consumer("end", for_each(|_: String| {}))
        .stage("repair", map(|letter: DeadLetter| u64::from(letter.attempts())))
        .inputs(["check.dead_letters"])
        .stage("check", double())
        .inputs(["n", "repair"])
        .consumer("sink", ignore());
    assert_eq!(
        found(&topology),
        [
            "actor `check`, `inputs.1`: a cycle in which every mailbox makes its upstream wait can come to stand still: \
          check.dead_letters -> repair -> check (let a mailbox on it drop: `{ from = \"repair\", mailbox = { overflow \
          = \"drop_newest\" } }`; a cycle in which messages circulate never ends by itself, and must be drained)"
        ]
    );
}

#[test]
fn actors_check_themselves_and_look_at_the_world_only_if_asked() {
    let topology = || Topology::new("picky").producer("n", numbers()).consumer("end", Picky);
    assert_eq!(found(&topology()), ["actor `end`, `mood`: this could be better"]);
    let all: Vec<String> = topology().check(true).iter().map(Problem::to_string).collect();
    assert_eq!(
        all,
        ["actor `end`, `mood`: this could be better", "actor `end`, `path`: there is no such file"]
    );
}

#[test]
fn more_threads_than_the_machine_has_are_not_asked_for() {
    let blocking = Topology::new("threads")
        .producer("n", numbers())
        .consumer_each("end", 1_000_000, |_| ignore())
        .blocking();
    assert_eq!(found(&blocking), Vec::<String>::new());
    if cfg!(target_os = "linux") {
        let problems = blocking.check(true);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!(problems[0].place, Place::actor("end").key("instances"));
    }
}

#[test]
fn a_chain_of_many_actors_needs_no_deep_stack() {
    let mut topology = Topology::new("long").producer("n", numbers());
    for number in 0..20_000 {
        topology = topology.stage(&format!("s{number}"), double());
    }
    assert_eq!(found(&topology.consumer("end", ignore())), Vec::<String>::new());
}

#[test]
fn the_bound_adds_up_mailboxes_hands_and_what_is_held() {
    let topology = Topology::new("bound")
        .default_mailbox(MailboxOptions::capacity(100))
        .producer("n", numbers())
        .stage("repeat", Repeat { times: 3, holds: 7 })
        .mailbox(MailboxOptions::capacity(10))
        .inputs([InputOptions::new("n"), InputOptions::new("loop").mailbox(MailboxOptions::capacity(4))])
        .stage("loop", double())
        .stage_each("spread", 3, |_| Split {})
        .routing(Routing::RoundRobin)
        .inputs(["repeat"])
        .consumer_each("shared", 4, |_| ignore())
        .inputs(["spread.even", "spread.odd"]);
    let share = |name: &str, capacity, in_hand, held| ActorBound {
        name: name.into(),
        capacity,
        in_hand,
        held,
        bytes: if name == "n" { Some(0) } else { None },
    };
    assert_eq!(
        topology.bound(),
        Bound {
            messages: 1 + (10 + 4 + 1 + 7) + (100 + 1) + (3 * 100 + 3) + (100 + 4),
            bytes: None,
            actors: vec![
                share("n", 0, 1, 0),
                share("repeat", 14, 1, 7),
                share("loop", 100, 1, 0),
                share("spread", 300, 3, 0),
                share("shared", 100, 4, 0),
            ],
            may_expand: vec!["repeat".into(), "spread".into()],
        }
    );
}

#[test]
fn the_bound_in_bytes_is_known_if_every_mailbox_has_a_limit() {
    let topology = |last: MailboxOptions| {
        Topology::new("bytes")
            .producer("text", from_fn(|| Some(String::new())))
            .stage_each("copy", 2, |_| map(|text: String| text))
            .routing(Routing::LeastLoaded)
            .mailbox(MailboxOptions::default().max_bytes(1_000))
            .consumer("end", for_each(|_: String| {}))
            .mailbox(last)
    };
    assert_eq!(topology(MailboxOptions::default().max_bytes(500)).bound().bytes, Some(2 * 1_000 + 500));
    assert_eq!(topology(MailboxOptions::default()).bound().bytes, None);
}

#[test]
fn what_only_one_actor_can_use_is_given_to_the_first_that_claims_it() {
    let topology = Topology::new("claims")
        .producer("n", iter(0..3u64))
        .consumer("a", Claims("port 80"))
        .consumer("b", Claims("port 81"))
        .inputs(["n"])
        .consumer("c", Claims("port 80"))
        .inputs(["n"]);
    let problems = topology.check(false);
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(problems[0].place, Place::actor("c").key("port"));
    assert_eq!(problems[0].message, "port 80 is used by `a` already");
}

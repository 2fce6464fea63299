//! The graph of a topology, drawn and in words.

mod support;

use support::Split;
use tidegate::prelude::*;
use tidegate::topology::graph::Graph;

/// All there is to draw: roles, ports, instances, mailboxes that drop, an input with its own, and dead letters.
fn everything() -> Topology {
    let feedback = MailboxOptions::capacity(8).overflow(Overflow::DropNewest);
    Topology::new("say \"hi\"")
        .default_mailbox(MailboxOptions::capacity(64))
        .producer("n", iter(0..10u64))
        .stage("split", Split {})
        .inputs([InputOptions::new("n"), InputOptions::new("twice").mailbox(feedback)])
        .stage_each("twice", 3, |_| map(|n: u64| n * 2))
        .inputs(["split.even"])
        .routing(Routing::RoundRobin)
        .consumer("store", for_each(|_: u64| {}))
        .inputs(["twice", "split.odd"])
        .blocking()
        .consumer("watch", for_each(|_: u64| {}))
        .inputs(["n"])
        .mailbox(MailboxOptions::default().overflow(Overflow::DropOldest))
        .consumer("letters", for_each(|_: DeadLetter| {}))
        .inputs(["split.dead_letters"])
}

#[test]
fn the_graph_in_words_has_one_line_per_actor() {
    assert_eq!(
        Graph::of(&everything()).describe(),
        "\
n: a producer (Iter) that emits `u64` to split and watch
split: a stage (Split) of `u64` from n and twice (capacity 8, drop_newest), emits even (`u64`) to twice, odd (`u64`) to store, capacity 64
twice: a stage (Map) of `u64` from split.even, emits `u64` to split and store, capacity 64, 3 instances (round_robin)
store: a consumer (ForEach) of `u64` from twice and split.odd, capacity 64, blocking
watch: a consumer (ForEach) of `u64` from n, capacity 64, drop_oldest
letters: a consumer (ForEach) of `DeadLetter` from split.dead_letters, capacity 64
"
    );
}

#[test]
fn the_graph_as_a_mermaid_flowchart() {
    assert_eq!(
        Graph::of(&everything()).to_mermaid(),
        r#"---
title: "say \"hi\""
---
flowchart LR
    n0(["n<br>Iter"])
    n1["split<br>Split"]
    n2["twice<br>Map<br>3 instances"]
    n3[("store<br>ForEach<br>blocking")]
    n4[("watch<br>ForEach")]
    n5[("letters<br>ForEach")]
    n0 -->|"capacity 64"| n1
    n2 -.->|"capacity 8, drop_newest"| n1
    n1 -->|"even: capacity 64"| n2
    n2 -->|"capacity 64"| n3
    n1 -->|"odd: capacity 64"| n3
    n0 -.->|"capacity 64, drop_oldest"| n4
    n1 -->|"dead_letters: capacity 64"| n5
"#
    );
}

#[test]
fn the_graph_in_the_language_of_graphviz() {
    assert_eq!(
        Graph::of(&everything()).to_dot(),
        r#"digraph "say \"hi\"" {
    rankdir=LR;
    "n" [shape=ellipse, label="n\nIter"];
    "split" [shape=box, label="split\nSplit"];
    "twice" [shape=box, label="twice\nMap\n3 instances"];
    "store" [shape=cylinder, label="store\nForEach\nblocking"];
    "watch" [shape=cylinder, label="watch\nForEach"];
    "letters" [shape=cylinder, label="letters\nForEach"];
    "n" -> "split" [label="capacity 64"];
    "twice" -> "split" [label="capacity 8, drop_newest", style=dashed];
    "split" -> "twice" [label="even: capacity 64"];
    "twice" -> "store" [label="capacity 64"];
    "split" -> "store" [label="odd: capacity 64"];
    "n" -> "watch" [label="capacity 64, drop_oldest", style=dashed];
    "split" -> "letters" [label="dead_letters: capacity 64"];
}
"#
    );
}

#[test]
fn names_that_mean_something_to_the_languages_are_escaped() {
    let topology = || {
        Topology::new("a\n---\nb")
            .producer("end\"]; x[\"<b>", iter(0..1u64))
            .consumer("back\\slash\nline", for_each(|_: u64| {}))
    };
    assert_eq!(
        Graph::of(&topology()).to_mermaid(),
        r##"---
title: "a\n---\nb"
---
flowchart LR
    n0(["end#34;#93;#59; x#91;#34;#60;b#62;<br>Iter"])
    n1[("back#92;slash#10;line<br>ForEach")]
    n0 -->|"capacity 1024"| n1
"##
    );
    assert_eq!(
        Graph::of(&topology()).to_dot(),
        r#"digraph "a\n---\nb" {
    rankdir=LR;
    "end\"]; x[\"<b>" [shape=ellipse, label="end\"]; x[\"<b>\nIter"];
    "back\\slash\nline" [shape=cylinder, label="back\\slash\nline\nForEach"];
    "end\"]; x[\"<b>" -> "back\\slash\nline" [label="capacity 1024"];
}
"#
    );
}

#[test]
fn a_link_to_nobody_is_left_out() {
    let topology = Topology::new("x").producer("n", iter(0..1u64)).consumer("end", for_each(|_: u64| {}));
    let described = Graph::of(&topology.inputs(["m"])).describe();
    assert_eq!(
        described,
        "n: a producer (Iter) that emits `u64` to nobody\nend: a consumer (ForEach) of `u64` from nobody\n"
    );
}

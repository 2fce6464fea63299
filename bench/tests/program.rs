//! The program as a whole: what it prints, and the runs in processes of their own.

use serde_json::Value;
use std::process::{Command, Output};

fn bench(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tidegate-bench")).args(arguments).output().expect("the program starts")
}

fn json(arguments: &[&str]) -> Value {
    let output = bench(arguments);
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).expect("JSON and nothing else")
}

#[test]
fn json_has_every_sample_and_the_comparison() {
    let report = json(&[
        "hop",
        "--json",
        "--rounds",
        "3",
        "--messages",
        "1000",
        "--only",
        "tidegate, 1",
        "--only",
        "crossbeam",
    ]);
    let scenario = &report["scenarios"][0];
    assert_eq!(scenario["name"], "hop");
    let contenders = scenario["contenders"].as_array().expect("a list");
    let names: Vec<&str> = contenders.iter().filter_map(|contender| contender["name"].as_str()).collect();
    assert_eq!(names, ["tidegate", "crossbeam"]);
    for contender in contenders {
        assert_eq!(contender["samples"].as_array().map(Vec::len), Some(3), "{contender}");
        assert_eq!(contender["messages"], 1000);
    }
    assert_eq!(contenders[0]["times"][0], 1.0, "it is what the others are compared with");
    let (ours, theirs) = (&contenders[0]["summaries"][0], &contenders[1]["summaries"][0]);
    let ratio = ours["median"].as_f64().expect("a figure") / theirs["median"].as_f64().expect("a figure");
    assert!((contenders[1]["times"][0].as_f64().expect("a figure") / ratio - 1.0).abs() < 1e-9);
    assert_eq!(scenario["best_bounded_peer"]["peer"], "crossbeam, 2 threads");
    assert!(report["machine"]["commit"].is_string());
}

#[test]
fn memory_is_measured_in_processes_of_their_own() {
    let report =
        json(&["actors_100k", "--json", "--rounds", "2", "--messages", "500", "--only", "tidegate, 1"]);
    let contender = &report["scenarios"][0]["contenders"][0];
    assert_eq!(contender["samples"].as_array().map(Vec::len), Some(2), "{contender}");
    let bytes = contender["summaries"][0]["median"].as_f64().expect("a figure");
    assert!(bytes > 100.0, "500 actors take some memory: {bytes} bytes each");
}

#[test]
fn markdown_names_machine_workload_and_figures() {
    let output = bench(&["hop", "--markdown", "--rounds", "1", "--messages", "1000", "--only", "rtrb"]);
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(text.contains("### `hop`\n\nA producer emits `u64`s"), "{text}");
    assert!(text.contains("| contender ") && text.contains("| rtrb, 2 threads (floor) "), "{text}");
}

#[test]
fn what_does_not_exist_is_an_error_with_what_does() {
    for (arguments, expected) in [
        (&["chain4"][..], "there is no scenario `chain4`; there are: hop, chain3,"),
        (&[], "name a scenario, or `all`; there are: hop,"),
        (&["hop", "--messages", "10", "--only", "nobody"], "no contender of `hop` has `nobody` in its name"),
    ] {
        let output = bench(arguments);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(error.contains(expected), "{error}");
    }
}

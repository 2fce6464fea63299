//! `--report`: the final account as JSON.

#[expect(dead_code, reason = "each test program uses a part of it")]
mod support;

use support::{Workspace, finish, json, numbers};

#[test]
fn a_report_has_the_counts_of_every_actor_and_its_mailbox() {
    let workspace = Workspace::new(&numbers(1000));
    let ran = workspace.run(&["run", "--report", "report.json", "--set", "mailbox.capacity=16"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let report = json(&workspace.read("report.json"));
    assert_eq!(report["topology"], "numbers");
    assert_eq!(report["outcome"], "completed");
    assert_eq!(report["balanced"], true);
    assert_eq!(report["error"], serde_json::Value::Null);
    assert!(report["elapsed_seconds"].as_f64().unwrap() > 0.0);
    let (n, store) = (&report["actors"]["n"], &report["actors"]["store"]);
    assert_eq!(
        (&n["role"], &n["actor"], &n["emitted"]),
        (&"producer".into(), &"counter".into(), &1000.into())
    );
    assert_eq!(n["mailbox"], serde_json::Value::Null);
    assert_eq!(store["role"], "consumer");
    for (count, expected) in
        [("received", 1000), ("handled", 1000), ("emitted", 0), ("failed", 0), ("left", 0), ("instances", 1)]
    {
        assert_eq!(store[count], expected, "{count}");
    }
    for zero in ["dead_lettered", "restarts"] {
        assert_eq!(store[zero], 0, "{zero}");
    }
    assert_eq!(store["dropped"]["overflow"], 0);
    let mailbox = &store["mailbox"];
    assert_eq!(mailbox["capacity"], 16);
    assert!((1..=16).contains(&mailbox["peak"].as_u64().unwrap()), "{mailbox}");
    assert_eq!(mailbox["backpressure_signals"], mailbox["resume_signals"]);
    assert!(mailbox["pressured_seconds"].is_f64());
}

#[test]
fn a_report_on_stdout_is_all_there_is_on_stdout() {
    let ran = Workspace::new(&numbers(10)).run(&["run", "--report", "-"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(json(&ran.stdout)["actors"]["store"]["handled"], 10);
}

#[test]
fn a_report_that_cannot_be_written_is_refused_before_anything_starts() {
    let workspace = Workspace::new(&numbers(10));
    for place in ["missing/report.json", "."] {
        let ran = workspace.run(&["run", "--report", place]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.stderr.contains(&format!("error: the report `{place}` ")), "{ran:?}");
        assert_eq!(workspace.files(), ["config.toml"]);
    }
}

#[test]
fn a_report_replaces_an_older_one_and_leaves_nothing_else() {
    let workspace = Workspace::new(&numbers(10));
    workspace.write("report.json", "old");
    workspace.run(&["run", "--report", "report.json"]);
    assert_eq!(json(&workspace.read("report.json"))["outcome"], "completed");
    assert_eq!(workspace.files(), ["config.toml", "out.txt", "report.json"]);
}

#[cfg(unix)]
#[test]
fn a_report_is_as_readable_as_any_new_file() {
    use std::os::unix::fs::PermissionsExt;
    let workspace = Workspace::new(&numbers(10));
    workspace.run(&["run", "--report", "report.json"]);
    let mode = |name: &str| workspace.path().join(name).metadata().unwrap().permissions().mode();
    assert_eq!(mode("report.json"), mode("config.toml"));
}

#[test]
fn a_run_that_failed_is_reported_too() {
    let workspace = Workspace::new(
        "[producers.n]\nactor = \"counter\"\nto = 100\n\n\
         [consumers.end]\nactor = \"fails\"\nat = 7\ninputs = [\"n\"]\n",
    );
    let ran = finish(workspace.unruly(&["run", "--report", "report.json"]));
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let report = json(&workspace.read("report.json"));
    assert_eq!((&report["outcome"], &report["balanced"]), (&"failed".into(), &true.into()));
    let end = &report["actors"]["end"];
    assert_eq!((&end["handled"], &end["failed"]), (&6.into(), &1.into()));
    assert!(report["error"].as_str().unwrap().contains("cannot take 7"), "{report}");
}

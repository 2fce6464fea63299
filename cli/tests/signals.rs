//! Ctrl-C and SIGTERM: the first drains, the second forces the end.
#![cfg(unix)]

#[expect(dead_code, reason = "each test program uses a part of it")]
mod support;

use std::process::Stdio;
use support::{Ran, Running, Workspace, endless, json};

fn start(mut command: std::process::Command) -> Running {
    Running::start(command.stdout(Stdio::piped()).stderr(Stdio::piped()))
}

/// Numbers without end for a consumer that never lets go of the first.
fn hanging(actor: &str) -> Workspace {
    Workspace::new(&format!(
        "[mailbox]\ncapacity = 10\n\n[producers.n]\nactor = \"counter\"\n\n\
         [consumers.end]\nactor = \"{actor}\"\ninputs = [\"n\"]\nblocking = true\n"
    ))
}

#[test]
fn the_first_signal_drains_and_nothing_is_lost() {
    for (signal, name) in [("INT", "SIGINT"), ("TERM", "SIGTERM")] {
        let workspace = Workspace::new(&endless());
        let mut running = start(workspace.tidegate(&["run", "--report", "report.json"]));
        running.wait_for("running `config`");
        running.signal(signal);
        let ran = running.end();
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(
            ran.stderr.contains(&format!("{name}: draining, for at most 30s; a second one forces")),
            "{ran:?}"
        );
        let report = json(&workspace.read("report.json"));
        assert_eq!(report["outcome"], "drained");
        let emitted = report["actors"]["n"]["emitted"].as_u64().unwrap();
        assert_eq!(report["actors"]["store"]["handled"], emitted);
        assert_eq!(workspace.read("out.txt").lines().count() as u64, emitted);
    }
}

#[test]
fn the_second_signal_forces_the_end_and_what_is_left_is_told_by_actor() {
    let workspace = hanging("hangs");
    let mut running = start(workspace.unruly(&["run", "--report", "report.json"]));
    running.wait_for("hangs at 1");
    running.signal("INT");
    running.wait_for("draining");
    running.signal("TERM");
    let ran = running.end();
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains("SIGTERM again: forcing the end"), "{ran:?}");
    assert_left_at_the_end(&workspace, &ran);
}

#[test]
fn a_drain_that_takes_too_long_is_ended_by_force() {
    let workspace = hanging("hangs");
    let mut running = start(workspace.unruly(&["run", "--drain-timeout", "50ms", "--report", "report.json"]));
    running.wait_for("hangs at 1");
    running.signal("INT");
    let ran = running.end();
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert_left_at_the_end(&workspace, &ran);
}

fn assert_left_at_the_end(workspace: &Workspace, ran: &Ran) {
    let report = json(&workspace.read("report.json"));
    assert_eq!((&report["outcome"], &report["balanced"]), (&"stopped".into(), &true.into()), "{report}");
    let end = &report["actors"]["end"];
    assert_eq!((&end["handled"], &end["left"]), (&0.into(), &end["received"]));
    let left = end["left"].as_u64().unwrap();
    assert!((1..=11).contains(&left), "{left}");
    let plural = if left == 1 { "" } else { "s" };
    assert!(ran.stderr.contains(&format!("{left} message{plural} left behind: {left} at `end`.")), "{ran:?}");
}

#[test]
fn an_actor_that_blocks_for_ever_is_left_behind_and_named() {
    let workspace = hanging("blocks");
    let mut running = start(workspace.unruly(&["run", "--report", "report.json"]));
    running.wait_for("blocks at 1");
    running.signal("INT");
    running.wait_for("draining");
    running.signal("INT");
    let ran = running.end();
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let report = json(&workspace.read("report.json"));
    assert_eq!(report["balanced"], true, "{report}");
    assert!(report["error"].as_str().unwrap().ends_with("was left behind: end"), "{report}");
    assert_eq!(report["actors"]["end"]["left"], report["actors"]["end"]["received"]);
}

#[test]
fn a_limit_longer_than_any_clock_is_no_limit() {
    let workspace = Workspace::new(&endless());
    let ages = "500000000000y";
    let mut running = start(workspace.tidegate(&["run", "--for", ages, "--drain-timeout", ages]));
    running.wait_for("running `config`");
    running.signal("INT");
    let ran = running.end();
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

//! SIGHUP reads the file again; SIGUSR1 and SIGUSR2 pause and resume.
#![cfg(unix)]

#[expect(dead_code, reason = "each test program uses a part of it")]
mod support;

use std::process::Stdio;
use support::{Running, Workspace, json};

fn start(workspace: &Workspace) -> Running {
    let mut command = workspace.tidegate(&["run", "--report", "report.json"]);
    let mut running = Running::start(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
    running.wait_for("running `config`");
    running
}

/// Numbers, passed on at a rate.
fn throttled(from: u64, to: &str, rate: &str, capacity: u64) -> String {
    format!(
        "[producers.n]\nactor = \"counter\"\nfrom = {from}\n{to}\n\
         [stages.slow]\nactor = \"throttle\"\ninputs = [\"n\"]\nrate = \"{rate}\"\n\
         mailbox = {{ capacity = {capacity} }}\n\n\
         [consumers.store]\nactor = \"file\"\ninputs = [\"slow\"]\npath = \"out.txt\"\n"
    )
}

#[test]
fn what_can_change_while_it_runs_is_taken_over_at_sighup() {
    // At the first rate it would take many hours.
    let workspace = Workspace::new(&throttled(1, "to = 3000\n", "20/s", 64));
    let mut running = start(&workspace);
    workspace.write("config.toml", &throttled(1, "to = 3000\n", "1000000/s", 16));
    running.signal("HUP");
    running.wait_for("stages.slow.mailbox.capacity: 64 -> 16");
    running.wait_for("stages.slow.rate: \"20/s\" -> \"1000000/s\"");
    running.wait_for("took over 2 changes");
    let ran = running.end();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let report = json(&workspace.read("report.json"));
    assert_eq!(report["actors"]["store"]["handled"], 3000);
    let mailbox = &report["actors"]["slow"]["mailbox"];
    assert_eq!((&mailbox["capacity"], &mailbox["largest_capacity"]), (&16.into(), &64.into()));
}

#[test]
fn where_anything_needs_a_restart_nothing_is_taken_over() {
    let workspace = Workspace::new(&throttled(1, "", "20/s", 64));
    let mut running = start(&workspace);
    workspace.write("config.toml", &throttled(7, "", "1000000/s", 16));
    running.signal("HUP");
    running.wait_for("producers.n.from: 1 -> 7: this needs a restart");
    running.wait_for("nothing was changed, of 3 changes");
    // What was refused is compared with again.
    workspace.write("config.toml", &throttled(1, "", "20/s", 32));
    running.signal("HUP");
    running.wait_for("took over 1 change");
    running.signal("INT");
    let ran = running.end();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let report = json(&workspace.read("report.json"));
    assert_eq!(report["actors"]["slow"]["mailbox"]["capacity"], 32);
}

#[test]
fn a_file_with_errors_changes_nothing_and_is_shown() {
    let workspace = Workspace::new(&throttled(1, "", "20/s", 64));
    let mut running = start(&workspace);
    workspace.write("config.toml", &throttled(1, "", "fast", 0));
    running.signal("HUP");
    running.wait_for("config.toml has errors: nothing was changed");
    running.signal("INT");
    let ran = running.end();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stderr.contains("`fast` is not a rate"), "{ran:?}");
    assert!(ran.stderr.contains("a mailbox of capacity 0 takes no message"), "{ran:?}");
    let report = json(&workspace.read("report.json"));
    assert_eq!(report["actors"]["slow"]["mailbox"]["capacity"], 64);
}

#[test]
fn everything_pauses_and_goes_on_by_signal() {
    let workspace = Workspace::new(&support::endless());
    let mut running = start(&workspace);
    running.signal("USR1");
    running.wait_for("pausing all actors");
    running.signal("USR2");
    running.wait_for("resuming all actors");
    running.signal("INT");
    let ran = running.end();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let report = json(&workspace.read("report.json"));
    assert_eq!(report["actors"]["store"]["handled"], report["actors"]["n"]["emitted"]);
}

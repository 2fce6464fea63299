//! `tidegate explain` and `tidegate top`, asking a run that goes on.

#[expect(dead_code, reason = "each test program uses a part of it")]
mod support;

use std::process::Stdio;
use std::time::{Duration, Instant};
use support::{Ran, Running, Workspace, json};

/// A run without an end, in which a throttle is slower than all else, and where it is watched.
fn paced() -> (Workspace, Running, String) {
    let workspace = Workspace::new(
        "[topology]\nname = \"paced\"\n\n[mailbox]\ncapacity = 8\n\n[producers.n]\nactor = \"counter\"\n\n\
         [stages.pace]\nactor = \"throttle\"\ninputs = [\"n\"]\nrate = 100\n\n\
         [consumers.store]\nactor = \"null\"\ninputs = [\"pace\"]\n",
    );
    let mut command = workspace.tidegate(&["run", "--monitor", "127.0.0.1:0"]);
    let mut running = Running::start(command.stdout(Stdio::null()).stderr(Stdio::piped()));
    let line = running.wait_for("monitor: http://");
    let address = line.split("http://").nth(1).expect("the address").trim().to_string();
    (workspace, running, address)
}

/// Asks until the answer is as wanted: a run that has just begun has held nobody up yet.
fn until(mut ask: impl FnMut() -> Ran, wanted: impl Fn(&Ran) -> bool) -> Ran {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let ran = ask();
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
        if wanted(&ran) {
            return ran;
        }
        assert!(Instant::now() < deadline, "it never comes to that: {ran:?}");
    }
}

fn end(running: Running) {
    running.signal("INT");
    assert_eq!(running.end().code, Some(0));
}

#[test]
fn explain_names_the_actor_that_holds_up_a_run_that_goes_on() {
    let (workspace, running, address) = paced();
    let blames =
        |ran: &Ran| ran.stdout.starts_with("`pace` waits ") && ran.stdout.contains(" and holds `n`;");
    let ran = until(|| workspace.run(&["explain", &address]), blames);
    assert!(ran.stdout.contains("\n  pace  holds n"), "{ran:?}");
    let url = format!("http://{address}/");
    let ran = workspace.run(&["explain", "--json", &url]);
    let root = &json(&ran.stdout)["roots"][0];
    assert_eq!((&root["actor"], &root["kind"]), (&json("\"pace\""), &json("\"rate_limited\"")), "{ran:?}");
    end(running);
    let ran = workspace.run(&["explain", &address]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.starts_with(&format!("error: nothing listens at http://{address}; ")), "{ran:?}");
}

#[test]
fn top_prints_the_verdict_the_actors_and_the_signals_of_a_run_that_goes_on() {
    let (workspace, running, address) = paced();
    let shows = |ran: &Ran| ran.stdout.contains(" `pace` waits ");
    let ran = until(|| workspace.run(&["top", &address, "--interval", "500ms"]), shows);
    let line = |start: &str| {
        let found = ran.stdout.lines().find(|line| line.starts_with(start));
        found.unwrap_or_else(|| panic!("no line `{start}`: {}", ran.stdout)).to_string()
    };
    let head = line(" tidegate top  paced  running  ");
    assert!(head.contains("3 actors") && head.ends_with(&format!("http://{address}")), "{head}");
    assert!(line(" n ").contains("pace"), "{}", ran.stdout);
    assert!(line(" pace ").contains(" stage "), "{}", ran.stdout);
    assert!(line(" store ").contains(" consumer "), "{}", ran.stdout);
    let (_, signals) = ran.stdout.split_once("-- signals ---").expect("the signals");
    assert!(signals.contains("pace"), "{}", ran.stdout);
    end(running);
}

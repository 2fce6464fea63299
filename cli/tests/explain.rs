//! `tidegate explain`, and the verdict below the table of `tidegate run`.

#[path = "../../monitor/tests/support/stub.rs"]
mod stub;
#[expect(dead_code, reason = "each test program uses a part of it")]
mod support;

use std::net::TcpListener;
use std::time::Duration;
use stub::Stub;
use support::{Ran, Workspace, finish, json, numbers};
use tidegate::prelude::*;
use tidegate::testkit::eventually;

/// A run of about half a second, in which a throttle is slower than all else.
fn paced() -> Workspace {
    Workspace::new(
        "[mailbox]\ncapacity = 8\n\n[producers.n]\nactor = \"counter\"\nto = 50\n\n\
         [stages.pace]\nactor = \"throttle\"\ninputs = [\"n\"]\nrate = 100\n\n\
         [consumers.store]\nactor = \"file\"\ninputs = [\"pace\"]\npath = \"out.txt\"\n",
    )
}

#[test]
fn a_run_tells_below_its_table_who_held_everything_up() {
    let ran = paced().run(&["run"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let last = ran.stderr.lines().last().expect("it says something");
    assert!(
        last.starts_with("`pace` waited ")
            && last.contains(" and held `n`; raise its `rate` if more may pass."),
        "{ran:?}"
    );
    assert_eq!(paced().run(&["run", "--quiet"]).stderr, "");
}

#[test]
fn a_run_that_is_over_at_once_has_no_verdict() {
    let ran = Workspace::new(&numbers(10)).run(&["run"]);
    assert!(ran.stderr.ends_with("nothing lost.\n"), "{ran:?}");
}

#[test]
fn a_finished_run_is_explained_from_its_report() {
    let workspace = paced();
    workspace.run(&["run", "--quiet", "--report", "report.json"]);
    let ran = workspace.run(&["explain", "--report", "report.json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
    assert!(ran.stdout.starts_with("`pace` waited "), "{ran:?}");
    assert!(ran.stdout.contains("\n  pace  holds n\n"), "{ran:?}");
    let row = ran.stdout.lines().find(|line| line.starts_with("  n  ")).expect("a row for each actor");
    assert!(row.ends_with(" pace (full)"), "{row}");

    let ran = workspace.run(&["explain", "--json", "--report", "report.json"]);
    let verdict = json(&ran.stdout);
    assert_eq!(verdict["roots"][0]["actor"], "pace");
    assert_eq!(verdict["roots"][0]["kind"], "rate_limited");
    assert_eq!(verdict["roots"][0]["holds"], serde_json::json!(["n"]));
    assert!(
        verdict["summary"].as_str().is_some_and(|summary| summary.starts_with("`pace` waited ")),
        "{verdict}"
    );
}

#[test]
fn what_is_no_report_or_too_old_a_one_is_refused_with_what_to_do() {
    let workspace = paced();
    workspace.run(&["run", "--quiet", "--report", "report.json"]);
    let mut old = json(&workspace.read("report.json"));
    for actor in old["actors"].as_object_mut().expect("actors by name").values_mut() {
        actor.as_object_mut().expect("an actor").remove("time");
    }
    workspace.write("old.json", &old.to_string());
    for (file, error) in [
        ("old.json", "does not say where the time of the actors went, because an older version wrote it"),
        ("config.toml", "there is no report of a run in `config.toml`"),
        ("missing.json", "the report in `missing.json` cannot be read: "),
    ] {
        let ran = workspace.run(&["explain", "--report", file]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran:?}");
        assert!(ran.stderr.starts_with("error: ") && ran.stderr.contains(error), "{ran:?}");
    }
}

/// Takes a while for each message.
struct Slow;

impl Consumer for Slow {
    type In = u64;

    async fn handle(&mut self, _: u64) -> Result {
        tidegate::time::sleep(Duration::from_millis(5)).await;
        Ok(())
    }
}

fn explain(arguments: &[&str], token: Option<&str>) -> Ran {
    let workspace = Workspace::new("");
    let mut command = workspace.tidegate(&[&["explain"], arguments].concat());
    command.env_remove("TIDEGATE_MONITOR_TOKEN").env_remove("http_proxy").env_remove("HTTP_PROXY");
    if let Some(token) = token {
        command.env("TIDEGATE_MONITOR_TOKEN", token);
    }
    finish(command)
}

#[test]
fn a_run_that_goes_on_is_explained_from_two_of_its_snapshots() {
    let running = Topology::new("live")
        .producer("lines", iter(0u64..))
        .consumer("store", Slow)
        .mailbox(MailboxOptions::capacity(8))
        .start()
        .expect("a sound topology");
    eventually(&running, |snapshot| snapshot.actors["store"].handled > 0);
    let handle = running.clone();
    let server = Stub::new(move |asked| match asked.line.as_str() {
        "GET /api/snapshot" => {
            let answer =
                serde_json::json!({ "snapshot": handle.snapshot(), "verdict": null, "replayed": false });
            (200, answer.to_string())
        }
        _ => (404, String::new()),
    });
    let ran = explain(&[&server.address], None);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
    assert!(
        ran.stdout.starts_with("`store` is busy ") && ran.stdout.contains(" and holds `lines`;"),
        "{ran:?}"
    );
    assert!(ran.stdout.contains("\n  store  holds lines  since 0."), "{ran:?}");
    let ran = explain(&["--json", &format!("http://{}/", server.address)], None);
    assert_eq!(json(&ran.stdout)["roots"][0]["actor"], "store");
    running.stop();
    running.join();
}

#[test]
fn the_verdict_of_the_server_is_taken_and_the_token_is_sent() {
    let running = Topology::new("told")
        .producer("lines", iter(0..1u64))
        .consumer("store", for_each(|_: u64| {}))
        .start()
        .expect("a sound topology");
    running.join();
    let verdict = serde_json::json!({ "roots": [], "summary": "All is well." });
    let answer = serde_json::json!({ "snapshot": running.snapshot(), "verdict": verdict, "replayed": true });
    let server = Stub::new(move |_| (200, answer.to_string()));
    let ran = explain(&[&server.address], Some("secret"));
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "All is well.\n"), "{ran:?}");
    let asked = server.asked();
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!(asked[0].line, "GET /api/snapshot");
    assert_eq!(asked[0].authorization.as_deref(), Some("Bearer secret"));
}

#[test]
fn where_no_topology_is_watched_it_says_how_to_have_one() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("it was bound");
    let ran = explain(&[&free.to_string()], None);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "{ran:?}");
    let expected = format!("error: nothing listens at http://{free}; start the run with `--monitor {free}`");
    assert!(ran.stderr.starts_with(&expected), "{ran:?}");
    assert!(ran.stderr.contains("`tidegate explain --report FILE` explains a run that has ended"), "{ran:?}");

    for (status, body, error) in [
        (200, "<html>", "is no Tidegate monitor, or one of another version: `/api/snapshot` cannot be read"),
        (200, "{}", "missing field `snapshot`"),
        (404, "", "is no Tidegate monitor, or one of another version: there is no such page (404)"),
        (401, "", "asks for a token; set TIDEGATE_MONITOR_TOKEN"),
        (
            503,
            "{\"error\": \"as many clients are here as may be\"}",
            "refuses this: as many clients are here",
        ),
    ] {
        let server = Stub::new(move |_| (status, body.into()));
        let ran = explain(&[&server.address], None);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "{ran:?}");
        assert!(ran.stderr.contains(error), "{status} {body}: {ran:?}");
    }
}

#[test]
fn an_address_and_a_report_exclude_each_other() {
    let ran = explain(&["http://127.0.0.1:9090", "--report", "report.json"], None);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    let ran = explain(&["http://[nowhere"], None);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("`http://[nowhere` is no address of a monitor: "), "{ran:?}");
    assert!(ran.stderr.contains("write it like 127.0.0.1:9090"), "{ran:?}");
}

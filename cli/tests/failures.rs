//! Runs in which an actor fails.

#[expect(dead_code, reason = "each test program uses a part of it")]
mod support;

use support::{Workspace, finish, json};

fn panicking() -> Workspace {
    Workspace::new(
        "[mailbox]\ncapacity = 10\n\n[producers.n]\nactor = \"counter\"\n\n\
         [stages.picky]\nactor = \"panics\"\nat = 100\ninputs = [\"n\"]\n\n\
         [consumers.store]\nactor = \"file\"\npath = \"out.txt\"\ninputs = [\"picky\"]\n",
    )
}

#[test]
fn a_panic_ends_the_run_in_good_order_and_says_which_actor_where_in_the_code_and_at_which_message() {
    let workspace = panicking();
    let ran = finish(workspace.unruly(&["run", "--report", "report.json"]));
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "{ran:?}");
    let place = ran.stderr.lines().find(|line| line.contains("ERROR picky: panic at "));
    let place = place.unwrap_or_else(|| panic!("{ran:?}"));
    assert!(place.contains("unruly.rs:") && place.contains("cannot stand 100"), "{place}");
    assert!(
        ran.stderr.contains("Failed after ") && ran.stderr.contains("actor `picky` panicked at message 100")
    );
    // What the default hook says would come in between.
    assert!(!ran.stderr.contains("RUST_BACKTRACE"), "{ran:?}");
    let report = json(&workspace.read("report.json"));
    assert_eq!((&report["outcome"], &report["balanced"]), (&"failed".into(), &true.into()), "{report}");
    assert_eq!(report["actors"]["picky"]["handled"], 99);
    assert_eq!(report["actors"]["store"]["handled"], 99);
}

#[test]
fn a_panic_is_told_in_quiet_too() {
    let ran = finish(panicking().unruly(&["run", "--quiet"]));
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains("cannot stand 100") && ran.stderr.contains("Failed after "), "{ran:?}");
    assert!(!ran.stderr.contains("INFO") && !ran.stderr.contains("received"), "{ran:?}");
}

#[test]
fn a_backtrace_is_shown_where_one_is_asked_for() {
    let workspace = panicking();
    let mut command = workspace.unruly(&["run"]);
    command.env("RUST_BACKTRACE", "1");
    let ran = finish(command);
    assert!(ran.stderr.contains("panic at ") && ran.stderr.contains("rust_begin_unwind"), "{ran:?}");
}

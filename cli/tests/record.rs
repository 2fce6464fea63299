//! `tidegate run --record` and `tidegate replay`.

#[expect(dead_code, reason = "each test program uses a part of it")]
mod support;

use std::process::Stdio;
use std::time::{Duration, Instant};
use support::{Running, Workspace, endless, numbers};
use tidegate_monitor::recording::Recording;

#[test]
fn a_run_that_was_recorded_can_be_put_in_words() {
    let workspace = Workspace::new(&numbers(1000));
    workspace.write("run.tide", "what was there before, and longer than what comes, perhaps");
    let ran = workspace.run(&["run", "--quiet", "--record", "run.tide"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let ran = workspace.run(&["replay", "run.tide", "--print"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    for expected in [
        "`numbers`, recorded from 2",
        "The run completed after ",
        "Where the time went, those that were busy longest first:",
        " store   consumer      1,000     1,000 ",
    ] {
        assert!(ran.stdout.contains(expected), "{expected}: {}", ran.stdout);
    }
}

#[test]
fn a_place_that_cannot_be_recorded_into_is_an_error_before_anything_runs() {
    let workspace = Workspace::new(&numbers(10));
    std::fs::create_dir(workspace.path().join("folder")).unwrap();
    for (place, expected) in [
        ("folder", "the recording `folder` is a directory; name a file"),
        ("no/run.tide", "the recording `no/run.tide` cannot be written: "),
    ] {
        let ran = workspace.run(&["run", "--record", place]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.stderr.contains(expected), "{ran:?}");
    }
    assert_eq!(workspace.files(), ["config.toml", "folder"]);
}

#[test]
fn what_a_run_needs_is_not_written_over() {
    let topology = "[producers.lines]\nactor = \"file_lines\"\npath = [\"in*.txt\", \"more.txt\"]\n\n\
        [consumers.store]\nactor = \"file\"\ninputs = [\"lines\"]\npath = \"out.txt\"\n";
    let workspace = Workspace::new(topology);
    ["in1.txt", "more.txt"].into_iter().for_each(|name| workspace.write(name, "a line\n"));
    let of_lines = "a file of `producers.lines.path";
    for (arguments, expected) in [
        (["--record", "./config.toml", "--quiet"].as_slice(), "the topology file"),
        (&["--report", "config.toml"], "the topology file"),
        (&["--record", "both", "--report", "./both"], "the report"),
        (&["--record", "in1.txt"], of_lines),
        (&["--report", "more.txt"], of_lines),
        (&["--record", "./out.txt"], "a file of `consumers.store.path`"),
    ] {
        let ran = workspace.run(&[&["run"], arguments].concat());
        assert!(
            ran.code == Some(2) && ran.stderr.contains(&format!("would overwrite {expected}")),
            "{ran:?}"
        );
    }
    assert_eq!(workspace.files(), ["config.toml", "in1.txt", "more.txt"]);
    assert_eq!(std::fs::read_to_string(workspace.path().join("config.toml")).unwrap(), topology);
    assert_eq!(std::fs::read_to_string(workspace.path().join("in1.txt")).unwrap(), "a line\n");
}

#[cfg(unix)]
#[test]
fn of_a_run_that_was_killed_everything_but_the_last_second_is_there() {
    let workspace = Workspace::new(&endless());
    let mut command = workspace.tidegate(&["run", "--record", "run.tide"]);
    let mut running = Running::start(command.stdout(Stdio::null()).stderr(Stdio::piped()));
    running.wait_for("running `config`");
    let file = workspace.path().join("run.tide");
    let deadline = Instant::now() + Duration::from_secs(60);
    // Three snapshots: at the start, and after one and two seconds.
    while !Recording::open(&file).is_ok_and(|recording| recording.moments().len() >= 3) {
        assert!(Instant::now() < deadline, "nothing is recorded");
        std::thread::sleep(Duration::from_millis(20));
    }
    running.signal("KILL");
    running.end();
    let recording = Recording::open(&file).unwrap();
    assert_eq!((recording.torn(), recording.report().is_none()), (Some("it is cut off"), true));
    let moments = recording.moments();
    assert!(moments.len() >= 3 && moments[2] - moments[1] < 10.0, "{moments:?}");
    let handled = |at: f64| recording.snapshot_at(at).actors["store"].handled;
    assert!(handled(moments[0]) < handled(moments[2]));
    let ran = workspace.run(&["replay", "run.tide", "--print"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.stderr.starts_with("warning: the end of `run.tide` is missing (it is cut off); it goes up to ")
    );
    assert!(ran.stdout.contains("How the run ended was not recorded"), "{ran:?}");
}

#[test]
fn what_is_no_recording_is_refused() {
    let workspace = Workspace::new(&numbers(10));
    workspace.write("empty", "");
    for (file, expected) in [
        ("config.toml", "`config.toml` is no recording (it is not compressed with gzip)"),
        ("empty", "the recording `empty` is empty"),
        ("missing", "the recording `missing` cannot be read: "),
    ] {
        let ran = workspace.run(&["replay", file, "--print"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
        assert!(ran.stderr.contains(expected), "{ran:?}");
    }
}

//! Disks that fill up, and places that go away: the program says what and where, and exits with 1; what was written can be
//! gone on with.
#![cfg(unix)]

#[expect(dead_code, reason = "each test program uses a part of it")]
mod support;

use std::process::{Command, Stdio};
use support::{Ran, Running, Workspace, endless, finish, json, numbers};

/// Runs the program where no file may grow beyond some kilobytes: as on a full disk, a part of a write succeeds, and the
/// next one does not.
fn run_on_a_small_disk(workspace: &Workspace, arguments: &[&str]) -> Ran {
    let tidegate = workspace.tidegate(arguments);
    let mut shell = Command::new("sh");
    // Whoever does not ignore this signal is ended by it.
    shell.args(["-c", "trap '' XFSZ; ulimit -f 128; exec \"$0\" \"$@\""]);
    shell.arg(tidegate.get_program()).args(tidegate.get_args());
    shell.current_dir(workspace.path()).stdin(Stdio::null());
    for (name, value) in tidegate.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    finish(shell)
}

#[test]
fn a_disk_that_fills_up_ends_the_run_with_the_path_and_what_was_written_stays_aside() {
    let workspace = Workspace::new(&numbers(1_000_000));
    let ran = run_on_a_small_disk(&workspace, &["run", "--report", "report.json"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains("out.txt.partial`: File too large"), "{}", ran.stderr);
    assert!(!workspace.files().contains(&"out.txt".into()), "a part is not passed off for the whole");
    let report = json(&workspace.read("report.json"));
    assert_eq!((&report["outcome"], &report["balanced"]), (&"failed".into(), &true.into()));
    let written = workspace.read("out.txt.partial");
    let whole: Vec<u64> =
        written.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')?.parse().ok()).collect();
    assert!(whole.iter().copied().eq(1..=whole.len() as u64), "rows are as they were, the last one apart");
    let handled = report["actors"]["store"]["handled"].as_u64().unwrap();
    assert!(whole.len() > 1_000 && whole.len() as u64 <= handled, "{} of {handled}", whole.len());
}

#[test]
fn once_there_is_room_again_a_run_that_resumes_has_every_row() {
    const ROWS: usize = 40_000;
    let workspace = Workspace::new(
        "[producers.lines]\nactor = \"file_lines\"\npath = \"in.txt\"\ncheckpoint = \"checkpoint\"\n\n\
         [consumers.store]\nactor = \"file\"\ninputs = [\"lines\"]\npath = \"out.txt\"\nresume = true\n",
    );
    // Written here, where the disk is large.
    let rows: String = (1..=ROWS).map(|row| format!("row {row}\n")).collect();
    workspace.write("in.txt", &rows);
    let ran = run_on_a_small_disk(&workspace, &["run"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains("File too large"), "{}", ran.stderr);
    let ran = workspace.run(&["run"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let (mut times, written) = (vec![0u32; ROWS + 1], workspace.read("out.txt"));
    for line in written.lines() {
        let row: usize = line.strip_prefix("row ").and_then(|row| row.parse().ok()).expect("no row is torn");
        times[row] += 1;
    }
    assert!(times[1..].iter().all(|times| *times >= 1), "no row is lost");
}

#[test]
fn a_folder_that_goes_away_while_it_is_written_to_is_told_at_the_end_and_the_rows_are_where_it_went() {
    let workspace = Workspace::new(&endless().replace("out.txt", "out/n.txt"));
    let mut command = workspace.tidegate(&["run", "--report", "report.json"]);
    let running = Running::start(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    let partial = workspace.path().join("out/n.txt.partial");
    while partial.metadata().map_or(0, |file| file.len()) < 1_000 {
        assert!(std::time::Instant::now() < deadline, "it writes nothing");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    std::fs::rename(workspace.path().join("out"), workspace.path().join("gone")).unwrap();
    running.signal("INT");
    let ran = running.end();
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.stderr.contains("cannot rename `") && ran.stderr.contains("out/n.txt.partial` to"),
        "{}",
        ran.stderr
    );
    let report = json(&workspace.read("report.json"));
    let rows = workspace.read("gone/n.txt.partial").lines().count() as u64;
    assert_eq!(
        (&report["balanced"], report["actors"]["store"]["handled"].as_u64()),
        (&true.into(), Some(rows))
    );
}

/// As root, too, who may write to what is read-only.
#[test]
fn a_place_that_cannot_be_written_is_found_before_anything_runs() {
    for (path, problem) in
        [("config.toml/out.txt", "cannot create"), ("/proc/tidegate/out.txt", "cannot create")]
    {
        if path.starts_with("/proc") && !std::path::Path::new("/proc/self").exists() {
            continue;
        }
        let workspace = Workspace::new(&numbers(3).replace("out.txt", path));
        let ran = workspace.run(&["run"]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.stderr.contains(problem) && ran.stderr.contains(path), "{}", ran.stderr);
        assert_eq!(workspace.files(), ["config.toml"], "nothing was begun");
    }
}

//! `tidegate simulate`: a topology from seeds.

#[expect(dead_code, reason = "each test program uses a part of it")]
mod support;

use std::path::Path;
use std::process::Stdio;
use support::{Running, Workspace, endless, finish, numbers};

/// Lines of a file that are sampled and written to another.
const LINES: &str = "[producers.lines]\nactor = \"file_lines\"\npath = \"in.txt\"\n\n\
    [stages.some]\nactor = \"sample\"\ninputs = [\"lines\"]\nevery = \"1ms\"\non_error = \"skip\"\n\n\
    [consumers.store]\nactor = \"file\"\ninputs = [\"some\"]\npath = \"out.txt\"\n";

/// The last line, which is the same for the same course.
fn trace(stdout: &str) -> &str {
    stdout.lines().last().filter(|line| line.starts_with("  trace ")).expect("there is a trace")
}

#[test]
fn the_same_seed_takes_the_same_course_and_nothing_is_written() {
    let workspace = Workspace::new(&numbers(50));
    let ran = workspace.run(&["simulate", "--runs", "20", "--seed", "3"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.starts_with("20 runs kept all promises, "), "{ran:?}");
    assert_eq!(ran.stderr, "Another actor stands in for `store`.\n");
    let again = workspace.run(&["simulate", "--runs", "20", "--seed", "3", "--quiet"]);
    assert_eq!((trace(&again.stdout), again.stderr.as_str()), (trace(&ran.stdout), ""));
    let other = workspace.run(&["simulate", "--runs", "20", "--seed", "4"]);
    assert_ne!(trace(&other.stdout), trace(&ran.stdout));
    assert_eq!(workspace.files(), ["config.toml"]);
}

#[test]
fn each_example_keeps_its_promises_on_a_course_that_is_the_same_again() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let workspace = Workspace::new("");
    let patterns = root.join("examples/patterns").read_dir().unwrap().map(|entry| entry.unwrap().path());
    let patterns: Vec<_> =
        patterns.filter(|file| file.extension().is_some_and(|end| end == "toml")).collect();
    assert!(!patterns.is_empty());
    for file in patterns.iter().chain([&root.join("config.toml")]) {
        let [first, second] = [(); 2].map(|()| {
            let mut command = workspace.tidegate(&["simulate", file.to_str().unwrap(), "--runs", "4"]);
            command.current_dir(root);
            let ran = finish(command);
            assert_eq!(ran.code, Some(0), "{}: {ran:?}", file.display());
            trace(&ran.stdout).to_string()
        });
        assert_eq!(first, second, "{}", file.display());
    }
}

#[test]
fn a_thousand_lines_of_files_are_read_and_none_of_standard_input() {
    let workspace = Workspace::new(LINES);
    workspace.write("in.txt", &"a line\n".repeat(3_000));
    let arguments = ["simulate", "--runs", "1", "--messages", "5000", "--no-operator", "--quiet"];
    let calm = ["--errors", "0", "--panics", "0", "--delays", "0"];
    let ran = workspace.run(&[&arguments[..], &calm[..]].concat());
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
    assert!(ran.stdout.contains("\n  completed          1\n"), "{ran:?}");
    let messages = ran.stdout.lines().find_map(|line| line.strip_prefix("  messages ")).unwrap();
    let messages: u64 = messages.trim().replace(',', "").parse().unwrap();
    assert!((1_000..2_000).contains(&messages), "{ran:?}");
    assert_eq!(workspace.files(), ["config.toml", "in.txt"]);
    let ran = workspace.run(&["simulate", "--set", "producers.lines.path=-"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("standard input cannot be read again for each run"), "{ran:?}");
}

#[test]
fn what_is_wrong_with_a_file_or_the_command_line_is_told_and_nothing_is_simulated() {
    let workspace = Workspace::new(LINES);
    for (arguments, told) in [
        (["--set", "producers.lines.path=none.txt"], "none.txt"),
        // The settings of those that another actor stands in for must be right, too.
        (["--set", "consumers.store.pathh=x"], "unknown setting `pathh`"),
        (["--errors", "1.5"], "write a number from 0 to 1"),
        (["--panics", "NaN"], "write a number from 0 to 1"),
    ] {
        workspace.write("in.txt", "a line\n");
        let ran = workspace.run(&[&["simulate"], &arguments[..]].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran:?}");
        assert!(ran.stderr.contains(told), "{ran:?}");
    }
}

#[test]
fn a_run_that_stands_still_says_what_to_type_to_see_it_again() {
    // Ten seconds in which nothing happens, and patience for less.
    let text = "[producers.n]\nactor = \"counter\"\nto = 3\n\n\
        [stages.late]\nactor = \"delay\"\ninputs = [\"n\"]\nby = \"10s\"\n\n\
        [consumers.end]\nactor = \"null\"\ninputs = [\"late\"]\n";
    let workspace = Workspace::new("");
    workspace.write("it's late.toml", text);
    let ran =
        workspace.run(&["simulate", "it's late.toml", "--set", "topology.name=it's", "--patience", "2s"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains("nothing has happened for 2s"), "{ran:?}");
    assert_eq!(ran.stdout, "", "there was no run before it");
    let line = ran.stderr.lines().find_map(|line| line.strip_prefix("To see it again: tidegate "));
    let mut shell = workspace.tidegate(&[]);
    let program = format!("{} {}", shell.get_program().display(), line.unwrap());
    shell = std::process::Command::new("sh");
    shell.args(["-c", &program]).current_dir(workspace.path());
    let again = finish(shell);
    assert_eq!(again.code, Some(1), "{again:?}");
    assert_eq!(again.stderr.lines().next(), ran.stderr.lines().next());
}

#[test]
fn a_topology_that_fails_without_any_fault_is_told_at_once() {
    let workspace = Workspace::new(
        "[producers.lines]\nactor = \"file_lines\"\npath = \"in.csv\"\n\n\
         [stages.parse]\nactor = \"csv\"\ninputs = [\"lines\"]\non_error = \"stop\"\n\n\
         [consumers.end]\nactor = \"null\"\ninputs = [\"parse\"]\n",
    );
    workspace.write("in.csv", "a,b\n1,2\n3\n");
    let ran = workspace.run(&["simulate"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains("it fails without any fault: "), "{ran:?}");
    assert!(ran.stderr.contains("in.csv:3"), "{ran:?}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it_after_the_run_that_goes_on_and_tells_what_there_was() {
    let workspace = Workspace::new(&endless());
    let mut command = workspace.tidegate(&["simulate", "--runs", "100000000"]);
    let mut running = Running::start(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
    running.wait_for("stands in for `store`");
    // It was read once.
    std::fs::remove_file(workspace.path().join("config.toml")).unwrap();
    running.signal("INT");
    running.wait_for("Stopping after this run");
    let ran = running.end();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.contains(" of 100,000,000 runs kept all promises"), "{ran:?}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it_at_once_while_files_are_read() {
    let workspace = Workspace::new(LINES);
    let pipe = workspace.path().join("in.txt");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut command = workspace.tidegate(&["simulate"]);
    let running = Running::start(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
    // This returns when somebody reads, who waits for lines then.
    let _open = std::fs::OpenOptions::new().write(true).open(&pipe).unwrap();
    running.signal("INT");
    let ran = running.end();
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (Some(130), "", ""));
}

#[test]
fn what_was_written_before_is_not_read_again_in_each_run() {
    let workspace = Workspace::new(
        "[producers.lines]\nactor = \"file_lines\"\npath = \"in.txt\"\n\n\
         [stages.once]\nactor = \"dedupe\"\ninputs = [\"lines\"]\nseen_in = \"out.txt\"\n\n\
         [consumers.store]\nactor = \"file\"\ninputs = [\"once\"]\npath = \"out.txt\"\nresume = true\n",
    );
    workspace.write("in.txt", "one\ntwo\n");
    workspace.write("out.txt", "one\ntwo\n");
    let calm = ["--errors", "0", "--panics", "0", "--delays", "0", "--no-operator", "--quiet"];
    let ran = workspace.run(&[&["simulate", "--runs", "1"], &calm[..]].concat());
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
    // Two lines into `once`, and two of them into `store`.
    assert!(ran.stdout.contains("\n  messages           4\n"), "{ran:?}");
    assert_eq!(workspace.read("out.txt"), "one\ntwo\n");
}

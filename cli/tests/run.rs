//! `tidegate run`: what comes out where, and the exit code.

#[expect(dead_code, reason = "each test program uses a part of it")]
mod support;

use support::{Workspace, endless, finish, json, numbers};

#[test]
fn a_topology_that_completes_exits_0_and_tells_what_happened_on_stderr_only() {
    let workspace = Workspace::new(&numbers(1000));
    let ran = workspace.run(&["run"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{ran:?}");
    assert!(ran.stderr.contains("INFO run: running `numbers` from config.toml: 2 actors"), "{ran:?}");
    assert!(ran.stderr.contains(" store   consumer      1,000     1,000 "), "{ran:?}");
    assert!(
        ran.stderr.contains("1,000 messages produced") && ran.stderr.contains("nothing lost."),
        "{ran:?}"
    );
    let expected: String = (1..=1000).map(|n| format!("{n}\n")).collect();
    assert_eq!(workspace.read("out.txt"), expected);
}

#[test]
fn without_a_command_the_topology_in_config_toml_runs() {
    let workspace = Workspace::new(&numbers(10));
    let ran = workspace.run(&[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(workspace.read("out.txt").lines().count(), 10);
}

#[test]
fn without_config_toml_the_program_says_how_to_get_further() {
    let workspace = Workspace::new("");
    std::fs::remove_file(workspace.path().join("config.toml")).unwrap();
    let ran = workspace.run(&[]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    assert!(ran.stderr.starts_with("error: there is no file config.toml\n"), "{ran:?}");
    assert!(
        ran.stderr.contains("`tidegate run FILE`") && ran.stderr.contains("`tidegate --help`"),
        "{ran:?}"
    );
}

#[test]
fn a_mistyped_file_name_gets_the_name_that_was_meant() {
    let ran = Workspace::new(&numbers(10)).run(&["run", "confg.toml"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("there is no file confg.toml")
            && ran.stderr.contains("did you mean config.toml?")
    );
}

#[test]
fn quiet_says_nothing_when_all_is_well() {
    let ran = Workspace::new(&numbers(10)).run(&["run", "--quiet"]);
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (Some(0), "", ""));
}

#[test]
fn a_limit_of_time_drains_a_topology_without_end_and_loses_nothing() {
    let workspace = Workspace::new(&endless());
    let ran = workspace.run(&["run", "--for", "50ms", "--report", "report.json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stderr.contains("time is up: draining, for at most 30s"), "{ran:?}");
    let report = json(&workspace.read("report.json"));
    assert_eq!(report["outcome"], "drained");
    let emitted = report["actors"]["n"]["emitted"].as_u64().unwrap();
    assert_eq!(workspace.read("out.txt").lines().count() as u64, emitted);
}

#[test]
fn every_backpressure_and_resume_is_logged_at_debug_level() {
    // Fifty numbers into a mailbox of ten, taken at a tenth of the pace they are made at or less: it fills up for sure.
    let workspace = Workspace::new(
        "[producers.n]\nactor = \"counter\"\nto = 50\n\n\
         [stages.slow]\nactor = \"throttle\"\ninputs = [\"n\"]\nrate = 200\nmailbox = { capacity = 10 }\n\n\
         [consumers.end]\nactor = \"null\"\ninputs = [\"slow\"]\n",
    );
    let mut command = workspace.tidegate(&["run", "--report", "report.json"]);
    command.env("RUST_LOG", "tidegate::signal=debug");
    let ran = finish(command);
    let mailbox = &json(&workspace.read("report.json"))["actors"]["slow"]["mailbox"];
    // What is logged of the link: each change once, in order, beginning with a Backpressure.
    let logged: Vec<&str> =
        ran.stderr.lines().filter_map(|line| Some(line.split_once("signal: ")?.1)).collect();
    assert!(!logged.is_empty(), "{ran:?}");
    for (number, line) in logged.iter().enumerate() {
        let signal = if number % 2 == 0 { "Backpressure" } else { "Resume" };
        let expected = format!("{signal} from=n to=slow epoch={} ", number + 1);
        assert!(line.starts_with(&expected), "{line:?} is not {expected:?}");
    }
    // A link that ends while it is held hears no Resume: its end releases it. The mailbox opens all the same.
    let held_at_the_end = logged.len() % 2;
    let counted = |signals: &str| mailbox[signals].as_u64().unwrap() as usize;
    assert_eq!(logged.len().div_ceil(2), counted("backpressure_signals"));
    assert_eq!(logged.len() / 2, counted("resume_signals") - held_at_the_end);
}

#[test]
fn a_log_filter_that_cannot_be_understood_starts_nothing() {
    let workspace = Workspace::new(&numbers(10));
    let mut command = workspace.tidegate(&["run"]);
    command.env("RUST_LOG", "tidegate=loud");
    let ran = finish(command);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.starts_with("error: RUST_LOG=\"tidegate=loud\" cannot be understood"), "{ran:?}");
    assert_eq!(workspace.files(), ["config.toml"]);
}

#[test]
fn where_stderr_is_no_terminal_there_are_no_escape_codes() {
    let ran = Workspace::new(&numbers(10)).run(&["run"]);
    assert!(!ran.stderr.contains('\u{1b}'), "{ran:?}");
    let ran = Workspace::new("[nothing]").run(&["run"]);
    assert!(ran.code == Some(2) && !ran.stderr.contains('\u{1b}'), "{ran:?}");
}

#[test]
fn a_reader_of_stderr_that_went_away_does_not_matter() {
    let workspace = Workspace::new(&numbers(1000));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = workspace.tidegate(&["run"]).stderr(writer).status().unwrap();
    assert_eq!(status.code(), Some(0));
    assert_eq!(workspace.read("out.txt").lines().count(), 1000);
}

#[cfg(target_os = "linux")]
#[test]
fn a_stderr_that_cannot_be_written_does_not_matter() {
    let workspace = Workspace::new(&numbers(10));
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let status = workspace.tidegate(&["run"]).stderr(full).status().unwrap();
    assert_eq!(status.code(), Some(0));
}

#[test]
fn mistakes_on_the_command_line_exit_2_and_start_nothing() {
    let workspace = Workspace::new(&numbers(10));
    for arguments in [
        &["rnu"][..],
        &["run", "--for", "10"],
        &["run", "--drain-timeout", "soon"],
        &["run", "--unknown"],
        &["graph", "--format", "png"],
        &["run", "--set", "mailbox.capacity"],
        &["run", "--set", "mailbox.capacty=3"],
        &["run", "a.toml", "b.toml"],
    ] {
        let ran = workspace.run(arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{arguments:?}: {ran:?}");
        assert!(ran.stderr.starts_with("error: "), "{arguments:?}: {ran:?}");
    }
    assert_eq!(workspace.files(), ["config.toml"]);
}

#[test]
fn help_and_version_go_to_stdout() {
    let workspace = Workspace::new("");
    let ran = workspace.run(&["--version"]);
    assert_eq!((ran.code, ran.stdout), (Some(0), format!("tidegate {}\n", env!("CARGO_PKG_VERSION"))));
    for command in ["run", "check", "graph", "actors"] {
        let ran = workspace.run(&[command, "--help"]);
        assert!(ran.code == Some(0) && ran.stdout.contains("Usage: tidegate "), "{ran:?}");
    }
}

#[test]
fn a_file_that_is_no_topology_is_refused_with_its_mistakes_and_nothing_starts() {
    let workspace = Workspace::new("[producers.n\nactor = 3\n");
    let ran = workspace.run(&["run"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("--> config.toml:1:"), "{ran:?}");
    workspace.write("config.toml", "");
    std::fs::write(workspace.path().join("config.toml"), [0x5b, 0xff, 0x5d]).unwrap();
    let ran = workspace.run(&["run"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("is not UTF-8"), "{ran:?}");
    let ran = workspace.run(&["run", "."]);
    assert!(ran.code == Some(2) && ran.stderr.contains("is a directory"), "{ran:?}");
}

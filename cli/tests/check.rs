//! `tidegate check`: what a file means, or all that is wrong with it.

#[expect(dead_code, reason = "each test program uses a part of it")]
mod support;

use support::{Workspace, finish, json, numbers};

#[test]
fn a_valid_file_is_put_in_words_with_its_bound_and_nothing_is_started() {
    let workspace = Workspace::new(&numbers(10));
    let ran = workspace.run(&["check", "--set", "mailbox.capacity=100"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
    assert!(ran.stdout.starts_with("numbers: 2 actors, 1 link\n\nn: a producer (counter)"), "{ran:?}");
    // 100 in the mailbox, and one in the hands of each actor.
    assert!(ran.stdout.contains("At most 102 messages in it at any moment:\n"), "{ran:?}");
    assert!(ran.stdout.contains("  store  100      1        0     101\n"), "{ran:?}");
    assert_eq!(workspace.files(), ["config.toml"]);
}

#[test]
fn every_mistake_of_a_file_is_shown_in_its_place_and_counted() {
    let workspace = Workspace::new(
        "[topologi]\nname = \"x\"\n\n[producers.n]\nactor = \"conter\"\n\n\
         [consumers.store]\nactor = \"file\"\ninputs = [\"n\"]\nmailbox = { capacity = \"x\" }\n",
    );
    let ran = workspace.run(&["check"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran:?}");
    for place in ["config.toml:1:2", "config.toml:5:9", "config.toml:7:", "config.toml:10:24"] {
        assert!(ran.stderr.contains(&format!("--> {place}")), "{place}: {ran:?}");
    }
    assert!(ran.stderr.contains("5 | actor = \"conter\"\n   |         ^^^^^^^^\n"), "{ran:?}");
    assert!(ran.stderr.contains("= help: did you mean `counter`?"), "{ran:?}");
    assert!(ran.stderr.ends_with("\n4 errors in config.toml\n"), "{ran:?}");
}

#[test]
fn values_come_from_the_file_then_the_environment_then_the_command_line() {
    let workspace = Workspace::new(&format!("[mailbox]\ncapacity = 11\n\n{}", numbers(10)));
    let capacity = |environment: Option<&str>, sets: &[&str]| {
        let mut command = workspace.tidegate(&["check", "--show-config"]);
        command.args(sets.iter().map(|set| format!("--set=mailbox.capacity={set}")));
        if let Some(value) = environment {
            command.env("TIDEGATE__MAILBOX__CAPACITY", value);
        }
        let ran = finish(command);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let line = ran.stdout.lines().find(|line| line.starts_with("mailbox.capacity = "));
        line.unwrap().split_whitespace().skip(2).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(capacity(None, &[]), "11 # config.toml:2");
    assert_eq!(capacity(Some("12"), &[]), "12 # environment TIDEGATE__MAILBOX__CAPACITY");
    assert_eq!(capacity(Some("12"), &["13"]), "13 # --set");
    assert_eq!(capacity(Some("12"), &["13", "14"]), "14 # --set");
}

#[test]
fn a_run_uses_the_values_that_check_shows() {
    let workspace = Workspace::new(&format!("[mailbox]\ncapacity = 11\n\n{}", numbers(10)));
    let mut command = workspace.tidegate(&["run", "--report", "-", "--set", "producers.n.to=5"]);
    command.env("TIDEGATE__MAILBOX__CAPACITY", "12").env("TIDEGATE__PRODUCERS__N__TO", "7");
    let report = json(&finish(command).stdout);
    assert_eq!(report["actors"]["store"]["mailbox"]["capacity"], 12);
    assert_eq!(report["actors"]["store"]["handled"], 5);
}

#[test]
fn a_wrong_value_names_the_variable_or_the_assignment_it_came_from() {
    let workspace = Workspace::new(&numbers(10));
    let mut command = workspace.tidegate(&["check", "--set", "producers.n.to=\"many\""]);
    command.env("TIDEGATE__MAILBOX__CAPACITY", "lots");
    let ran = finish(command);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("--> environment TIDEGATE__MAILBOX__CAPACITY"), "{ran:?}");
    assert!(ran.stderr.contains("--> --set producers.n.to="), "{ran:?}");
    assert!(ran.stderr.ends_with("2 errors in config.toml\n"), "{ran:?}");
}

#[test]
fn the_world_is_looked_at_unless_told_not_to() {
    let workspace = Workspace::new(
        "[producers.lines]\nactor = \"file_lines\"\npath = \"missing.txt\"\n\n\
         [consumers.store]\nactor = \"file\"\ninputs = [\"lines\"]\npath = \"out.txt\"\n",
    );
    let ran = workspace.run(&["check"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("missing.txt") && ran.stderr.contains("--> config.toml:3:8"), "{ran:?}");
    assert_eq!(workspace.run(&["check", "--no-environment"]).code, Some(0));
    let ran = workspace.run(&["run"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("--> config.toml:3:8"), "{ran:?}");
    assert_eq!(workspace.files(), ["config.toml"]);
}

#[test]
fn a_warning_is_shown_and_keeps_nothing_from_starting() {
    let workspace = Workspace::new(&numbers(0));
    let ran = workspace.run(&["check"]);
    assert!(ran.code == Some(0) && ran.stdout.starts_with("numbers: 2 actors"), "{ran:?}");
    assert!(ran.stderr.starts_with("warning: ") && ran.stderr.contains("--> config.toml:6:6"), "{ran:?}");
    assert!(ran.stderr.ends_with("\n1 warning in config.toml\n"), "{ran:?}");
    let ran = workspace.run(&["run"]);
    assert!(ran.code == Some(0) && ran.stderr.starts_with("warning: "), "{ran:?}");
    let ran = workspace.run(&["run", "--quiet"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
}

//! `tidegate actors`: what a topology file may name.

#[expect(dead_code, reason = "each test program uses a part of it")]
mod support;

use support::{Workspace, finish};

fn names(overview: &str) -> Vec<String> {
    let lines = overview.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    lines.map(|line| line.split_whitespace().next().unwrap().to_string()).collect()
}

#[test]
fn all_actors_are_listed_by_role_and_each_can_be_explained() {
    let workspace = Workspace::new("");
    let ran = workspace.run(&["actors"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
    let place = |title: &str| ran.stdout.find(&format!("{title}\n")).unwrap_or_else(|| panic!("no {title}"));
    assert!(place("Producers") < place("Stages") && place("Stages") < place("Consumers"));
    let names = names(&ran.stdout);
    assert!(names.contains(&"file_lines".to_string()) && names.contains(&"csv".to_string()), "{names:?}");
    for name in names {
        let ran = workspace.run(&["actors", &name]);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
        assert!(ran.stdout.starts_with(&format!("{name}: ")), "{ran:?}");
        assert!(ran.stdout.contains(&format!("\nactor = \"{name}\"\n")), "no example: {ran:?}");
    }
}

#[test]
fn an_actor_of_ones_own_is_explained_like_any_other() {
    let ran = finish(Workspace::new("").unruly(&["actors", "panics"]));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.starts_with("panics: stage, u64 -> u64\n\nPanics at a number.\n"), "{ran:?}");
    assert!(ran.stdout.contains("  at: integer, required\n      The number.\n"), "{ran:?}");
    assert!(
        ran.stdout.ends_with("[stages.my_panics]\nactor = \"panics\"\ninputs = [\"...\"]\nat = 1\n"),
        "{ran:?}"
    );
}

#[test]
fn an_unknown_actor_exits_2_with_the_nearest_names() {
    let ran = Workspace::new("").run(&["actors", "file_line"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran:?}");
    assert!(
        ran.stderr.starts_with("error: no actor is called `file_line`; near are `file_lines`"),
        "{ran:?}"
    );
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let workspace = Workspace::new("");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = workspace.tidegate(&["actors"]);
    let output = command.stdout(writer).output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

#[cfg(target_os = "linux")]
#[test]
fn a_stdout_that_cannot_be_written_is_an_error() {
    let workspace = Workspace::new("");
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = workspace.tidegate(&["actors"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with("error: cannot write to standard output: "), "{said}");
}

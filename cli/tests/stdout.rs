//! Standard output belongs to the actors.

#[expect(dead_code, reason = "each test program uses a part of it")]
mod support;

use support::{Workspace, json};

fn printed(last: &str) -> Workspace {
    Workspace::new(&format!(
        "[producers.n]\nactor = \"counter\"\n{last}\n[consumers.show]\nactor = \"stdout\"\ninputs = [\"n\"]\n"
    ))
}

#[test]
fn what_actors_print_is_all_there_is_on_stdout() {
    let ran = printed("to = 1000\n").run(&["run"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let expected: String = (1..=1000).map(|n| format!("{n}\n")).collect();
    assert_eq!(ran.stdout, expected);
    assert!(ran.stderr.contains("Completed after "), "{ran:?}");
}

#[test]
fn a_reader_that_has_seen_enough_ends_the_run_with_success() {
    let workspace = printed("");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = workspace.tidegate(&["run", "--report", "report.json"]);
    let output = command.stdout(writer).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    let report = json(&workspace.read("report.json"));
    assert_eq!((&report["outcome"], &report["balanced"]), (&"completed".into(), &true.into()), "{report}");
    let show = &report["actors"]["show"];
    assert_eq!(show["left"], 0);
    let cancelled = show["dropped"]["cancelled"].as_u64().unwrap();
    assert_eq!(show["received"].as_u64().unwrap(), show["handled"].as_u64().unwrap() + cancelled);
    assert_eq!(said.contains("not wanted any more by an actor that finished early"), cancelled > 0, "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_stdout_that_cannot_be_written_fails_the_run_with_the_reason() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = printed("to = 1000\n").tidegate(&["run", "--quiet"]).stdout(full).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("Failed after ") && said.contains("cannot write to standard output"), "{said}");
}

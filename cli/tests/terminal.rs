//! What is printed about data, names of files and settings does nothing to a terminal.

#[expect(dead_code, reason = "each test program uses a part of it")]
mod support;

use support::{Ran, Workspace};

/// Resets a terminal, and rings.
const HOSTILE: &str = "\u{1b}c\u{7}";

/// Looks for characters that move a cursor, change colours or ring.
fn assert_tame(ran: &Ran) {
    for (what, text) in [("stderr", &ran.stderr), ("stdout", &ran.stdout)] {
        let wild = text.chars().find(|char| char.is_control() && *char != '\n');
        assert_eq!(wild, None, "in {what}: {text:?}");
    }
}

#[test]
fn an_error_of_a_run_that_quotes_the_name_of_a_file_is_tame() {
    let workspace = Workspace::new(
        "[producers.lines]\nactor = \"file_lines\"\npath = \"in\\u001bc\\u0007.txt\"\n\n\
         [consumers.end]\nactor = \"null\"\ninputs = [\"lines\"]\n",
    );
    std::fs::write(workspace.path().join(format!("in{HOSTILE}.txt")), b"caf\xe9\n").unwrap();
    for arguments in [&["run"][..], &["run", "--quiet"], &["run", "--log-format", "json"]] {
        let ran = workspace.run(arguments);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.stderr.contains(".txt:1: the line is not UTF-8"), "{ran:?}");
        assert_tame(&ran);
    }
    std::fs::remove_file(workspace.path().join(format!("in{HOSTILE}.txt"))).unwrap();
    let ran = workspace.run(&["run"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("in"), "{ran:?}");
    assert_tame(&ran);
}

#[test]
fn what_is_wrong_with_a_topology_is_told_tamely_whatever_is_in_it() {
    let end = "[consumers.end]\nactor = \"null\"\ninputs = [\"n\"]\n";
    for text in [
        format!("[producers.n]\nactor = \"counter\"\n\"a{HOSTILE}\" = 1\n\n{end}"),
        format!("[producers.n]\nactor = \"count{HOSTILE}\"\n\n{end}"),
        format!("[producers.n]\nactor = \"counter\"\n\n{end}\n# {HOSTILE}\n"),
        format!("[producers.\"n{HOSTILE}\"]\nactor = \"counter\"\n\n{end}"),
    ]
    .map(|text| text.replace('\u{1b}', "\\u001b").replace('\u{7}', "\\u0007"))
    {
        assert_tame(&Workspace::new(&text).run(&["check"]));
        // As it is, TOML does not permit it.
        assert_tame(&Workspace::new(&text.replace("\\u001b", "\u{1b}")).run(&["check"]));
    }
    let workspace = Workspace::new(&support::numbers(3));
    for assignment in [format!("producers.n.to={HOSTILE}"), format!("a{HOSTILE}=1"), HOSTILE.to_string()] {
        let ran = workspace.run(&["check", "--set", &assignment]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert_tame(&ran);
    }
    let ran = workspace.run(&["check", &format!("no{HOSTILE}.toml")]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert_tame(&ran);
}

//! Actors that cannot be split refuse several instances, and what there is once goes to one actor.

mod support;

use support::Directory;
use tidegate::testkit;
use tidegate::topology::file::Source;
use tidegate_actors::standard;

/// What the check of a topology file finds, each with the line it is at.
fn found(text: &str) -> Vec<String> {
    let loaded = Source::text("main.toml", text).load(&standard()).unwrap_or_else(|found| panic!("{found}"));
    let problems = loaded.topology.check(true);
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn actors_that_cannot_be_split_refuse_several_instances() {
    let files = Directory::new();
    let path = files.write("in.txt", "x\n");
    for (name, settings, why) in [
        ("file_lines", format!("path = \"{path}\""), "would emit all of the lines"),
        ("counter", "to = 3".into(), "would emit all of the numbers"),
        ("interval", "every = \"1s\"".into(), "would emit all of the ticks"),
    ] {
        let text = format!(
            "[producers.p]\nactor = \"{name}\"\n{settings}\ninstances = 2\n\n\
             [consumers.c]\nactor = \"null\"\ninputs = [\"p\"]\n"
        );
        let expected =
            format!("actor `p`, `instances`: there are 2 instances, and each of them {why}; leave it at 1");
        assert_eq!(found(&text), [expected]);
    }
    for (name, settings, why) in [
        ("file", format!("path = \"{}\"", files.name("out.txt")), "would write the same file"),
        ("table", String::new(), "would print a table of the rows that come to it"),
    ] {
        let text = format!(
            "[producers.p]\nactor = \"counter\"\nto = 3\n\n\
             [consumers.c]\nactor = \"{name}\"\n{settings}\ninstances = 3\ninputs = [\"p\"]\n"
        );
        let expected =
            format!("actor `c`, `instances`: there are 3 instances, and each of them {why}; leave it at 1");
        assert_eq!(found(&text), [expected]);
    }
}

fn split(files: &Directory, options: &str) -> String {
    let path = files.write("in.jsonl", "{\"g\":1,\"h\":1}\n{\"g\":2,\"h\":1}\n".repeat(50));
    format!(
        "[producers.lines]\nactor = \"file_lines\"\npath = \"{path}\"\n\n\
         [stages.parse]\nactor = \"json\"\ninputs = [\"lines\"]\n\n\
         [stages.per]\nactor = \"aggregate\"\ninputs = [\"parse\"]\ninstances = 2\n{options}\n\
         with = {{ n = \"count\" }}\n\n\
         [consumers.store]\nactor = \"file\"\ninputs = [\"per\"]\npath = \"{}\"\n",
        files.name("out.jsonl")
    )
}

#[test]
fn aggregate_is_split_only_by_the_hash_of_a_column_it_groups_by() {
    let files = Directory::new();
    for options in [
        "group_by = [\"g\", \"h\"]",
        "group_by = [\"g\", \"h\"]\nrouting = \"round_robin\"",
        "group_by = [\"g\", \"h\"]\nrouting = \"hash\"\nkey = \"n\"",
    ] {
        assert_eq!(
            found(&split(&files, options)),
            [
                "actor `per`, `instances`: each of 2 instances would have a part of every group; let a column of \
              `group_by` decide: `routing = \"hash\"`, `key = \"g\"`"
            ],
            "{options}"
        );
    }
    let without = found(&split(&files, "routing = \"hash\"\nkey = \"g\""));
    assert!(without.len() == 1 && without[0].ends_with("without `group_by` only 1 can work"), "{without:?}");
}

#[test]
fn an_aggregate_that_is_split_by_its_groups_counts_as_one_that_is_not() {
    let files = Directory::new();
    let text = split(&files, "group_by = [\"g\", \"h\"]\nrouting = \"hash\"\nkey = \"g\"");
    assert_eq!(found(&text), [""; 0]);
    let loaded = Source::text("main.toml", &text).load(&standard()).unwrap();
    testkit::run(loaded.topology);
    let output = files.read("out.jsonl");
    let mut rows: Vec<&str> = output.lines().collect();
    rows.sort_unstable();
    assert_eq!(rows, [r#"{"g":1,"h":1,"n":50}"#, r#"{"g":2,"h":1,"n":50}"#]);
}

#[test]
fn two_actors_cannot_read_standard_input_nor_write_one_file() {
    let files = Directory::new();
    let directory = files.name("");
    let text = format!(
        r#"
        [producers.a]
        actor = "file_lines"
        path = "-"

        [producers.b]
        actor = "file_lines"
        path = ["-"]

        [consumers.one]
        actor = "file"
        inputs = ["a"]
        path = "{directory}/new/same.txt"

        [consumers.two]
        actor = "file"
        inputs = ["b"]
        path = "{directory}/./new/same.txt"

        [consumers.other]
        actor = "file"
        inputs = ["b"]
        path = "/dev/null"

        [consumers.another]
        actor = "file"
        inputs = ["a"]
        path = "/dev/null"
        "#
    );
    let found = found(&text);
    assert_eq!(found.len(), 2, "{found:?}");
    let help = "(only one actor can use it; give each one of its own)";
    assert_eq!(found[0], format!("actor `b`, `path`: standard input is used by `a` already {help}"));
    assert!(found[1].starts_with("actor `two`, `path`: the file `/"), "{found:?}");
    assert!(found[1].ends_with(&format!("new/same.txt` is used by `one` already {help}")), "{found:?}");
}

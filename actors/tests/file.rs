//! `file` writes a file that is whole when it has its name.

mod support;

use serde_json::json;
use support::{Directory, lines, problems, settings};
use tidegate::prelude::*;
use tidegate::{Outcome, testkit};
use tidegate_actors::{Counter, Csv, File, Format, Line, Record, Value, Written};

fn record(fields: &[(&str, i64)]) -> Record {
    fields.iter().map(|(name, value)| (name, *value)).collect()
}

fn write<T: Written>(messages: Vec<T>, file: File<T>) -> Report {
    testkit::run(Topology::new("file").producer("messages", iter(messages)).consumer("file", file))
}

#[test]
fn the_name_of_the_file_decides_the_format() {
    let files = Directory::new();
    let rows = vec![record(&[("a", 1), ("b", 2)]), record(&[("a", 3), ("b", 4)])];
    for (name, content) in [
        ("rows.jsonl", "{\"a\":1,\"b\":2}\n{\"a\":3,\"b\":4}\n"),
        ("rows.csv", "a,b\n1,2\n3,4\n"),
        ("rows", "{\"a\":1,\"b\":2}\n{\"a\":3,\"b\":4}\n"),
    ] {
        write(rows.clone(), File::new(files.path(name)));
        assert_eq!(files.read(name), content, "{name}");
    }
    write(vec![Line::from("x,y"), Line::from("")], File::new(files.path("lines.csv")));
    assert_eq!(files.read("lines.csv"), "x,y\n\n");
    write(vec![Line::from("x\"y")], File::new(files.path("lines")).format(Format::Jsonl));
    assert_eq!(files.read("lines"), "\"x\\\"y\"\n");
    assert_eq!(
        files.files(),
        ["lines", "lines.csv", "rows", "rows.csv", "rows.jsonl"],
        "nothing else is left"
    );
}

#[test]
fn batches_are_written_as_if_they_had_come_one_by_one() {
    let files = Directory::new();
    let batches = vec![vec![record(&[("a", 1)]), record(&[("a", 2)])], vec![], vec![record(&[("a", 3)])]];
    write(batches, File::new(files.path("a.csv")));
    assert_eq!(files.read("a.csv"), "a\n1\n2\n3\n");
}

#[test]
fn csv_that_was_written_reads_back_as_it_was() {
    let files = Directory::new();
    let original = Record::from_iter([
        ("plain", Value::from("sea")),
        ("tricky, \"name\"", Value::from("a \"b\", c")),
        ("number", Value::from(-2.5)),
        ("nothing", Value::Null),
    ]);
    write(vec![original.clone(), original.clone()], File::new(files.path("a.csv")));
    let (kept, consumer) = support::keep::<Record>();
    let topology = Topology::new("back")
        .producer("lines", tidegate_actors::FileLines::new(files.name("a.csv")))
        .stage("parse", Csv::default())
        .consumer("sink", consumer);
    testkit::run(topology);
    assert_eq!(kept.all(), [original.clone(), original]);
}

#[test]
fn a_lone_empty_field_is_still_a_row() {
    let files = Directory::new();
    write(vec![Record::from_iter([("a", Value::Null)])], File::new(files.path("a.csv")));
    assert_eq!(files.read("a.csv"), "a\n\"\"\n");
}

#[test]
fn given_columns_decide_the_order_and_are_there_without_rows() {
    let files = Directory::new();
    let file =
        || settings::<File<Record>>(json!({ "path": files.path("a.csv"), "columns": ["b", "a", "c"] }));
    write(vec![record(&[("a", 1), ("b", 2)]), record(&[("c", 3)])], file());
    assert_eq!(files.read("a.csv"), "b,a,c\n2,1,\n,,3\n");
    write(vec![], file());
    assert_eq!(files.read("a.csv"), "b,a,c\n");
}

#[test]
fn a_record_with_an_unknown_column_fails_alone() {
    let files = Directory::new();
    let rows = vec![record(&[("a", 1)]), record(&[("a", 2), ("b", 3)]), record(&[("a", 4)])];
    let topology = Topology::new("file")
        .producer("rows", iter(rows))
        .consumer("file", File::<Record>::new(files.path("a.csv")))
        .on_error(OnError::DeadLetter);
    let report = testkit::run(topology);
    assert_eq!((report.actors["file"].handled, report.actors["file"].failed), (2, 1));
    assert_eq!(files.read("a.csv"), "a\n1\n4\n");
}

#[test]
fn a_batch_with_one_bad_record_is_not_written_at_all() {
    let files = Directory::new();
    let batches = vec![vec![record(&[("a", 1)]), record(&[("b", 2)])], vec![record(&[("a", 3)])]];
    let topology = Topology::new("file")
        .producer("rows", iter(batches))
        .consumer("file", File::<Vec<Record>>::new(files.path("a.csv")))
        .on_error(OnError::DeadLetter);
    testkit::run(topology);
    assert_eq!(files.read("a.csv"), "a\n3\n");
}

#[test]
fn directories_are_made_and_an_old_file_is_replaced_only_by_a_whole_one() {
    let files = Directory::new();
    let path = files.path("deep/er/out.jsonl");
    write(vec![record(&[("run", 1)])], File::new(&path));
    assert_eq!(files.read("deep/er/out.jsonl"), "{\"run\":1}\n");

    let failing = Topology::new("file")
        .producer("rows", iter(vec![record(&[("run", 2)])]))
        .stage("fail", map(|_: Record| -> Record { panic!("the tide went out") }))
        .consumer("file", File::<Record>::new(&path));
    assert_eq!(testkit::run(failing).outcome, Outcome::Failed);
    assert_eq!(files.read("deep/er/out.jsonl"), "{\"run\":1}\n");
}

#[test]
fn a_forced_stop_leaves_the_old_file_and_keeps_what_was_written_aside() {
    let files = Directory::new();
    let path = files.write("out.txt", "old\n");
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer();
        let running = testkit::start(
            Topology::new("file").producer("source", producer).consumer("file", File::<u64>::new(&path)),
        );
        source.emit_all(1..=3u64);
        testkit::settle().await;
        running.stop();
        let report = testkit::balanced(&running.wait().await);
        assert_eq!(report.outcome, Outcome::Stopped);
    });
    assert_eq!(files.read("out.txt"), "old\n");
    assert_eq!(files.read("out.txt.partial"), "1\n2\n3\n");
    // The next run starts afresh.
    write(vec![4u64], File::new(&path));
    assert_eq!(files.read("out.txt"), "4\n");
    assert_eq!(files.files(), ["out.txt"]);
}

#[test]
fn two_runs_cannot_write_the_same_file_at_a_time() {
    let files = Directory::new();
    let path = files.path("out.txt");
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let first = testkit::start(
            Topology::new("first").producer("n", producer).consumer("one", File::<u64>::new(&path)),
        );
        testkit::settle().await;
        let second = testkit::start(
            Topology::new("second")
                .producer("n", Counter::<u64>::to(3))
                .consumer("two", File::<u64>::new(&path)),
        );
        let error = second.wait().await.error.unwrap();
        assert!(error.contains("is being written by another run"), "{error}");
        source.emit(7);
        source.finish();
        testkit::balanced(&first.wait().await);
    });
    assert_eq!(files.read("out.txt"), "7\n");
}

#[test]
fn dead_letters_are_written_with_their_reason() {
    let files = Directory::new();
    let (_, consumer) = support::keep::<Record>();
    let topology = Topology::new("dead")
        .producer("lines", lines(&["a", "1,2"]))
        .stage("parse", Csv::default())
        .consumer("sink", consumer)
        .consumer("dead", File::<DeadLetter>::new(files.path("dead.jsonl")))
        .inputs(["parse.dead_letters"]);
    testkit::run(topology);
    let letter: Record = serde_json::from_str(&files.read("dead.jsonl")).unwrap();
    assert_eq!(letter.get("actor"), Some(&Value::from("parse")));
    assert_eq!(letter.get("error"), Some(&Value::from("the line has 2 fields, and its header 1")));
    assert_eq!(letter.get("message"), Some(&Value::from("1,2")));
    let time = letter.get("time").and_then(Value::as_str).unwrap();
    assert!(time.len() == "2013-01-01T05:00:00.000Z".len() && time.ends_with('Z'), "{time}");
}

#[cfg(unix)]
#[test]
fn a_pipe_is_written_directly_and_a_link_stays_a_link() {
    let files = Directory::new();
    let pipe = files.name("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::read_to_string(pipe).unwrap()
    });
    write(vec![1u64, 2], File::new(&pipe));
    assert_eq!(reader.join().unwrap(), "1\n2\n");

    let real = files.write("real.txt", "old");
    std::os::unix::fs::symlink(&real, files.path("link.txt")).unwrap();
    write(vec![3u64], File::new(files.path("link.txt")));
    assert_eq!(files.read("real.txt"), "3\n");
    assert!(files.path("link.txt").is_symlink());
    assert_eq!(files.files(), ["link.txt", "pipe", "real.txt"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_ends_the_run_with_the_path_and_the_reason() {
    let report = write((1..=100_000u64).collect(), File::new("/dev/full"));
    assert_eq!(report.outcome, Outcome::Failed);
    let error = report.error.unwrap();
    assert!(error.contains("cannot write `/dev/full`: No space left on device"), "{error}");
}

#[test]
fn check_finds_what_cannot_be_written() {
    let files = Directory::new();
    let old = files.write("old", "");
    let mut permissions = std::fs::metadata(&old).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&old, permissions).unwrap();
    files.write("plain", "");
    let check = |given| {
        let file: File<Line> = settings(given);
        problems(true, |checks| file.check(checks))
    };
    assert!(check(json!({ "path": files.name("new/deep/x") })).is_empty());
    assert_eq!(files.files(), ["old", "plain"], "a check leaves no trace");
    for (given, problem) in [
        (json!({ "path": files.name("") }), "is a directory"),
        (json!({ "path": old }), "is read-only"),
        (json!({ "path": files.name("plain/x") }), "cannot create"),
        (json!({ "path": "" }), "no path is given"),
        (json!({ "path": "x.csv", "format": "csv" }), "only records can be written as CSV"),
    ] {
        let found = check(given);
        assert!(found.len() == 1 && found[0].contains(problem), "{found:?}");
    }
}

#[test]
fn a_file_is_not_begun_afresh_by_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let topology = Topology::new("afresh")
        .producer("n", iter(1..=3u64))
        .consumer_each("file", 1, move |_| File::<u64>::new(directory.path().join("numbers.txt")))
        .on_panic(Restart::default());
    let problems: Vec<String> = topology.check(true).iter().map(ToString::to_string).collect();
    assert_eq!(
        problems,
        [
            "actor `file`, `on_panic`: made anew, it would begin its file afresh and lose what it wrote before; retry instead"
        ]
    );
}

//! `file` with `resume = true` adds to what an earlier run has written.

mod support;

use support::Directory;
use tidegate::prelude::*;
use tidegate::testkit::{self, balanced, probe_producer, settle};
use tidegate_actors::{Content, Dedupe, File, Line, Record, Value, Written};

fn record(fields: &[(&str, &str)]) -> Record {
    fields.iter().map(|(name, value)| (name, Value::from(*value))).collect()
}

fn write<T: Written>(messages: Vec<T>, file: File<T>) -> Report {
    testkit::run(Topology::new("file").producer("messages", iter(messages)).consumer("file", file.resume()))
}

#[test]
fn rows_are_added_behind_the_last_whole_one() {
    let files = Directory::new();
    files.write("out.txt.partial", "1\n2\n3");
    write(vec![3u64, 4], File::new(files.path("out.txt")));
    assert_eq!(files.read("out.txt"), "1\n2\n3\n4\n");
    write(vec![5u64], File::new(files.path("out.txt")));
    assert_eq!(files.read("out.txt"), "1\n2\n3\n4\n5\n");
    assert_eq!(files.files(), ["out.txt"]);
}

#[test]
fn a_header_of_csv_is_written_once_and_names_the_columns_of_later_runs() {
    let files = Directory::new();
    let file = || File::<Record>::new(files.path("out.csv"));
    files.write("out.csv.partial", "a,\"b \"\"c\"\"\n\"\n1,\"two\nlines\"\n3,\"fo\nu");
    write(vec![record(&[("b \"c\"\n", "y"), ("a", "x")])], file());
    assert_eq!(files.read("out.csv"), "a,\"b \"\"c\"\"\n\"\n1,\"two\nlines\"\nx,y\n");
    let report = write(vec![], file().columns(["a", "c"]));
    let error = report.error.unwrap();
    assert!(error.contains("cannot be continued: it has the columns a, b \"c\"\n, and not a, c"), "{error}");
    assert_eq!(files.files(), ["out.csv"], "it is as it was");
    // A header of which the end is missing is none.
    files.write("new.csv.partial", "a,b");
    write(vec![record(&[("c", "z")])], File::new(files.path("new.csv")));
    assert_eq!(files.read("new.csv"), "c\nz\n");
}

#[test]
fn a_complete_file_keeps_its_name_until_there_is_a_row_to_be_added() {
    let files = Directory::new();
    let path = files.write("out.txt", "1\n");
    testkit::virtual_time(async {
        let (source, producer) = probe_producer::<u64>();
        let running = testkit::start(
            Topology::new("file").producer("n", producer).consumer("file", File::<u64>::new(&path).resume()),
        );
        settle().await;
        assert_eq!(files.files(), ["out.txt"]);
        let other = testkit::start(
            Topology::new("other")
                .producer("n", iter([9u64]))
                .consumer("file", File::<u64>::new(&path).resume()),
        );
        let error = other.wait().await.error.unwrap();
        assert!(error.contains("is being written by another run"), "{error}");
        source.emit(2);
        settle().await;
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        settle().await;
        assert_eq!(
            (files.files(), files.read("out.txt.partial")),
            (vec!["out.txt.partial".into()], "1\n2\n".into())
        );
        source.finish();
        balanced(&running.wait().await);
    });
    assert_eq!((files.files(), files.read("out.txt")), (vec!["out.txt".into()], "1\n2\n".into()));
    write(Vec::<u64>::new(), File::new(&path));
    assert_eq!(files.read("out.txt"), "1\n2\n");
    files.write("out.txt", "1\n2");
    let error = write(vec![3u64], File::new(&path)).error.unwrap();
    assert!(error.contains("does not end with a whole row"), "{error}");
    assert_eq!(files.read("out.txt"), "1\n2");
}

#[test]
fn without_an_earlier_run_it_is_a_file_like_any_other() {
    let files = Directory::new();
    write(vec![1u64], File::new(files.path("deep/out.txt")));
    assert_eq!(files.read("deep/out.txt"), "1\n");
}

#[cfg(unix)]
#[test]
fn a_device_cannot_be_added_to() {
    let file = File::<u64>::new("/dev/null").resume();
    let found = support::problems(false, |checks| file.check(checks));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("only a regular file can be added to"), "{}", found[0]);
}

#[test]
fn a_file_that_resumes_may_be_made_anew() {
    let directory = tempfile::tempdir().unwrap();
    let topology = Topology::new("anew")
        .producer("n", iter(1..=3u64))
        .consumer_each("file", 1, move |_| File::<u64>::new(directory.path().join("n.txt")).resume())
        .on_panic(Restart::default());
    assert!(topology.check(true).is_empty());
}

/// What a `dedupe` that knows the file at `path` lets through.
fn deduped<T: Content>(messages: Vec<T>, dedupe: Dedupe<T>) -> Vec<T> {
    let (kept, consumer) = support::keep();
    let topology = Topology::new("seen")
        .producer("messages", iter(messages))
        .stage("once", dedupe)
        .consumer("sink", consumer);
    let report = testkit::run(topology);
    assert_eq!(report.error, None);
    kept.all()
}

#[test]
fn what_is_in_the_output_is_known_to_dedupe() {
    let files = Directory::new();
    let ids =
        |from, to| (from..=to).map(|id| Record::from_iter([("id", Value::Int(id))])).collect::<Vec<_>>();
    let once = |name: &str| Dedupe::by(["id"]).seen_in(files.path(name));
    assert_eq!(deduped(ids(1, 3), once("none.jsonl")).len(), 3);
    files.write("a.jsonl.partial", "{\"x\":\"y\",\"id\":1}\n{\"id\":2}\n{\"id\":3");
    files.write("a.jsonl", "{\"id\":7}\n");
    assert_eq!(deduped(ids(1, 4), once("a.jsonl")), ids(3, 4), "the third is torn");
    let last = || once("a.jsonl").max_keys(1);
    assert_eq!((deduped(ids(2, 2), last()), deduped(ids(1, 1), last())), (vec![], ids(1, 1)));
    files.write("b.csv", "text,id\n\"two\nlines\",1\nx,2\n\"y\n3");
    assert_eq!(deduped(ids(1, 4), once("b.csv")), ids(3, 4));
    files.write("whole.csv", "id\n1\n");
    assert_eq!(deduped(ids(1, 2), Dedupe::new().seen_in(files.path("whole.csv"))), ids(2, 2));
    files.write("c.txt", "1\nb\n");
    assert_eq!(deduped(vec![1u64, 2], Dedupe::new().seen_in(files.path("c.txt"))), [2]);
    let lines = vec![Line::from("a"), Line::from("b")];
    assert_eq!(deduped(lines.clone(), Dedupe::new().seen_in(files.path("c.txt"))), lines[..1]);
}

#[test]
fn an_output_without_the_key_is_no_output_for_dedupe() {
    let files = Directory::new();
    for (name, text, problem) in [
        ("a.jsonl", "{\"id\":1}\n{\"x\":1}\n", "a.jsonl`, row 2: there is no field `id`"),
        ("b.jsonl", "7\n", "b.jsonl`, row 1: "),
        ("c.csv", "x\n1\n", "c.csv`, row 1: there is no field `id`"),
        ("d.csv", "x,id\n1\n", "d.csv`, row 2: it is too short"),
    ] {
        files.write(name, text);
        let topology = Topology::new("seen")
            .producer("rows", iter(vec![record(&[("id", "1")])]))
            .stage("once", Dedupe::<Record>::by(["id"]).seen_in(files.path(name)))
            .consumer("sink", for_each(|_: Record| {}));
        let error = testkit::run(topology).error.unwrap();
        assert!(error.contains(problem), "{error}");
    }
}

//! `file_lines` with a `checkpoint` and `file` with `resume`: what one run leaves, the next one goes on with.

mod support;

use flate2::{Compression, write::GzEncoder};
use serde_json::json;
use std::collections::BTreeMap;
use std::io::Write;
use support::{Directory, keep, problems, settings};
use tidegate::prelude::*;
use tidegate::topology::Delivery;
use tidegate::{Outcome, testkit};
use tidegate_actors::{Csv, File, FileLines, Line, Record, Value};

/// Takes so many messages, and fails at the next one.
struct Fails<T> {
    after: usize,
    kept: support::Kept<T>,
}

impl<T: Message> Consumer for Fails<T> {
    type In = T;

    async fn handle(&mut self, message: T) -> Result {
        if self.after == 0 {
            return Err("enough".into());
        }
        self.after -= 1;
        self.kept.push(message);
        Ok(())
    }
}

/// A run that takes so many lines and then fails; those it took.
fn take(producer: FileLines, after: usize) -> Vec<Line> {
    let (kept, _) = keep();
    let consumer = Fails { after, kept: kept.clone() };
    let topology = Topology::new("part")
        .default_mailbox(MailboxOptions::capacity(16))
        .producer("lines", producer)
        .consumer("sink", consumer);
    assert_eq!(testkit::run(topology).outcome, Outcome::Failed);
    kept.all()
}

/// A run that takes all lines there are.
fn rest(producer: FileLines) -> Vec<Line> {
    let (kept, consumer) = keep();
    let report = testkit::run(Topology::new("rest").producer("lines", producer).consumer("sink", consumer));
    assert_eq!(report.outcome, Outcome::Completed, "{:?}", report.error);
    kept.all()
}

fn failure(producer: FileLines) -> String {
    let (_, consumer) = keep::<Line>();
    let topology = Topology::new("failure").producer("lines", producer).consumer("sink", consumer);
    testkit::run(topology).error.expect("it fails")
}

/// Lines that say where they are.
fn numbered(name: &str, lines: usize) -> String {
    (1..=lines)
        .map(|line| format!("{name} {line} of the lines of a file that is longer than a block\n"))
        .collect()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_run_goes_on_where_the_one_before_left_off_and_its_lines_know_their_place() {
    let files = Directory::new();
    let inputs = [
        files.write("a", numbered("a", 2000)),
        files.write("b", ""),
        files.write("c.gz", gzip(&numbered("c.gz", 2000))),
        files.write("d", numbered("d", 2000).trim_end()),
    ];
    let lines = || FileLines::all(&inputs).checkpoint(files.path("checkpoint"));
    let mut seen = BTreeMap::<String, u64>::new();
    let mut runs = 0;
    for after in [0, 1, 700, 699, 601, 3, 1500, 100, 900, 1496, 1] {
        let taken = take(lines(), after);
        assert_eq!(taken.len(), after);
        runs += 1;
        for line in taken {
            let origin = line.origin().unwrap();
            let name = origin.path().rsplit('/').next().unwrap();
            assert!(line.text().starts_with(&format!("{name} {} of", origin.line())), "{line:?}");
            *seen.entry(line.to_string()).or_default() += 1;
        }
    }
    for line in rest(lines()) {
        *seen.entry(line.to_string()).or_default() += 1;
    }
    assert_eq!(seen.len(), 6000, "none is missing");
    let again = seen.values().sum::<u64>() - 6000;
    // What the consumer had taken in its last run of calls was not acknowledged when it failed.
    assert!(again <= runs * 16, "{again} lines came twice");
    assert!(rest(lines()).is_empty(), "all is done");
    let checkpoint: serde_json::Value = serde_json::from_str(&files.read("checkpoint")).unwrap();
    assert_eq!((&checkpoint["lines"], &checkpoint["complete"]), (&json!(2000), &json!(true)), "{checkpoint}");
    assert_eq!(files.files(), ["a", "b", "c.gz", "checkpoint", "d"]);
}

#[test]
fn what_is_added_to_the_last_file_and_behind_it_is_read_by_the_next_run() {
    let files = Directory::new();
    let a = files.write("a", "one\ntwo\n");
    let lines = |paths: &[&String]| {
        let paths = paths.iter().map(|path| path.as_str());
        rest(FileLines::all(paths).checkpoint(files.path("deep/er/checkpoint")))
    };
    let places = |lines: Vec<Line>| lines.iter().map(|line| format!("{:?}", line)).collect::<Vec<_>>();
    assert_eq!(lines(&[&a]).len(), 2);
    files.write("a", "one\ntwo\nthree\n");
    assert_eq!(places(lines(&[&a])), [format!("{a}:3: \"three\"")]);
    let b = files.write("b", "four");
    assert_eq!(places(lines(&[&a, &b])), [format!("{b}:1: \"four\"")]);
    assert!(lines(&[&a, &b]).is_empty());
}

#[test]
fn a_header_of_csv_is_known_to_a_run_that_begins_in_the_middle() {
    let files = Directory::new();
    let rows: String = (2..=3000).map(|line| format!("{line},row\n")).collect();
    for path in [
        files.write("rows.csv", format!("\u{feff}line,text\n{rows}")),
        files.write("rows.csv.gz", gzip(&format!("line,text\n{rows}"))),
    ] {
        let lines = || FileLines::new(&path).checkpoint(files.path("checkpoint"));
        let taken = take(lines(), 2500).len() as i64;
        let (kept, consumer) = keep::<Record>();
        let topology = Topology::new("csv")
            .producer("lines", lines())
            .stage("parse", Csv::default())
            .consumer("sink", consumer);
        testkit::run(topology);
        let records = kept.all();
        assert_eq!(records.last().unwrap().to_string(), r#"{"line":3000,"text":"row"}"#);
        for record in &records {
            let line = record.origin().unwrap().line() as i64;
            assert_eq!(record.get("line"), Some(&Value::Int(line)));
            assert!(line > taken - 16, "{line} was done");
        }
        std::fs::remove_file(files.path("checkpoint")).unwrap();
    }
}

#[test]
fn a_checkpoint_that_does_not_fit_is_an_error_that_says_what_to_do() {
    let files = Directory::new();
    let a = files.write("a", numbered("a", 5000));
    let (b, checkpoint) = (files.write("b", "x\n"), files.path("checkpoint"));
    let lines = |path: &str| FileLines::new(path).checkpoint(&checkpoint);
    take(lines(&a), 4000);
    let check = |path: &str| {
        let found = problems(true, |checks| lines(path).check(checks));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("actor `actor`, `checkpoint`: "), "{}", found[0]);
        found[0].clone()
    };
    let other = check(&b);
    assert!(other.contains("is of other inputs: where it knows `") && other.contains("delete it"), "{other}");
    files.write("a", "short\n");
    assert!(check(&a).contains("the lines that were read are not there"));
    // As long, and with its lines elsewhere.
    files.write("a", "x\n".to_owned() + &"y".repeat(1_000_000) + "\n");
    assert!(failure(lines(&a)).contains("the lines that were read are not there"));
    for (text, problem) in [
        (r#"{"version":7,"more":1}"#, "its version is 7, and this program knows 1"),
        ("{", "EOF while parsing"),
        (
            r#"{"version":1,"inputs":[],"lines":0,"landmark":{"lines":0,"offset":0},"complete":false}"#,
            "no input",
        ),
    ] {
        files.write("checkpoint", text);
        assert!(check(&a).contains(problem), "{}", check(&a));
    }
}

#[test]
fn check_refuses_checkpoints_that_cannot_work() {
    let files = Directory::new();
    let a = files.write("a", "");
    let check = |given| {
        let lines: FileLines = settings(given);
        let found = problems(true, |checks| lines.check(checks));
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].clone()
    };
    let input = check(json!({ "path": files.name("*"), "checkpoint": files.name("./a") }));
    assert!(input.contains("this is an input"), "{input}");
    let standard = check(json!({ "path": "-", "checkpoint": files.name("c") }));
    assert!(standard.contains("`-` cannot be read from the middle"), "{standard}");
    assert!(check(json!({ "path": a, "checkpoint": "" })).contains("no path is given"));
    let both = Topology::new("both")
        .producer("one", FileLines::new(&a).checkpoint(files.path("c")))
        .producer("two", FileLines::new(&a).checkpoint(files.path("c")))
        .consumer("sink", for_each(|_: Line| {}))
        .inputs(["one", "two"]);
    let problems = both.check(true);
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].to_string().contains("c` is used by `one` already"), "{}", problems[0]);
}

#[test]
fn a_file_that_is_begun_afresh_cannot_be_the_end_of_at_least_once() {
    let files = Directory::new();
    let a = files.write("a", "x\n");
    let topology = |file: File<Line>| {
        Topology::new("end")
            .producer("lines", FileLines::new(&a).checkpoint(files.path("c")))
            .consumer("file", file)
    };
    let file = || File::new(files.path("out"));
    let problems = topology(file()).check(true);
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].to_string().contains("set `resume = true`, or allow that"), "{}", problems[0]);
    for fine in [topology(file().resume()), topology(file()).allow_loss()] {
        assert!(fine.check(true).is_empty());
    }
    let plain = Topology::new("plain")
        .producer("lines", FileLines::new(&a).checkpoint(files.path("c")))
        .delivery(Delivery::AtMostOnce)
        .consumer("file", file());
    assert!(plain.check(true).is_empty());
}

#[cfg(unix)]
#[test]
fn what_waits_for_a_reader_of_a_pipe_is_not_done() {
    let files = Directory::new();
    let (a, pipe) = (files.write("a", "1\n2\n3\n"), files.name("pipe"));
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let running = Topology::new("pipe")
        .producer("lines", FileLines::new(&a).checkpoint(files.path("checkpoint")))
        .consumer("file", File::<Line>::new(&pipe))
        .start()
        .unwrap();
    let checkpoint = || -> serde_json::Value { serde_json::from_str(&files.read("checkpoint")).unwrap() };
    testkit::eventually(&running, |now| now.actors["file"].handled == 3);
    assert_eq!(checkpoint()["lines"], 0);
    assert_eq!(std::fs::read_to_string(&pipe).unwrap(), "1\n2\n3\n");
    testkit::balanced(&running.join());
    assert_eq!((&checkpoint()["lines"], &checkpoint()["complete"]), (&json!(3), &json!(true)));
}

#[test]
fn a_file_without_a_last_line_feed_is_done_however_often_it_is_read() {
    let files = Directory::new();
    // A small one, and one of several blocks.
    for (name, count) in [("small", 4), ("large", 2000)] {
        let path = files.write(name, numbered(name, count).trim_end());
        let lines = || FileLines::new(&path).checkpoint(files.path(&format!("{name}.checkpoint")));
        assert_eq!(rest(lines()).len(), count);
        for _ in 0..3 {
            assert_eq!(rest(lines()).len(), 0, "{name}");
        }
    }
}

#[test]
fn a_checkpoint_that_contradicts_itself_is_refused_in_words_that_move_no_cursor() {
    let files = Directory::new();
    let path = files.write("a", "one\ntwo\nthree\n");
    let lines = || FileLines::new(&path).checkpoint(files.path("checkpoint"));
    let write = |input: &str, lines: u64, before: u64| {
        let landmark = json!({ "lines": before, "offset": 4 });
        let text = json!({ "version": 1, "inputs": [input], "lines": lines, "landmark": landmark, "complete": false });
        files.write("checkpoint", text.to_string());
    };
    let check = || problems(true, |checks| lines().check(checks)).concat();
    for (done, before) in [(2, 3), (3, u64::MAX)] {
        write(&path, done, before);
        assert!(check().contains("the place it leads to is behind the lines that are done"), "{}", check());
    }
    write("\u{1b}[31m", 1, 1);
    assert!(check().contains("where it knows `\u{fffd}[31m`"), "{:?}", check());
    write(&path, u64::MAX, 1);
    assert!(failure(lines()).contains("the lines that were read are not there"));
}

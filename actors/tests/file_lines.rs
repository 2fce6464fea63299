//! `file_lines` reads what people have: several files, patterns, gzip, line endings of all kinds.

mod support;

use flate2::{Compression, write::GzEncoder};
use serde_json::json;
use std::io::Write;
use support::{Directory, keep, problems, settings};
use tidegate::prelude::*;
use tidegate::{Outcome, testkit};
use tidegate_actors::{FileLines, InvalidUtf8, Line};

fn read(producer: FileLines) -> (Report, Vec<Line>) {
    let (kept, consumer) = keep();
    let report = testkit::run(Topology::new("lines").producer("lines", producer).consumer("sink", consumer));
    (report, kept.all())
}

fn texts(producer: FileLines) -> Vec<String> {
    let (report, lines) = read(producer);
    assert_eq!(report.outcome, Outcome::Completed, "{:?}", report.error);
    lines.iter().map(Line::to_string).collect()
}

fn error(producer: FileLines) -> String {
    let (report, _) = read(producer);
    assert_eq!(report.outcome, Outcome::Failed);
    report.error.unwrap()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn lines_lose_their_endings_and_the_mark_in_front() {
    let files = Directory::new();
    let path = files.write("mixed.txt", "\u{feff}one\r\ntwo\n\r\n\nfive \r six\nlast");
    assert_eq!(texts(FileLines::new(path)), ["one", "two", "", "", "five \r six", "last"]);
}

#[test]
fn an_empty_file_has_no_lines_and_the_next_one_is_read() {
    let files = Directory::new();
    let paths = [files.write("empty", ""), files.write("full", "a\n"), files.write("blank", "\n")];
    assert_eq!(texts(FileLines::all(paths)), ["a", ""]);
}

#[test]
fn lines_know_their_path_and_number() {
    let files = Directory::new();
    let (a, b) = (files.write("a", "x\ny\n"), files.write("b", "z"));
    let (_, lines) = read(FileLines::all([&a, &b]));
    let origins: Vec<String> = lines.iter().map(|line| line.origin().unwrap().to_string()).collect();
    assert_eq!(origins, [format!("{a}:1"), format!("{a}:2"), format!("{b}:1")]);
}

#[test]
fn a_pattern_is_read_in_alphabetical_order_without_directories() {
    let files = Directory::new();
    for name in ["b.csv", "a.csv", "c.txt"] {
        files.write(name, name);
    }
    std::fs::create_dir(files.path("d.csv")).unwrap();
    assert_eq!(texts(FileLines::new(files.name("*.csv"))), ["a.csv", "b.csv"]);
}

#[test]
fn a_file_whose_name_looks_like_a_pattern_is_read() {
    let files = Directory::new();
    let path = files.write("data[1].txt", "one");
    files.write("data1.txt", "another");
    assert_eq!(texts(FileLines::new(path)), ["one"]);
    // Not even one that is none.
    let path = files.write("data[1.txt", "odd");
    assert_eq!(texts(FileLines::new(path)), ["odd"]);
}

#[test]
fn gzip_is_unpacked_whatever_the_number_of_its_members() {
    let files = Directory::new();
    let path = files.write("two.gz", [gzip("one\ntw"), gzip("o\nthree")].concat());
    assert_eq!(texts(FileLines::new(path)), ["one", "two", "three"]);
}

#[test]
fn a_torn_gzip_file_is_an_error_that_says_how_far_it_went() {
    let files = Directory::new();
    let whole = gzip(&"some line\n".repeat(100_000));
    let path = files.write("torn.gz", &whole[..whole.len() - 30]);
    let (report, lines) = read(FileLines::new(&path));
    let error = report.error.unwrap();
    let after = format!("cannot read `{path}` after line {}: ", lines.len());
    assert!(error.contains(&after), "{error}");
}

#[test]
fn a_line_across_many_blocks_is_whole() {
    let files = Directory::new();
    let long = "x".repeat(300_000);
    let path = files.write("long", format!("a\n{long}\r\nb\n"));
    assert_eq!(texts(FileLines::new(path)), ["a", long.as_str(), "b"]);
}

#[test]
fn a_line_beyond_the_limit_ends_the_run_and_names_its_place() {
    let files = Directory::new();
    let just = "x".repeat(100);
    let path = files.write("long", format!("a\n{just}\r\n{just}x\nb"));
    let (report, lines) = read(FileLines::new(&path).max_line(100));
    assert_eq!(lines.len(), 2);
    let error = report.error.unwrap();
    assert!(error.contains(&format!("{path}:3: the line is longer than 100 bytes")), "{error}");
    // A file without any line feed is not read into memory first.
    let path = files.write("endless", "y".repeat(1_000_000));
    let error = self::error(FileLines::new(&path).max_line(1000));
    assert!(error.contains(&format!("{path}:1: the line is longer than 1000 bytes")), "{error}");
}

#[test]
fn text_that_is_not_utf8_fails_unless_it_is_to_be_replaced() {
    let files = Directory::new();
    let path = files.write("latin1", b"fine\ncaf\xe9\nafter");
    let error = error(FileLines::new(&path));
    assert!(error.contains(&format!("{path}:2: the line is not UTF-8")), "{error}");
    let replaced = FileLines::new(&path).invalid_utf8(InvalidUtf8::Replace);
    assert_eq!(texts(replaced), ["fine", "caf\u{fffd}", "after"]);
}

#[test]
fn check_names_every_path_that_cannot_be_read() {
    let files = Directory::new();
    let here = files.write("here", "");
    let lines: FileLines = settings(json!({
        "path": [here, files.name("gone"), files.name("*.none"), files.name("")],
    }));
    let found = problems(true, |checks| lines.check(checks));
    assert_eq!(found.len(), 3, "{found:#?}");
    assert!(found[0].contains("gone` does not exist") && found[0].starts_with("actor `actor`, `path`: "));
    assert!(found[1].contains("*.none` matches no file"), "{}", found[1]);
    assert!(found[2].contains("is a directory"), "{}", found[2]);
    assert!(problems(false, |checks| lines.check(checks)).is_empty(), "nothing is wrong without the world");
}

#[test]
fn check_refuses_settings_that_cannot_work() {
    let none: FileLines = settings(json!({ "path": [] }));
    assert!(problems(false, |checks| none.check(checks))[0].contains("no path is given"));
    let twice: FileLines = settings(json!({ "path": ["-", "-"] }));
    assert!(problems(false, |checks| twice.check(checks))[0].contains("only once"));
    let bad: FileLines = settings(json!({ "path": "data/[a" }));
    assert!(problems(false, |checks| bad.check(checks))[0].contains("is not a pattern"));
    let wrong = serde_json::from_value::<FileLines>(json!({ "path": 7 })).err().unwrap().to_string();
    assert!(wrong.contains("expected a string or a list of strings"), "{wrong}");
    let unknown = serde_json::from_value::<FileLines>(json!({ "pth": "x" })).err().unwrap().to_string();
    assert!(unknown.contains("unknown field `pth`"), "{unknown}");
}

#[cfg(unix)]
#[test]
fn a_pipe_is_read_without_stopping_its_neighbours() {
    let files = Directory::new();
    let pipe = files.name("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let (kept, consumer) = keep::<Line>();
    let (others, other) = keep::<u64>();
    // One arbiter: if opening the pipe blocked it, the numbers would never arrive.
    let running = Topology::new("pipe")
        .arbiters(1)
        .producer("lines", FileLines::new(&pipe))
        .consumer("sink", consumer)
        .producer("n", iter(1..=3u64))
        .consumer("numbers", other)
        .inputs(["n"])
        .start()
        .unwrap();
    testkit::eventually(&running, |now| now.actors["numbers"].handled == 3);
    assert_eq!((kept.all().len(), others.all()), (0, vec![1, 2, 3]));
    let mut writer = std::fs::OpenOptions::new().write(true).open(&pipe).unwrap();
    writer.write_all(b"half a li").unwrap();
    writer.write_all(b"ne\nlast").unwrap();
    drop(writer);
    testkit::balanced(&running.join());
    assert_eq!(kept.shown(), ["half a line", "last"]);
}

#[test]
fn packed_bytes_where_lines_should_be_are_called_by_their_name() {
    let files = Directory::new();
    let path = files.write("flights.csv", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03");
    for treatment in [InvalidUtf8::Fail, InvalidUtf8::Replace] {
        let error = error(FileLines::new(&path).invalid_utf8(treatment));
        assert!(error.contains(&format!("`{path}` is packed with gzip; unpack it")), "{error}");
    }
}

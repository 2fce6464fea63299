//! `stdout`, `table` and `null`: what people get to see.

mod support;

use serde_json::json;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use support::{problems, settings};
use tidegate::prelude::*;
use tidegate::{Outcome, testkit};
use tidegate_actors::{Counter, FileLines, Inspect, Line, Null, Record, Stdout, Table, Value, stdin_is_read};

/// Runs this program again, to be `child` there: only a process of its own has a standard output to look at.
fn spawn(part: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "child", "--nocapture"])
        .env("TIDEGATE_TEST_PART", part)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
#[ignore = "run by the other tests, in a process of its own"]
fn child() {
    let Ok(part) = std::env::var("TIDEGATE_TEST_PART") else { return };
    let row = || Record::from_iter([("port", Value::from("Dover")), ("metres", Value::from(6.8))]);
    let topology = Topology::new("child");
    let topology = match part.as_str() {
        "endless" => {
            topology.producer("n", Counter::<u64>::to(u64::MAX)).consumer("out", Stdout::<u64>::new())
        }
        "records" => topology.producer("rows", iter(vec![row(); 2])).consumer("out", Stdout::<Record>::new()),
        "csv" => topology
            .producer("rows", iter(vec![vec![row(); 2]]))
            .consumer("out", settings::<Stdout<Vec<Record>>>(json!({ "format": "csv" }))),
        "table" => topology.producer("rows", iter(vec![row()])).consumer("out", Table::<Record>::new()),
        "stdin" => topology.producer("lines", FileLines::new("-")).consumer("out", Stdout::<Line>::new()),
        other => panic!("no part `{other}`"),
    };
    assert!(!stdin_is_read());
    let report = testkit::balanced(&topology.start().unwrap().join());
    assert_eq!(stdin_is_read(), part == "stdin");
    // Not through the test harness, which would write to the closed pipe.
    let _ = write!(std::io::stderr(), "{}", serde_json::to_string(&report).unwrap());
    std::process::exit(i32::from(report.outcome != Outcome::Completed));
}

/// What the child wrote, past what its test harness wrote, and its report.
fn finish(mut child: Child) -> (String, Report) {
    let (mut output, mut report) = (String::new(), String::new());
    if let Some(mut stdout) = child.stdout.take() {
        stdout.read_to_string(&mut output).unwrap();
    }
    child.stderr.take().unwrap().read_to_string(&mut report).unwrap();
    assert!(child.wait().unwrap().success(), "{report}");
    let output = output.trim_start().strip_prefix("running 1 test\n").unwrap_or(&output).into();
    (output, serde_json::from_str(&report).unwrap())
}

#[test]
fn records_are_written_as_json_lines() {
    let (output, report) = finish(spawn("records"));
    assert_eq!(output, "{\"port\":\"Dover\",\"metres\":6.8}\n".repeat(2));
    assert_eq!(report.actors["out"].handled, 2);
}

#[test]
fn batches_of_records_can_be_written_as_csv() {
    assert_eq!(finish(spawn("csv")).0, "port,metres\nDover,6.8\nDover,6.8\n");
}

#[test]
fn who_reads_standard_input_says_so() {
    let (output, report) = finish(spawn("stdin"));
    assert_eq!((output.as_str(), report.actors["lines"].emitted), ("", 0));
}

#[test]
fn a_table_is_printed_at_the_end() {
    let (output, _) = finish(spawn("table"));
    assert_eq!(output.lines().nth(1), Some("│ port  ┆ metres │"), "{output}");
    assert!(output.contains("│ Dover ┆    6.8 │"), "{output}");
}

#[test]
fn a_reader_who_has_enough_ends_the_run_without_an_error() {
    let mut child = spawn("endless");
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let first: Vec<String> = lines.by_ref().skip_while(|line| line != "1").take(3).collect();
    assert_eq!(first, ["1", "2", "3"]);
    drop(lines);
    let (_, report) = finish(child);
    assert_eq!(report.outcome, Outcome::Completed);
    assert_eq!(report.error, None);
    let out = &report.actors["out"];
    assert_eq!(out.received, out.handled + out.dropped.cancelled);
}

fn table(given: serde_json::Value, rows: Vec<Record>) -> String {
    testkit::virtual_time(async {
        let mut table: Table<Record> = settings(given);
        for row in rows {
            table.handle(row).await.unwrap();
        }
        table.render()
    })
}

#[test]
fn a_table_says_what_it_does_not_show() {
    let rows = (1..=5).map(|n| Record::from_iter([("n", n)])).collect();
    let shown = table(json!({ "limit": 2, "title": "Numbers" }), rows);
    assert_eq!(
        shown,
        "Numbers\n┌───┐\n│ n │\n╞═══╡\n│ 1 │\n│ 2 │\n└───┘\n(3 more of 5 rows; `limit` is 2)\n"
    );
    assert_eq!(table(json!({}), vec![]), "(no rows)\n");
}

#[test]
fn a_table_has_a_column_for_every_field_and_lines_numbers_up() {
    let rows = vec![
        Record::from_iter([("a", Value::from("x")), ("b", Value::from(1.235))]),
        Record::from_iter([("b", Value::from(100)), ("c", Value::Null)]),
    ];
    assert_eq!(
        table(json!({}), rows),
        "┌───┬───────┬───┐\n│ a ┆ b     ┆ c │\n╞═══╪═══════╪═══╡\n│ x ┆ 1.235 ┆   │\n│   ┆   100 ┆   │\n└───┴───────┴───┘\n"
    );
}

#[test]
fn a_table_shows_small_and_large_fractions_for_what_they_are() {
    for (number, shown) in [
        (0.0004, "0.0004"),
        (0.1 + 0.2, "0.3"),
        (2.0 / 3.0, "0.666667"),
        (-13.55123456, "-13.5512"),
        (1_234_567.89, "1234568"),
        (100.0, "100"),
        (0.0, "0"),
        (1.5e-9, "1.5e-9"),
        (-2e20, "-2e20"),
        (f64::INFINITY, "inf"),
        (999_999.96, "1000000"),
    ] {
        let table = table(json!({}), vec![Record::from_iter([("x", Value::from(number))])]);
        assert_eq!(table.lines().nth(3).unwrap().trim_matches(['│', ' ']), shown);
    }
}

#[test]
fn a_table_sends_no_control_characters_and_cuts_long_text() {
    let row = Record::from_iter([
        ("a\tb", Value::from("x\u{1b}[2Jy\nz")),
        ("long", "ü".repeat(80).into()),
        ("longer", "ü".repeat(81).into()),
    ]);
    let table = table(json!({}), vec![row]);
    assert!(!table.contains(|char: char| char.is_control() && char != '\n'), "{table:?}");
    assert_eq!(table.lines().count(), 5, "{table}");
    assert!(table.contains(r"│ a\tb ") && table.contains(r"│ x\u{1b}[2Jy\nz ┆"), "{table}");
    assert!(table.contains(&format!("┆ {} ┆ {}… │", "ü".repeat(80), "ü".repeat(79))), "{table}");
}

#[test]
fn a_table_holds_the_messages_it_will_show_and_no_others() {
    testkit::virtual_time(async {
        let mut table = Table::<Vec<u64>>::new().limit(3);
        for batch in [vec![1, 2], vec![], vec![3, 4], vec![5]] {
            table.handle(batch).await.unwrap();
        }
        assert_eq!((table.held(), table.max_held()), (2, 3));
        assert!(table.render().contains("(2 more of 5 rows"), "{}", table.render());
    });
}

#[test]
fn null_counts() {
    let report = testkit::run(
        Topology::new("null").producer("n", Counter::<u64>::to(1000)).consumer("null", Null::<u64>::new()),
    );
    assert_eq!(report.actors["null"].handled, 1000);
}

#[test]
fn check_refuses_settings_that_cannot_work() {
    let table: Table<Line> = settings(json!({ "limit": 0 }));
    assert!(problems(false, |checks| table.check(checks))[0].contains("`limit`"));
    let stdout: Stdout<Line> = settings(json!({ "format": "csv" }));
    assert!(problems(false, |checks| stdout.check(checks))[0].contains("only records can be written as CSV"));
    let inspect: Inspect<u64> = settings(json!({ "every": 0 }));
    assert!(problems(false, |checks| inspect.check(checks))[0].contains("`every`"));
}

//! `csv` turns lines into records, and says path and line of those it cannot.

mod support;

use serde_json::json;
use support::{Directory, keep, lines, problems, settings};
use tidegate::prelude::*;
use tidegate::{Outcome, testkit};
use tidegate_actors::{Csv, FileLines, Line, Record, Value};

/// What `csv` makes of the lines, and what it could not handle.
fn parse(producer: impl Producer<Out = Outlet<Line>>, csv: Csv) -> (Vec<Record>, Vec<String>) {
    let ((kept, consumer), (letters, dead)) = (keep(), keep::<DeadLetter>());
    let topology = Topology::new("csv")
        .producer("lines", producer)
        .stage("parse", csv)
        .consumer("sink", consumer)
        .consumer("dead", dead)
        .inputs(["parse.dead_letters"]);
    let report = testkit::run(topology);
    assert_eq!(report.outcome, Outcome::Completed, "{:?}", report.error);
    assert_eq!(report.actors["parse"].failed, letters.all().len() as u64);
    (kept.all(), letters.all().iter().map(|letter| letter.error().to_string()).collect())
}

fn shown(records: &[Record]) -> Vec<String> {
    records.iter().map(Record::to_string).collect()
}

#[test]
fn the_header_names_the_columns_and_each_value_finds_its_type() {
    let (records, errors) = parse(
        lines(&[
            "port, metres ,first,note,",
            "Dover,6.8,true,\"a \"\"b\"\", c\",007",
            "Calais,-7,,x,2013-01-01",
        ]),
        Csv::default(),
    );
    assert_eq!(
        shown(&records),
        [
            r#"{"port":"Dover","metres":6.8,"first":true,"note":"a \"b\", c","column_5":"007"}"#,
            r#"{"port":"Calais","metres":-7,"first":null,"note":"x","column_5":"2013-01-01"}"#
        ]
    );
    assert!(errors.is_empty(), "{errors:?}");
}

#[test]
fn a_malformed_line_is_a_dead_letter_with_path_and_line_and_the_run_goes_on() {
    let files = Directory::new();
    let path = files.write("rows.csv", "a,b\r\n1,2\r\n1\r\n1,2,3\r\n\r\n\"open,2\r\n3,4\r\n");
    let (records, errors) = parse(FileLines::new(&path), Csv::default());
    assert_eq!(shown(&records), [r#"{"a":1,"b":2}"#, r#"{"a":3,"b":4}"#]);
    assert_eq!(records[1].origin().unwrap().to_string(), format!("{path}:7"));
    assert_eq!(
        errors,
        [
            format!("{path}:3: the line has 1 field, and its header 2"),
            format!("{path}:4: the line has 3 fields, and its header 2"),
            format!(
                "{path}:6: a quoted field does not end on its line; line breaks within quotes are not supported, \
                 as input is taken line by line"
            ),
        ]
    );
}

#[test]
fn without_a_dead_letter_reader_malformed_lines_are_counted_and_the_run_completes() {
    let (kept, consumer) = keep::<Record>();
    let topology = Topology::new("csv")
        .producer("lines", lines(&["a", "1", "1,2", "3"]))
        .stage("parse", Csv::default())
        .consumer("sink", consumer);
    let report = testkit::run(topology);
    assert_eq!(report.outcome, Outcome::Completed);
    let parse = &report.actors["parse"];
    assert_eq!((parse.received, parse.handled, parse.failed, parse.emitted), (4, 3, 1, 2));
    assert_eq!(kept.shown(), [r#"{"a":1}"#, r#"{"a":3}"#]);
}

#[test]
fn on_error_stop_ends_the_run_at_the_first_malformed_line() {
    let (_, consumer) = keep::<Record>();
    let topology = Topology::new("csv")
        .producer("lines", lines(&["a", "1,2", "3"]))
        .stage("parse", Csv::default())
        .on_error(OnError::Stop)
        .consumer("sink", consumer);
    let report = testkit::run(topology);
    assert_eq!(report.outcome, Outcome::Failed);
    assert!(report.error.unwrap().contains("the line has 2 fields, and its header 1"));
}

#[test]
fn each_file_has_its_own_header() {
    let files = Directory::new();
    let paths = [
        files.write("1.csv", "a,b\n1,2\n"),
        files.write("2.csv", "b,c\n3,4"),
        files.write("3.csv", "a,b\n5,6"),
    ];
    let (records, errors) = parse(FileLines::all(paths), Csv::default());
    assert_eq!(shown(&records), [r#"{"a":1,"b":2}"#, r#"{"b":3,"c":4}"#, r#"{"a":5,"b":6}"#]);
    assert!(errors.is_empty(), "{errors:?}");
}

#[test]
fn several_instances_and_files_mixed_line_by_line_know_every_header() {
    let files = Directory::new();
    let mut topology = Topology::new("csv");
    let names: Vec<String> = (0..20).map(|n| format!("f{n}")).collect();
    for name in &names {
        let rows: String = (0..50).map(|n| format!("{n}\n")).collect();
        let path = files.write(name, format!("{name}\n{rows}"));
        topology = topology.producer(name, FileLines::new(path));
    }
    let (kept, consumer) = keep::<Record>();
    let topology = topology
        .stage_each("parse", 3, |_| Csv::default())
        .inputs(names.iter().map(String::as_str))
        .mailbox(MailboxOptions::capacity(4))
        .consumer("sink", consumer);
    let report = testkit::run(topology);
    assert_eq!(report.actors["parse"].failed, 0);
    let records = kept.all();
    assert_eq!(records.len(), 20 * 50);
    for name in &names {
        let sum: i64 = records.iter().filter_map(|record| record.get(name)?.as_i64()).sum();
        assert_eq!(sum, 49 * 50 / 2, "{name}");
    }
}

#[test]
fn given_types_and_nulls_decide() {
    let csv = settings(
        json!({ "types": { "a": "float", "b": "text", "c": "bool", "d": "int" }, "null": ["", "NA"] }),
    );
    let (records, errors) =
        parse(lines(&["a,b,c,d,e", "1,2,0,3,NA", "NA,NA,true,,4", "x,y,true,1,2", "1,y,perhaps,1.5,2"]), csv);
    assert_eq!(
        shown(&records),
        [r#"{"a":1.0,"b":"2","c":false,"d":3,"e":null}"#, r#"{"a":null,"b":null,"c":true,"d":null,"e":4}"#]
    );
    assert_eq!(errors, ["`x` in column `a` is not a number", "`perhaps` in column `c` is not true or false"]);
}

#[test]
fn columns_can_be_named_with_and_without_a_header_to_pass_over() {
    let (records, _) = parse(
        lines(&["1;'x;y'"]),
        settings(json!({ "columns": ["n", "s"], "delimiter": ";", "quote": "'" })),
    );
    assert_eq!(shown(&records), [r#"{"n":1,"s":"x;y"}"#]);
    let files = Directory::new();
    let path = files.write("x.tsv", "a\ta\n1\t2\n");
    let csv = settings(json!({ "columns": ["n", "m"], "header": true, "delimiter": "\t" }));
    let (records, errors) = parse(FileLines::new(&path), csv);
    assert_eq!(shown(&records), [r#"{"n":1,"m":2}"#]);
    assert!(errors.is_empty(), "{errors:?}");
}

#[test]
fn nothing_is_inferred_where_that_is_turned_off() {
    let (records, _) = parse(lines(&["a,b", "1,true"]), settings(json!({ "infer": false })));
    assert_eq!(records[0].get("a"), Some(&Value::from("1")));
    assert_eq!(records[0].get("b"), Some(&Value::from("true")));
}

/// Why the run fails whose input is the file at `path`, which has three lines.
fn fatal(path: &str, csv: Csv) -> String {
    let ((kept, consumer), (letters, dead)) = (keep::<Record>(), keep::<DeadLetter>());
    let topology = Topology::new("csv")
        .producer("lines", FileLines::new(path))
        .stage("parse", csv)
        .on_error(OnError::DeadLetter)
        .consumer("sink", consumer)
        .consumer("dead", dead)
        .inputs(["parse.dead_letters"]);
    let report = testkit::run(topology);
    assert_eq!(report.outcome, Outcome::Failed);
    assert_eq!((kept.all().len(), letters.all().len()), (0, 0));
    assert_eq!((report.actors["parse"].handled, report.actors["parse"].failed), (0, 0));
    report.error.unwrap()
}

#[test]
fn a_header_that_cannot_be_used_fails_the_run_whatever_becomes_of_bad_lines() {
    let files = Directory::new();
    let path = files.write("twice.csv", "a,b,a\n1,2,3\n4,5,6\n");
    let problem = format!("{path}:1: the header cannot be used: it names `a` twice");
    assert!(fatal(&path, Csv::default()).contains(&problem));
    let typed: Csv = settings(json!({ "types": { "cc": "int" } }));
    let problem = fatal(&files.write("x.csv", "aa,bb\n1,2\n3,4\n"), typed);
    assert!(problem.ends_with("`types` names `cc`, but the columns are aa, bb"), "{problem}");
    let problem = fatal(&files.write("open.csv", "a,\"b\n1,2\n3,4\n"), Csv::default());
    assert!(
        problem.contains("open.csv:1: the header cannot be used: a quoted field does not end"),
        "{problem}"
    );
}

#[test]
fn check_refuses_settings_that_cannot_work() {
    for (given, problem) in [
        (json!({ "delimiter": "ü" }), "`delimiter`: 'ü' cannot be used here"),
        (json!({ "delimiter": "\"" }), "`quote`: delimiter and quote must differ"),
        (json!({ "columns": [] }), "`columns`: name at least one column"),
        (json!({ "columns": ["a"], "types": { "b": "int" } }), "`columns`: `types` names `b`"),
        (json!({ "header": false }), "`columns`: without a header"),
    ] {
        let csv: Csv = settings(given);
        let found = problems(false, |checks| csv.check(checks));
        assert!(found.len() == 1 && found[0].contains(problem), "{found:?}");
    }
}

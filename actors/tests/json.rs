//! `json` turns lines into records, and says path and line of those it cannot.

mod support;

use support::{Directory, keep};
use tidegate::prelude::*;
use tidegate::testkit;
use tidegate_actors::{FileLines, Json, Record};

#[test]
fn each_line_is_an_object_and_the_others_are_dead_letters_with_path_and_line() {
    let files = Directory::new();
    let path = files.write(
        "rows.jsonl",
        concat!(
            r#"{"a":1,"b":{"c":[1,null]}}"#,
            "\n\n",
            "[1]\n",
            r#"{"a":2,"b":"x"}"#,
            "\r\n",
            r#"{"a":2"#,
            "\n",
            r#"{"a":3} {"#,
            "\n",
        ),
    );
    let ((kept, consumer), (letters, dead)) = (keep::<Record>(), keep::<DeadLetter>());
    let topology = Topology::new("json")
        .producer("lines", FileLines::new(&path))
        .stage("parse", Json::default())
        .consumer("sink", consumer)
        .consumer("dead", dead)
        .inputs(["parse.dead_letters"]);
    testkit::run(topology);
    assert_eq!(kept.shown(), [r#"{"a":1,"b":{"c":[1,null]}}"#, r#"{"a":2,"b":"x"}"#]);
    assert_eq!(kept.all()[1].origin().unwrap().to_string(), format!("{path}:4"));
    let errors: Vec<String> = letters.all().iter().map(|letter| letter.error().to_string()).collect();
    assert_eq!(
        errors,
        [
            format!(
                "{path}:3: the line is not a JSON object: invalid type: sequence, expected an object with named \
                 values at column 0"
            ),
            format!("{path}:5: the line is not a JSON object: EOF while parsing an object at column 6"),
            format!("{path}:6: the line is not a JSON object: trailing characters at column 9"),
        ]
    );
}

#[test]
fn records_of_the_same_kind_share_their_names() {
    let (kept, consumer) = keep::<Record>();
    let lines = support::lines(&[r#"{"a":1,"b":2}"#, r#"{"a":3,"b":4}"#, r#"{"a":5}"#]);
    testkit::run(
        Topology::new("json")
            .producer("lines", lines)
            .stage("parse", Json::default())
            .consumer("sink", consumer),
    );
    let records = kept.all();
    assert!(std::sync::Arc::ptr_eq(records[0].fields(), records[1].fields()));
    assert_eq!(records[2].to_string(), r#"{"a":5}"#);
}

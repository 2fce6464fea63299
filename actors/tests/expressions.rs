//! `filter` and `map` work with expressions over the fields of records.

mod support;

use serde_json::json;
use support::{keep, problems, settings};
use tidegate::prelude::*;
use tidegate::{Outcome, testkit};
use tidegate_actors::{Filter, Map, Record};

fn records(rows: serde_json::Value) -> Vec<Record> {
    serde_json::from_value(rows).unwrap()
}

/// What `stage` makes of the rows, and its errors.
fn run(
    rows: serde_json::Value,
    stage: impl Stage<In = Record, Out = Outlet<Record>>,
) -> (Vec<String>, Vec<String>) {
    let ((kept, consumer), (letters, dead)) = (keep::<Record>(), keep::<DeadLetter>());
    let topology = Topology::new("expressions")
        .producer("rows", iter(records(rows)))
        .stage("stage", stage)
        .consumer("sink", consumer)
        .consumer("dead", dead)
        .inputs(["stage.dead_letters"]);
    let report = testkit::run(topology);
    assert_eq!(report.outcome, Outcome::Completed, "{:?}", report.error);
    (kept.shown(), letters.all().iter().map(|letter| letter.error().to_string()).collect())
}

fn passes(row: serde_json::Value, expr: &str) -> Result<bool, String> {
    let (passed, errors) = run(json!([row]), Filter::new(expr));
    match errors.first() {
        Some(error) => Err(error.clone()),
        None => Ok(passed.len() == 1),
    }
}

#[test]
fn fields_are_variables() {
    let row = json!({ "carrier": "UA", "delay": 20, "distance": 1400.5, "late": true, "tags": ["a"], "at": { "gate": 7 } });
    for (expr, result) in [
        ("delay > 15", true),
        ("delay > 15.5", true),
        ("delay > 20", false),
        ("distance < 1401", true),
        ("late", true),
        ("!late || carrier == 'DL'", false),
        ("carrier in ['UA', 'DL']", true),
        ("carrier.startsWith('U') && size(carrier) == 2", true),
        ("carrier.matches('^[A-Z]+$')", true),
        ("'a' in tags && at.gate == 7", true),
        ("record.delay == 20 && record['carrier'] == 'UA'", true),
        ("has(record.gate)", false),
        ("(has(record.gate) ? record.gate : 1) == 1", true),
        ("tags.exists(tag, tag == 'a')", true),
        ("double(delay) / 8.0 == 2.5", true),
    ] {
        assert_eq!(passes(row.clone(), expr), Ok(result), "{expr}");
    }
}

#[test]
fn what_null_keeps_from_being_worked_out_does_not_pass() {
    let row = json!({ "delay": null, "carrier": "UA", "n": 1 });
    for expr in [
        "delay > 15",
        "delay <= 15",
        "!(delay > 15)",
        "delay + 1 == 2",
        "-delay < 0",
        "delay * 2.0 > n",
        "size(delay) == 0",
        "delay.startsWith('a')",
        "delay in [1, 2]",
        "double(delay) > 1.0",
        "delay ? true : false",
        "1 / delay == 1",
        "'a' + delay == 'a'",
        "delay + 'a' == 'a'",
        "string(delay) == 'null'",
        "int(delay) == 0",
        "delay.matches('a')",
        "delay.contains('a')",
        "delay.gate == 7",
        "delay['gate'] == 7",
        "delay[0] == 7",
        "record.delay.gate == 7",
        "[1, 2][delay] == 1",
        "delay.exists(x, x == 1)",
        "timestamp(delay) > timestamp('2013-01-01T00:00:00Z')",
        "delay && true",
        "delay",
    ] {
        assert_eq!(passes(row.clone(), expr), Ok(false), "{expr}");
    }
    for (expr, result) in [
        ("delay == null", true),
        ("delay != null", false),
        ("delay > 15 || carrier == 'UA'", true),
        ("delay != null && delay > 15", false),
    ] {
        assert_eq!(passes(row.clone(), expr), Ok(result), "{expr}");
    }
}

#[test]
fn mistakes_fail_the_record_and_say_what_to_do() {
    let row = json!({ "delay": 20, "half": 0.5, "carrier": "UA" });
    for (expr, problem) in [
        ("dely > 15", "there is no field `dely`; the record has delay, half, carrier"),
        ("carrier > 15", "found no matching overload for '_>_'"),
        ("carrier > 15", "text and numbers do not mix: if the field should be a number, give `csv`"),
        ("carrier + half == 1.0", "text and numbers do not mix"),
        ("delay + half > 1", "whole numbers and fractions do not mix: write `double(x)` or `2.0`"),
        ("delay / 0 == 1", "Division by zero"),
        ("carrier", "`carrier` is text, and not true or false"),
        ("record.gate == 1", "No such key: gate"),
    ] {
        let error = passes(row.clone(), expr).unwrap_err();
        assert!(error.contains(problem) && error.contains(expr), "{expr}: {error}");
    }
}

#[test]
fn a_failure_names_where_the_record_was_read() {
    let (letters, dead) = keep::<DeadLetter>();
    let (_, consumer) = keep::<Record>();
    let files = support::Directory::new();
    let path = files.write("rows.csv", "a\n1\nx\n");
    let topology = Topology::new("origin")
        .producer("lines", tidegate_actors::FileLines::new(&path))
        .stage("parse", tidegate_actors::Csv::default())
        .stage("even", Map::new().set("b", "a + 1"))
        .stage("filter", Filter::new("b > 1"))
        .consumer("sink", consumer)
        .consumer("dead", dead)
        .inputs(["even.dead_letters"]);
    testkit::run(topology);
    let error = letters.all()[0].error().to_string();
    assert!(error.starts_with(&format!("{path}:3: `set.b`: ")), "{error}");
}

#[test]
fn records_of_different_kinds_are_looked_up_anew() {
    let rows =
        json!([{ "a": 1, "b": 2 }, { "b": 2, "a": 1 }, { "b": 3, "c": 0, "a": 0 }, { "a": 1, "b": 2 }]);
    let (passed, errors) = run(rows, Filter::new("a == 1"));
    assert_eq!(passed, [r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#, r#"{"a":1,"b":2}"#]);
    assert!(errors.is_empty(), "{errors:?}");
}

#[test]
fn check_refuses_expressions_that_cannot_be_used() {
    for (expr, problem) in [
        ("delay >", "Syntax error"),
        ("delay > 15 &&& x", "column 14"),
        ("n = 2", "; `==` compares"),
        ("lenght(carrier) > 2", "there is no function `lenght`"),
        ("", "Syntax error"),
    ] {
        let filter = Filter::new(expr);
        let found = problems(false, |checks| filter.check(checks));
        assert!(found.len() == 1 && found[0].contains(problem), "{expr}: {found:?}");
        assert!(found[0].starts_with("actor `actor`, `expr`: the expression cannot be used: "), "{found:?}");
        let map = Map::new().set("x", expr);
        let found = problems(false, |checks| map.check(checks));
        assert!(found.len() == 1 && found[0].contains(problem), "{expr}: {found:?}");
        assert!(found[0].starts_with("actor `actor`, `set.x`: the expression cannot be used: "), "{found:?}");
    }
}

#[test]
fn map_sets_in_order_and_new_fields_come_last() {
    let map: Map = settings(json!({ "set": {
        "hours": "double(air_time) / 60.0",
        "distance": "distance * 2",
        "mph": "double(distance) / hours",
        "label": "carrier + '-' + string(flight)",
    } }));
    let (rows, errors) = run(json!([{ "carrier": "UA", "flight": 7, "air_time": 90, "distance": 300 }]), map);
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(
        rows,
        [
            r#"{"carrier":"UA","flight":7,"air_time":90,"distance":600,"hours":1.5,"mph":400.0,"label":"UA-7"}"#
        ]
    );
}

#[test]
fn map_drops_and_keeps_fields() {
    let rows = || json!([{ "a": 1, "b": 2, "c": 3 }, { "b": 4 }]);
    assert_eq!(run(rows(), Map::new().drop(["a", "z"])).0, [r#"{"b":2,"c":3}"#, r#"{"b":4}"#]);
    assert_eq!(run(rows(), Map::new().keep(["c", "a", "z"])).0, [r#"{"c":3,"a":1}"#, "{}"]);
    let both = Map::new().set("d", "b * 10").drop(["c"]).keep(["d", "a"]);
    assert_eq!(run(rows(), both).0, [r#"{"d":20,"a":1}"#, r#"{"d":40}"#]);
}

#[test]
fn map_gives_null_for_what_null_keeps_from_being_worked_out() {
    let map = Map::new().set("twice", "n * 2").set("known", "n != null").set("list", "[n, 1, {'k': 'v'}]");
    let (rows, errors) = run(json!([{ "n": null }]), map);
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(rows, [r#"{"n":null,"twice":null,"known":false,"list":[null,1,{"k":"v"}]}"#]);
}

#[test]
fn a_field_that_is_set_later_is_not_there_yet() {
    let (rows, errors) = run(json!([{ "n": 1 }]), Map::new().set("a", "b + 1").set("b", "n"));
    assert!(rows.is_empty());
    assert!(errors[0].contains("there is no field `b`; the record has n. "), "{errors:?}");
}

#[test]
fn check_finds_what_contradicts_itself_in_map() {
    let map = Map::new().keep(["a"]).drop(["a"]);
    assert!(problems(false, |checks| map.check(checks))[0].contains("`a` is also in `keep`"));
    let map = Map::new();
    assert!(problems(false, |checks| map.check(checks))[0].contains("records pass unchanged"));
}

#[test]
fn expressions_that_would_overflow_the_stack_are_refused() {
    let sum = |operators: usize| format!("{}n > 0", "n + ".repeat(operators - 1));
    let nested = |depth: usize| format!("{}n > 0{}", "(".repeat(depth), ")".repeat(depth));
    // The largest that are taken work on the stack of an arbiter.
    for expr in [sum(40), nested(16), format!("{}(n > 0)", "!!".repeat(19))] {
        let topology = Topology::new("deep")
            .producer("rows", iter(records(json!([{ "n": 1 }]))))
            .stage("filter", Filter::new(&expr))
            .consumer("sink", for_each(|_: Record| {}));
        let report = testkit::balanced(&topology.start().expect("a sound topology").join());
        assert_eq!((report.outcome, report.actors["sink"].handled), (Outcome::Completed, 1), "{expr}");
    }
    for expr in [sum(41), nested(17), "(".repeat(5_000), "n + ".repeat(5_000), "!".repeat(5_000)] {
        let topology = Topology::new("too deep")
            .producer("rows", iter(records(json!([{ "n": 1 }]))))
            .stage("filter", Filter::new(&expr))
            .consumer("sink", for_each(|_: Record| {}));
        let found = topology.check(false);
        assert_eq!(found.len(), 1, "{expr:.20}: {found:?}");
    }
    // What stands in quotes counts for nothing.
    let quoted = format!("text == '{}'", "((++".repeat(50));
    assert_eq!(passes(json!({ "text": "((++".repeat(50) }), &quoted), Ok(true));
}

#[test]
fn no_way_round_the_limits_of_the_text_leads_to_a_tree_that_overflows_the_stack() {
    let lists = format!("{}1{}", "[".repeat(90), "]".repeat(90));
    for expr in [
        vec!["n"; 3000].join(" in "),
        format!("1 // ' \n + {lists}"),
        format!("r\"\\\" + {lists} + \"x\""),
        format!("\"\"\" \" \"\"\" + {lists}"),
    ] {
        let wrong = problems(false, |checks| Filter::new(&expr).check(checks));
        assert!(wrong[0].contains("it is nested deeper than 50 levels"), "{wrong:?}");
    }
    // As deep as may be, on the small stack of a test.
    for expr in [
        vec!["1"; 40].join(" in "),
        format!("1 // ' \n in {}1{}", "[".repeat(40), "]".repeat(40)),
        format!("1 // ' \n + {}1{}", "int(".repeat(40), ")".repeat(40)),
        format!("true // ' \n ? {}1{}", "true ? ".repeat(40), " : 2".repeat(41)),
    ] {
        let _ = problems(false, |checks| Filter::new(&expr).check(checks));
    }
    let long = format!("n in [{}1]", "1, ".repeat(30_000));
    let wrong = problems(false, |checks| Filter::new(&long).check(checks));
    assert!(wrong[0].contains("it is longer than 65536 bytes"), "{wrong:?}");
}

#[test]
fn a_walk_through_a_list_inside_another_is_refused_and_one_after_another_is_not() {
    let nested = "tags.all(a, tags.exists(b, a == b))";
    let wrong = problems(false, |checks| Filter::new(nested).check(checks));
    assert!(wrong[0].contains("one walk through a list cannot be inside another"), "{wrong:?}");
    let chained = "tags.map(a, size(a)).filter(a, a > 1).exists(a, a == 2) && tags.all(a, a != '')";
    assert_eq!(passes(json!({ "tags": ["a", "bb"] }), chained), Ok(true));
}

#[test]
fn what_an_expression_or_a_record_has_moves_no_cursor_when_it_is_said() {
    let wrong = problems(false, |checks| Filter::new("n > \u{1b}[31m").check(checks));
    assert!(wrong[0].contains("'\u{fffd}'"), "{wrong:?}");
    let error = passes(json!({ "n": 1 }), "record['\u{1b}[31m'] == 1").unwrap_err();
    assert!(error.contains("\u{fffd}[31m"), "{error:?}");
}

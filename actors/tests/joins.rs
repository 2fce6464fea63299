//! `zip` and `concat` as topology files use them.

mod support;

use support::{keep, lines, problems, settings};
use tidegate::prelude::*;
use tidegate::topology::file::Source;
use tidegate::{Join, testkit};
use tidegate_actors::{Concat, Line, Record, Zip, standard};

fn records(field: &'static str, count: u64) -> impl Producer<Out = Outlet<Record>> {
    iter((0..count).map(move |n| Record::from_iter([(field, n)])))
}

#[test]
fn zip_makes_one_record_of_two() {
    let (kept, consumer) = keep::<Record>();
    let report = testkit::run(
        Topology::new("zip")
            .producer("a", records("a", 3))
            .producer("b", records("b", 5))
            .join("both", Zip::<Record>::default(), "a", "b")
            .consumer("end", consumer),
    );
    assert_eq!(kept.shown(), [r#"{"a":0,"b":0}"#, r#"{"a":1,"b":1}"#, r#"{"a":2,"b":2}"#]);
    let both = &report.actors["both"];
    assert_eq!((both.handled, both.dropped.cancelled), (6, both.received - 6));
}

#[test]
fn fields_of_one_name_need_a_prefix_to_tell_them_apart() {
    let zipped = |zip: Zip<Record>| {
        let (kept, consumer) = keep::<Record>();
        let report = testkit::run(
            Topology::new("zip")
                .producer("a", records("n", 2))
                .producer("b", records("n", 2))
                .join("both", zip, "a", "b")
                .consumer("end", consumer),
        );
        (kept.shown(), report.actors["both"].failed)
    };
    let prefixed: Zip<Record> = settings(serde_json::json!({ "left_prefix": "l_", "right_prefix": "r_" }));
    assert_eq!(zipped(prefixed), (vec![r#"{"l_n":0,"r_n":0}"#.into(), r#"{"l_n":1,"r_n":1}"#.into()], 0));
    assert_eq!(zipped(Zip::default()), (Vec::new(), 2), "both pairs fail, and the run goes on");
    let same = Zip::<Record>::prefixed("x", "x");
    assert_eq!(problems(false, |checks| same.check(checks)).len(), 1);
}

#[test]
fn zip_makes_one_line_of_two_and_concat_puts_one_input_after_the_other() {
    let (zipped, zip_end) = keep::<Line>();
    let (joined, concat_end) = keep::<Line>();
    testkit::run(
        Topology::new("lines")
            .producer("a", lines(&["1", "2"]))
            .producer("b", lines(&["x", "y"]))
            .producer("c", lines(&["p", "q"]))
            .producer("d", lines(&["r"]))
            .join("zip", settings::<Zip<Line>>(serde_json::json!({ "separator": "; " })), "a", "b")
            .consumer("zipped", zip_end)
            .join("concat", settings::<Concat<Line>>(serde_json::json!({})), "c", "d")
            .consumer("joined", concat_end),
    );
    assert_eq!(zipped.shown(), ["1; x", "2; y"]);
    assert_eq!(joined.shown(), ["p", "q", "r"]);
}

fn load(text: &str) -> Topology {
    Source::text("join.toml", text).load(&standard()).unwrap_or_else(|found| panic!("{found}")).topology
}

const PRODUCERS: &str =
    "[producers.a]\nactor = \"counter\"\nto = 3\n[producers.b]\nactor = \"counter\"\nto = 5\n";

#[test]
fn a_file_chooses_the_types_of_both_inputs_by_what_is_linked() {
    let text = format!(
        "{PRODUCERS}[stages.both]\nactor = \"zip\"\ninputs = [\"a\", \"b\"]\nright_prefix = \"b_\"\n\
         [consumers.end]\nactor = \"null\"\ninputs = [\"both\"]\n"
    );
    let report = testkit::run(load(&text));
    assert_eq!((report.actors["end"].handled, report.actors["both"].failed), (3, 0));
    let text = text.replace("zip", "concat").replace("right_prefix = \"b_\"\n", "");
    assert_eq!(testkit::run(load(&text)).actors["end"].handled, 8);
}

#[test]
fn a_file_with_a_wrong_number_of_inputs_is_refused() {
    let text = format!(
        "{PRODUCERS}[stages.both]\nactor = \"zip\"\ninputs = [\"a\"]\n[consumers.end]\nactor = \"null\"\n\
         inputs = [\"both\", \"b\"]\n"
    );
    let found: Vec<String> = load(&text).check(false).into_iter().map(|problem| problem.message).collect();
    assert_eq!(found, ["`both` takes two inputs apart, and has 1"]);
}

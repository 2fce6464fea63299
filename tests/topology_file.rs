//! Topology files: what they say, and what is wrong with them, shown where it is.

mod support;

use proptest::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use support::{Numbers, Split, Take, Text, one_line};
use tidegate::prelude::*;
use tidegate::settings::Span;
use tidegate::testkit;
use tidegate::topology::file::{Diagnostics, Effective, Loaded, Origin, Snippet, Source};

fn one() -> u64 {
    1
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Rounding {
    Up,
    Down,
}

#[derive(Deserialize, JsonSchema)]
struct Offset {
    by: u64,
    #[serde(default = "one")]
    times: u64,
}

/// Multiplies each number.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Multiply {
    /// The factor. Must not be 0.
    by: u64,
    #[serde(default = "one")]
    divide: u64,
    rounding: Option<Rounding>,
    offset: Option<Offset>,
    pause: Option<Pause>,
    #[serde(rename = "break")]
    rest: Option<Pause>,
}

#[derive(Deserialize, JsonSchema)]
struct Pause {
    length: Span,
}

impl Stage for Multiply {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        let offset = self.offset.as_ref().map_or(0, |offset| offset.by * offset.times);
        let up = matches!(self.rounding, Some(Rounding::Up)).into();
        for pause in self.pause.iter().chain(&self.rest) {
            tidegate::time::sleep(pause.length.duration()).await;
        }
        out.emit(n * self.by / self.divide + offset + u64::min(up, n * self.by % self.divide));
        Ok(())
    }
}

/// Something that this machine does not have.
#[derive(Deserialize, JsonSchema)]
struct Absent {}

impl Consumer for Absent {
    type In = u64;

    async fn handle(&mut self, _: u64) -> Result {
        Ok(())
    }

    fn check(&self, checks: &mut tidegate::Checks) {
        if checks.environment() {
            checks.error("path", "there is no such file");
        }
    }
}

fn registry() -> Registry {
    Registry::new()
        .producer::<Numbers>("numbers")
        .stage::<Multiply>("multiply")
        .stage::<Text>("text")
        .stage::<Split>("split")
        .consumer::<Take<String>>("take")
        .consumer::<Take<u64>>("take")
        .consumer::<Take<DeadLetter>>("letters")
        .consumer::<Absent>("absent")
}

const GOOD: &str = r#"[topology]
name = "demo"

[runtime]
arbiters = 2

[mailbox]
capacity = 64

[producers.n]
actor = "numbers"
to = 10

[stages.double]
actor = "multiply"
inputs = ["n"]
by = 2
mailbox = { capacity = 8, low = 0.25 }

[consumers.end]
actor = "take"
inputs = ["double"]
"#;

fn load(text: &str) -> std::result::Result<Loaded, Diagnostics> {
    Source::text("demo.toml", text).load(&registry())
}

/// What is wrong with `text`, as it is shown.
fn wrong(text: &str) -> String {
    load(text).expect_err("this file is wrong").to_string()
}

fn file(line: usize, column: usize) -> Origin {
    Origin::File { file: "demo.toml".into(), line, column }
}

#[test]
fn a_file_becomes_a_topology_that_runs() {
    let loaded = load(GOOD).unwrap_or_else(|wrong| panic!("{wrong}"));
    assert!(loaded.topology.check(true).is_empty());
    let report = testkit::run(loaded.topology);
    assert_eq!(report.topology, "demo");
    assert_eq!(report.actors["end"].handled, 10);
    assert_eq!(report.actors["double"].mailbox.as_ref().unwrap().capacity, 8);
    assert_eq!(report.actors["end"].mailbox.as_ref().unwrap().capacity, 64);
}

/// What the check finds in `text`, which can be read, like [`errors`].
fn checked(text: &str) -> Vec<String> {
    let loaded = load(text).unwrap_or_else(|wrong| panic!("{wrong}"));
    loaded.diagnose(loaded.topology.check(false)).0.iter().map(one_line).collect()
}

/// Each error of `text` as "line:column message (help)".
fn errors(text: &str) -> Vec<String> {
    let wrong = load(text).expect_err("this file is wrong");
    wrong.0.iter().map(one_line).collect()
}

/// A file that is right but for the stage `double`, which starts on line 4.
fn double(lines: &str) -> String {
    format!(
        "[producers.n]\nactor = \"numbers\"\nto = 10\n[stages.double]\nactor = \"multiply\"\n{lines}\n\
         [consumers.end]\nactor = \"take\"\ninputs = [\"double\"]\n"
    )
}

#[test]
fn an_error_shows_the_line_and_suggests_the_nearest_name() {
    assert_eq!(
        wrong(&double("inputs = [\"n\"]\nby = 2\n\tdevide = \"é\"")),
        "\
error: unknown setting `devide`
  --> demo.toml:8:2
   |
 8 |     devide = \"é\"
   |     ^^^^^^
   |
   = help: did you mean `divide`?"
    );
}

#[test]
fn unknown_missing_and_wrong_settings_are_reported_at_once_in_the_order_of_the_file() {
    let lines = "inputs = [\"n\"]\nbye = 3\noffset = { bi = 1 }\nrounding = \"upp\"\ndivide = \"4\"";
    assert_eq!(
        errors(&double(lines)),
        [
            "4:1 missing setting `by` (`by`: The factor)",
            "7:1 unknown setting `bye` (did you mean `by`?)",
            "8:1 missing setting `by`",
            "8:12 unknown setting `bi` (did you mean `by`?)",
            "9:12 `stages.double.rounding` cannot be \"upp\" (did you mean \"up\"?)",
            "10:10 `stages.double.divide` must be an integer, not the string \"4\" (remove the quotation marks)",
        ]
    );
}

#[test]
fn what_only_serde_finds_is_shown_at_the_key_it_is_about() {
    assert_eq!(
        errors(
            "[producers.n]\nactor = \"numbers\"\nto = -1\n[consumers.end]\nactor = \"take\"\ninputs = [\"n\"]\n"
        ),
        ["3:6 `producers.n.to` must be at least 0, not -1"]
    );
    assert_eq!(
        errors(&double("inputs = [\"n\"]\nby = 1\npause = { length = \"3 lightyears\" }")),
        [
            "8:20 `3 lightyears` is not a length of time (unknown time unit \"lightyears\", supported units: ns, \
          us/µs, ms, sec, min, hours, days, weeks, months, years (and few variations)); write a number with a \
          unit, like `250ms` or `30s`"
        ]
    );
}

#[test]
fn keys_of_the_runtime_are_checked_like_settings() {
    let lines = "inputs = [\"n\"]\nby = 1\nmailbox = { capcity = 3, overflow = \"drop\", high = \"a\" }\n\
                 instances = 1.5\nrouting = \"hsah\"\non_error = \"ignore\"\nblocking = 1\npriority = {}\nweight = 2";
    assert_eq!(
        errors(&double(lines)),
        [
            "8:13 unknown key `capcity` (did you mean `capacity`?)",
            "8:37 `stages.double.mailbox.overflow` cannot be \"drop\" (it is one of `backpressure`, `drop_newest`, \
             `drop_oldest`, `drop_youngest`, `drop_all` and `fail`)",
            "8:52 `stages.double.mailbox.high` must be a number, not the string \"a\"",
            "9:13 `stages.double.instances` must be an integer, not the number 1.5",
            "10:11 `stages.double.routing` cannot be \"hsah\" (did you mean \"hash\"?)",
            "11:12 `stages.double.on_error` cannot be \"ignore\" (it is one of `stop`, `skip`, `dead_letter` \
             and `restart`)",
            "12:12 `stages.double.blocking` must be true or false, not the integer 1",
            "13:1 `priority` is reserved, not yet supported (remove it)",
            "14:1 `weight` is said of an input, not of an actor (write `inputs = [{ from = \"NAME\", weight = 2 }]`)",
        ]
    );
}

#[test]
fn tables_that_are_unknown_are_errors() {
    let text =
        double("inputs = [\"n\"]\nby = 1") + "[stage.x]\n[monitor.y]\n[topology]\nnme = 1\nname = \"\"\n";
    assert_eq!(
        errors(&text),
        [
            "11:2 unknown table `stage` (did you mean `stages`?)",
            "12:2 unknown table `monitor` (the tables are `topology`, `runtime`, `mailbox`, `bulkheads`, `rate_limits`, \
             `producers`, `stages` and `consumers`)",
            "14:1 unknown key `nme` (did you mean `name`?)",
            "15:8 the name of the topology is empty (give it a name, or leave the key out to call it after the file)",
        ]
    );
    assert_eq!(
        errors("producers = 3\nstages.a = 4\n"),
        [
            "1:1 there is no producer, so no message would ever flow (add a producer, which reads or makes the \
             first messages)",
            "1:13 `producers` must be a table of producers, not the integer 3 (write a table `[producers.NAME]` \
             for each producer)",
            "2:12 a stage must be a table, not the integer 4 (write [stages.a] and its keys below)",
        ]
    );
}

#[test]
fn the_name_of_a_topology_is_one_line_of_text() {
    let text = double("inputs = [\"n\"]\nby = 1") + "[topology]\nname = \"a\\u001b[31mb\"\n";
    assert_eq!(
        errors(&text),
        [
            "12:8 the name of the topology is not one line of text (leave out line breaks and control characters: \
          it is shown in terminals and logs)"
        ]
    );
}

#[test]
fn an_unknown_actor_is_an_error_that_says_which_was_meant_or_where_it_belongs() {
    let actor = |name: &str| {
        let text = format!(
            "[producers.n]\nactor = \"numbers\"\nto = 1\n[consumers.end]\nactor = \"{name}\"\ninputs = [\"n\"]\n"
        );
        errors(&text).join("\n")
    };
    assert_eq!(actor("tkae"), "5:9 unknown actor `tkae` (did you mean `take`?)");
    assert_eq!(actor("text"), "5:9 `text` is a stage, not a consumer (move it to [stages.end])");
    assert_eq!(
        actor("store"),
        "5:9 unknown actor `store` (the consumers are `take`, `letters` and `absent`)"
    );
    assert_eq!(
        errors("[producers.n]\n[consumers.end]\nactor = \"take\"\ninputs = [\"n\"]\n"),
        ["1:1 missing key `actor` in producer `n` (say what it is made of, like `actor = \"NAME\"`)"]
    );
}

#[test]
fn inputs_name_an_actor_and_a_port_of_it() {
    let text = "\
[producers.n]
actor = \"numbers\"
to = 3
[stages.parity]
actor = \"split\"
inputs = [\"n\"]
[consumers.end]
actor = \"take\"
inputs = [\"m\", \"parity\", \"parity.evn\", \"parity.odd\", \"n.x\", \"n.dead_letters\", \"parity.odd\", 3, { frm = \"n\" }]
";
    assert_eq!(
        errors(text),
        [
            "9:11 there is no actor `m` (did you mean `n`?)",
            "9:16 `parity` has several ports, so the input must name one (write `parity.even` or `parity.odd`)",
            "9:26 `parity` has no port `evn` (did you mean `parity.even`?)",
            "9:54 `n` has no port `x` (it has one outlet: write `n`)",
            "9:61 `n` is a producer, which has no dead letters (only stages and consumers handle messages, and may \
             fail to)",
            "9:79 the input `parity.odd` is listed twice (remove one of them)",
            "9:93 an input must be the name of an actor, not the integer 3 (write \"actor\", \"actor.port\" or { \
             from = \"actor\", mailbox = { ... } })",
            "9:96 missing key `from` (`from`: The upstream actor, or its port: `\"actor.port\"`)",
            "9:98 unknown key `frm` (did you mean `from`?)",
        ]
    );
    assert_eq!(
        errors(&double("inputs = \"n\"\nby = 1"))[0],
        "6:10 `inputs` must be a list, not the string \"n\" (write `inputs = [\"n\"]`)"
    );
}

#[test]
fn a_name_used_under_two_roles_is_reported_at_the_second() {
    let text = "\
[stages.x]
actor = \"multiply\"
inputs = [\"n\"]
by = 1
[producers.n]
actor = \"numbers\"
to = 3
[consumers.x]
actor = \"take\"
inputs = [\"x\"]
[consumers.\"Über\"]
actor = \"take\"
inputs = [\"x\"]
";
    assert_eq!(
        errors(text),
        [
            "8:12 there are two actors called `x` (rename one of them; the first is the stage at demo.toml:1)",
            "11:12 `Über` cannot be the name of an actor (names are of lower-case letters, digits and `_`, and start \
             with a letter: `flights_2013`)",
        ]
    );
}

#[test]
fn toml_itself_has_places_too() {
    assert_eq!(
        wrong("[topology]\nname = \"é\" x\n"),
        "\
error: this is not TOML: unexpected key or value, expected newline, `#`
  --> demo.toml:2:12
   |
 2 | name = \"é\" x
   |            ^
   |
   = help: correct the marked part; https://toml.io explains the format"
    );
    assert_eq!(
        errors("a = 1\na = 2\n"),
        ["2:1 this is not TOML: duplicate key (give every key and every table once)"]
    );
    assert_eq!(
        errors("[mailbox]\ncapacity = 99999999999999999999\n"),
        [
            "2:12 this is not TOML: integer number overflowed (correct the marked part; https://toml.io explains the \
          format)"
        ]
    );
    assert_eq!(
        errors(&double("inputs = [\"n\"]\nby = 1\nmailbox = { high = nan }")),
        [
            "8:20 `stages.double.mailbox.high` is NaN, which is no number one can work with (write a finite number)"
        ]
    );
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_shift_nothing() {
    let text = format!("\u{feff}{}", double("inputs = [\"n\"]\nbye = 2\nby = 1").replace('\n', "\r\n"));
    let wrong = load(&text).unwrap_err();
    assert_eq!(wrong.0[0].origin, Some(file(7, 1)));
    assert_eq!(wrong.0[0].snippet, Some(Snippet { text: "bye = 2".into(), start: 0, length: 3 }));
}

#[test]
fn the_environment_overrides_the_file_and_assignments_override_both() {
    let variable = |name: &str, value: &str| (name.to_string(), value.to_string());
    let loaded = Source::text("demo.toml", GOOD)
        .environment([
            variable("TIDEGATE__MAILBOX__CAPACITY", "32"),
            variable("TIDEGATE__STAGES__DOUBLE__BY", "3"),
            variable("TIDEGATE__RUNTIME__ARBITERS", "3"),
            variable("TIDEGATE_LOG", "debug"),
            variable("PATH", "/bin"),
        ])
        .set("mailbox.capacity=16")
        .set("stages.double.mailbox={high=0.9}")
        .set("topology.name = two words")
        .set("consumers.end.inputs[0]=\"double\"")
        .set("mailbox.capacity=17")
        .load(&registry())
        .unwrap_or_else(|wrong| panic!("{wrong}"));
    assert_eq!(loaded.topology.name(), "two words");
    let value = |path: &str| {
        let found = loaded.settings.iter().find(|setting| setting.path == path);
        let Effective { value, origin, .. } = found.unwrap_or_else(|| panic!("no {path}"));
        (value.clone(), origin.clone())
    };
    assert_eq!(value("mailbox.capacity"), (json!(17), Origin::Set("mailbox.capacity=17".into())));
    assert_eq!(value("consumers.end.mailbox.capacity"), value("mailbox.capacity"));
    assert_eq!(value("stages.double.mailbox.capacity"), (json!(8), file(18, 13)));
    assert_eq!(
        value("stages.double.mailbox.high"),
        (json!(0.9), Origin::Set("stages.double.mailbox={high=0.9}".into()))
    );
    assert_eq!(value("stages.double.mailbox.low"), (json!(0.25), file(18, 27)));
    assert_eq!(value("stages.double.mailbox.overflow"), (json!("backpressure"), Origin::Default));
    assert_eq!(
        value("stages.double.by"),
        (json!(3), Origin::Environment("TIDEGATE__STAGES__DOUBLE__BY".into()))
    );
    assert_eq!(value("stages.double.divide"), (json!(1), Origin::Default));
    assert_eq!(
        value("runtime.arbiters"),
        (json!(3), Origin::Environment("TIDEGATE__RUNTIME__ARBITERS".into()))
    );
    assert_eq!(value("producers.n.to"), (json!(10), file(12, 1)));
}

#[test]
fn dead_letters_that_are_read_are_what_errors_do_by_default() {
    let on_error = |text: &str| {
        let settings = load(text).unwrap_or_else(|wrong| panic!("{wrong}")).settings;
        settings.into_iter().find(|setting| setting.path == "stages.double.on_error").unwrap().value
    };
    let letters = "[consumers.letters]\nactor = \"letters\"\ninputs = [\"double.dead_letters\"]\n";
    assert_eq!(on_error(GOOD), json!("stop"));
    assert_eq!(on_error(&format!("{GOOD}{letters}")), json!("dead_letter"));
}

#[test]
fn a_whole_actor_can_be_added_and_wired_in_by_assignments() {
    let loaded = Source::text("demo.toml", GOOD)
        .set("stages.again={actor=\"multiply\", by=5, inputs=[\"double\"]}")
        .set("consumers.end.inputs=[\"again\"]")
        .load(&registry())
        .unwrap_or_else(|wrong| panic!("{wrong}"));
    assert!(loaded.topology.check(false).is_empty());
    assert_eq!(testkit::run(loaded.topology).actors["again"].handled, 10);
}

#[test]
fn wrong_assignments_and_variables_are_named_as_they_were_given() {
    let mut source = Source::text("demo.toml", GOOD).environment([
        ("TIDEGATE__STAGES__DOUBLE__BYE".to_string(), "3".to_string()),
        ("TIDEGATE__".to_string(), "3".to_string()),
    ]);
    let assignments = [
        "x",
        "=3",
        "a..b=1",
        "stage.x=1",
        "stages.double.inputs[5]=\"x\"",
        "stages.double.inputs[99999999999999999999]=\"x\"",
        "stages.double.by.x=3",
        "stages.double.by=x",
        "stages.double.mailbox.capacity=-1",
        "'a[9999999999]'=1",
    ];
    for assignment in assignments {
        source = source.set(assignment);
    }
    let wrong = source.load(&registry()).unwrap_err();
    let lines: Vec<String> = wrong.0.iter().map(one_line).collect();
    let form = "(write PATH=VALUE, like `mailbox.capacity=64` or `stages.parse.inputs=[\"lines\"]`)";
    assert_eq!(
        lines,
        [
            "environment TIDEGATE__ this environment variable does not name a key (name the variable like \
             `TIDEGATE__MAILBOX__CAPACITY`, or unset it)"
                .to_string(),
            format!("--set x this assignment has no `=` {form}"),
            format!("--set  this assignment has no path before the `=` {form}"),
            format!(
                "--set a..b the path before the `=` is none: unquoted keys cannot be empty, expected letters, \
                 numbers, `-`, `_` {form}"
            ),
            "--set stage.x unknown table `stage` (did you mean `stages`?)".into(),
            "--set stages.double.inputs[5] `stages.double.inputs` is a list of 1; `5` is neither an element \
             of it nor the next one"
                .into(),
            "--set stages.double.inputs[99999999999999999999] `stages.double.inputs` is a list of 1; \
             `99999999999999999999` is neither an element of it nor the next one"
                .into(),
            "--set stages.double.by.x `stages.double.by` is a single value, so nothing can be set inside it".into(),
            "--set 'a[9999999999]' unknown table `a.9999999999` (the tables are `topology`, `runtime`, `mailbox`, \
             `bulkheads`, `rate_limits`, `producers`, `stages` and `consumers`)"
                .into(),
            "--set stages.double.mailbox.capacity=-1 `stages.double.mailbox.capacity` must be at least 0, not -1"
                .into(),
            "environment TIDEGATE__STAGES__DOUBLE__BYE unknown setting `bye` (did you mean `by`?)".into(),
            "--set stages.double.by=x `stages.double.by` must be an integer, not the string \"x\"".into(),
        ]
    );
    assert!(wrong.to_string().contains("\n --> --set stages.double.by=x"));
}

#[test]
fn an_actor_registered_for_several_types_is_chosen_by_its_inputs() {
    let text = "\
[producers.n]
actor = \"numbers\"
to = 3
[stages.words]
actor = \"text\"
inputs = [\"n\"]
[consumers.strings]
actor = \"take\"
inputs = [\"words\"]
[consumers.numbers]
actor = \"take\"
inputs = [\"n\"]
[consumers.letters]
actor = \"take\"
inputs = [\"words.dead_letters\"]
";
    assert_eq!(
        errors(text),
        ["15:11 `words.dead_letters` emits `DeadLetter`, but `take` takes `String` or `u64`"]
    );
    let loaded = load(text.split("[consumers.letters]").next().unwrap()).unwrap();
    let input = |name: &str| {
        let node = loaded.topology.nodes().iter().find(|node| node.name == name).unwrap();
        node.info().input.unwrap().name()
    };
    assert_eq!((input("strings"), input("numbers")), ("String".into(), "u64".into()));
    assert!(loaded.topology.check(false).is_empty());
    assert_eq!(
        checked(&text.replace("[\"words.dead_letters\"]", "[\"words\", \"n\"]")),
        [
            "15:20 `n` emits `u64`, but `letters` takes `String` (put a stage between them that turns `u64` into \
          `String`: `actor = \"text\"`)"
        ]
    );
}

#[test]
fn what_the_check_finds_is_shown_in_the_file() {
    let text = double("inputs = [\"n\"]\nby = 1\nmailbox.capacity = 0\narbiter = 7")
        + "mailbox = { max_bytes = 10 }\n[mailbox]\nlow = 0.9\n[runtime]\narbiters = 2\n";
    assert_eq!(
        checked(&text),
        [
            "8:20 a mailbox of capacity 0 takes no message (the smallest capacity is 1)",
            "9:11 there is no arbiter 7 (they are numbered from 0 to 1; set `runtime.arbiters` for more)",
            "13:25 `max_bytes` cannot be kept: nobody knows what a `u64` weighs (implement `Weigh` for `u64` and \
             register it with `weighed`, or remove the limit)",
            "15:7 the low mark 0.9 is not below the high mark 0.8 (watermarks are shares of the capacity: 0 <= low \
             < high <= 1)",
        ]
    );
}

#[test]
fn a_topology_without_a_name_is_called_after_its_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("flights.toml");
    std::fs::write(&path, double("inputs = [\"n\"]\nby = 1")).unwrap();
    assert_eq!(Source::new(&path).load(&registry()).unwrap().topology.name(), "flights");
}

#[test]
fn a_file_that_cannot_be_read_says_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let error = |path: &std::path::Path| {
        let wrong = Source::new(path).load(&registry()).unwrap_err();
        wrong.to_string().replace(&directory.path().display().to_string(), "DIR")
    };
    let path = |name: &str| directory.path().join(name);
    assert_eq!(
        error(&path("missing.toml")),
        "error: there is no file DIR/missing.toml\n  = help: name an existing topology file, or run the command where \
         it is"
    );
    assert_eq!(
        error(directory.path()),
        "error: DIR is a directory\n  = help: name the topology file in it, like config.toml"
    );
    std::fs::write(path("latin.toml"), b"[topology]\nname = \"caf\xe9\"\n").unwrap();
    assert_eq!(
        error(&path("latin.toml")),
        "error: DIR/latin.toml is not UTF-8: there is a byte that starts no character\n  --> DIR/latin.toml:2:12\n   \
         = help: save the file as UTF-8; a topology is a text in TOML"
    );
    std::fs::File::create(path("huge.toml")).unwrap().set_len(1 << 40).unwrap();
    assert_eq!(
        error(&path("huge.toml")),
        "error: DIR/huge.toml is too large: 1099511627776 bytes, and at most 16777216 are read\n  = help: a topology \
         holds settings, not data; is this the right file?"
    );
    #[cfg(unix)]
    assert_eq!(
        error(std::path::Path::new("/dev/zero")),
        "error: /dev/zero is not a regular file\n  = help: a topology is not read from pipes or devices; save it to a \
         file first"
    );
}

#[test]
fn deep_nesting_is_an_error_and_not_the_end_of_the_stack() {
    let deep = format!("x = {}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(wrong(&deep).starts_with("error: this is not TOML"));
    let dotted = format!("{} = 1", vec!["a"; 100_000].join("."));
    assert!(wrong(&dotted).starts_with("error: this is not TOML"));
    let set = Source::text("demo.toml", GOOD).set(&format!("stages.{}=1", vec!["a"; 100_000].join(".")));
    let wrong = set.load(&registry()).unwrap_err();
    assert!(wrong.0[0].message.contains("recursion limit"), "{}", wrong.0[0].message);
}

#[test]
fn what_is_in_no_line_is_shown_at_the_table_of_the_file_even_if_something_was_set_there() {
    let text = double("inputs = [\"n\"]");
    let source =
        Source::text("demo.toml", &text).set("stages.double.divide=3").set("stages.double.mailbox.low=0.1");
    assert_eq!(
        source.load(&registry()).unwrap_err().0.iter().map(one_line).collect::<Vec<_>>(),
        ["4:1 missing setting `by` (`by`: The factor)"]
    );
    let source = Source::text("demo.toml", &double("inputs = [\"n\"]\nby = 1\ninstances = 0"))
        .set("stages.double.blocking=true");
    let loaded = source.load(&registry()).unwrap();
    let diagnostics = loaded.diagnose(vec![tidegate::Problem::error(tidegate::Place::actor("double"), "x")]);
    assert_eq!(diagnostics.0.iter().map(one_line).collect::<Vec<_>>(), ["4:1 x"]);
    assert_eq!(diagnostics.0[0].file(), Some("demo.toml"));
}

#[test]
fn an_actor_that_is_only_set_from_outside_was_meant_to_be_one_of_the_file() {
    let lines = |assignments: &[&str]| {
        let source = Source::text("demo.toml", GOOD)
            .environment([("TIDEGATE__STAGES__DOUBEL__BY".to_string(), "3".to_string())]);
        let source = assignments.iter().fold(source, |source, assignment| source.set(assignment));
        let wrong = source.load(&registry()).unwrap_err();
        assert!(wrong.0.iter().all(|diagnostic| diagnostic.file().is_none()));
        wrong.0.iter().map(one_line).collect::<Vec<_>>()
    };
    assert_eq!(
        lines(&[
            "consumers.edn.mailbox.capacity=3",
            "consumers.edn.blocking=true",
            "stages.n.to=3",
            "producers.m='n'"
        ]),
        [
            "environment TIDEGATE__STAGES__DOUBEL__BY there is no stage `doubel` (did you mean `double`?)",
            "--set stages.n.to=3 there is no stage `n` (`n` is a producer: set `producers.n`)",
            "--set consumers.edn.mailbox.capacity=3 there is no consumer `edn` (did you mean `end`?)",
            "--set producers.m='n' a producer must be a table, not the string \"n\" (write [producers.m] and its keys \
             below)",
        ]
    );
}

#[test]
fn one_mistake_hides_no_other_in_the_same_mailbox() {
    let lines = "inputs = [{ from = \"n\", mailbox = { overflow = 3, capacity = 0 } }]\nby = 1\n\
                 mailbox = { overflow = \"drop\", capacity = 0, high = 1.3, low = -0.8 }";
    let text = double(lines) + "[mailbox]\ncapacity = \"many\"\nlow = 0.9\n";
    assert_eq!(
        errors(&text),
        [
            "6:48 `stages.double.inputs.0.mailbox.overflow` must be a string, not the integer 3 (it is one of \
             `backpressure`, `drop_newest`, `drop_oldest`, `drop_youngest`, `drop_all` and `fail`)",
            "6:62 a mailbox of capacity 0 takes no message (the smallest capacity is 1)",
            "8:24 `stages.double.mailbox.overflow` cannot be \"drop\" (it is one of `backpressure`, `drop_newest`, \
             `drop_oldest`, `drop_youngest`, `drop_all` and `fail`)",
            "8:43 a mailbox of capacity 0 takes no message (the smallest capacity is 1)",
            "8:53 the high mark 1.3 is not above 0 and at most 1 (watermarks are shares of the capacity: 0 <= low < \
             high <= 1)",
            "8:64 the low mark -0.8 is not at least 0 and below 1 (watermarks are shares of the capacity: 0 <= low < \
             high <= 1)",
            "13:12 `mailbox.capacity` must be an integer, not the string \"many\"",
            "14:7 the low mark 0.9 is not below the high mark 0.8 (watermarks are shares of the capacity: 0 <= low < \
             high <= 1)",
        ]
    );
    assert_eq!(
        errors(&double(
            "inputs = [\"n\"]\nby = 1\nmailbox = { high = \"a\", low = 0.9, max_bytes = \"b\", max_message_bytes = 3 }"
        )),
        [
            "8:20 `stages.double.mailbox.high` must be a number, not the string \"a\"",
            "8:48 `stages.double.mailbox.max_bytes` must be an integer, not the string \"b\"",
        ],
        "what a value is compared with has to be right first"
    );
}

#[test]
fn everything_that_only_serde_finds_is_reported() {
    let lines = "inputs = [\"n\"]\nby = 1\npause = { length = \"x\" }\nbreak = { length = \"y\" }";
    let found = errors(&double(lines));
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("8:20 `x` is not a length of time"), "{}", found[0]);
    assert!(found[1].starts_with("9:20 `y` is not a length of time"), "{}", found[1]);
}

#[test]
fn a_wrong_key_elsewhere_does_not_hide_what_is_wrong_with_the_world() {
    let text = double("inputs = [\"n\"]\nbye = 1\nby = 1").replace("\"take\"", "\"absent\"");
    let lines = |environment: bool| {
        let source = Source::text("demo.toml", &text).check_environment(environment);
        source.load(&registry()).unwrap_err().0.iter().map(one_line).collect::<Vec<_>>()
    };
    let wrong = "7:1 unknown setting `bye` (did you mean `by`?)";
    assert_eq!(lines(false), [wrong]);
    assert_eq!(lines(true), [wrong, "9:1 there is no such file"]);
}

#[test]
fn a_key_of_the_runtime_is_suggested_among_the_settings() {
    assert_eq!(
        errors(&double("inputs = [\"n\"]\nby = 1\ninstance = 3\nroutign = \"hash\"\nsize = 1")),
        [
            "8:1 unknown setting `instance` (did you mean `instances`?)",
            "9:1 unknown setting `routign` (did you mean `routing`?)",
            "10:1 unknown setting `size` (the settings here are `by`, `divide`, `rounding`, `offset`, `pause` and \
             `break`)",
        ]
    );
    let text = |actor: &str, keys: &str| {
        double("inputs = [\"n\"]\nby = 1")
            .replace("actor = \"take\"", &format!("actor = \"{actor}\"\n{keys}"))
    };
    assert_eq!(
        errors(&text("take", "blokcing = true"))[0],
        "10:1 unknown setting `blokcing` (did you mean `blocking`?)"
    );
}

#[test]
fn inputs_under_a_misspelt_key_are_one_mistake() {
    for value in ["[\"n\"]", "\"n\""] {
        assert_eq!(
            errors(&double(&format!("by = 1\ninput = {value}"))),
            ["7:1 unknown setting `input` (did you mean `inputs`?)"],
        );
    }
}

#[test]
fn of_several_actors_of_one_name_only_the_name_is_wrong() {
    let text = double("inputs = [\"n\"]\nby = 1") + "[producers.double]\nactor = \"numbers\"\nto = 3\n";
    assert_eq!(
        errors(&text),
        [
            "11:12 there are two actors called `double` (rename one of them; the first is the stage at demo.toml:4)"
        ]
    );
}

/// Pieces of topology files, put together at random: nearer to a file than random characters.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "\\PC{0,6}",
        "[a-z]{1,3} = [0-9]{1,25}\n",
        "(inputs|mailbox|instances|routing|by|to) = (\"[a-z.]{0,4}\"|-?[0-9]{1,20}|nan|\\[\"n\", 3, \\[\\]\\]|\\{ a = 1 \\})\n",
        "\\[(topology|runtime|mailbox|producers|stages|consumers)(\\.[a-z\"é]{0,3})?\\]\n",
        "actor = \"(numbers|multiply|split|take|text)\"\n",
        "inputs = \\[\"(a|b|c)(\\.even|\\.dead_letters|\\.)?\"(, \\{ from = \"(a|b)\", mailbox = \\{\\} \\})?\\]\n",
        "\\[stages\\.(a|b|c)\\]\nactor = \"(multiply|split|text)\"\n",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_text_and_no_assignment_makes_it_panic(
        text in pieces(),
        value in "\\PC{0,12}",
        path in "[a-z\\[\\]0-9.\"]{0,24}",
    ) {
        let source = Source::text("any.toml", &text)
            .environment([(format!("TIDEGATE__{}", path.to_uppercase()), value.clone())])
            .set(&format!("{path}={value}"))
            .set(&format!("stages.a.{path}={value}"));
        match source.load(&registry()) {
            Ok(loaded) => {
                let problems = loaded.topology.check(false);
                let _ = (loaded.topology.bound(), loaded.diagnose(problems).to_string());
            }
            Err(wrong) => {
                prop_assert!(!wrong.0.is_empty());
                let _ = wrong.to_string();
            }
        }
        let _ = Source::text("any.toml", &text).load(&registry()).map_err(|wrong| wrong.to_string());
    }
}

#[test]
fn what_a_file_or_a_variable_has_moves_no_cursor_when_it_is_said() {
    let source = Source::text("demo.toml", "").environment([("TIDEGATE__\u{1b}[31mX".into(), "1".into())]);
    let said = source.load(&Registry::new()).unwrap_err().to_string();
    assert!(said.contains("environment TIDEGATE__\\u{1b}[31mX"), "{said:?}");

    let text = "[rate_limits.api]\nrate = \"\\u001b[31m\"\n";
    let said = Source::text("demo.toml", text).load(&Registry::new()).unwrap_err().to_string();
    assert!(said.contains("`\u{fffd}[31m` is not a rate"), "{said:?}");
}

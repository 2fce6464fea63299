//! Tables of a topology file that the runtime does not read: whoever loads the file says what they may hold.

mod support;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use support::{Numbers, Take, one_line};
use tidegate::prelude::*;
use tidegate::settings::{Secret, Span};
use tidegate::topology::Table;
use tidegate::topology::file::{Loaded, Source};
use tidegate::{Place, Problem};

fn bright() -> u8 {
    7
}

/// A table of values.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Lamp {
    #[serde(default = "bright")]
    brightness: u8,
    /// Opens the door.
    #[serde(default)]
    token: Option<Secret>,
}

impl Table for Lamp {
    const NAME: &'static str = "lamp";
}

/// A map of tables.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(transparent)]
struct Bells(IndexMap<String, Bell>);

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Bell {
    /// Whom it is about.
    actor: String,
    #[serde(default, rename = "for")]
    lasting: Option<Span>,
}

impl Table for Bells {
    const NAME: &'static str = "bells";

    fn check(&self, topology: &Topology) -> Vec<Problem> {
        let known = |bell: &Bell| topology.nodes().iter().any(|node| node.name == bell.actor);
        let unknown = self.0.iter().filter(|(_, bell)| !known(bell)).map(|(name, bell)| {
            let place = Place::default().key(name).key("actor");
            Problem::error(place, format!("there is no actor `{}`", bell.actor)).help("name another one")
        });
        let short =
            self.0.iter().filter(|(_, bell)| bell.lasting.is_none()).map(|(name, _)| {
                Problem::warning(Place::default().key(name), format!("`{name}` rings at once"))
            });
        unknown.chain(short).collect()
    }
}

const RUN: &str = "\
[producers.n]
actor = \"numbers\"
to = 1
[consumers.end]
actor = \"take\"
inputs = [\"n\"]
";

fn registry() -> Registry {
    Registry::new()
        .producer::<Numbers>("numbers")
        .consumer::<Take<u64>>("take")
        .table::<Lamp>()
        .table::<Bells>()
}

fn source(tables: &str) -> Source {
    Source::text("demo.toml", &format!("{RUN}{tables}"))
}

fn load(tables: &str) -> Loaded {
    source(tables).load(&registry()).unwrap_or_else(|errors| panic!("{errors}"))
}

fn errors(tables: &str) -> Vec<String> {
    source(tables).load(&registry()).unwrap_err().0.iter().map(one_line).collect()
}

#[test]
fn a_registered_table_is_handed_out_with_its_types() {
    let loaded = load("[lamp]\nbrightness = 9\n[bells.a]\nactor = \"end\"\nfor = \"1s\"\n");
    assert_eq!(loaded.table::<Lamp>().unwrap().brightness, 9);
    let bells = loaded.table::<Bells>().unwrap();
    assert_eq!(bells.0["a"].lasting.unwrap().to_string(), "1s");
    assert!(load("").table::<Lamp>().is_none(), "what is not there was not given");
}

#[test]
fn a_map_of_tables_is_in_the_order_of_the_file() {
    let bell = |name: &str| format!("[bells.{name}]\nactor = \"end\"\nfor = \"1s\"\n");
    let loaded = load(&["zeta", "alpha", "mu"].map(bell).concat());
    assert_eq!(loaded.table::<Bells>().unwrap().0.keys().collect::<Vec<_>>(), ["zeta", "alpha", "mu"]);
}

#[test]
fn all_that_is_wrong_in_them_is_reported_at_once_and_where_it_is() {
    let text = "\
[lamp]
brightness = 300
brigthness = 1
[bells.a]
actor = \"edn\"
[bells.b]
actro = \"end\"
for = \"soon\"
[bels.c]
";
    assert_eq!(
        errors(text),
        [
            "8:14 `lamp.brightness` must be at most 255, not 300",
            "9:1 unknown key `brigthness` (did you mean `brightness`?)",
            "11:9 there is no actor `edn` (name another one)",
            "12:1 missing key `actor` (`actor`: Whom it is about)",
            "13:1 unknown key `actro` (did you mean `actor`?)",
            "14:7 `soon` is not a length of time (expected number at 0); write a number with a unit, like `250ms` \
             or `30s`",
            "15:2 unknown table `bels` (did you mean `bells`?)",
        ]
    );
    assert_eq!(errors("[[lamp]]\n"), ["7:1 `lamp` must be a table (write [lamp] and its keys below)"]);
}

#[test]
fn what_is_doubtful_about_a_table_shows_with_the_problems_of_the_topology() {
    let loaded = load("[bells.a]\nactor = \"end\"\n");
    let all = loaded.diagnose(loaded.topology.check(false)).0;
    assert_eq!(all.iter().map(one_line).collect::<Vec<_>>(), ["7:1 `a` rings at once"]);
}

#[test]
fn the_environment_and_the_command_line_set_them_like_all_else() {
    let variables = [("TIDEGATE__LAMP__BRIGHTNESS".to_string(), "3".to_string())];
    let source = source("[lamp]\nbrightness = 1\n").environment(variables);
    let loaded = source.clone().load(&registry()).unwrap();
    assert_eq!(loaded.table::<Lamp>().unwrap().brightness, 3);
    let loaded = source.set("lamp.brightness=4").load(&registry()).unwrap();
    assert_eq!(loaded.table::<Lamp>().unwrap().brightness, 4);
    let wrong = Source::text("demo.toml", RUN).set("lamp.brightness=x").load(&registry()).unwrap_err();
    assert_eq!(wrong.0[0].message, "`lamp.brightness` must be an integer, not the string \"x\"");
}

#[test]
fn the_values_in_effect_are_those_that_were_read_with_their_defaults_and_origins() {
    let loaded = load("[lamp]\ntoken = \"open sesame\"\n");
    let shown: Vec<_> = loaded.settings.iter().filter(|one| one.path.starts_with("lamp")).collect();
    let shown: Vec<_> = shown.iter().map(|one| (&*one.path, &one.value, one.origin.to_string())).collect();
    assert_eq!(
        shown,
        [
            ("lamp.brightness", &json!(7), "default".to_string()),
            ("lamp.token", &json!("(hidden)"), "demo.toml:8".to_string()),
        ]
    );
    assert!(load("").settings.iter().all(|one| !one.path.starts_with("lamp")));
}

#[test]
fn a_secret_is_nowhere_told() {
    let loaded = load("[lamp]\ntoken = \"open sesame\"\n");
    assert_eq!(loaded.table::<Lamp>().unwrap().token.as_ref().unwrap().expose(), "open sesame");
    let other = load("[lamp]\ntoken = \"shut sesame\"\n");
    let changes = loaded.configuration().changes(&other.configuration());
    assert_eq!(changes.len(), 1, "another secret is a change");
    for told in [changes[0].to_string(), format!("{:?}", loaded.table::<Lamp>())] {
        assert!(told.contains("(hidden") && !told.contains("sesame"), "{told}");
    }
    assert!(
        loaded.configuration().changes(&load("[lamp]\ntoken = \"open sesame\"\n").configuration()).is_empty()
    );
}

#[test]
fn a_secret_that_is_none_is_an_error_that_does_not_show_it() {
    let wrong = source("[lamp]\ntoken = 123987\n").load(&registry()).unwrap_err();
    assert_eq!(one_line(&wrong.0[0]), "8:1 `lamp.token` must be a string (write it in quotation marks)");
    assert!(!wrong.to_string().contains("123987"), "{wrong}");
    let wrong = source("").set("lamp.token=123987").load(&registry()).unwrap_err();
    assert!(!format!("{wrong:?}").contains("123987"), "{wrong:?}");
}

#[test]
#[should_panic(expected = "`mailbox` is a table of the runtime")]
fn a_table_of_the_runtime_cannot_be_registered() {
    #[derive(Deserialize, Serialize, JsonSchema)]
    struct Mine {}
    impl Table for Mine {
        const NAME: &'static str = "mailbox";
    }
    let _ = Registry::new().table::<Mine>();
}

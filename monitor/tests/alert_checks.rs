//! What is wrong with alerts is found before anything runs, all at once, with its place.

use serde_json::{Value, json};
use tidegate::Problem;
use tidegate::prelude::*;
use tidegate::settings::Secret;
use tidegate_monitor::alerts::{AlertOptions, Alerts, AlertsOptions, WebhookOptions};

fn topology() -> Topology {
    Topology::new("checked")
        .producer("lines", iter(0u64..))
        .stage("parse", map(|n: u64| n))
        .consumer("store", for_each(|_: u64| {}))
        .breaker(Breaker::after(5))
        .consumer("in", for_each(|_: u64| {}))
        .inputs(["parse"])
}

/// What is wrong with these alerts.
fn problems(alerts: Value) -> Vec<Problem> {
    let alerts: AlertsOptions = serde_json::from_value(alerts).unwrap();
    Alerts::new(&alerts, None, &topology()).map_or_else(|problems| problems.0, |_| Vec::new())
}

/// What is wrong with `when`; nothing if it can be used.
fn wrong(when: &str) -> Vec<String> {
    let found = problems(json!({"a": {"when": when}}));
    assert!(found.iter().all(|problem| problem.place.key == ["a", "when"]), "{found:?}");
    let said = |problem: &Problem| {
        let message = problem.message.trim_start_matches("the expression cannot be used: ");
        match &problem.help {
            Some(help) => format!("{message}; {help}"),
            None => message.into(),
        }
    };
    found.iter().map(said).collect()
}

#[test]
fn expressions_over_all_that_can_be_named_are_accepted() {
    for when in [
        "store.mailbox.fill > 0.9",
        "store.mailbox.depth >= 100 || store.mailbox.pressured",
        "store.mailbox.depth / store.mailbox.capacity > 0.5",
        "lines.rate < 1 && topology.elapsed > 60",
        "store.busy + store.blocked + store.idle < 0.5",
        "store.failed + store.dropped > 10.0",
        "store.restarts > 2 ? store.state == 'restarting' : false",
        "store.breaker != \"closed\" && store.wait.p99 > 0.25",
        "topology.phase == 'draining'",
        "actors.exists(name, actors[name].mailbox.fill > 0.9)",
        "actors[\"in\"].waiting > 3 || actors.store.dead_letters > 0",
        "parse.state in ['stuck', 'failed']",
    ] {
        assert_eq!(wrong(when), [""; 0], "{when}");
    }
}

#[test]
fn a_name_that_leads_nowhere_is_named_with_its_column_and_the_nearest_that_does() {
    assert_eq!(
        wrong("stroe.mailbox.fill > 0.9 && store.mailbox.fil > 0.9 && store.mailbx.fill > 0.9"),
        [
            "there is no actor `stroe` (column 1); did you mean `store`?",
            "a mailbox has no field `fil` (column 43); did you mean `fill`?",
            "an actor has no field `mailbx` (column 62); did you mean `mailbox`?",
        ]
    );
    assert_eq!(
        wrong("topology.speed > 1"),
        ["the topology has no field `speed` (column 10); the fields are `elapsed`, `phase`"]
    );
    assert_eq!(wrong("store.rate.p99 > 1"), ["a value has no field `p99` (column 12)"]);
    assert_eq!(
        wrong("actors['zzzzzz'].rate > 1"),
        ["there is no actor `zzzzzz` (column 8); the actors are `lines`, `parse`, `store`, `in`"]
    );
}

#[test]
fn what_an_actor_does_not_have_cannot_be_watched() {
    assert_eq!(
        wrong("lines.mailbox.fill > 0.9"),
        [
            "`lines` is a producer, and has no mailbox (column 7); `blocked` says which part of the time it is held up"
        ]
    );
    assert_eq!(
        wrong("parse.breaker == 'open'"),
        ["`parse` has no breaker (column 7); give `parse` a `breaker`, or leave it out here"]
    );
    assert_eq!(wrong("store.breaker == 'opne'"), ["it is never `opne` (column 18); did you mean `open`?"]);
    assert_eq!(
        wrong("'runing' == store.state"),
        ["it is never `runing` (column 1); did you mean `running`?"]
    );
}

#[test]
fn what_does_not_come_to_true_or_false_is_refused() {
    let help = "compare it with something, like `store.mailbox.fill > 0.9`";
    assert_eq!(
        wrong("store.mailbox.fill"),
        [format!("it comes to a number, and not to true or false; {help}")]
    );
    assert_eq!(
        wrong("store.mailbox"),
        [format!("it comes to several values, and not to true or false; {help}")]
    );
    assert_eq!(wrong("'yes'"), [format!("it comes to a text, and not to true or false; {help}")]);
}

#[test]
fn a_part_that_would_not_be_looked_at_is_tried_too() {
    for when in
        ["true || store.state > 3", "store.mailbox.fill > 0.0 || store.rate + 1 > 2.0", "false && frob(1)"]
    {
        assert_eq!(wrong(when).len(), 1, "{when}: {:?}", wrong(when));
    }
    let said = wrong("store.rate + 1 > 2.0");
    assert!(said[0].ends_with("so write `2.0` for `2`"), "{said:?}");
}

#[test]
fn syntax_is_checked_and_the_column_is_said() {
    for when in
        ["store.mailbox.fill >", "(store.rate > 1", "store.rate > 1)", "", "  ", "store..rate", "\u{1f}"]
    {
        assert_eq!(wrong(when).len(), 1, "{when}");
    }
    assert!(wrong("store.rate > ")[0].contains("(column "), "{:?}", wrong("store.rate > "));
    // What is said goes to a terminal.
    assert!(
        wrong("store.rate > \u{1b}[31m")[0].contains("'\u{fffd}'"),
        "{:?}",
        wrong("store.rate > \u{1b}[31m")
    );
}

#[test]
fn expressions_are_bounded_in_length_depth_and_work() {
    let deep = format!("{}true{}", "(".repeat(17), ")".repeat(17));
    assert_eq!(wrong(&deep), ["brackets are nested deeper than 16; make several alerts of it"]);
    let long = vec!["true"; 42].join(" || ");
    assert_eq!(wrong(&long), ["it has more than 40 operators and brackets; make several alerts of it"]);
    assert_eq!(
        wrong(&format!("'{}' == ''", "x".repeat(2_000))),
        ["it is longer than 2000 bytes; make several alerts of it"]
    );
    let nested = "actors.exists(a, actors.exists(b, a == b && actors[a].rate > 1))";
    assert!(wrong(nested)[0].starts_with("one walk through a list cannot be inside another"), "{nested}");
    // There are ways round the text.
    let lists = format!("{}1{}", "[".repeat(90), "]".repeat(90));
    for tree in
        [vec!["true"; 200].join(" in "), format!("1 // ' \n + {lists}"), format!("r\"\\\" + {lists} + \"x\"")]
    {
        assert_eq!(wrong(&tree), ["it is nested deeper than 50 levels; make several alerts of it"]);
    }
    // As deep as may be: it is walked on the small stack of a test.
    let deep = format!("{}store.rate > 1{}", "(".repeat(16), ")".repeat(16));
    assert_eq!(wrong(&deep), [""; 0]);
    assert_eq!(wrong(&format!("{}true", "!".repeat(40))), [""; 0]);
}

#[test]
fn keys_that_do_not_fit_together_are_all_found_at_once() {
    let all = problems(json!({
        "both": {"when": "store.rate > 1", "kind": "drops"},
        "none": {},
        "actors": {"when": "store.rate > 1", "actors": ["store"]},
        "counts": {"kind": "no_progress", "more_than": 3, "within": "5s"},
        "names": {"kind": "no_progress", "actors": ["store", "prase", "lines"]},
        "breaker": {"kind": "breaker_open", "actors": ["parse", "store"]},
        "long": {"kind": "drops", "for": "25h", "within": "0s"},
        "nobody": {"kind": "drops", "notify": []},
        "post": {"kind": "drops", "notify": ["webhook"]},
        "Not-a name": {"kind": "drops"},
    }));
    let found: Vec<String> = all.iter().map(|problem| problem.place.key.join(".")).collect();
    assert_eq!(
        found,
        [
            "alerts.post.notify",
            "both.kind",
            "none",
            "actors.actors",
            "counts.more_than",
            "counts.within",
            "names.actors.1",
            "names.actors.2",
            "breaker.actors.0",
            "long.for",
            "long.within",
            "nobody.notify",
            "Not-a name",
        ]
    );
    assert_eq!(all[6].help.as_deref(), Some("did you mean `parse`?"));
    assert!(all.iter().all(|problem| problem.help.is_some()), "{all:?}");
}

#[test]
fn an_unknown_key_or_kind_is_no_alert() {
    let read = |json| serde_json::from_value::<AlertOptions>(json).map_err(|error| error.to_string());
    assert!(read(json!({"wehn": "true"})).unwrap_err().contains("unknown field `wehn`"));
    assert!(read(json!({"kind": "no_progres"})).unwrap_err().contains("no_progress"));
    assert!(read(json!({"kind": "drops", "for": 10})).is_err());
}

#[test]
fn the_address_and_the_limits_of_the_webhook_are_checked() {
    let alerts: AlertsOptions =
        serde_json::from_value(json!({"a": {"kind": "drops", "notify": ["webhook"]}})).unwrap();
    let found = |change: fn(&mut WebhookOptions)| {
        let mut webhook = WebhookOptions::new("https://example.org/hook");
        change(&mut webhook);
        let problems = Alerts::new(&alerts, Some(&webhook), &topology()).err();
        problems.map_or_else(Vec::new, |all| all.0.iter().map(|one| one.place.key.join(".")).collect())
    };
    assert_eq!(found(|_| {}), [""; 0]);
    assert_eq!(found(|webhook| webhook.url = Secret::new("ftp://example.org")), ["url"]);
    assert_eq!(found(|webhook| webhook.url = Secret::new("file:///etc/passwd")), ["url"]);
    assert_eq!(
        found(|webhook| {
            webhook.attempts = 0;
            webhook.queue = 0;
        }),
        ["attempts", "queue"]
    );
}

#[test]
fn a_secret_and_the_address_it_is_for_are_not_in_what_is_printed_for_debugging() {
    let mut webhook = WebhookOptions::new("https://example.org/services/xyzzy");
    webhook.secret = Some(Secret::new("xyzzy"));
    assert!(!format!("{webhook:?}").contains("xyzzy"), "{webhook:?}");
}

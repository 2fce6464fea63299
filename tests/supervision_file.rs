//! What failures do, as files say it.

mod support;

use serde_json::json;
use std::time::Duration;
use support::{Numbers, Take, Text, one_line};
use tidegate::prelude::*;
use tidegate::topology::file::{Diagnostics, Loaded, Source};
use tidegate::{OnError, Stop, Then};

fn registry() -> Registry {
    Registry::new().producer::<Numbers>("numbers").stage::<Text>("text").consumer::<Take<String>>("take")
}

/// A topology whose stage has these keys, from line 6 on, and whose producer has `more`.
fn file(keys: &str, more: &str) -> String {
    format!(
        "[producers.n]\nactor = \"numbers\"\nto = 3\n[stages.text]\nactor = \"text\"\n{keys}\ninputs = [\"n\"]\n\
         [consumers.end]\nactor = \"take\"\ninputs = [\"text\"]\n[producers.m]\nactor = \"numbers\"\nto = 1\n{more}\n\
         [stages.too]\nactor = \"text\"\ninputs = [\"m\"]\n[consumers.last]\nactor = \"take\"\ninputs = [\"too\"]\n"
    )
}

fn load(text: &str) -> Result<Loaded, Diagnostics> {
    Source::text("demo.toml", text).load(&registry())
}

fn policies(keys: &str) -> (Option<OnError>, Option<OnError>) {
    let loaded = load(&file(keys, "")).unwrap_or_else(|wrong| panic!("{wrong}"));
    let node = &loaded.topology.nodes()[1];
    (node.options.on_error, node.options.on_panic)
}

fn errors(keys: &str, more: &str) -> Vec<String> {
    match load(&file(keys, more)) {
        Ok(_) => panic!("nothing wrong with {keys}"),
        Err(wrong) => wrong.0.iter().map(one_line).collect(),
    }
}

#[test]
fn policies_are_words_and_tables() {
    assert_eq!(
        policies("on_error = \"skip\"\non_panic = \"restart\""),
        (Some(OnError::Skip), Some(Restart::default().into()))
    );
    let retry =
        "{ retry = 3, backoff = \"50ms\", max_backoff = \"1s\", jitter = 0.5, then = { restart = 2 } }";
    assert_eq!(
        policies(&format!("on_error = {retry}\non_panic = {{ stop = \"branch\" }}")),
        (
            Some(
                Retry::times(3)
                    .backoff(Duration::from_millis(50))
                    .max_backoff(Duration::from_secs(1))
                    .jitter(0.5)
                    .then(Then::Restart(Restart::times(2)))
                    .into()
            ),
            Some(OnError::StopBranch)
        )
    );
    let restart = "{ restart = 5, within = \"2m\", backoff = \"2s\", max_backoff = \"20s\", then = { stop = \"branch\" } }";
    assert_eq!(
        policies(&format!("on_error = {{ retry = 1, then = \"dead_letter\" }}\non_panic = {restart}")),
        (
            Some(Retry::times(1).then(Then::DeadLetter).into()),
            Some(
                Restart::times(5)
                    .within(Duration::from_secs(120))
                    .backoff(Duration::from_secs(2))
                    .max_backoff(Duration::from_secs(20))
                    .then(Stop::Branch)
                    .into()
            )
        )
    );
}

#[test]
fn what_is_wrong_with_a_policy_is_told_at_its_place_and_all_at_once() {
    let keys = "on_error = { retry = 0, backof = \"1s\", jitter = \"a\", then = \"ignore\" }\n\
                on_panic = { restart = -1, within = \"soon\", then = \"skip\" }";
    assert_eq!(
        errors(keys, "on_error = \"dead_letter\"\non_panic = { often = 3 }"),
        [
            "6:22 0 retries are none (the smallest number is 1; without retries, write what is to follow)",
            "6:25 unknown key `backof` (did you mean `backoff`?)",
            "6:49 `stages.text.on_error.jitter` must be a number, not the string \"a\"",
            "6:61 `stages.text.on_error.then` cannot be \"ignore\" (it is one of `stop`, `skip`, `dead_letter` and \
             `restart`)",
            "7:24 `stages.text.on_panic.restart` must be at least 0, not -1",
            "7:37 `soon` is not a length of time (expected number at 0); write a number with a unit, like `250ms` or \
             `30s`",
            "7:52 `stages.text.on_panic.then` cannot be \"skip\" (did you mean \"stop\"?)",
            "15:12 `m` is a producer, which has no messages that could become dead letters (a failure of a producer may \
             restart it, or stop its branch or the topology)",
            "16:12 `on_panic` as a table must have one of the keys `retry`, `restart` and `stop` (write a word, \
             `{ retry = 3 }`, `{ restart = 5 }` or `{ stop = \"branch\" }`)",
        ]
    );
}

#[test]
fn every_value_of_a_policy_is_shown_with_its_origin() {
    let text = file("on_error = { retry = 3, then = \"skip\" }", "");
    let loaded = Source::text("demo.toml", &text)
        .set("stages.text.on_error.backoff=\"1s\"")
        .load(&registry())
        .unwrap_or_else(|wrong| panic!("{wrong}"));
    let shown: Vec<_> = loaded
        .settings
        .iter()
        .filter(|setting| setting.path.starts_with("stages.text.on_"))
        .map(|setting| (setting.path.as_str(), setting.value.clone(), setting.origin.to_string()))
        .collect();
    let expected = [
        ("stages.text.on_error.retry", json!(3), "demo.toml:6"),
        ("stages.text.on_error.backoff", json!("1s"), "--set"),
        ("stages.text.on_error.max_backoff", json!("10s"), "default"),
        ("stages.text.on_error.jitter", json!(0.2), "default"),
        ("stages.text.on_error.then", json!("skip"), "demo.toml:6"),
        ("stages.text.on_panic", json!("stop"), "default"),
    ];
    assert_eq!(shown, expected.map(|(path, value, origin)| (path, value, origin.to_string())));
}

#[test]
fn a_breaker_is_a_table() {
    let breaker = |keys: &str| {
        let loaded = load(&file(&format!("on_error = \"skip\"\n{keys}"), ""));
        loaded.unwrap_or_else(|wrong| panic!("{wrong}")).topology.nodes()[1].options.breaker
    };
    assert_eq!(breaker("breaker = {}"), Some(Breaker::default()));
    let all = "breaker = { failures = 2, within = \"1s\", reset = \"3s\", backoff = 1.5, max_reset = \"1m\", \
               call_timeout = \"2s\", while_open = \"shed\" }";
    let seconds = Duration::from_secs;
    assert_eq!(
        breaker(all),
        Some(
            Breaker::after(2)
                .within(seconds(1))
                .reset(seconds(3))
                .backoff(1.5, seconds(60))
                .call_timeout(seconds(2))
                .shed()
        )
    );
    assert_eq!(
        errors(
            "on_error = \"skip\"\nbreaker = { failures = \"5\", reset = \"0s\", while_open = \"drop\" }",
            "breaker = {}"
        ),
        [
            "7:24 `stages.text.breaker.failures` must be an integer, not the string \"5\" (remove the quotation marks)",
            "7:37 `reset` is no time (write a length of time, like \"10s\")",
            "7:56 `stages.text.breaker.while_open` cannot be \"drop\" (it is one of `hold` and `shed`)",
            "15:11 `m` is a producer, which handles no messages (a failing producer can be restarted: see `on_error`)",
        ]
    );
}

#[test]
fn an_actor_of_a_file_is_made_anew_from_its_settings() {
    /// Fails once for the whole process, at its second number.
    #[derive(serde::Deserialize, schemars::JsonSchema)]
    struct Once {
        /// Added to each.
        plus: u64,
    }
    static FAILED: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);
    impl Stage for Once {
        type In = u64;
        type Out = Outlet<String>;
        async fn handle(&mut self, n: u64, out: &mut Outlet<String>) -> Result {
            if n == 2 && !FAILED.swap(true, std::sync::atomic::Ordering::Relaxed) {
                self.plus = 0;
                panic!("once");
            }
            assert_eq!(self.plus, 7);
            out.emit((n + self.plus).to_string());
            Ok(())
        }
    }
    let text = "[producers.n]\nactor = \"numbers\"\nto = 3\n[stages.once]\nactor = \"once\"\nplus = 7\ninputs = [\"n\"]\n\
                on_panic = \"restart\"\n[consumers.end]\nactor = \"take\"\ninputs = [\"once\"]";
    let registry = registry().stage::<Once>("once");
    let loaded = Source::text("demo.toml", text).load(&registry).unwrap_or_else(|wrong| panic!("{wrong}"));
    let report = tidegate::testkit::run(loaded.topology);
    let once = &report.actors["once"];
    assert_eq!((report.error, once.handled, once.failed, once.restarts), (None, 2, 1, 1));
}
